/** Journeys of looking up what is hard to read, not sure, or many: each answer is what the server says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { nextSelection, openPage, selected, speaks, visit } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function ask(page, line) {
  await page.fill("#box", line);
  await page.press("#box", "Enter");
}

async function somePoint(api, at = 0) {
  const { grids } = await api.get(`/v1/grids?limit=${at + 1}`);
  const [lon, lat] = grids[at].label;
  return { lon, lat, code: (await api.locate(lon, lat)).grid.code };
}

/** The plus code round a place, by the specification's own steps; the page's reader has other steps. */
function plusOf(lon, lat) {
  const digits = "23456789CFGHJMPQRVWX";
  let [north, east] = [Math.floor((lat + 90) * 8000), Math.floor((lon + 180) * 8000)];
  let code = "";
  for (let i = 0; i < 5; i++) {
    code = digits[north % 20] + digits[east % 20] + code;
    [north, east] = [Math.floor(north / 20), Math.floor(east / 20)];
  }
  return `${code.slice(0, 8)}+${code.slice(8)}`;
}

async function manyWritings({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { expected: [/404/] });
  await visit(page, base);
  const { lon, lat, code } = await somePoint(api);
  const card = `article[data-grid="${code}"]`;
  const dms = (value) => {
    const minutes = (value % 1) * 60;
    return `${Math.floor(value)}度${Math.floor(minutes)}分${((minutes % 1) * 60).toFixed(5)}秒`;
  };
  const wide = (text) => text.replace(/[0-9.,]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0));
  for (const line of [
    `${lat},${lon}`,
    `北纬${dms(lat)} 东经${dms(lon)}`,
    `${Math.floor(lat)}°${((lat % 1) * 60).toFixed(6)}'N ${Math.floor(lon)}°${((lon % 1) * 60).toFixed(6)}'E`,
    wide(`${lon},${lat}`),
  ]) {
    const before = await selected(page);
    await ask(page, line);
    const [, x, y] = /point:([\d.]+),([\d.]+)/.exec(await nextSelection(page, before));
    assert.ok(Math.hypot(Number(x) - lon, Number(y) - lat) < 1e-6, `${line} was read as ${x}, ${y}`);
    await page.waitForSelector(card);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.waitForSelector(card, { state: "detached" });
  }
  // Codes of cells: whoever owns the middle of the cell.
  const { beidou } = await api.locate(lon, lat);
  for (const [line, word] of [
    [plusOf(lon, lat), "Plus Code"],
    [plusOf(lon, lat).slice(4), "Plus Code"],
    [beidou, "北斗"],
  ]) {
    const before = await selected(page);
    await ask(page, line);
    const [, x, y] = /point:([\d.]+),([\d.]+)/.exec(await nextSelection(page, before));
    assert.ok(Math.hypot(Number(x) - lon, Number(y) - lat) < 1e-4, `${line} was read as ${x}, ${y}`);
    assert.ok((await page.textContent(".box-read")).includes(word), `${line}: it is said what it is`);
    const owner = (await api.locate(x, y)).grid.code;
    await page.waitForSelector(`article[data-grid="${owner}"]`);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
  }
  // Where both orders are possible it can be turned round.
  await ask(page, "30.1, 30.2");
  await page.waitForSelector("article.outside");
  await page.click(".box-read button");
  await page.waitForFunction(() => location.hash.includes("point:30.2,30.1"));
  await page.waitForFunction(() => document.querySelector(".box-read").textContent.includes("按您的要求"));
  await shot(page, "60-swapped");
  await close();
  return faults;
}

async function datums({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { locale: "en-GB" });
  const { lon, lat, code } = await somePoint(api, 40);
  await visit(page, base, `#sel=point:${lon},${lat},wgs84`);
  await page.waitForSelector(`article[data-grid="${code}"]`);
  for (const crs of ["gcj02", "bd09"]) {
    await page.click(`.datum .segments button:nth-child(${crs === "gcj02" ? 2 : 3})`);
    const answer = await api.locate(lon, lat, crs);
    await page.waitForSelector(answer.grid ? `article[data-grid="${answer.grid.code}"]` : "article.outside");
    await page.waitForFunction(() => /\d+ m|\d km/.test(document.querySelector(".datum .note")?.textContent));
    const other = answer.grid?.code === code ? "same grid" : code;
    await page.waitForFunction(
      (words) => document.querySelector(".datum .note")?.textContent.includes(words),
      other,
    );
    if (crs === "gcj02") await shot(page, "61-gcj02");
  }
  await close();
  return faults;
}

