/** Journeys of who looks after a grid: the card, the findings, and the way of a report. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nextSelection, openPage, selected, visit } from "./browser.mjs";

const PROGRAM = process.env.WANGGE_PROGRAM;
const STORE = process.env.WANGGE_STORE;
const DESK = "021-62710001";
const PHONE = "13912345678";

/** Brings a list with one officer for one grid into the served store, and waits until the server knows it. */
async function bringIn(api, code) {
  const folder = mkdtempSync(join(tmpdir(), "wangge-officers-"));
  try {
    const file = join(folder, "网格员.csv");
    writeFileSync(
      file,
      `工号,姓名,班组,值班电话,电话,网格编码,角色,起\nW-1,王芳,东风班组,${DESK},${PHONE},${code},主责,2020-01-01\n`,
    );
    const words = ["import", file, "--as", "officers", "--store", STORE, "--replace-from", "2020-01-01"];
    execFileSync(PROGRAM, words, { stdio: "pipe" });
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (let tries = 0; tries < 100; tries++) {
    const { primary } = await api.get(`/v1/grids/${encodeURIComponent(code)}/officers`);
    if (primary?.desk === DESK) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`the server does not know the officer of ${code}`);
}

async function cardFindingsAndTrail({ browser, base, api, shot }) {
  const { grids } = await api.get("/v1/grids?limit=2");
  const [equipped, bare] = grids;
  await bringIn(api, equipped.code);
  const { page, faults, close } = await openPage(browser, base);

  await visit(page, base, `#sel=grid:${equipped.code}`);
  const card = page.locator(`.card[data-grid="${equipped.code}"] .officers`);
  await card.waitFor();
  assert.match(await card.textContent(), /王芳/);
  assert.equal(await card.locator(".desk").textContent(), DESK);
  assert.equal(await card.locator(".desk").getAttribute("href"), `tel:${DESK.replaceAll("-", "")}`);
  await shot(page, "16-officer-card");

  const [lon, lat] = bare.label;
  await visit(page, base, `#sel=point:${lon},${lat},wgs84`);
  const none = page.locator(`.card[data-grid="${bare.code}"] .officer.none`);
  await none.waitFor();
  assert.equal(await none.textContent(), "无责任人");

  await visit(page, base, "#tab=coverage");
  await page.waitForSelector("tr[data-officer-finding]");
  const { officers, totals } = await api.coverage();
  assert.equal(officers.without_officer, totals.grids - 1);
  const listing = page.locator(".listing", { has: page.locator("tr[data-officer-finding]") });
  assert.equal(
    Number((await listing.locator(".tally").textContent()).replace(/\D/g, "")),
    officers.findings.length,
  );
  const before = await selected(page);
  await listing.locator("tbody tr button").first().click();
  assert.match(await nextSelection(page, before), /^grid:/);
  await shot(page, "17-officer-findings");

  const [x, y] = equipped.label;
  await visit(page, base, `#tab=reports&sel=point:${x},${y},wgs84`);
  await page.waitForSelector(".place p");
  const text = `e2e trail ${process.pid}`;
  await page.fill(".report-form textarea", text);
  await page.click(".report-form button[type=submit]");
  const trail = page.locator(".trail");
  await trail.waitFor();
  const shown = await trail.textContent();
  assert.match(shown, new RegExp(equipped.code), "it says where the report went");
  assert.match(shown, new RegExp(DESK), "and whom to ask");
  assert.ok(!shown.includes(text), "not the text of the report");
  const id = await trail.getAttribute("data-trail");
  const told = JSON.stringify(await api.get(`/v1/reports/${id}/trail`));
  assert.ok(!told.includes(text) && !told.includes(PHONE));
  await shot(page, "18-report-trail");
  assert.ok(!(await page.content()).includes(PHONE), "a private number is nowhere on the page");
  await close();
  return faults;
}

export const journeys = [["a grid names its officer, a report says whom to ask", cardFindingsAndTrail]];
if (!PROGRAM || !STORE) {
  console.warn(
    "SKIPPED: the journey of officers (it needs WANGGE_PROGRAM and the served WANGGE_STORE to bring a list in)",
  );
  journeys.length = 0;
}
