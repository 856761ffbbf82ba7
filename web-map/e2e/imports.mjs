/** Journeys of bringing a file in: the bundled town's buildings and streets, through the page alone. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { colourShares, mapDrawn, openPage, speaks, visit } from "./browser.mjs";

const TOWN = fileURLToPath(new URL("../../data/town.gpkg", import.meta.url));
const [LOGIN, PASSWORD] = (process.env.WANGGE_LOGIN ?? ":").split(/:(.*)/s);
/** Orange of what is drawn of a file, and blue of rivers, in the light scheme. */
const RIVER = "#4f97c8";

const primary = (page) => page.locator(".import .ways .primary");
const stepped = (page, step) => page.waitForSelector(`.import[data-step="${step}"]`);

async function choose(page, file, layer) {
  await page.setInputFiles('.import input[type="file"]', file);
  await stepped(page, "what");
  if (layer) await page.locator(".layers label", { hasText: layer }).first().click();
}

async function throughAll(page, shot, layer, mark) {
  await choose(page, TOWN, layer);
  if (mark) await shot(page, `30-import-what-${mark}`);
  await primary(page).click();
  await stepped(page, "fields");
  if (mark) await shot(page, `31-import-fields-${mark}`);
  await primary(page).click();
  await stepped(page, "look");
  await page.waitForSelector(".import .figures");
  await mapDrawn(page);
  if (mark) await shot(page, `32-import-look-${mark}`);
  const looked = await page.locator(".import .figures").first().textContent();
  await primary(page).click();
  await stepped(page, "go");
  await page.waitForSelector(".import .all-clear");
  await mapDrawn(page);
  if (mark) await shot(page, `33-import-done-${mark}`);
  return looked;
}

async function bringsIn({ browser, base, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base, "#tab=import");
  await shot(page, "29-import-file");
  const streets = await throughAll(page, shot, "streets", "zh");
  assert.match(streets, /656/);
  await page.locator(".import .ways button").first().click();
  await stepped(page, "what");
  await page.locator(".layers label", { hasText: "buildings" }).first().click();
  await page.keyboard.press("l");
  await speaks(page, "en");
  await primary(page).click();
  await shot(page, "31-import-fields-en");
  await primary(page).click();
  await page.waitForSelector(".import .figures");
  assert.match(await page.locator(".import .figures").first().textContent(), /2,022.*39,834/s);
  await mapDrawn(page);
  await shot(page, "32-import-look-en");
  await primary(page).click();
  await page.waitForSelector(".import .all-clear");
  await page.check('[data-overlay="buildings"]');
  await page.check('[data-overlay="origin"]');
  await mapDrawn(page);
  await shot(page, "33-import-done-en");
  await close();
  return faults;
}