async function unsure({ browser, base, api, shot }) {
  const { page, context, faults, close } = await openPage(browser, base, { locale: "en-GB" });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(base).origin });
  const { grids } = await api.get("/v1/grids?limit=12");
  const { geometry } = await api.grid(grids[8].code);
  const [[lon, lat]] = geometry.coordinates[0][0];
  await visit(page, base, `#view=17/${lat}/${lon}&sel=point:${lon},${lat},wgs84`);
  await page.waitForSelector(".accuracy input");
  await page.fill(".accuracy input", "25");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".candidates li");
  const said = await api.get(`/v1/locate?lon=${lon}&lat=${lat}&crs=wgs84&accuracy=25`);
  assert.ok(said.candidates.length > 1, "a corner may be in several grids");
  assert.equal(await page.locator(".candidates li").count(), said.candidates.length);
  const first = await page.locator(".candidates li").first().textContent();
  assert.ok(first.includes(said.candidates[0].grid));
  await shot(page, "62-candidates");
  // What the page asked can be asked without it.
  await page.click("button:has-text('Copy as curl')");
  const line = await page.evaluate(() => navigator.clipboard.readText());
  const [, address] = /^curl '(.+)'$/.exec(line);
  assert.deepEqual((await (await fetch(address)).json()).candidates, said.candidates);
  // The neighbours are those that the server names a hair outside.
  await page.click(".neighbours summary");
  await page.waitForSelector(".neighbours li");
  const beside = await page.locator(".neighbours li button").allTextContents();
  assert.ok(beside.length >= 2 && !beside.includes(said.grid.code), `${beside}`);
  await shot(page, "63-neighbours");
  await page.locator(".neighbours li button").first().click();
  await page.waitForSelector(`article[data-grid="${beside[0]}"]`);
  await page.click(".neighbours summary");
  await page.waitForSelector(".neighbours li");
  const back = await page.locator(".neighbours li button").allTextContents();
  assert.ok(back.includes(said.grid.code), "to be beside each other goes both ways");
  await close();
  return faults;
}

async function many({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { initScript: AXE });
  await visit(page, base);
  const { grids } = await api.get("/v1/grids?limit=60");
  const lines = grids.map(({ label: [lon, lat] }, i) => (i % 2 ? `${lat} ${lon}` : `${lon},${lat}`));
  lines.splice(10, 0, "门口没有数字", "", "500, 600");
  await page.focus("#box");
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    document.getElementById("box").dispatchEvent(event);
  }, lines.join("\r\n"));
  await page.waitForSelector(".list textarea");
  await page.click('.list button[type="submit"]');
  await page.waitForSelector(".list-rows tbody tr");
  assert.equal(await page.locator(".list-rows tbody tr").count(), 62);
  assert.equal(await page.locator('tr.bad[data-line="11"]').count(), 1, "a bad line is told by its number");
  assert.equal(await page.locator('tr.bad[data-line="13"]').count(), 1);
  await shot(page, "64-list");
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(violations, []);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click(".list-answers .actions button"),
  ]);
  const rows = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n")
    .slice(1);
  assert.equal(rows.length, 62);
  for (const at of [0, 1, 20, 61]) {
    const grid = grids[at < 10 ? at : at - 2];
    const owner = await api.locate(...grid.label);
    assert.ok(rows[at].includes(`,${owner.grid.code},${owner.resolution},`), rows[at]);
  }
  await page.click('tr[data-line="1"] button');
  await page.waitForSelector("article[data-grid]");
  // A file with named columns, in another system and another encoding than the web's.
  await page.selectOption("#box-crs", "gcj02");
  const [lon, lat] = grids[30].label;
  await page.setInputFiles(".list input[type=file]", {
    name: "点位.csv",
    mimeType: "text/csv",
    // "名称,纬度,经度" and a name in GB 18030.
    buffer: Buffer.concat([
      Buffer.from([0xc3, 0xfb, 0xb3, 0xc6, 0x2c, 0xce, 0xb3, 0xb6, 0xc8, 0x2c, 0xbe, 0xad, 0xb6, 0xc8, 0x0a]),
      Buffer.from([0xb6, 0xab, 0xc3, 0xc5]),
      Buffer.from(`,${lat},${lon}\n`),
    ]),
  });
  await page.waitForFunction(() => document.querySelector(".list textarea").value.includes("东门"));
  await page.click('.list button[type="submit"]');
  await page.waitForSelector('tr[data-line="2"]');
  const shifted = await api.locate(lon, lat, "gcj02");
  const row = await page.textContent('tr[data-line="2"]');
  assert.ok(row.includes(shifted.grid?.code ?? "网格之外") && row.includes("东门"), row);
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await speaks(page, "en");
  await page.waitForFunction(() => document.querySelector(".list h2").textContent === "Many points");
  await page.click(".list .section-head button");
  await page.waitForSelector(".list", { state: "detached" });
  await close();
  return faults;
}

export const journeys = [
  [
    "the box reads degrees, full-width digits, plus codes and BeiDou codes, and can be turned round",
    manyWritings,
  ],
  ["the same numbers in another datum: how far that is, and whose it would be", datums],
  ["a place that is not sure has candidates, neighbours and a line for the shell", unsure],
  ["a thousand lines: pasted or from a file, with bad lines named, and kept as a table", many],
];
