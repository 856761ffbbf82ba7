/** Journeys of the look-up: what the page says of a point is what the server says. */
import assert from "node:assert/strict";
import { colourShares, mapDrawn, nextSelection, openPage, speaks, visit } from "./browser.mjs";

const PAPER = "#f1efea";
const OVER_FILL = "#f8cfa2";
const UNDER_FILL = "#c3dbf0";

async function townInChinese({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  const { totals } = await api.coverage();
  assert.equal(await page.getAttribute("html", "lang"), "zh-CN");
  assert.equal(await page.textContent("#tab-lookup"), "查询");
  for (const [index, status] of ["over", "under", "in_band", "uninhabited"].entries()) {
    const said = await page.locator(".legend-count").nth(index).textContent();
    assert.equal(Number(said.replace(/\D/g, "")), totals[status], `legend count of ${status}`);
  }
  const [paper] = await colourShares(page, [PAPER]);
  assert.ok(paper < 0.9, `the map is ${Math.round(paper * 100)} % empty paper: nothing was drawn`);
  await shot(page, "01-town-zh");
  await close();
  return faults;
}

async function townInEnglish({ browser, base, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  await page.click('.lang button[lang="en"]');
  await speaks(page, "en");
  assert.equal(await page.getAttribute("html", "lang"), "en");
  assert.equal(await page.textContent("#tab-lookup"), "Look up");
  await page.reload();
  await mapDrawn(page);
  assert.equal(await page.textContent("#tab-lookup"), "Look up", "the choice survives a reload");
  await shot(page, "02-town-en");
  await close();
  return faults;
}

async function legendFilters({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  const { totals } = await api.coverage();
  const colours = [OVER_FILL, UNDER_FILL];
  const before = await colourShares(page, colours);
  if (totals.over > 0) assert.ok(before[0] > 0, "grids over the band are drawn in their colour");
  await page.locator(".legend-row").nth(0).click();
  await page.locator(".legend-row").nth(1).click();
  await page.waitForFunction(() => location.hash.includes("hide=over,under"));
  await mapDrawn(page);
  const after = await colourShares(page, colours);
  assert.ok(after[0] + after[1] < 0.001, `hidden grids are still drawn: ${after}`);
  await shot(page, "03-legend-filter");
  await page.reload();
  await mapDrawn(page);
  assert.equal(
    await page.locator('.legend-row[aria-pressed="false"]').count(),
    2,
    "a reload keeps the filter",
  );
  await close();
  return faults;
}

/** Clicks all over the map: the grid shown must be the one `/v1/locate` names for the very point clicked. */
async function clicksAskLocate({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  const box = await page.locator(".map").boundingBox();
  let before = null;
  let owned = 0;
  for (let i = 0; i < 12; i++) {
    const x = box.x + box.width * (0.3 + 0.16 * (i % 4) + 0.008 * i);
    const y = box.y + box.height * (0.14 + 0.18 * Math.floor(i / 4) + 0.007 * i);
    await page.mouse.click(x, y);
    before = await nextSelection(page, before);
    const [lon, lat] = before.replace("point:", "").split(",");
    const answer = await api.locate(lon, lat);
    if (answer.grid) {
      owned++;
      await page.waitForSelector(`article[data-grid="${answer.grid.code}"]`);
      const chain = await page.locator(".chain li").allTextContents();
      assert.equal(chain.length, answer.chain.length, "the whole owner chain is shown");
    } else await page.waitForSelector("article.outside");
  }
  assert.ok(owned >= 6, `only ${owned} of 12 clicks met a grid`);
  await mapDrawn(page);
  await shot(page, "04-grid-card");
  await close();
  return faults;
}

async function outOfBandCard({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  const { out_of_band } = await api.coverage();
  const grid = out_of_band.find((one) => one.reason) ?? out_of_band[0];
  if (!grid) return faults;
  await visit(page, base, `#sel=grid:${encodeURIComponent(grid.code)}`);
  await page.waitForSelector(`article[data-grid="${grid.code}"]`);
  if (grid.reason) {
    assert.ok((await page.textContent(".reason")).includes(grid.reason.zh), "the reason in Chinese");
    await page.keyboard.press("l");
    await speaks(page, "en");
    assert.ok((await page.textContent(".reason")).includes(grid.reason.en), "the reason in English");
    await page.keyboard.press("l");
  }
  await page.click(".card .actions button");
  await page.waitForTimeout(300);
  await mapDrawn(page);
  await shot(page, "05-out-of-band-card");
  await close();
  return faults;
}

async function theBox({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base, { expected: [/404/] });
  await visit(page, base);
  const { grids } = await api.get("/v1/grids?limit=5");
  const [lon, lat] = grids[0].label;
  const owner = (await api.locate(lon, lat)).grid.code;
  const ask = async (line, waitFor) => {
    await page.fill("#box", line);
    await page.press("#box", "Enter");
    await page.waitForSelector(waitFor);
  };
  const card = `article[data-grid="${owner}"]`;
  const dms = (value, letters) => {
    const size = Math.abs(value);
    const minutes = (size % 1) * 60;
    const letter = value < 0 ? letters[1] : letters[0];
    return `${Math.floor(size)}°${Math.floor(minutes)}'${((minutes % 1) * 60).toFixed(5)}"${letter}`;
  };
  for (const line of [
    `${lon},${lat}`,
    `${lat} ${lon}`,
    `${dms(lat, "NS")} ${dms(lon, "EW")}`,
    `POINT(${lon} ${lat})`,
  ]) {
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.waitForSelector(card, { state: "detached" });
    await ask(line, card);
  }
  await ask(`${lat},${lon}`, ".box-read");
  assert.match(await page.textContent(".box-read"), /纬度, 经度/, "the order taken is said");
  await ask(grids[1].code, `article[data-grid="${grids[1].code}"]`);
  const { jurisdictions } = await api.get("/v1/jurisdictions");
  const unique = jurisdictions.find(
    (one) => jurisdictions.filter(({ name }) => name.includes(one.name)).length === 1,
  );
  if (unique) await ask(unique.name, `article[data-jurisdiction="${unique.code}"]`);
  await ask("没有这个地方", ".note.bad");
  await ask("1234567 7654321", ".note.bad");
  for (const crs of ["gcj02", "bd09", "cgcs2000"]) {
    await page.selectOption("#box-crs", crs);
    const shifted = await api.locate(lon, lat, crs);
    await ask(
      `${lon},${lat}`,
      shifted.grid ? `article[data-grid="${shifted.grid.code}"]` : "article.outside",
    );
    await page.waitForFunction((name) => location.hash.includes(`,${name}`), crs);
  }
  await close();
  return faults;
}

async function edgeTie({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  const { grids } = await api.get("/v1/grids?limit=40");
  let tie = null;
  for (const { code } of grids) {
    const { geometry } = await api.grid(code);
    for (const [lon, lat] of geometry.coordinates[0][0].slice(0, 4)) {
      const answer = await api.locate(lon, lat);
      if (answer.resolution === "edge_tie" && answer.grid) tie = { lon, lat, code: answer.grid.code };
    }
    if (tie) break;
  }
  assert.ok(tie, "no vertex of forty grids was an edge tie");
  await visit(page, base, `#view=16.2/${tie.lat}/${tie.lon}&sel=point:${tie.lon},${tie.lat},wgs84`);
  await page.waitForSelector(`article[data-grid="${tie.code}"]`);
  assert.match(await page.textContent(".note.edge"), /边界/);
  await mapDrawn(page);
  await shot(page, "06-edge-tie");
  await close();
  return faults;
}

async function outside({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  const { envelope } = await api.workspace();
  const [west, south, , north] = envelope;
  const [lon, lat] = [Number((west - 0.004).toFixed(7)), Number(((south + north) / 2).toFixed(7))];
  const answer = await api.locate(lon, lat);
  assert.equal(answer.resolution, "outside");
  await visit(page, base);
  await page.fill("#box", `${lon},${lat}`);
  await page.press("#box", "Enter");
  await page.waitForSelector("article.outside");
  await mapDrawn(page);
  await shot(page, "07-outside");
  const nearest = page.locator("article.outside button.link");
  assert.ok((await nearest.textContent()).includes(answer.nearest.code), "the nearest grid is named");
  await nearest.click();
  await page.waitForSelector(`article[data-grid="${answer.nearest.code}"]`);
  await close();
  return faults;
}

async function addressHolds({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base);
  const { grids } = await api.get("/v1/grids?limit=3");
  const [lon, lat] = grids[2].label;
  await visit(page, base);
  await page.fill("#box", `${lon},${lat}`);
  await page.press("#box", "Enter");
  const owner = (await api.locate(lon, lat)).grid.code;
  await page.waitForSelector(`article[data-grid="${owner}"]`);
  await mapDrawn(page);
  await page.waitForTimeout(500);
  const address = page.url();
  const second = await openPage(browser, base);
  await second.page.goto(address);
  await second.page.waitForSelector(`article[data-grid="${owner}"]`);
  await mapDrawn(second.page);
  await second.page.waitForTimeout(500);
  assert.equal(second.page.url(), address, "the same address shows, and keeps, the same view");
  await second.close();
  await close();
  return [...faults, ...second.faults];
}

export const journeys = [
  ["the first view shows the whole workspace in the browser's language", townInChinese],
  ["the language switches and the choice is kept", townInEnglish],
  ["the legend hides and shows statuses", legendFilters],
  ["every click shows the owner that locate names", clicksAskLocate],
  ["a grid outside the band says why, in both languages", outOfBandCard],
  ["the box takes coordinates, codes and names, and says how it read them", theBox],
  ["a point on an edge says so and has one owner", edgeTie],
  ["a point outside says so and names the nearest grid", outside],
  ["an address shows the same again", addressHolds],
];