async function drawsLayers({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  const [west, south, east, north] = (await api.workspace()).envelope;
  await visit(page, base, `#view=15/${(south + north) / 2}/${(west + east) / 2}`);
  await page.waitForTimeout(500);
  await mapDrawn(page);
  await shot(page, "34-streets-zh");
  await page.uncheck('[data-overlay="streets"]');
  await mapDrawn(page);
  const [without] = await colourShares(page, [RIVER]);
  assert.equal(without, 0, "no river is drawn any more");
  for (const overlay of ["streets", "buildings", "origin", "findings"]) {
    await page.check(`[data-overlay="${overlay}"]`);
  }
  await page.waitForTimeout(500);
  await mapDrawn(page);
  await shot(page, "35-layers-zh");
  await close();
  const night = await openPage(browser, base, { colorScheme: "dark", locale: "en-GB" });
  await visit(night.page, base, `#view=15.4/${(south + north) / 2}/${(west + east) / 2}`);
  await night.page.check('[data-overlay="buildings"]');
  await night.page.waitForTimeout(500);
  await mapDrawn(night.page);
  await shot(night.page, "36-layers-dark-en");
  await night.close();
  return [...faults, ...night.faults];
}

/** On both sides of a main road: it bounds the one grid in the north, and the other in the south. */
async function namesBounds({ browser, base, api, shot }) {
  const road = { name: "澄江大道", lon: 112.925662, lat: 30.57996 };
  const { page, faults, close } = await openPage(browser, base);
  const north = (await api.locate(road.lon, road.lat + 0.0002)).grid;
  const south = (await api.locate(road.lon, road.lat - 0.0002)).grid;
  assert.notEqual(north.code, south.code, "the road lies between two grids");
  for (const [grid, side, other] of [
    [north, "s", "n"],
    [south, "n", "s"],
  ]) {
    await visit(page, base, `#sel=grid:${encodeURIComponent(grid.code)}`);
    await page.waitForSelector(`article[data-grid="${grid.code}"]`);
    await page.click("article button:has-text('打印单')");
    await page.waitForSelector(".sheet-bounds");
    assert.match(
      await page.textContent(`.sheet-bounds [data-side="${side}"]`),
      new RegExp(`${road.name} \\d+ 米`),
    );
    assert.ok(!(await page.textContent(`.sheet-bounds [data-side="${other}"]`)).includes(road.name));
    await page.waitForSelector("dialog.sheet[open] img");
    await page.waitForSelector("dialog.sheet tbody tr");
    await shot(page, `62-sheet-bounds-${side}`);
    await page.emulateMedia({ media: "print" });
    const pdf = await page.pdf({ preferCSSPageSize: true });
    const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
    assert.equal(pages, 1, "still on one page");
    await page.emulateMedia({ media: "screen" });
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog.sheet", { state: "detached" });
  }
  await close();
  return faults;
}

async function refuses({ browser, base, shot }) {
  const expected = [/422 \(Unprocessable/, /400 \(Bad Request\)/];
  const { page, faults, close } = await openPage(browser, base, { expected });
  await visit(page, base, "#tab=import");
  const bytes = (text) => Buffer.from(text);
  const give = (name, text) =>
    page.setInputFiles('.import input[type="file"]', { name, mimeType: "text/plain", buffer: bytes(text) });
  await give("broken.geojson", "this is no map");
  await page.waitForSelector(".import .note.bad");
  assert.match(await page.textContent(".import .note.bad"), /损坏/);
  // without a coordinate system it is asked for
  await give("roads.csv", 'wkt,highway\n"LINESTRING (112.9 30.5,112.91 30.51)",primary\n');
  await stepped(page, "what");
  await page.locator(".kinds label").first().click();
  await primary(page).click();
  await stepped(page, "fields");
  assert.ok(await primary(page).isDisabled(), "no system, no preview");
  await shot(page, "37-import-crs-zh");
  await page.selectOption('select[data-field="crs"]', "gcj02");
  await primary(page).click();
  await page.waitForSelector(".import .figures");
  assert.match(await page.textContent(".import .figures"), /gcj02/i);
  await close();
  return faults;
}

/** The keyboard alone: the step is chosen, confirmed, and gone back from. */
async function byKeyboard({ browser, base }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  await page.keyboard.press("4");
  await stepped(page, "file");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "primary");
  await choose(page, TOWN, null);
  await page.locator(".layers input:checked").focus();
  await page.keyboard.press("ArrowDown");
  await primary(page).focus();
  await page.keyboard.press("Enter");
  await stepped(page, "fields");
  await page.locator(".ways button").first().focus();
  await page.keyboard.press("Enter");
  await stepped(page, "what");
  await close();
  return faults;
}

async function notForStrangers({ browser, base }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  assert.equal(await page.locator("#tab-import").count(), 0, "a stranger is not offered it");
  assert.equal(await page.locator('[data-overlay="findings"]').count(), 0);
  await page.click(".account button");
  await page.fill('.sign-in input[name="login"]', LOGIN);
  await page.fill('.sign-in input[name="password"]', PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#tab-import");
  await page.click("#tab-import");
  await choose(page, TOWN, "streets");
  await primary(page).click();
  await primary(page).click();
  await page.waitForSelector(".import .figures");
  await close();
  return faults;
}

export const journeys = [
  ["streets and buildings are brought in through the page", bringsIn],
  ["streets, buildings, origins and findings are laid over the grids", drawsLayers],
  ["the sheet of a grid names the streets that bound it", namesBounds],
  ["a file that does not fit is refused in plain words", refuses],
  ["an import needs the keyboard alone", byKeyboard],
];
/** Where somebody has to sign in. */
export const signedIn = [["files are brought in by who may, signed in", notForStrangers]];
