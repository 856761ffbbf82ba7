/** Journeys of what leaves the page: a picture of the map with its key, and a sheet of one grid to be printed. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { mapDrawn, openPage, visit } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function picture({ browser, base }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  const box = await page.locator(".map").boundingBox();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click(".zoom button:last-child"),
  ]);
  assert.match(download.suggestedFilename(), /^wangge-\d{4}-\d\d-\d\d\.png$/);
  const bytes = readFileSync(await download.path());
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  assert.equal(width, Math.round(box.width));
  assert.ok(height > box.height + 60, "title and key have their room");
  // The map itself is in it, and the key below it has the colour and the hatch of grids over the band.
  const found = await page.evaluate(async (base64) => {
    const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([raw], { type: "image/png" }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const share = (y, height, [r, g, b]) => {
      const { data } = context.getImageData(0, y, bitmap.width, height);
      let hits = 0;
      for (let i = 0; i < data.length; i += 4)
        if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 12) hits++;
      return hits / (data.length / 4);
    };
    const foot = 40;
    return {
      map:
        share(60, bitmap.height - 60 - foot, [0xb9, 0xd2, 0xc3]) +
        share(60, bitmap.height - 100, [0xe3, 0xec, 0xe4]),
      key: share(bitmap.height - foot, foot, [0xf8, 0xcf, 0xa2]),
      white: share(0, 40, [255, 255, 255]),
    };
  }, bytes.toString("base64"));
  assert.ok(found.map > 0.001 && found.key > 0.001 && found.white > 0.5, JSON.stringify(found));
  await download.saveAs(fileURLToPath(new URL("./shots/68-picture.png", import.meta.url)));
  await close();
  return faults;
}

async function printed({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, {
    colorScheme: "dark",
    locale: "en-GB",
    initScript: AXE,
  });
  const { grids } = await api.get("/v1/grids?limit=30");
  const grid = await api.grid(grids[24].code);
  await visit(page, base, `#sel=grid:${encodeURIComponent(grid.code)}`);
  await page.waitForSelector(`article[data-grid="${grid.code}"]`);
  await mapDrawn(page);
  const view = await page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("view"));
  await page.click("article button:has-text('Print sheet')");
  await page.waitForSelector("dialog.sheet[open] img");
  await page.waitForSelector("dialog.sheet tbody tr");
  const said = await page.textContent("dialog.sheet");
  for (const word of [grid.code, grid.name, String(grid.households), "Grid officer", "Common border"])
    assert.ok(said.includes(word), `${word} is on the sheet`);
  const beside = await page.locator("dialog.sheet tbody code").allTextContents();
  assert.ok(beside.length >= 2 && !beside.includes(grid.code));
  await page.waitForTimeout(300);
  await shot(page, "69-sheet");
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(violations, []);
  assert.equal(await page.locator(".still").count(), 0, "nothing is left of the drawing");
  assert.equal(
    await page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("view")),
    view,
    "the page's own map has not moved",
  );
  // On paper there is the sheet alone, on white.
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.equal(await page.locator(".panel").isVisible(), false);
  assert.equal(await page.locator(".map-side").isVisible(), false);
  assert.equal(await page.locator(".sheet-acts").isVisible(), false);
  assert.equal(await page.locator("dialog.sheet img").isVisible(), true);
  await shot(page, "70-sheet-print");
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.ok(pdf.length > 20_000, "it prints");
  const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
  assert.equal(pages, 1, "on one page");
  await page.emulateMedia({ media: "screen" });
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.sheet", { state: "detached" });
  await close();
  return faults;
}

export const journeys = [
  ["the map is saved as a picture with its key", picture],
  ["a grid has a sheet that prints on one page", printed],
];
