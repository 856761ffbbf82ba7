/** Journeys of the coverage tab: the same figures as the API, the worst first, each one click from its place. */
import assert from "node:assert/strict";
import { mapDrawn, nextSelection, openPage, selected, speaks, visit } from "./browser.mjs";

const digits = (text) => Number(text.replace(/[^\d]/g, ""));

async function figures({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base, "#tab=coverage");
  const all = await api.coverage();
  await page.waitForSelector(".totals");
  const shown = await page.locator(".status-figures b").allTextContents();
  assert.deepEqual(
    shown.map(digits),
    ["over", "under", "in_band", "uninhabited"].map((status) => all.totals[status]),
  );
  const tallies = (await page.locator(".listing .tally").allTextContents()).map(digits);
  assert.deepEqual(tallies, [
    all.out_of_band.length,
    all.findings.length,
    all.jurisdictions.length,
    all.officers.findings.length,
  ]);
  await shot(page, "12-coverage-zh");
  await page.keyboard.press("l");
  await speaks(page, "en");
  await shot(page, "13-coverage-en");
  const clear = await page.locator(".all-clear").count();
  const faultless =
    all.out_of_band.length === 0 &&
    all.totals.gaps.count + all.totals.overlaps.count === 0 &&
    all.totals.unowned_m2 === 0;
  if (!faultless) assert.equal(clear, 0, "no all-clear while something is wrong");
  await close();
  return faults;
}

async function zoomToEach({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base, "#tab=coverage");
  await page.waitForSelector(".totals");
  const all = await api.coverage();
  const { bounds, attribute } = await api.workspace();
  const off = (grid) => Math.max(grid[attribute] - bounds.upper, bounds.lower - grid[attribute]);
  const [first] = await page.locator(".listing").nth(0).locator("tbody tr").all();
  if (first) {
    const before = await selected(page);
    const view = page.url();
    await first.locator("button").click();
    const [, code] = /^grid:(.+)$/.exec(await nextSelection(page, before));
    const worst = Math.max(...all.out_of_band.map(off));
    assert.equal(
      off(all.out_of_band.find((grid) => grid.code === code)),
      worst,
      "the worst grid is listed first",
    );
    await page.waitForFunction((old) => location.href !== old && location.hash.includes("view="), view);
    await mapDrawn(page);
    await shot(page, "14-coverage-zoomed");
  }
  const finding = page.locator("tr[data-finding] button").first();
  if (await finding.count()) {
    const before = await selected(page);
    await finding.click();
    assert.match(await nextSelection(page, before), /^finding:/);
    await mapDrawn(page);
    await shot(page, "15-finding");
  }
  const before = await selected(page);
  await page.locator(".listing").nth(2).locator("tbody tr button").first().click();
  assert.match(await nextSelection(page, before), /^jurisdiction:/);
  assert.equal(await page.getAttribute("#tab-coverage", "aria-selected"), "true", "the list stays open");
  await close();
  return faults;
}

async function narrowed({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base, "#tab=coverage");
  await page.waitForSelector(".totals");
  const all = await api.coverage();
  const lowest = Math.max(...all.jurisdictions.map((row) => row.level));
  const row = all.jurisdictions.find((one) => one.level === lowest && one.under + one.over > 0);
  if (!row || all.jurisdictions.length < 2) return faults;
  await page.selectOption(".scope select", row.code);
  const tallies = (await page.locator(".listing .tally").allTextContents()).map(digits);
  assert.equal(tallies[0], row.under + row.over, "grids outside the band of that jurisdiction alone");
  assert.equal(tallies[2], 1);
  const shown = await page.locator(".status-figures b").allTextContents();
  assert.equal(digits(shown[2]), row.in_band);
  await close();
  return faults;
}

export const journeys = [
  ["the coverage tab shows the API's own figures", figures],
  ["each problem is one press from its place", zoomToEach],
  ["the lists narrow to a jurisdiction", narrowed],
];
