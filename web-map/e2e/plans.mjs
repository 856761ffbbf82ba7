/** Journeys of a planner: plans are redrawn by mouse, by keyboard and from the table, by one and by two, over failures. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { openApi } from "./api.mjs";
import { mapDrawn, openPage, PATIENCE_MS } from "./browser.mjs";
import { COUNT_UPLOADS, dabbed, inWords, share } from "./dab.mjs";
import { canServe, openTown } from "./front.mjs";

export const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const TARGET_PX = 24;
/** Chromium's own words for what a journey cuts on purpose. */
export const CUT = [
  /net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|FAILED|ABORTED|INTERNET_DISCONNECTED)/,
];
/** A dab may upload this much, and take this much script. */
const DAB_BYTES = 16 * 1024;
const DAB_MS = 4;

/** The server of the journeys. */
export let town = null;
export const plansOf = async (api) => (await api.get("/v1/plans")).plans;

/** The draft with the highest number, and what is needed to count it anew. */
export async function draftOf(api) {
  const drafts = (await plansOf(api)).filter((plan) => plan.status === "draft");
  const { id } = drafts[drafts.length - 1];
  const draft = await api.get(`/v1/plans/${id}/draft`);
  const bytes = await (await fetch(new URL(draft.topology.href, api.base))).arrayBuffer();
  const view = new DataView(bytes);
  const atoms = view.getUint32(8, true);
  const column = (start, count) => bytes.slice(start, start + 4 * count);
  const padded = (length) => 8 * Math.ceil(length / 8);
  const from = 64 + 8 * atoms;
  const households = new Uint32Array(column(from, atoms)).map((n) => (n === 0xffffffff ? 0 : n));
  const label = new Int32Array(column(from + 4 * padded(4 * atoms), 2 * atoms));
  const nest = [];
  for (let i = 0; i < draft.nest_runs.length; i += 2) {
    for (let k = 0; k < draft.nest_runs[i + 1]; k++) nest.push(draft.nest_runs[i]);
  }
  return { id, atoms, households, label, nest };
}

/**
 * Where strokes are drawn: for pairs of neighbouring grids of one nest, a place in the one and a place just over the border, as longitude and
 * latitude; pairs of different nests, so that their strokes do not meet.
 */
export function borders(draft, { grids, of }) {
  const found = new Map();
  const place = (atom) => [draft.label[2 * atom] / 1e7, draft.label[2 * atom + 1] / 1e7];
  for (let a = 0; a < draft.atoms; a++) {
    for (let b = 0; b < draft.atoms; b++) {
      if (draft.nest[a] < 0 || draft.nest[a] !== draft.nest[b] || of[a] === of[b] || !of[a] || !of[b])
        continue;
      if (grids.get(of[b]).atoms.length < 8) continue;
      const far = Math.hypot(
        draft.label[2 * a] - draft.label[2 * b],
        draft.label[2 * a + 1] - draft.label[2 * b + 1],
      );
      const known = found.get(draft.nest[a]);
      if (!known || far < known.far)
        found.set(draft.nest[a], { far, from: place(a), to: place(b), grid: of[a] });
    }
  }
  return [...found.values()].sort((x, y) => x.far - y.far);
}

/** Where a place is on the screen, by the view that the address tells. */
export async function onScreen(page, [lon, lat]) {
  const box = await page.locator(".map").boundingBox();
  const hash = await page.evaluate(() => location.hash);
  const [zoom, midLat, midLon] = new URLSearchParams(hash.slice(1)).get("view").split("/").map(Number);
  const world = 512 * 2 ** zoom;
  const y = (of) => Math.log(Math.tan(Math.PI / 4 + (of * Math.PI) / 360)) / (2 * Math.PI);
  return [
    box.x + box.width / 2 + ((lon - midLon) / 360) * world,
    box.y + box.height / 2 - (y(lat) - y(midLat)) * world,
  ];
}

