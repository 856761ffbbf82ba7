/** Journeys of answering reports: answered, closed and taken up again, seen by everybody at once, and never shown before it is so. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { nextSelection, openPage, PATIENCE_MS, visit } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TARGET_PX = 24;
let made = 0;
const unique = (what) => `e2e ${what} ${process.pid}-${++made}`;

/** Whether the server lets reports be answered; where not, that is said loudly. */
async function answers(api) {
  const { may } = await api.get("/v1/session");
  if (may.includes("POST /v1/reports/{id}/state")) return true;
  console.warn("SKIPPED: a journey of answering reports (this server has no POST /v1/reports/{id}/state)");
  return false;
}

async function sent(api, count, what) {
  const { grids } = await api.get("/v1/grids?limit=40");
  const all = [];
  for (let i = 0; i < count; i++) {
    const [lon, lat] = grids[25 + i].label;
    all.push(await api.report({ category: "parking", text: unique(what), lon, lat, crs: "wgs84" }));
  }
  return all;
}

const rowOf = (page, { id }) => page.locator(`.report[data-report="${id}"]`);
const stands = (page, report, stage) =>
  rowOf(page, report).locator(`[data-stage="${stage}"]`).waitFor({ timeout: PATIENCE_MS });
const stageShown = (page, report) => rowOf(page, report).locator("[data-stage]").getAttribute("data-stage");
const told = (api, { id }) => api.get(`/v1/reports/${id}`);

async function violations(page) {
  return page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
}

async function smallTargets(page) {
  return page.evaluate((least) => {
    const found = [];
    for (const one of document.querySelectorAll(".reports button, .stages button, .answer button")) {
      const { width, height } = one.getBoundingClientRect();
      if (width > 0 && (width < least || height < least)) found.push(`${one.outerHTML} ${width}x${height}`);
    }
    return found;
  }, TARGET_PX);
}

/** By keys alone, while another page watches. */
async function byKeys({ browser, base, api, shot }) {
  if (!(await answers(api))) return [];
  const [first, second] = await sent(api, 2, "answered");
  const { page, faults, close } = await openPage(browser, base, { initScript: AXE });
  const watcher = await openPage(browser, base, { locale: "en-GB", initScript: AXE });
  await visit(page, base, "#tab=reports");
  await visit(watcher.page, base, "#tab=reports");
  await watcher.page.waitForSelector(".feed.live");
  await rowOf(page, second).waitFor();
  await rowOf(watcher.page, second).waitFor();
  assert.equal(await stageShown(page, second), "open");
  const landings = await watcher.page.locator(".report.fresh").count();

  // The newest first; its answer is written, sent, and shown once the server has it.
  await page.keyboard.press("j");
  assert.equal(await page.getAttribute(".report.current", "data-report"), second.id);
  let answer = () => undefined;
  const held = new Promise((done) => {
    answer = done;
  });
  await page.route("**/state", async (route) => {
    await held;
    return route.continue();
  });
  await page.keyboard.press("a");
  await page.waitForFunction(() => document.activeElement?.closest("form.answer"));
  const words = "已通知物业，明早处理。xaujk";
  await page.keyboard.type(words);
  assert.equal(await page.inputValue("form.answer textarea"), words, "letters that are written are letters");
  await shot(page, "58-answer-written");
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await smallTargets(page), []);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await rowOf(page, second).locator('[role="status"]').waitFor();
  await page.waitForTimeout(500);
  assert.equal(
    await stageShown(page, second),
    "open",
    "nothing is shown as answered before the server said so",
  );
  assert.notEqual((await told(api, second)).state, "answered");
  answer();
  await stands(page, second, "answered");
  await page.unroute("**/state");
  assert.equal((await told(api, second)).answer, words);
  // The other page hears it, in its own words, and takes it for no new report.
  await stands(watcher.page, second, "answered");
  assert.match(await rowOf(watcher.page, second).textContent(), /Answered/);
  assert.ok((await rowOf(watcher.page, second).textContent()).includes(words));
  assert.equal(await watcher.page.locator(".report.fresh").count(), landings, "nothing lands");
  assert.equal(await watcher.page.locator(`.report[data-report="${second.id}"]`).count(), 1);

  // Closed: away from both lists, and on to the next.
  await page.keyboard.press("x");
  await rowOf(page, second).waitFor({ state: "detached" });
  await rowOf(watcher.page, second).waitFor({ state: "detached" });
  assert.equal(await page.getAttribute(".report.current", "data-report"), first.id, "and on to the next");
  await page.waitForFunction((id) => document.activeElement?.dataset.report === id, first.id);
  assert.equal((await told(api, second)).state, "closed");
  const closed = page.locator('.stages button:has-text("已办结")');
  assert.equal(await closed.getAttribute("aria-pressed"), "false", "closed ones are hidden at first");
  await closed.focus();
  await page.keyboard.press("Enter");
  await stands(page, second, "closed");
  await shot(page, "59-answer-closed");
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await smallTargets(page), []);
  // Taken up again.
  await page.keyboard.press("k");
  assert.equal(await page.getAttribute(".report.current", "data-report"), second.id);
  await page.keyboard.press("u");
  await stands(page, second, "open");
  await stands(watcher.page, second, "open");
  assert.equal((await told(api, second)).state, "routed");
  // It is so after a reload, too.
  await page.reload();
  await stands(page, second, "open");
  await watcher.close();
  await close();
  return [...faults, ...watcher.faults];
}

