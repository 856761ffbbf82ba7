/** Drafts are put away and taken back: from the list, from the open draft, and by keys alone. */
import assert from "node:assert/strict";
import { openApi } from "./api.mjs";
import { openPage, speaks } from "./browser.mjs";
import {
  AXE,
  borders,
  CUT,
  draftOf,
  openDraft,
  plansOf,
  recount,
  saved,
  stroke,
  TARGET_PX,
  town,
} from "./plans.mjs";

const standing = async (api, id) => (await plansOf(api)).find((plan) => plan.id === id).status;
const open = (id) => `.plan-list button[aria-label$=" ${id}"].primary`;
const away = (id) => `.plan-list button[data-step-of="${id}"].quiet`;
const done = (id) => `.plan-list .done button[data-step-of="${id}"]`;
const grouped = (id) => `.put-away button[data-step-of="${id}"]`;

/** What axe finds, and what is too small to press. */
async function wrong(page) {
  const found = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  const small = await page.evaluate(
    (least) =>
      [...document.querySelectorAll(".plan button, .plan summary")]
        .filter((one) => one.checkVisibility())
        .filter((one) => {
          const { width, height } = one.getBoundingClientRect();
          return width < least || height < least;
        })
        .map((one) => one.outerHTML.slice(0, 120)),
    TARGET_PX,
  );
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  return [...found, ...small, ...(wide ? ["scrolls sideways"] : [])];
}

/** Presses Tab until something has the focus; a planner without a mouse has no other way there. */
async function tabTo(page, selector, key = "Tab") {
  for (let i = 0; i < 200; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${selector} is not reached by ${key}`);
}

const focused = (page, selector) =>
  page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);

/** From the list and back, by keys alone; the mark is the server's, so that it stays over a reload. */
async function byKeys({ browser, shot }) {
  const api = openApi(town.url);
  const { id } = await draftOf(api);
  const { page, faults, close } = await openPage(browser, town.url, { expected: CUT, initScript: AXE });
  await page.goto(`${town.url}/#tab=plan`);
  await page.waitForSelector(open(id));
  const groups = await page.locator(".put-away").count();
  await tabTo(page, away(id));
  assert.equal(await page.getAttribute(away(id), "aria-label"), `收起方案 ${id}`);
  await page.keyboard.press("Enter");
  // It is said, and the focus is on what takes it back.
  await focused(page, done(id));
  assert.match(await page.textContent(".toast"), new RegExp(`方案 ${id} 已收起`));
  assert.equal(await standing(api, id), "put_away");
  assert.equal(await page.locator(open(id)).count(), 0, "it is not among the drafts");
  await shot(page, "70-plan-put-away");
  await page.keyboard.press("Enter");
  await focused(page, away(id));
  assert.equal(await standing(api, id), "draft", "one press takes it back at once");
  assert.equal(await page.locator(".put-away").count(), groups);
  await page.keyboard.press("Enter");
  await focused(page, done(id));

  await page.reload();
  await page.waitForSelector(".put-away summary");
  assert.equal(await page.locator(`${open(id)}, ${done(id)}`).count(), 0, "gone from the list");
  assert.equal(await page.locator(".put-away[open]").count(), 0, "in a group that is folded up");
  const n = (await plansOf(api)).filter((plan) => plan.status === "put_away").length;
  assert.equal(await page.textContent(".put-away summary"), `已收起（${n}）`);
  await tabTo(page, ".put-away summary");
  await page.keyboard.press("Enter");
  await page.waitForSelector(grouped(id));
  await shot(page, "71-plan-put-away-group");
  assert.deepEqual(await wrong(page), []);
  await tabTo(page, grouped(id));
  await page.keyboard.press("Enter");
  await focused(page, away(id));
  assert.equal(await standing(api, id), "draft");
  await tabTo(page, open(id), "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(`.plan-status button[data-step-of="${id}"]`);
  await close();
  return faults;
}

/** A draft that is open: it says that it is put away, and is painted all the same. */
async function whileOpen({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { id } = draft;
  const { page, faults, close } = await openDraft(browser, id, { locale: "en-GB", initScript: AXE });
  const button = `.plan-status-line button[data-step-of="${id}"]`;
  const note = `.put-away-note button[data-step-of="${id}"]`;
  await page.waitForSelector(button);
  // A second press of a double click means nothing: it would take back what the first did.
  await page.dblclick(button);
  await focused(page, note);
  await page.waitForTimeout(300);
  assert.equal(await standing(api, id), "put_away");
  await shot(page, "72-plan-put-away-open");
  assert.deepEqual(await wrong(page), []);
  const before = await recount(api, draft);
  await stroke(page, borders(draft, before)[0]);
  await saved(page, before.rev + 1);
  await page.keyboard.press("Control+z");
  await saved(page, before.rev + 2);

  // By its link it opens as any other, also in a narrow window and in the other language.
  await page.reload();
  await page.waitForSelector(note);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.keyboard.press("l");
  await speaks(page, "zh-CN");
  assert.match(await page.textContent(".put-away-note"), /已收起/);
  assert.deepEqual(await wrong(page), []);
  await shot(page, "73-plan-put-away-narrow");
  await page.click(note);
  await page.waitForSelector(note, { state: "detached" });
  await focused(page, button);
  assert.equal(await standing(api, id), "draft");
  await close();
  return faults;
}

/** Where it cannot be done, that is said, nothing changes, and it can be pressed again. */
async function refused({ browser }) {
  const api = openApi(town.url);
  const { id } = await draftOf(api);
  const expected = [...CUT, /503 \(Service Unavailable\)/];
  const { page, faults, close } = await openPage(browser, town.url, { expected, locale: "en-GB" });
  let times = 0;
  await page.route(`**/v1/plans/${id}/state`, (route) => {
    times++;
    const problem = { type: "about:blank", title: "Unavailable", status: 503, detail: "busy elsewhere" };
    return times > 1
      ? route.continue()
      : route.fulfill({ status: 503, contentType: "application/problem+json", json: problem });
  });
  await page.goto(`${town.url}/#tab=plan`);
  await page.click(away(id));
  await page.waitForSelector('[role="alert"] .note.bad');
  assert.match(await page.textContent('[role="alert"]'), /busy elsewhere/);
  assert.equal(await standing(api, id), "draft");
  await page.click(away(id));
  await page.waitForSelector(done(id));
  assert.equal(await page.locator('[role="alert"] .note.bad').count(), 0);
  await page.click(done(id));
  await page.waitForSelector(open(id));
  assert.equal(await standing(api, id), "draft");
  await close();
  return faults;
}

/** Journeys on the same server as those of plans, before a plan is put in force. */
export const journeys = [
  ["a draft is put away, gone from the list after a reload, taken back and opened by keys alone", byKeys],
  ["an open draft that is put away says so, is painted all the same, and is taken back there", whileOpen],
  ["a draft that cannot be put away now stays, and it is said why", refused],
];