/** Grids by id with atoms and households, from what the server says. */
export async function recount(api, { id, households }, rev) {
  const assignment = await api.get(`/v1/plans/${id}/assignment${rev === undefined ? "" : `?rev=${rev}`}`);
  const grids = new Map(assignment.grids.map((grid) => [grid.id, { ...grid, atoms: [], households: 0 }]));
  const of = [];
  for (let i = 0; i < assignment.atom_runs.length; i += 2) {
    for (let k = 0; k < assignment.atom_runs[i + 1]; k++) of.push(assignment.atom_runs[i]);
  }
  of.forEach((position, atom) => {
    const grid = grids.get(assignment.grids[position]?.id);
    if (!grid) return;
    grid.atoms.push(atom);
    grid.households += households[atom];
  });
  return { rev: assignment.rev, grids, of: of.map((position) => assignment.grids[position]?.id ?? null) };
}

export async function openDraft(browser, id, { url = town.url, ...options } = {}, hash = "") {
  const opened = await openPage(browser, url, { expected: CUT, ...options });
  await opened.page.goto(`${url}/#tab=plan&plan=${id}${hash}`);
  await opened.page.waitForSelector(".plan-status", { timeout: PATIENCE_MS });
  await opened.page.waitForSelector(".map [data-tool]", { state: "attached" });
  await settle(opened.page);
  return opened;
}

/** All drawn, labels too. */
export async function settle(page) {
  await page.waitForTimeout(450);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await mapDrawn(page);
}

export const saved = (page, rev) =>
  page.waitForFunction(
    (wanted) =>
      document.querySelector("[data-save]")?.dataset.save === "saved" &&
      (wanted === null || Number(document.querySelector("[data-rev]")?.dataset.rev) === wanted),
    rev ?? null,
    { timeout: PATIENCE_MS },
  );
export const revision = async (page) => Number(await page.getAttribute("[data-rev]", "data-rev"));
const active = (page) => page.getAttribute("[data-grid]", "data-grid");
export const shownHouseholds = async (page) =>
  Number(await page.getAttribute("[data-households]", "data-households"));

/** Where a grid can be grasped on the screen: its label, by the API's own figures. */
async function somewhere(page) {
  const box = await page.locator(".map").boundingBox();
  return [box.x + box.width * 0.48, box.y + box.height * 0.47];
}

/** Paints a stroke of the mouse over a border; gives the grid that was painted. */
export async function stroke(page, border, hold = async () => undefined) {
  const [x, y] = await onScreen(page, border.from);
  const [toX, toY] = await onScreen(page, border.to);
  await page.keyboard.press("i");
  await page.mouse.click(x, y);
  await page.waitForSelector(`[data-grid="${border.grid}"]`);
  const grid = await active(page);
  await page.keyboard.press("p");
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(toX, toY, { steps: 14 });
  await hold();
  await page.mouse.up();
  // What it would cut off comes along.
  if (await page.locator(".asked.question").count()) await page.keyboard.press("Enter");
  return grid;
}

export async function picture(page) {
  await page.mouse.move(1430, 890);
  await settle(page);
  const png = await page.locator(".map canvas").screenshot();
  return createHash("sha256").update(png).digest("hex");
}