/** What goes wrong is told, and no word is lost. */
async function goesWrong({ browser, base, api, shot }) {
  if (!(await answers(api))) return [];
  const [report] = await sent(api, 1, "goes wrong");
  const expected = [/net::ERR_/, /409 \(Conflict\)/, /503 \(Service/];
  const { page, faults, close } = await openPage(browser, base, { expected, locale: "en-GB" });
  await visit(page, base, "#tab=reports");
  const row = rowOf(page, report);
  await row.locator('button:has-text("Answer")').click();
  await row.locator("textarea").fill("The gate is open again.");
  await page.route("**/state", (route) => route.abort());
  await row.locator('button[type="submit"]').click();
  await row.locator('.note.bad[role="alert"]').waitFor();
  assert.equal(await stageShown(page, report), "open");
  assert.equal(
    await row.locator("textarea").inputValue(),
    "The gate is open again.",
    "the words are there still",
  );
  await shot(page, "69-answer-failed");
  await page.unroute("**/state");
  // Folded away and opened again, they are there, too.
  await row.locator("textarea").press("Escape");
  await row.locator("form.answer").waitFor({ state: "detached" });
  await row.locator('button:has-text("Answer")').click();
  assert.equal(await row.locator("textarea").inputValue(), "The gate is open again.");
  // Somebody else closes it meanwhile, and this page has not heard: it is told, and shown as it stands.
  await page.route(
    "**/state",
    async (route) => {
      const response = await fetch(new URL(`/v1/reports/${report.id}/state`, base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ state: "closed", answer: null }),
      });
      assert.equal(response.status, 200);
      return route.continue();
    },
    { times: 1 },
  );
  await page.click('.stages button:has-text("Closed")');
  await row.locator('button[type="submit"]').click();
  await stands(page, report, "closed");
  await row.locator('.note.bad[role="alert"]').waitFor();
  assert.equal((await told(api, report)).state, "closed");
  // Taken up again, the words go out after all, and close it.
  await row.locator('button:has-text("Take up again")').click();
  await stands(page, report, "open");
  if ((await row.locator("textarea").count()) === 0) await row.locator('button:has-text("Answer")').click();
  assert.equal(await row.locator("textarea").inputValue(), "The gate is open again.");
  await row.locator('button:has-text("Send and close")').click();
  await stands(page, report, "closed");
  const last = await told(api, report);
  assert.deepEqual([last.state, last.answer], ["closed", "The gate is open again."]);
  await close();
  return faults;
}

/** Who sent it reads on its way what was answered. */
async function onItsWay({ browser, base, api, shot }) {
  if (!(await answers(api))) return [];
  const { page, faults, close } = await openPage(browser, base, { initScript: AXE });
  await visit(page, base);
  await page.keyboard.press("2");
  const box = await page.locator(".map").boundingBox();
  await page.mouse.click(box.x + box.width * 0.55, box.y + box.height * 0.4);
  await nextSelection(page, null);
  await page.waitForSelector(".place p");
  await page.fill(".report-form textarea", unique("on its way"));
  await page.click(".report-form button[type=submit]");
  await page.waitForSelector(".trail");
  const id = await page.getAttribute(".trail", "data-trail");
  const step = async (state, answer) => {
    const response = await fetch(new URL(`/v1/reports/${id}/state`, base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ state, answer }),
    });
    assert.equal(response.status, 200);
  };
  await step("answered", "师傅上午到。");
  await page.waitForSelector('.trail [data-step="answered"]');
  assert.ok((await page.textContent('.trail [data-step="answered"]')).includes("师傅上午到。"));
  await step("closed", null);
  await page.waitForSelector('.trail [data-step="closed"]');
  await step("open", null);
  await page.waitForSelector('.trail [data-step="reopened"]');
  await shot(page, "70-answer-trail");
  assert.deepEqual(await violations(page), []);
  await close();
  return faults;
}

/** What has waited for long is marked, in words: by the page's own clock. */
async function late({ browser, base, api, shot }) {
  if (!(await answers(api))) return [];
  const [report] = await sent(api, 1, "late");
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base, "#tab=reports");
  const row = rowOf(page, report);
  await row.waitFor();
  assert.equal(await row.locator(".late").count(), 0);
  const hours = (n) => Date.parse(report.received_at) + n * 3_600_000;
  await page.clock.setFixedTime(hours(25));
  await row.locator(".late-24").waitFor();
  assert.match(await row.textContent(), /超过 24 小时未答复/);
  await page.clock.setFixedTime(hours(73));
  await row.locator(".late-72").waitFor();
  await shot(page, "71-answer-late");
  await row.locator('button:has-text("办结")').click();
  await page.click('.stages button:has-text("已办结")');
  await stands(page, report, "closed");
  assert.equal(await row.locator(".late").count(), 0, "nothing waits any more");
  await close();
  return faults;
}

export const journeys = [
  ["a report is answered, closed and taken up again by keys, and others see it at once", byKeys],
  ["an answer that goes wrong is told, and its words are kept", goesWrong],
  ["who sent a report reads on its way what was answered", onItsWay],
  ["a report without an answer is marked after a day and after three", late],
];
