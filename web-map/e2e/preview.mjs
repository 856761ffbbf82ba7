/** Journeys of the page that shows tiles: any layer, its attributes on a click, both languages, the map styles. */
import assert from "node:assert/strict";
import { colourShares, mapDrawn, openPage } from "./browser.mjs";

const UNDER = { light: "#c3dbf0" };

async function layers({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await page.goto(new URL("/tiles", base).href);
  await page.waitForSelector("#panel fieldset input");
  await mapDrawn(page);
  const listed = (await api.get("/tiles")).layers;
  const shown = await page.locator("#panel fieldset").first().locator("label").allTextContents();
  assert.deepEqual(
    shown,
    listed.map((layer) => layer.zh.title),
  );
  assert.equal(await page.locator('input[value="layer:grids"]').isChecked(), true);
  // The middle of the map lies in a grid: what it says there is what the API says.
  const box = await page.locator(".map").boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForSelector(".found table");
  const rows = await page.locator(".found table").first().locator("tr").allTextContents();
  assert.ok(
    rows.some((row) => row.includes("网格编码")),
    rows.join(" | "),
  );
  const code = await page
    .locator(".found table")
    .first()
    .locator("tr", { hasText: "code" })
    .first()
    .locator("td")
    .textContent();
  assert.equal((await api.grid(code)).code, code);
  await shot(page, "30-tiles-grids");
  // The first is shown already: it comes last, so that each is a change.
  for (const layer of listed.toReversed()) {
    await page.locator(`input[value="layer:${layer.name}"]`).check();
    await page.waitForFunction((word) => location.hash.includes(word), layer.name);
    await mapDrawn(page);
    assert.equal(await page.locator(".failed").count(), 0, layer.name);
  }
  await close();
  return faults;
}

async function languagesAndStyles({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { locale: "en-GB" });
  await page.goto(new URL("/tiles#show=map:grids", base).href);
  await page.waitForSelector('input[value="map:grids"]:checked');
  await mapDrawn(page);
  assert.equal(await page.locator("#panel h1").textContent(), "Vector tiles");
  const style = await api.get("/styles/grids.json");
  const paper = style.layers[0].paint["background-color"];
  const [ground, under] = await colourShares(page, [paper, UNDER.light]);
  assert.ok(ground < 0.98, `something is drawn over the paper (${ground}, ${under})`);
  await shot(page, "31-tiles-style");
  await page.locator('input[value="map:plan"]').check();
  await page.waitForFunction(() => location.hash.includes("plan"));
  await mapDrawn(page);
  assert.equal(await page.locator(".failed").count(), 0);
  await shot(page, "32-tiles-plan");
  await page.locator("#panel header button").click();
  assert.equal(await page.locator("#panel h1").textContent(), "矢量瓦片");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
  await close();
  return faults;
}

export const journeys = [
  ["the preview of tiles shows every layer, and its attributes on a click", layers],
  ["the preview of tiles shows the map styles, in both languages", languagesAndStyles],
];