async function paintedByMouse({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openPage(browser, town.url, { expected: CUT });
  const fetched = [];
  page.on("request", (request) => fetched.push(request.url()));
  await page.goto(`${town.url}/`);
  await page.waitForSelector("#tab-plan");
  assert.ok(
    !fetched.some((url) => /PlanTab|plan-(zh|en)/.test(url)),
    "a viewer does not load the tab of plans",
  );
  await page.click("#tab-plan");
  await page.waitForSelector(".plan-list li");
  await shot(page, "30-plan-choose");
  await page.click(`.plan-list button[aria-label$=" ${draft.id}"]`);
  await page.waitForSelector(".plan-status");
  await page.waitForSelector(".map [data-tool]", { state: "attached" });
  await settle(page);
  await shot(page, "31-plan-open");
  const before = await recount(api, draft);
  const [border] = borders(draft, before);
  await page.mouse.click(...(await onScreen(page, border.from)));
  await page.waitForSelector("[data-grid]");
  await page.keyboard.press("p");
  const first = await picture(page);

  // Nothing is said to be saved before the server has answered.
  let answer = () => undefined;
  const held = new Promise((done) => {
    answer = done;
  });
  let posted = 0;
  await page.route("**/ops", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    posted++;
    await held;
    return route.continue();
  });
  const grid = await stroke(page, border, () => shot(page, "32-plan-stroke"));
  await page.waitForFunction(() => document.querySelector("[data-save]").dataset.save === "queued");
  while (posted === 0) await page.waitForTimeout(20);
  await page.waitForTimeout(600);
  assert.equal(
    await page.getAttribute("[data-save]", "data-save"),
    "queued",
    "no tick while the answer is out",
  );
  assert.equal((await recount(api, draft)).rev, before.rev, "the server has it only once it came");
  answer();
  await saved(page, before.rev + 1);
  await page.unroute("**/ops");
  const after = await recount(api, draft);
  assert.equal(after.rev, before.rev + 1, "one stroke is one operation");
  assert.ok(after.grids.get(grid).atoms.length > before.grids.get(grid).atoms.length, "it took atoms");
  assert.equal(
    await shownHouseholds(page),
    after.grids.get(grid).households,
    "the total is that of a recount",
  );
  assert.notEqual(await picture(page), first);
  const over = [...after.grids.values()].filter((one) => one.households > 500).length;
  assert.equal(
    Number(await page.textContent('[data-standing="over"] b')),
    over,
    "so is how many are too large",
  );
  await shot(page, "33-plan-painted");

  await page.keyboard.press("Control+z");
  await saved(page, before.rev + 2);
  assert.equal(await picture(page), first, "undone to the same pixels");
  assert.deepEqual((await recount(api, draft)).of, before.of);
  await page.keyboard.press("Control+Shift+z");
  await saved(page, before.rev + 3);
  await page.reload();
  await page.waitForSelector(".plan-status");
  await page.waitForSelector(".map [data-tool]", { state: "attached" });
  await saved(page, before.rev + 3);
  assert.equal(await active(page), grid, "the address holds the grid");
  assert.equal(await shownHouseholds(page), after.grids.get(grid).households);
  await page.keyboard.press("Control+z");
  await saved(page, before.rev + 4);
  assert.deepEqual((await recount(api, draft)).of, before.of, "and what was done before it can be undone");
  await close();
  return faults;
}

async function killed({ browser }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openDraft(browser, draft.id);
  const [first, second] = borders(draft, await recount(api, draft));
  const grid = await stroke(page, first);
  await saved(page);
  const kept = await recount(api, draft);
  // Mid-stroke, as a power cut does.
  await stroke(page, second, async () => {
    await town.kill();
    await page.waitForTimeout(200);
  });
  await page.waitForFunction(() =>
    ["queued", "offline"].includes(document.querySelector("[data-save]").dataset.save),
  );
  await page.waitForTimeout(2_500);
  assert.equal(
    await page.getAttribute("[data-save]", "data-save"),
    "offline",
    "it is said that nothing is saved",
  );
  const unsaved = await shownHouseholds(page);
  // The page goes before it can send: only what the browser kept is left of the stroke.
  const address = page.url();
  await page.goto("about:blank");
  await town.start();
  const again = await recount(api, draft);
  assert.equal(again.rev, kept.rev, "what was acknowledged is there");
  assert.deepEqual(again.of, kept.of, "and nothing else");
  await page.goto(address);
  await page.waitForSelector(".plan-status");
  await saved(page, kept.rev + 1);
  const sent = await recount(api, draft);
  assert.equal(sent.grids.get(await active(page)).households, unsaved, "the stroke arrived as it was drawn");
  assert.ok(sent.grids.has(grid));
  await page.keyboard.press("Control+z");
  await saved(page, kept.rev + 2);
  await close();
  return faults;
}

