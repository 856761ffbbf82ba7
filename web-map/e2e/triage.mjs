/** Journeys of going through reports: what may be the same, what is to be looked at, by keys. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { openPage, visit } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let made = 0;
const unique = (what) => `e2e ${what} ${process.pid}-${++made}`;

async function sameThing({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { initScript: AXE });
  const [lon, lat] = (await api.get("/v1/grids?limit=20")).grids[15].label;
  const category = "dispute";
  const first = await api.report({ category, text: unique("first"), lon, lat, crs: "wgs84" });
  const beside = { lon: lon + 0.0005, lat };
  // While one is written, it is told what was sent from nearby.
  await visit(page, base, `#tab=reports&view=16/${lat}/${lon}&sel=point:${beside.lon},${beside.lat},wgs84`);
  await page.waitForSelector(".place p");
  assert.equal(await page.locator(".already").count(), 0, "another kind is another thing");
  await page.check(`input[name="category"][value="${category}"]`, { force: true });
  await page.waitForSelector(".already");
  const said = await page.textContent(".already");
  assert.ok(said.includes(first.text) && /4\d 米|5\d 米/.test(said), said);
  await shot(page, "66-already");
  const text = unique("second");
  await page.fill(".report-form textarea", text);
  await page.click(".report-form button[type=submit]");
  await page.waitForSelector(`.report:has-text("${text}")`);
  // Both say so of each other.
  for (const one of [text, first.text]) {
    const row = page.locator(".report", { hasText: one }).first();
    assert.ok((await row.locator("summary").textContent()).includes("可能重复"));
  }
  const fold = page.locator(`.report[data-report="${first.id}"] details`);
  await fold.locator("summary").click();
  assert.ok((await fold.locator(".same").textContent()).includes(text), "and which");
  const found = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(found, []);
  await close();
  return faults;
}

async function byKeys({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { locale: "en-GB" });
  const { grids } = await api.get("/v1/grids?limit=30");
  const [lon, lat] = grids[21].label;
  const { envelope } = await api.workspace();
  const plain = await api.report({ category: "other", text: unique("plain"), lon, lat, crs: "wgs84" });
  const out = { lon: envelope[0] - 0.01, lat: envelope[1] - 0.01 };
  const outside = await api.report({ category: "other", text: unique("outside"), ...out, crs: "wgs84" });
  const [[x, y]] = (await api.grid(grids[21].code)).geometry.coordinates[0][0];
  const edge = await api.report({
    category: "other",
    text: unique("edge"),
    lon: x + 0.00001,
    lat: y,
    crs: "wgs84",
  });
  await visit(page, base, "#tab=reports");
  const row = (report) => page.locator(`.report[data-report="${report.id}"]`);
  await row(plain).waitFor();
  await page.click('.queues button:has-text("To be looked at")');
  await row(outside).waitFor();
  await row(edge).waitFor();
  assert.equal(await row(plain).count(), 0, "what is plain needs nobody");
  assert.match(await row(edge).textContent(), /border/);
  await shot(page, "67-to-be-looked-at");
  // The newest first: down to the second, back to the first.
  await page.keyboard.press("j");
  const first = await page.getAttribute(".report.current", "data-report");
  await page.keyboard.press("j");
  assert.notEqual(await page.getAttribute(".report.current", "data-report"), first);
  await page.keyboard.press("k");
  assert.equal(await page.getAttribute(".report.current", "data-report"), first);
  // The focus goes along.
  await page.waitForFunction((id) => document.activeElement?.dataset.report === id, first);
  // Letters that are written are letters.
  await page.focus(".report-form textarea");
  await page.keyboard.type("jakxu");
  assert.equal(await page.inputValue(".report-form textarea"), "jakxu");
  await close();
  return faults;
}

export const journeys = [
  ["what may be the same is told while a report is written, and beside each", sameThing],
  ["reports to be looked at have a queue, and keys go through it", byKeys],
];
