/** The disk under the store is full while a draft is painted: on a server of its own, whose store lies on a small file system. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openApi } from "./api.mjs";
import { PATIENCE_MS } from "./browser.mjs";
import { openTown } from "./front.mjs";
import {
  AXE,
  borders,
  CUT,
  draftOf,
  openDraft,
  picture,
  recount,
  revision,
  saved,
  settle,
  shownHouseholds,
  stroke,
} from "./plans.mjs";

const SIZE_MIB = 24;
/** Files of a memory file system grow by whole pages. */
const PAGE_BYTES = 4096;

/** Runs with a small file system of its own; says so loudly where none can be mounted. */
async function onSmallDisk(run) {
  const folder = mkdtempSync(join(tmpdir(), "wangge-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MIB}m`, "tmpfs", folder], { stdio: "pipe" });
  } catch {
    rmdirSync(folder);
    console.warn("SKIPPED: a full disk under a draft was NOT tried: mounting needs root");
    return [];
  }
  try {
    return await run(folder);
  } finally {
    execFileSync("umount", ["-l", folder], { stdio: "pipe" });
    rmdirSync(folder);
  }
}

/** Writes a file until there is no room for another page. */
function fill(path) {
  const file = openSync(path, "w");
  try {
    for (;;) writeSync(file, Buffer.alloc(PAGE_BYTES));
  } catch (error) {
    if (error.code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

/** Ids of the operations that wait in the browser's store, in their order. */
const kept = (page) =>
  page.evaluate(async () => {
    const answer = (request) =>
      new Promise((done, failed) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
      });
    const database = await answer(indexedDB.open("wangge.plans"));
    const rows = await answer(database.transaction("ops").objectStore("ops").getAll());
    database.close();
    return rows.sort((a, b) => a.seq - b.seq).map((row) => row.op.id);
  });

const saidFull = (page, count) =>
  page.waitForFunction(
    (wanted) => {
      const said = document.querySelector("[data-save]");
      return said?.dataset.save === "full" && said.textContent.includes(String(wanted));
    },
    count,
    { timeout: PATIENCE_MS },
  );

/** Everything that the status line ever says from now on. */
const watchStatus = (page) =>
  page.evaluate(() => {
    window.statuses = [];
    const note = () => {
      const said = document.querySelector("[data-save]")?.dataset.save;
      if (said && window.statuses[window.statuses.length - 1] !== said) window.statuses.push(said);
    };
    note();
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
const statuses = (page) => page.evaluate(() => window.statuses);

const fullDisk = ({ browser, shot }) =>
  onSmallDisk(async (folder) => {
    const own = await openTown(mkdtempSync(join(folder, "store-")));
    try {
      return await painted(own, { browser, shot });
    } finally {
      await own.close();
    }
  });

async function painted(own, { browser, shot }) {
  const api = openApi(own.url);
  const draft = await draftOf(api);
  const expected = [...CUT, /50[37] \(/];
  const { page, faults, close } = await openDraft(browser, draft.id, {
    url: own.url,
    expected,
    initScript: AXE,
  });
  const [first, second, third] = borders(draft, await recount(api, draft));
  await stroke(page, first);
  await saved(page);
  const before = await recount(api, draft);

  const filler = join(dirname(own.store), "filler");
  fill(filler);
  await watchStatus(page);
  await stroke(page, second);
  await saidFull(page, 1);
  await shot(page, "57-plan-disk-full");
  await stroke(page, third);
  await saidFull(page, 2);
  await page.waitForTimeout(3_000);
  assert.ok(!(await statuses(page)).slice(1).includes("saved"), `never saved: ${await statuses(page)}`);
  const now = await recount(api, draft);
  assert.equal(now.rev, before.rev, "the server has neither");
  assert.deepEqual(now.of, before.of);
  const waiting = await kept(page);
  assert.equal(waiting.length, 2, "both wait in the browser");
  const households = await shownHouseholds(page);
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(violations, []);

  // A reload in the middle of it, as a planner does who is worried.
  await page.reload();
  await page.waitForSelector(".plan-status");
  await page.waitForSelector(".map [data-tool]", { state: "attached" });
  await watchStatus(page);
  await saidFull(page, 2);
  await settle(page);
  assert.ok(!(await statuses(page)).includes("saved"), `not after the reload: ${await statuses(page)}`);
  assert.deepEqual(await kept(page), waiting, "they are still there");
  assert.equal(await shownHouseholds(page), households, "and shown as drawn");
  const drawn = await picture(page);
  assert.equal(await revision(page), before.rev);

  // Room again: nobody presses anything.
  rmSync(filler);
  await saved(page, before.rev + 2);
  await page.waitForFunction(() => !document.querySelector('[data-save="full"]'));
  const log = await api.get(`/v1/plans/${draft.id}/ops?since=0`);
  assert.equal(new Set(log.ops.map(({ op }) => op.id)).size, log.ops.length, "none came twice");
  assert.deepEqual(
    log.ops.slice(-2).map(({ op }) => op.id),
    waiting,
    "each once, in the order they were drawn",
  );
  assert.equal(log.rev, before.rev + 2);
  assert.deepEqual(await kept(page), [], "nothing waits any more");
  const last = await recount(api, draft);
  const address = page.url();
  await close();
  // Nobody else's page: nothing but what the server has.
  const fresh = await openDraft(browser, draft.id, { url: own.url, expected });
  await fresh.page.goto("about:blank");
  await fresh.page.goto(address);
  await fresh.page.waitForSelector(".map [data-tool]", { state: "attached" });
  await saved(fresh.page, before.rev + 2);
  await settle(fresh.page);
  const grid = await fresh.page.getAttribute("[data-grid]", "data-grid");
  assert.equal(await shownHouseholds(fresh.page), last.grids.get(grid).households);
  assert.equal(await picture(fresh.page), drawn, "a fresh page shows the same");
  faults.push(...fresh.faults);
  await fresh.close();
  return faults;
}

/** On a server of its own. */
export const journeys = [
  [
    "the server's disk is full: nothing is called saved, nothing is lost, and it is saved by itself",
    fullDisk,
  ],
];
