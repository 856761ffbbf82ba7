/** Journeys without a mouse, without good eyes, on a phone, in the dark. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { mapDrawn, nextSelection, openPage, selected, speaks, visit } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Smallest side of anything to press, in CSS pixels (WCAG 2.2, 2.5.8). */
const TARGET_PX = 24;

async function violations(page) {
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  });
  return found;
}

async function axeClean({ browser, base, api }) {
  const faults = [];
  const [lon, lat] = (await api.get("/v1/grids?limit=1")).grids[0].label;
  for (const colorScheme of ["light", "dark"]) {
    for (const locale of ["zh-CN", "en-GB"]) {
      const opened = await openPage(browser, base, { locale, colorScheme, initScript: AXE });
      const { page } = opened;
      for (const tab of ["lookup", "reports", "coverage"]) {
        await visit(page, base, `#tab=${tab}&sel=point:${lon},${lat},wgs84`);
        await page.waitForSelector(tab === "coverage" ? ".totals" : tab === "lookup" ? ".card" : ".place p");
        assert.deepEqual(await violations(page), [], `${tab}, ${locale}, ${colorScheme}`);
      }
      faults.push(...opened.faults);
      await opened.close();
    }
  }
  return faults;
}

async function keyboardOnly({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  const [lon, lat] = (await api.get("/v1/grids?limit=1")).grids[0].label;
  const owner = (await api.locate(lon, lat)).grid.code;
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "box");
  await page.keyboard.type(`${lat}, ${lon}`);
  await page.keyboard.press("Enter");
  await page.waitForSelector(`article[data-grid="${owner}"]`);
  assert.ok((await page.textContent('[data-live="answer"]')).includes(owner), "the answer is said aloud");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.waitForSelector("article", { state: "detached" });
  assert.equal(
    await page.evaluate(() => document.querySelectorAll(".pin").length),
    0,
    "Escape takes the marker away",
  );
  for (const [key, tab] of [
    ["3", "coverage"],
    ["2", "reports"],
    ["1", "lookup"],
  ]) {
    await page.keyboard.press(key);
    assert.equal(await page.getAttribute(`#tab-${tab}`, "aria-selected"), "true");
  }
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getAttribute("#tab-reports", "aria-selected"), "true", "arrows move between tabs");
  await page.keyboard.press("L");
  await speaks(page, "en");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await close();
  return faults;
}

/** Every control can be reached by Tab, and shows where the focus is. */
async function everythingByTab({ browser, base }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base, "#tab=coverage");
  await page.waitForSelector(".totals");
  const wanted = await page.evaluate(() => {
    const all = [
      ...document.querySelectorAll("button, input, select, textarea, canvas, [tabindex='0']"),
    ].filter((element) => element.tabIndex >= 0 && element.getClientRects().length > 0 && !element.disabled);
    for (const element of all) element.dataset.unvisited = "";
    return all.length;
  });
  for (let i = 0; i < wanted + 12; i++) {
    await page.keyboard.press("Tab");
    const bare = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      delete element.dataset.unvisited;
      return getComputedStyle(element).outlineStyle === "none" ? element.outerHTML.slice(0, 120) : null;
    });
    assert.equal(bare, null, "a focused control shows no ring");
  }
  const left = await page.evaluate(() =>
    [...document.querySelectorAll("[data-unvisited]")].map((element) => element.outerHTML.slice(0, 120)),
  );
  assert.deepEqual(left, [], "not reached by Tab");
  await close();
  return faults;
}

async function mapByKeyboard({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  await page.focus(".map canvas");
  await page.keyboard.press("ArrowLeft");
  await page.waitForTimeout(400);
  await mapDrawn(page);
  await page.keyboard.press("Enter");
  const [lon, lat] = (await nextSelection(page, null)).replace("point:", "").split(",");
  const { grid } = await api.locate(lon, lat);
  await page.waitForSelector(grid ? `article[data-grid="${grid.code}"]` : "article.outside");
  await close();
  return faults;
}

async function targets({ browser, base, api }) {
  const faults = [];
  const [lon, lat] = (await api.get("/v1/grids?limit=1")).grids[0].label;
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
  ]) {
    const opened = await openPage(browser, base, { viewport });
    const { page } = opened;
    for (const tab of ["lookup", "reports", "coverage"]) {
      await visit(page, base, `#tab=${tab}&sel=point:${lon},${lat},wgs84`);
      await page.waitForSelector(tab === "coverage" ? ".totals" : tab === "lookup" ? ".card" : ".place p");
      const small = await page.evaluate((least) => {
        const of = (element) =>
          (element.type === "radio" ? element.nextElementSibling : element).getBoundingClientRect();
        return [...document.querySelectorAll("button, input, select, textarea, a[href]")]
          .filter(
            (element) => of(element).width > 0 && (of(element).width < least || of(element).height < least),
          )
          .map((element) => element.outerHTML.slice(0, 120));
      }, TARGET_PX);
      assert.deepEqual(small, [], `${tab} at ${viewport.width} px has targets under ${TARGET_PX} px`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false, `${tab} at ${viewport.width} px scrolls sideways`);
    }
    faults.push(...opened.faults);
    await opened.close();
  }
  return faults;
}

async function phone({ browser, base, shot }) {
  const { page, faults, close } = await openPage(browser, base, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  });
  await visit(page, base);
  await page.touchscreen.tap(195, 190);
  await nextSelection(page, null);
  await page.waitForSelector("article");
  await mapDrawn(page);
  await shot(page, "16-phone");
  await page.tap(".grip");
  assert.equal(await page.getAttribute(".grip", "aria-expanded"), "false");
  await mapDrawn(page);
  await shot(page, "17-phone-folded");
  assert.ok(await selected(page));
  await close();
  return faults;
}

async function dark({ browser, base, shot }) {
  const { page, faults, close } = await openPage(browser, base, { colorScheme: "dark", locale: "en-GB" });
  await visit(page, base, "#tab=coverage");
  await page.waitForSelector(".totals");
  await shot(page, "18-dark");
  await close();
  return faults;
}

export const journeys = [
  ["axe finds nothing, on any tab, in either language, light or dark", axeClean],
  ["a lookup needs the keyboard alone", keyboardOnly],
  ["Tab reaches every control and shows the focus", everythingByTab],
  ["the map itself answers to the keyboard", mapByKeyboard],
  ["everything to press is at least 24 px", targets],
  ["a phone gets a bottom sheet", phone],
  ["the dark scheme is drawn", dark],
];
