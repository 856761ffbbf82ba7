/** Journeys of the reports: filed, landed live, never lost, never twice. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mapDrawn, nextSelection, openPage, visit } from "./browser.mjs";

/** Chromium's own words for requests a journey cuts on purpose. */
const CUT = [/net::ERR_/, /Failed to load resource/];

let made = 0;
/** A text no other report has. */
const unique = (what) => `e2e ${what} ${process.pid}-${++made}`;

async function choosePlace(page) {
  await page.keyboard.press("2");
  const box = await page.locator(".map").boundingBox();
  await page.mouse.click(box.x + box.width * 0.62, box.y + box.height * 0.46);
  return nextSelection(page, null);
}

async function fileAndLand({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { reducedMotion: "no-preference" });
  const watcher = await openPage(browser, base, { locale: "en-GB" });
  await visit(page, base);
  await visit(watcher.page, base, "#tab=reports");
  await watcher.page.waitForSelector(".feed.live");
  const [lon, lat] = (await choosePlace(page)).replace("point:", "").split(",");
  const owner = (await api.locate(lon, lat)).grid;
  assert.ok(owner, "the clicked place lies in a grid");
  await page.waitForSelector(".place p");
  const text = unique("路灯不亮");
  await page.check('input[name="category"][value="facilities"]', { force: true });
  await page.fill(".report-form textarea", text);
  await page.click(".report-form button[type=submit]");
  await page.waitForSelector(".report.fresh");
  await page.waitForTimeout(1400);
  await shot(page, "08-report-landing");
  const row = page.locator(".report", { hasText: text });
  assert.ok((await row.textContent()).includes(owner.code), "the list names the grid");
  const kept = (await api.reports()).filter((report) => report.text === text);
  assert.equal(kept.length, 1);
  assert.equal(kept[0].grid.code, owner.code);
  await watcher.page.waitForSelector(`.report[data-report="${kept[0].id}"]`);
  await shot(watcher.page, "09-report-seen-elsewhere");
  await watcher.close();
  await close();
  return [...faults, ...watcher.faults];
}

async function listIsLive({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base, "#tab=reports");
  await page.waitForSelector(".feed.live");
  const { grids } = await api.get("/v1/grids?limit=1");
  const [lon, lat] = grids[0].label;
  const report = await api.report({ category: "noise", text: unique("live"), lon, lat, crs: "wgs84" });
  await page.waitForSelector(`.report.fresh[data-report="${report.id}"]`);
  assert.equal(await page.locator(".banner").count(), 0, "by the feed: nothing is polled while it is live");
  await close();
  return faults;
}

/** The server records the report but its answer is lost; the retry must find the same report. */
async function answerLost({ browser, base, api, shot }) {
  const { page, faults, close } = await openPage(browser, base, { expected: CUT });
  await visit(page, base);
  await choosePlace(page);
  await page.waitForSelector(".place p");
  const text = unique("answer lost");
  await page.route("**/v1/reports", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    await route.fetch();
    await route.abort();
  });
  await page.fill(".report-form textarea", text);
  await page.click(".report-form button[type=submit]");
  await page.waitForSelector(".note.warn");
  await shot(page, "10-report-waiting");
  await page.unroute("**/v1/reports");
  await page.click(".note.warn button");
  await page.waitForSelector(".note.warn", { state: "detached" });
  assert.equal((await api.reports()).filter((report) => report.text === text).length, 1, "recorded once");
  assert.equal(await page.locator(".report", { hasText: text }).count(), 1, "listed once");
  await close();
  return faults;
}

/** The request never reaches the server and the page is closed; the next page sends it. */
async function survivesReload({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base, { expected: CUT });
  await visit(page, base);
  await choosePlace(page);
  await page.waitForSelector(".place p");
  const text = unique("reload");
  await page.route("**/v1/reports", (route) =>
    route.request().method() === "POST" ? route.abort() : route.fallback(),
  );
  await page.fill(".report-form textarea", text);
  await page.click(".report-form button[type=submit]");
  await page.waitForSelector(".note.warn");
  assert.equal((await api.reports()).filter((report) => report.text === text).length, 0);
  await page.unroute("**/v1/reports");
  await page.reload();
  await page.waitForSelector(".report.fresh");
  assert.equal((await api.reports()).filter((report) => report.text === text).length, 1);
  await close();
  return faults;
}

async function feedLost({ browser, base, api, shot }) {
  const { page, context, faults, close } = await openPage(browser, base, { expected: CUT });
  await visit(page, base, "#tab=reports");
  await page.waitForSelector(".feed.live");
  await page.route("**/v1/events", (route) => route.abort());
  await context.setOffline(true);
  await page.waitForSelector(".banner");
  await context.setOffline(false);
  const { grids } = await api.get("/v1/grids?limit=1");
  const [lon, lat] = grids[0].label;
  const report = await api.report({ category: "water", text: unique("polled"), lon, lat, crs: "wgs84" });
  await page.waitForSelector(`.report[data-report="${report.id}"]`);
  assert.equal(await page.locator(".banner").count(), 1, "found by polling: the feed itself is still lost");
  assert.match(await page.textContent(".banner"), /\d/, "the banner tells an age");
  await shot(page, "11-feed-lost");
  await page.unroute("**/v1/events");
  await page.waitForSelector(".feed.live");
  assert.equal(await page.locator(".banner").count(), 0);
  await close();
  return faults;
}

/**
 * A real publication, made by the program beside the server on the same store: the map notices, draws the new tiles and says
 * the new number, without a reload.
 */
async function publicationRenews({ browser, base, api }) {
  const { page, faults, close } = await openPage(browser, base);
  const before = await api.workspace();
  await visit(page, base);
  await mapDrawn(page);
  const renewed = page.waitForRequest((request) => {
    const url = new URL(request.url());
    const version = url.searchParams.get("v");
    return url.pathname.startsWith("/tiles/grids/") && version !== null && version !== before.tiles_version;
  });
  const run = (...words) => execFileSync(PROGRAM, [...words, "--store", STORE], { stdio: "pipe" });
  run("partition", "--seed", "2");
  run("publish");
  await renewed;
  await mapDrawn(page);
  assert.match(await page.textContent(".head p"), new RegExp(`${before.publication.seq + 1}`));
  await close();
  return faults;
}

const PROGRAM = process.env.WANGGE_PROGRAM;
const STORE = process.env.WANGGE_STORE;
const publishing = [["a new publication redraws without a reload", publicationRenews]];
if (!PROGRAM || !STORE) {
  console.warn(
    "SKIPPED: the journey of a new publication (it needs WANGGE_PROGRAM and the served WANGGE_STORE to publish with)",
  );
  publishing.length = 0;
}

export const journeys = [
  ["a report filed at a point lands on its grid, here and on another screen", fileAndLand],
  ["a report from elsewhere arrives live", listIsLive],
  ["a lost answer is retried and recorded once", answerLost],
  ["an unsent report survives a reload", survivesReload],
  ["a lost feed says so, polls, and comes back", feedLost],
  ...publishing,
];