async function together({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const [one, two] = [await openDraft(browser, draft.id), await openDraft(browser, draft.id)];
  const before = await recount(api, draft);
  const [first, second, ...contested] = borders(draft, before);
  await Promise.all([stroke(one.page, first), stroke(two.page, second)]);
  await Promise.all([saved(one.page, before.rev + 2), saved(two.page, before.rev + 2)]);
  const now = await recount(api, draft);
  for (const { page } of [one, two]) {
    const grid = await active(page);
    assert.equal(
      await shownHouseholds(page),
      now.grids.get(grid).households,
      "both pages show what the server has",
    );
  }
  assert.equal(await one.page.locator(".presence").count(), 1, "each sees the other");
  await shot(one.page, "34-plan-together");
  // Both at once, over and over, on the same ground.
  for (const border of contested.slice(0, 2)) {
    await Promise.all([stroke(one.page, border), stroke(two.page, border)]);
    await Promise.all([saved(one.page), saved(two.page)]);
  }
  await one.page.waitForTimeout(800);
  const last = await recount(api, draft);
  for (const { page } of [one, two]) {
    assert.equal(await revision(page), last.rev);
    assert.equal(await shownHouseholds(page), last.grids.get(await active(page)).households);
  }
  assert.equal(await picture(one.page), await picture(two.page), "and the same picture");
  const faults = [...one.faults, ...two.faults];
  await one.close();
  await two.close();
  return faults;
}

async function byKeyboard({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openDraft(browser, draft.id);
  const before = await recount(api, draft);
  await page.focus(".map canvas");
  await page.keyboard.press("j");
  await page.waitForSelector("[data-grid]");
  const grid = await active(page);
  await page.keyboard.press("p");
  // From the middle of the grid straight on, until an atom beyond the border is taken.
  const start = (await recount(api, draft)).grids.get(grid).atoms.length;
  await page.keyboard.press("ArrowRight");
  let taken = false;
  for (const arrow of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
    for (let i = 0; i < 14 && !taken; i++) {
      await page.keyboard.press(arrow);
      await page.keyboard.press("Enter");
      if (await page.locator(".asked.question").count()) await page.keyboard.press("Escape");
      taken = (await page.locator('[data-save="queued"]').count()) > 0 || (await revision(page)) > before.rev;
    }
  }
  assert.ok(taken, "something was painted");
  await saved(page);
  const after = await recount(api, draft);
  assert.ok(after.grids.get(grid).atoms.length > start);
  assert.equal(await shownHouseholds(page), after.grids.get(grid).households);
  await page.waitForFunction(() => document.querySelector('[data-live="plan"]').textContent.length > 0);
  await shot(page, "35-plan-keyboard");
  while ((await recount(api, draft)).of.join() !== before.of.join()) {
    const rev = await revision(page);
    await page.keyboard.press("Control+z");
    await saved(page, rev + 1);
  }
  // The same from the table, without the map.
  await page.click(".segments button:nth-child(2)");
  // The first grid that has an atom beside it which can be taken.
  const take = page.locator(".near button.small").first();
  for (let i = 0; (await take.count()) === 0; i++) {
    const row = page.locator("[data-row] th button").nth(i);
    await row.focus();
    if ((await row.getAttribute("aria-expanded")) === "false") await page.keyboard.press("Enter");
    await page.waitForTimeout(200);
  }
  const rev = await revision(page);
  const row = page.locator("[data-row].active");
  const id = await row.getAttribute("data-row");
  await take.focus();
  await page.keyboard.press("Enter");
  await saved(page, rev + 1);
  const { households } = (await recount(api, draft)).grids.get(id);
  await page.waitForFunction(
    (wanted) => document.querySelector("[data-row].active .number")?.textContent === wanted,
    String(households),
    { timeout: PATIENCE_MS },
  );
  await page.keyboard.press("Control+z");
  await saved(page, rev + 2);
  await close();
  return faults;
}

async function offers({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openDraft(browser, draft.id);
  const before = await recount(api, draft);
  let rev = before.rev;
  const [x, y] = await somewhere(page);
  await page.mouse.click(x, y);
  await page.waitForSelector("[data-grid]");
  const grid = await active(page);
  /** Shows what a key offers, takes it, and takes it back. */
  async function offered(key, kind, name) {
    await page.keyboard.press(key);
    await page.waitForSelector(`[data-offer="${kind}"]`);
    await shot(page, name);
    assert.equal(await revision(page), rev, "an offer changes nothing");
    await page.keyboard.press("Enter");
    await saved(page, ++rev);
    await page.keyboard.press("Control+z");
    await saved(page, ++rev);
    assert.deepEqual((await recount(api, draft)).of, before.of, `${kind} is one step`);
    await page.keyboard.press("i");
    await page.mouse.click(x, y);
  }
  await offered("s", "split", "36-plan-split");
  await offered("m", "merge", "37-plan-merge");
  // A border is pulled over.
  const [border] = borders(draft, before);
  const [from, to] = [await onScreen(page, border.from), await onScreen(page, border.to)];
  await page.keyboard.press("g");
  await page.mouse.move(...from);
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 8 });
  await shot(page, "50-plan-pull");
  await page.mouse.up();
  if (await page.locator('[data-offer="pull"]').count()) await page.keyboard.press("Enter");
  await saved(page, ++rev);
  const log = await api.get(`/v1/plans/${draft.id}/ops?since=${rev - 1}`);
  assert.equal(log.ops[0].op.kind, "pull");
  await page.keyboard.press("Control+z");
  await saved(page, ++rev);
  await page.keyboard.press("i");
  await page.mouse.click(x, y);
  // Erased ground is filled again.
  await page.keyboard.press("o");
  await page.mouse.move(x - 30, y - 30);
  await page.mouse.down();
  for (const [dx, dy] of [
    [60, -30],
    [60, 50],
    [-40, 50],
  ]) {
    await page.mouse.move(x + dx, y + dy, { steps: 4 });
  }
  await page.mouse.up();
  await page.waitForSelector(".asked.chosen");
  await shot(page, "38-plan-lasso");
  await page.keyboard.press("Delete");
  if (await page.locator('[data-offer="erase"]').count()) await page.keyboard.press("Enter");
  await saved(page, ++rev);
  const holes = await recount(api, draft);
  assert.ok(holes.of.filter((one) => one === null).length > before.of.filter((one) => one === null).length);
  await page.waitForSelector('[data-problem^="unassigned:"]');
  await page.keyboard.press("n");
  await page.waitForSelector(".problem.chosen");
  await shot(page, "39-plan-gap");
  await page.keyboard.press("Shift+B");
  await page.waitForSelector('[data-offer="fill"]');
  await page.keyboard.press("Enter");
  await saved(page, ++rev);
  assert.equal(
    (await recount(api, draft)).of.filter((one) => one === null).length,
    0,
    "nothing is left over",
  );
  // A problem is accepted with a reason, which is kept.
  const problem = page.locator(".problem").first();
  if ((await problem.count()) > 0) {
    // The list is made anew after each stroke, and whoever is pressing in it begins again.
    for (let i = 0; (await page.locator(".problem.chosen input").count()) === 0; i++) {
      assert.ok(i < 10, "a reason can be given");
      if ((await page.locator(".problem.chosen").count()) === 0)
        await problem.locator(".problem-head").click();
      await page
        .click(".problem.chosen .actions button:last-of-type", { timeout: 5_000 })
        .catch(() => undefined);
    }
    const id = await page.getAttribute(".problem.chosen", "data-problem");
    await page.fill(".problem.chosen input", "建桥前暂列");
    await page.keyboard.press("Enter");
    await saved(page, ++rev);
    assert.equal((await api.get(`/v1/plans/${draft.id}/assignment`)).accepted[id], "建桥前暂列");
  }
  // A lock binds the brush. With nothing chosen it is the grid that is locked.
  await page.keyboard.press("Escape");
  await page.keyboard.press("i");
  await page.mouse.click(x, y);
  const held = await active(page);
  await page.keyboard.press("q");
  await saved(page, ++rev);
  assert.equal((await recount(api, draft)).grids.get(held).locked, true);
  await shot(page, "40-plan-locked");
  assert.ok(grid);
  await page.keyboard.press("q");
  await saved(page, ++rev);
  // Everything as it was, by the history.
  await page.click(".segments button:nth-child(3)");
  await page.waitForSelector(".log-row");
  assert.equal(await page.locator(".log-row").count(), Math.min(50, rev));
  await page.fill(".scrub input", String(before.rev));
  await page.waitForSelector(".viewed");
  await shot(page, "41-plan-history");
  assert.ok(
    (await page.evaluate(() => location.hash)).includes(`rev=${before.rev}`),
    "a link shows the same",
  );
  await page.keyboard.press("s");
  assert.equal(await page.locator("[data-offer]").count(), 0, "an earlier revision is not changed");
  await page.click(".log .actions .primary");
  await page.waitForSelector('[data-offer="restore"]');
  await page.keyboard.press("Enter");
  await saved(page, ++rev);
  assert.deepEqual((await recount(api, draft)).of, before.of, "brought back in one step");
  await close();
  return faults;
}

async function comparedAndTables({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openDraft(browser, draft.id);
  const before = await recount(api, draft);
  await stroke(page, borders(draft, before)[0]);
  await saved(page, before.rev + 1);
  const after = await recount(api, draft);
  const moved = after.of.map((grid, atom) => [grid, atom]).filter(([grid, atom]) => grid !== before.of[atom]);
  await page.click(".segments button:nth-child(4)");
  await page.fill(".compare input", String(before.rev));
  await page.click(".compare form button");
  await page.waitForSelector(".flows tbody tr");
  const figure = (await page.locator(".blast dd").first().textContent()).replace(/\D/g, "");
  const households = moved.reduce((sum, [, atom]) => sum + draft.households[atom], 0);
  assert.equal(Number(figure), households, "households that change grid, as a recount says");
  await page.locator(".flows .link").first().click();
  await settle(page);
  await shot(page, "42-plan-compare");

  await page.click(".segments button:nth-child(6)");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click(".csv button:nth-child(1)"),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  const lines = text.trim().split("\r\n");
  assert.equal(lines.length - 1, after.of.length, "every atom is in the table");
  // A table with faults is told by row, and nothing is done.
  const bad = [...lines];
  bad[3] = `nowhere,${bad[3].split(",")[1]}`;
  await page.setInputFiles(".csv input", {
    name: "bad.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(bad.join("\n")),
  });
  await page.waitForSelector(".csv table.rows");
  assert.equal(await page.locator(".csv table.rows tbody th").textContent(), "4", "the row is named");
  assert.equal(await page.locator("[data-offer]").count(), 0);
  await shot(page, "43-plan-table");
  // The table of before, read back, is one step.
  const [, atomMoved] = moved[0];
  const grid = before.grids.get(before.of[atomMoved]);
  const line = lines[1 + atomMoved].split(",");
  await page.setInputFiles(".csv input", {
    name: "good.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`atom,grid\n${line[0]},${grid.code || grid.id}\n`),
  });
  await page.waitForFunction(() => document.activeElement?.closest('[data-offer="import"]'));
  await page.keyboard.press("Enter");
  await saved(page, before.rev + 2);
  assert.equal((await recount(api, draft)).of[atomMoved], grid.id);
  for (const rev of [3, 4]) {
    await page.keyboard.press("Control+z");
    await saved(page, before.rev + rev);
  }
  assert.deepEqual((await recount(api, draft)).of, before.of);
  await close();
  return faults;
}

async function dividedAnew({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openDraft(browser, draft.id, { expected: [...CUT, /ERR_ABORTED/] });
  // A stroke has spoilt two grids: there is something better to be found.
  const made = await recount(api, draft);
  await stroke(page, borders(draft, made)[0]);
  await saved(page, made.rev + 1);
  const before = await recount(api, draft);
  await page.click(".resolve summary");
  // The search may be over within a blink: it is stopped as soon as there is a button to stop it with.
  await page.evaluate(() => {
    new MutationObserver((_, observer) => {
      const stop = document.querySelector(".resolve .progress button");
      if (!stop || !document.querySelector(".resolve progress")) return;
      observer.disconnect();
      window.stoppedAtOnce = true;
      stop.click();
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.click(".resolve .actions button");
  await page.waitForFunction(() => window.stoppedAtOnce);
  await page.waitForSelector(".resolve .actions button");
  assert.equal(await page.locator("[data-offer]").count(), 0, "stopped before it found anything");
  await page.selectOption(".resolve select", "5");
  await page.click(".resolve .actions button");
  await page.waitForFunction(
    () => document.querySelector("[data-offer='suggest'], .resolve .note.bad"),
    null,
    {
      timeout: PATIENCE_MS,
    },
  );
  assert.equal(await page.locator(".resolve .note.bad").count(), 0, "the server refuses nothing");
  await page.waitForSelector(".resolve .actions button");
  await shot(page, "48-plan-anew");
  assert.equal((await recount(api, draft)).rev, before.rev, "a proposal changes nothing");
  await page.click("[data-offer='suggest'] .primary");
  await saved(page, before.rev + 1);
  const after = await recount(api, draft);
  assert.notDeepEqual(after.of, before.of);
  assert.equal(after.of.filter((one) => one === null).length, before.of.filter((one) => one === null).length);
  await page.keyboard.press("Control+z");
  await saved(page, before.rev + 2);
  assert.deepEqual((await recount(api, draft)).of, before.of, "taken back in one step");
  // Another grid has other neighbours.
  const group = await page.textContent(".resolve p >> nth=1");
  await page.keyboard.press("j");
  await page.waitForFunction(
    (old) => document.querySelectorAll(".resolve p")[1]?.textContent !== old,
    group,
    { timeout: PATIENCE_MS },
  );
  await close();
  return faults;
}

async function madeFromForce({ browser, shot }) {
  const api = openApi(town.url);
  const known = (await plansOf(api)).map((plan) => plan.id);
  const { page, faults, close } = await openPage(browser, town.url, { expected: CUT });
  await page.goto(`${town.url}/#tab=plan`);
  await page.click(".plan-fork button");
  await page.waitForSelector(".plan-status", { timeout: PATIENCE_MS });
  const plans = await plansOf(api);
  const made = plans.filter((plan) => !known.includes(plan.id));
  assert.equal(made.length, 1);
  const { publication } = await api.workspace();
  const of = async (id) => {
    const { grids, atom_runs } = await api.get(`/v1/plans/${id}/assignment`);
    return atom_runs.map((value, i) => (i % 2 === 0 ? (grids[value]?.code ?? null) : value));
  };
  assert.deepEqual(
    await of(made[0].id),
    await of(publication.plan),
    "it is the plan in force, to be redrawn",
  );
  await page.click(".segments button:nth-child(4)");
  await page.click(".compare .actions button");
  await page.waitForSelector(".compare .all-clear");
  await shot(page, "49-plan-from-force");
  await close();
  return faults;
}

async function dabs({ browser }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openDraft(browser, draft.id, { initScript: COUNT_UPLOADS });
  const before = await recount(api, draft);
  const [border] = borders(draft, before);
  const [x, y] = await onScreen(page, border.from);
  const to = await onScreen(page, border.to);
  await page.mouse.click(x, y);
  await page.keyboard.press("p");
  const dab = await dabbed(page, [x, y, 1.6 * (to[0] - x), 1.6 * (to[1] - y)]);
  if (await page.locator(".asked.question").count()) await page.keyboard.press("Escape");
  console.log(`        a dab: ${inWords(dab)}`);
  const { script_ms, bytes } = dab;
  assert.ok(share(bytes, 1) > 0, "dabs upload something");
  assert.ok(share(bytes, 1) <= DAB_BYTES, `a dab uploads ${share(bytes, 1)} bytes`);
  assert.ok(share(script_ms, 0.5) <= DAB_MS, `a dab takes ${share(script_ms, 0.5)} ms of script`);
  await saved(page, before.rev + 1);
  await page.keyboard.press("Control+z");
  await saved(page, before.rev + 2);
  await close();
  return faults;
}

async function readable({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const faults = [];
  for (const [locale, colorScheme, viewport] of [
    ["zh-CN", "light", { width: 1440, height: 900 }],
    ["en-GB", "dark", { width: 1440, height: 900 }],
    ["en-GB", "light", { width: 390, height: 844 }],
  ]) {
    const opened = await openDraft(browser, draft.id, { locale, colorScheme, viewport, initScript: AXE });
    const { page } = opened;
    await page.keyboard.press("j");
    await page.waitForSelector("[data-grid]");
    for (let i = 1; i <= 6; i++) {
      await page.click(`.segments button:nth-child(${i})`);
      await page.waitForTimeout(250);
      const found = await page.evaluate(async () => {
        const result = await window.axe.run(document, { resultTypes: ["violations"] });
        return result.violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`,
        );
      });
      assert.deepEqual(found, [], `view ${i}, ${locale}, ${colorScheme}`);
      const small = await page.evaluate((least) => {
        const of = (element) =>
          (element.type === "radio" ? element.nextElementSibling : element).getBoundingClientRect();
        return [...document.querySelectorAll("button, input, select, textarea, a[href], summary")]
          .filter((one) => of(one).width > 0 && (of(one).width < least || of(one).height < least))
          .map((one) => one.outerHTML.slice(0, 120));
      }, TARGET_PX);
      assert.deepEqual(small, [], `view ${i} at ${viewport.width} px has targets under ${TARGET_PX} px`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.equal(wide, false, `view ${i} at ${viewport.width} px scrolls sideways`);
    }
    await page.click(".segments button:nth-child(1)");
    await settle(page);
    await shot(page, `44-plan-${locale}-${colorScheme}-${viewport.width}`);
    faults.push(...opened.faults);
    await opened.close();
  }
  return faults;
}

async function published({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  // That somebody put it away keeps nobody from publishing it.
  await fetch(new URL(`/v1/plans/${draft.id}/state`, town.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ state: "put_away" }),
  });
  const { page, faults, close } = await openDraft(browser, draft.id, {
    expected: [...CUT, /409 \(Conflict\)/],
  });
  await page.waitForSelector(".put-away-note");
  const before = await recount(api, draft);
  await stroke(page, borders(draft, before)[1]);
  await saved(page, before.rev + 1);
  await page.click(".segments button:nth-child(5)");
  await page.waitForSelector('[data-impact="there"]');
  await shot(page, "45-plan-publish");
  // What is told is what the server says, and each table can be had whole.
  const impact = await api.get(`/v1/plans/${draft.id}/impact?rev=${before.rev + 1}`);
  const told = (await page.textContent(".impact-words")).replaceAll(",", "");
  assert.ok(impact.households.changing > 0 && told.includes(`${impact.households.changing} 户`), told);
  const shown = await page.locator('[data-table="crossings"] tbody tr').count();
  assert.equal(shown, Math.min(5, impact.crossings.length));
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.click('[data-table="crossings"] a[download]'),
  ]);
  const rows = readFileSync(await file.path(), "utf8")
    .trim()
    .split(/\r?\n/);
  assert.equal(rows.length - 1, impact.crossings.length, "the file has every row");
  const { publication } = await api.workspace();
  await page.click(".publish form .primary");
  await page.waitForSelector("dialog.plan-dialog[open]");
  assert.ok(
    (await page.textContent("dialog[open]")).replaceAll(",", "").includes(`${impact.households.changing} 户`),
  );
  await shot(page, "46-plan-sure");
  await page.click("dialog[open] .primary");
  await page.waitForSelector('[data-save="refused"]');
  await page.waitForSelector(".plan .all-clear");
  const now = (await api.workspace()).publication;
  assert.equal(now.seq, publication.seq + 1, "it is in force");
  const plans = await plansOf(api);
  assert.equal(plans.find((plan) => plan.id === now.plan).redrawn_from, draft.id);
  assert.equal(plans.find((plan) => plan.id === draft.id).status, "published");
  await page.waitForSelector(".put-away-note", { state: "detached" });
  await shot(page, "47-plan-published");
  await close();
  return faults;
}

/** Journeys on a server of their own. */
export const journeys = [
  ["a plan is painted by mouse: totals, tick, undo and reload are true", paintedByMouse],
  ["a server that is killed in the middle of a stroke loses nothing it acknowledged", killed],
  ["two planners at once see the same", together],
  ["a plan is painted by keyboard alone", byKeyboard],
  ["what is offered shows its numbers, is one step, and history brings everything back", offers],
  ["comparison and tables count as the server does", comparedAndTables],
  ["the server divides grids anew, with progress, a stop, numbers first and one step", dividedAnew],
  ["a draft is made of the plan in force", madeFromForce],
  ["a dab of the brush is light", dabs],
  ["axe finds nothing in the tab of plans, and everything to press is large enough", readable],
];

/** The last of all: what it publishes is what the others compare with. */
export const publishing = [
  ["a plan that was redrawn is put in force, with who is concerned told before", published],
];

/** Serves for the journeys; null without a program to serve with. */
export async function begin() {
  if (!canServe) {
    console.warn("SKIPPED: the journeys of plans (they need WANGGE_PROGRAM to serve a store of their own)");
    return null;
  }
  town = await openTown();
  return town;
}
