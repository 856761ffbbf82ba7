/** More journeys of a planner: what publishing would change, two plans side by side, trying things out. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openApi } from "./api.mjs";
import { colourShares, openPage, PATIENCE_MS } from "./browser.mjs";
import { AXE, CUT, draftOf, onScreen, openDraft, plansOf, recount, saved, settle, town } from "./plans.mjs";

/** The oldest draft: another division than the one in force. */
const oldestDraft = async (api) => (await plansOf(api)).find((plan) => plan.status === "draft");

/** Share of pixels that differ between two pictures of a part of the map, from the left edge to the right in shares of its width. */
async function differ(page, one, other, from, to) {
  return page.evaluate(
    async ({ one, other, from, to }) => {
      const pixels = async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        context.drawImage(bitmap, 0, 0);
        const left = Math.round(bitmap.width * from);
        return context.getImageData(left, 0, Math.round(bitmap.width * to) - left, bitmap.height).data;
      };
      const [a, b] = [await pixels(one), await pixels(other)];
      let differing = 0;
      for (let i = 0; i < a.length; i += 4)
        if (Math.abs(a[i] - b[i]) + Math.abs(a[i + 1] - b[i + 1]) + Math.abs(a[i + 2] - b[i + 2]) > 24)
          differing++;
      return differing / (a.length / 4);
    },
    { one, other, from, to },
  );
}

async function sideBySide({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await oldestDraft(api);
  const { page, faults, close } = await openDraft(browser, draft.id, { initScript: AXE });
  // Without the buttons and words that lie over the map.
  const picture = async () => {
    await page.mouse.move(1430, 890);
    await settle(page);
    return (await page.locator(".map canvas").screenshot()).toString("base64");
  };
  await page.click(".segments button:nth-child(4)");
  await page.waitForSelector(".compare form");
  const plain = await picture();
  await page.click(".compare .actions button");
  await page.waitForSelector(".flows tbody tr");
  await page.click('.compare button[aria-pressed]:has-text("左右对照")');
  const line = page.getByRole("slider", { name: /分界线/ });
  await line.waitFor();
  await settle(page);
  await shot(page, "52-plan-swipe");
  const half = await picture();
  assert.ok((await differ(page, plain, half, 0.1, 0.44)) > 0.002, "left is another plan");
  // By keyboard, the whole way to each side.
  await line.focus();
  assert.equal(await line.getAttribute("aria-valuenow"), "50");
  await page.keyboard.press("ArrowRight");
  assert.equal(await line.getAttribute("aria-valuenow"), "52");
  await page.keyboard.press("End");
  assert.equal(await line.getAttribute("aria-valuenow"), "100");
  const standing = await picture();
  assert.ok((await differ(page, half, standing, 0.56, 0.9)) > 0.002, "now the other plan is everywhere");
  assert.ok((await differ(page, half, standing, 0.1, 0.44)) < 0.004, "and left nothing has changed");
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  assert.equal(await line.getAttribute("aria-valuenow"), "10");
  // By mouse.
  const grip = await line.boundingBox();
  const map = await page.locator(".map").boundingBox();
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(map.x + map.width * 0.7, grip.y, { steps: 6 });
  await page.mouse.up();
  assert.equal(await line.getAttribute("aria-valuenow"), "70");
  // By touch: the same pointer events of another kind.
  await line.evaluate(
    (handle, x) => {
      const fire = (type, clientX) =>
        handle.dispatchEvent(
          new PointerEvent(type, {
            pointerId: 1,
            pointerType: "touch",
            isPrimary: true,
            button: 0,
            clientX,
            bubbles: true,
          }),
        );
      handle.setPointerCapture = () => undefined;
      handle.hasPointerCapture = () => true;
      fire("pointerdown", 0);
      fire("pointermove", x);
      fire("pointerup", x);
    },
    map.x + map.width * 0.3,
  );
  assert.equal(await line.getAttribute("aria-valuenow"), "30");
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(violations, []);
  // Over again, the draft is alone.
  await page.click(".compare .actions button:last-of-type >> nth=-1");
  await line.waitFor({ state: "detached" });
  assert.ok((await differ(page, plain, await picture(), 0, 1)) < 0.004);
  await close();
  return faults;
}

/** The picture of the map has the draft in it, which another hand draws than the published grids. */
async function pictured({ browser }) {
  const api = openApi(town.url);
  const draft = await oldestDraft(api);
  const { page, faults, close } = await openDraft(browser, draft.id);
  const map = (await page.locator(".map canvas").screenshot()).toString("base64");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click(".zoom button:last-child"),
  ]);
  const path = fileURLToPath(new URL("./shots/56-plan-picture.png", import.meta.url));
  await download.saveAs(path);
  const bytes = readFileSync(path);
  const head = await page.evaluate(
    async ({ map, picture }) => {
      const bitmapOf = (base64) =>
        createImageBitmap(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]));
      const [a, b] = [await bitmapOf(map), await bitmapOf(picture)];
      const pixels = (bitmap) => {
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
        context.drawImage(bitmap, 0, 0);
        return context;
      };
      const [one, other] = [pixels(a), pixels(b)];
      // The middle of the map, found again under the title: nowhere else is it the same.
      const part = one.getImageData(a.width / 2 - 150, a.height / 2 - 100, 300, 200).data;
      for (let y = 20; y < 120; y++) {
        const there = other.getImageData(a.width / 2 - 150, a.height / 2 - 100 + y, 300, 200).data;
        let off = 0;
        for (let i = 0; i < part.length; i += 4)
          if (Math.abs(part[i] - there[i]) + Math.abs(part[i + 1] - there[i + 1]) > 12) off++;
        if (off / (part.length / 4) < 0.01) return y;
      }
      return null;
    },
    { map, picture: bytes.toString("base64") },
  );
  assert.ok(head !== null, "the draft is in the picture as it is on the map");
  await close();
  return faults;
}

/** Publishing is never held up by what cannot be worked out. */
async function impactFails({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await oldestDraft(api);
  const expected = [...CUT, /503 \(Service Unavailable\)/];
  const { page, faults, close } = await openDraft(browser, draft.id, { expected, locale: "en-GB" });
  let asked = 0;
  let answer = () => undefined;
  const held = new Promise((done) => {
    answer = done;
  });
  await page.route("**/impact?*", async (route) => {
    asked++;
    if (asked > 1) return route.continue();
    await held;
    const problem = { type: "about:blank", title: "Unavailable", status: 503, detail: "too busy for it" };
    return route.fulfill({ status: 503, contentType: "application/problem+json", json: problem });
  });
  await page.click(".segments button:nth-child(5)");
  await page.waitForSelector('[data-impact="asking"]');
  assert.equal(await page.isEnabled(".publish form .primary"), true, "it need not be waited for");
  answer();
  await page.waitForSelector('[data-impact="failed"]');
  assert.ok((await page.textContent(".impact")).includes("too busy for it"));
  await page.click(".publish form .primary");
  await page.waitForSelector("dialog.plan-dialog[open]");
  await shot(page, "51-plan-impact-failed");
  assert.equal(
    await page.isEnabled("dialog[open] .primary"),
    true,
    "a failure does not keep anybody from it",
  );
  await page.keyboard.press("Escape");
  await page.click(".impact .note button");
  await page.waitForSelector('[data-impact="there"]');
  await close();
  return faults;
}

/** The faults of the try-out are mended by the keys that it names, and nothing of the map is covered or moved by itself. */
async function triedOut({ browser, shot }) {
  const api = openApi(town.url);
  const known = (await plansOf(api)).map((plan) => plan.id);
  const inForce = (await api.workspace()).publication;
  const { page, faults, close } = await openPage(browser, town.url, { expected: CUT, initScript: AXE });
  await page.goto(`${town.url}/#tab=plan`);
  await page.waitForSelector(".tryout.offer");
  await shot(page, "53-plan-try-offer");
  await page.click(".tryout.offer button");
  await page.waitForSelector('.tryout[data-left="3"]', { timeout: PATIENCE_MS });
  await page.waitForSelector(".map [data-tool]", { state: "attached" });
  await saved(page);
  await settle(page);
  await shot(page, "54-plan-try");
  const made = (await plansOf(api)).filter((plan) => !known.includes(plan.id));
  assert.equal(made.length, 1, "in a draft of its own");
  const of = async () => {
    const { atom_runs } = await api.get(`/v1/plans/${made[0].id}/assignment`);
    return atom_runs.filter((_, i) => i % 2 === 0);
  };
  assert.ok((await of()).includes(-1), "the gap is on the server, too");
  const map = await page.locator(".map").boundingBox();
  const list = await page.locator(".tryout").boundingBox();
  assert.ok(list.x >= map.x + map.width, "the checklist lies beside the map");
  const view = () => page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("view"));
  const before = await view();
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(violations, []);
  // The gap, by filling the rest.
  await page.keyboard.press("Shift+B");
  await page.waitForSelector('[data-offer="fill"]');
  await page.keyboard.press("Enter");
  await page.waitForSelector('.tryout[data-left="2"] [data-step="gap"].done');
  assert.equal(await view(), before, "nothing moves the map by itself");
  assert.ok(!(await saved(page).then(of)).includes(-1));
  // The grid in two pieces, by the best move.
  await page.click('[data-step="parts"] button');
  await page.waitForTimeout(500);
  await page.keyboard.press(".");
  await page.waitForSelector('[data-offer="best"]');
  for (let i = 0; i < 4 && (await page.locator('[data-step="parts"].done').count()) === 0; i++) {
    if (await page.locator('[data-offer="best"]').count()) await page.keyboard.press("Enter");
    await page.waitForTimeout(600);
    if ((await page.locator('[data-step="parts"].done').count()) === 0) await page.keyboard.press(".");
    await page.waitForTimeout(300);
  }
  await page.waitForSelector('[data-step="parts"].done');
  // It stays ticked over a reload, as the draft does.
  await saved(page);
  await page.reload();
  await page.waitForSelector('.tryout[data-left="1"]', { timeout: PATIENCE_MS });
  await page.waitForSelector(".map [data-tool]", { state: "attached" });
  // The large one, by splitting it.
  await page.click('[data-step="over"] button');
  await page.keyboard.press("s");
  // What is offered has the focus, so that Enter takes it and not what was pressed before.
  await page.waitForFunction(() => document.activeElement?.closest('[data-offer="split"]'));
  await page.keyboard.press("Enter");
  await page.waitForSelector('.tryout[data-left="0"]');
  await saved(page);
  await settle(page);
  await shot(page, "55-plan-try-done");
  await page.click(".tryout > button");
  await page.waitForSelector(".tryout.offer");
  assert.equal((await api.workspace()).publication.seq, inForce.seq, "nothing was put in force");
  // The draft is out of the list, where it can be taken back at once, and stays out of it.
  const { id } = made[0];
  await page.waitForSelector(`.plan-list .done button[data-step-of="${id}"]`);
  assert.equal((await plansOf(api)).find((plan) => plan.id === id).status, "put_away");
  await shot(page, "57-plan-try-left");
  await page.reload();
  await page.waitForSelector(".put-away summary");
  await page.waitForSelector(".tryout.offer");
  assert.equal(await page.locator(`.plan-list > li > .row-acts .primary[aria-label$=" ${id}"]`).count(), 0);
  await close();
  return faults;
}

/** A grid is divided along a line, by pointer and by keys: offered with its numbers, one step, or it is said why not. */
async function alongALine({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await draftOf(api);
  const { page, faults, close } = await openDraft(browser, draft.id, { initScript: AXE });
  const before = await recount(api, draft);
  let { rev } = before;
  const map = await page.locator(".map").boundingBox();
  // A large grid in the middle of the view.
  await page.mouse.click(map.x + map.width * 0.48, map.y + map.height * 0.47);
  await page.waitForSelector("[data-grid]");
  const grid = await page.getAttribute("[data-grid]", "data-grid");
  const own = before.grids.get(grid);
  await page.keyboard.press("f");
  await settle(page);
  const places = await Promise.all(
    own.atoms.map((atom) => onScreen(page, [draft.label[2 * atom] / 1e7, draft.label[2 * atom + 1] / 1e7])),
  );
  const [left, right] = [Math.min, Math.max].map((pick) => pick(...places.map(([x]) => x)));
  const [top, bottom] = [Math.min, Math.max].map((pick) => pick(...places.map(([, y]) => y)));
  /** Upright lines with two atoms or more on each side, from the middle on, and what lies left of them. */
  const middles = [0.5, 0.4, 0.6, 0.3, 0.7].map((share) => left + share * (right - left) + 0.3);
  const west = (x) => own.atoms.filter((_, i) => places[i][0] < x);
  const households = (atoms) => atoms.reduce((sum, atom) => sum + draft.households[atom], 0);

  // By pointer: a point above, a point below. Where the halves do not hang together it says so, and changes nothing.
  await page.keyboard.press("Shift+S");
  await page.waitForSelector(".asked.slice");
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(violations, []);
  await page.keyboard.press("Enter");
  await page.waitForSelector('.slice [role="alert"]');
  let found = null;
  for (const x of middles) {
    if (west(x).length < 2 || own.atoms.length - west(x).length < 2) continue;
    while (await page.locator(".slice .actions button:nth-child(3):enabled").count())
      await page.click(".slice .actions button:nth-child(3)");
    await page.mouse.click(x, top - 12);
    await page.mouse.move(x, bottom);
    await page.mouse.click(x, bottom + 12);
    await page.waitForSelector('.slice:not([data-slice="none"])');
    await page.waitForTimeout(150);
    if ((await page.getAttribute(".slice", "data-slice")) === "halves") {
      found = x;
      break;
    }
  }
  assert.ok(found !== null, "one of the lines divides it");
  await shot(page, "63-plan-slice");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-offer="split"]');
  assert.equal(await page.locator(".asked.slice").count(), 0, "the line is done with");
  assert.equal((await recount(api, draft)).rev, rev, "an offer changes nothing");
  await shot(page, "64-plan-slice-offer");
  await page.keyboard.press("Enter");
  await saved(page, ++rev);
  const after = await recount(api, draft);
  const made = [...after.grids.keys()].find((id) => !before.grids.has(id));
  const [one, other] = [west(found), own.atoms.filter((atom) => !west(found).includes(atom))];
  const smaller = households(one) <= households(other) ? one : other;
  assert.deepEqual(after.grids.get(made).atoms, smaller, "the smaller side, by the atoms' inside points");
  assert.equal((await api.get(`/v1/plans/${draft.id}/ops?since=${rev - 1}`)).ops[0].op.kind, "split");
  await page.keyboard.press("Control+z");
  await saved(page, ++rev);
  assert.deepEqual((await recount(api, draft)).of, before.of, "one step");

  // By keys alone: the cross is moved, points are set, and the same comes of it.
  await page.keyboard.press("i");
  await page.mouse.click(...places[0]);
  await page.waitForSelector(`[data-grid="${grid}"]`);
  await page.mouse.move(1430, 890);
  await page.keyboard.press("Shift+S");
  await page.waitForSelector(".asked.slice");
  const cross = async () => {
    const box = await page.locator(".plan-slice .plan-cross").boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  /** Moves the cross to a place, in large steps and small ones. */
  const goTo = async (x, y) => {
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector(".plan-slice .plan-cross:not([hidden])");
    for (const [axis, less, more, aim] of [
      [0, "ArrowLeft", "ArrowRight", x],
      [1, "ArrowUp", "ArrowDown", y],
    ]) {
      for (const [step, shift] of [
        [24, ""],
        [4, "Shift+"],
      ]) {
        await page.waitForTimeout(200);
        const far = aim - (await cross())[axis];
        for (let i = Math.abs(Math.trunc(far / step)); i > 0; i--)
          await page.keyboard.press(shift + (far < 0 ? less : more));
      }
    }
    await page.waitForTimeout(200);
  };
  await goTo(found, top - 12);
  await page.keyboard.press(" ");
  await goTo(found, bottom + 12);
  await page.keyboard.press(" ");
  await page.waitForSelector('.slice[data-slice="halves"], .slice[data-slice="pieces"]');
  assert.match(await page.textContent('.slice [role="status"]'), /已设 2 点/);
  await shot(page, "65-plan-slice-keys");
  await page.keyboard.press("Backspace");
  await page.waitForFunction(() => /已设 1 点/.test(document.querySelector(".slice")?.textContent ?? ""));
  await page.keyboard.press(" ");
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-offer="split"]');
  await page.keyboard.press("Enter");
  await saved(page, ++rev);
  const byKeys = await recount(api, draft);
  assert.equal(byKeys.grids.size, before.grids.size + 1);
  await page.keyboard.press("Control+z");
  await saved(page, ++rev);
  assert.deepEqual((await recount(api, draft)).of, before.of);

  // Esc leaves nothing of a line; one beside the grid divides nothing, and says so.
  await page.keyboard.press("i");
  await page.mouse.click(...places[0]);
  await page.waitForSelector(`[data-grid="${grid}"]`);
  await page.click('.acts button:has-text("划线拆分")');
  await page.waitForSelector(".asked.slice");
  await page.mouse.click(left - 60, top);
  await page.mouse.click(left - 60, bottom);
  await page.keyboard.press("Enter");
  assert.match(await page.textContent('.slice [role="alert"]'), /一侧/);
  await page.keyboard.press("Escape");
  await page.waitForSelector(".asked.slice", { state: "detached" });
  assert.equal(await page.locator(".plan-slice").count(), 0);
  assert.equal((await recount(api, draft)).rev, rev);
  await close();
  return faults;
}

/** The plan follows the system's colours, also when they change while it is open; borders stay visible in both. */
async function inBothSchemes({ browser, shot }) {
  const api = openApi(town.url);
  const draft = await oldestDraft(api);
  const { page, faults, close } = await openDraft(browser, draft.id, {
    colorScheme: "dark",
    initScript: AXE,
  });
  // Grids in band, and borders, as they lie on the paper of either scheme.
  const [darkGround, lightGround, darkBorder, lightBorder] = ["#324a46", "#d1e0d4", "#d6e0e2", "#242e34"];
  const shares = () => colourShares(page, [darkGround, lightGround, darkBorder, lightBorder]);
  await page.mouse.move(1430, 890);
  await settle(page);
  const dark = await shares();
  assert.ok(dark[0] > 0.3 && dark[1] < 0.01, `dark ground: ${dark}`);
  assert.ok(dark[2] > 0.004, `pale borders: ${dark}`);
  const label = () =>
    page.evaluate(() => getComputedStyle(document.querySelector(".key-swatch.in_band")).backgroundColor);
  const key = await label();
  await shot(page, "60-plan-dark");
  // With the sheet of keys open, which is fetched then.
  await page.keyboard.press("?");
  await page.waitForSelector("dialog.plan-dialog[open] .keys");
  const violations = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ["violations"] })).violations.map(
      ({ id, nodes }) => `${id} ${nodes[0].html}`,
    ),
  );
  assert.deepEqual(violations, []);
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.plan-dialog", { state: "detached" });
  await page.emulateMedia({ colorScheme: "light" });
  await page.mouse.move(1430, 890);
  await settle(page);
  const light = await shares();
  assert.ok(light[1] > 0.3 && light[0] < 0.01, `light ground: ${light}`);
  assert.ok(light[3] > 0.004, `dark borders: ${light}`);
  assert.notEqual(await label(), key, "and the key follows");
  await shot(page, "61-plan-light");
  await close();
  return faults;
}

/** Journeys on the same server as those of plans, before a plan is put in force. */
export const journeys = [
  [
    "a grid is divided along a drawn line by pointer and by keys, as one step, or it is said why not",
    alongALine,
  ],
  [
    "a plan is drawn in dark or light colours as the system asks for, with borders that stand out",
    inBothSchemes,
  ],
  ["two plans side by side with a line between them, by mouse, touch and keyboard", sideBySide],
  ["a draft is saved as a picture as it is drawn", pictured],
  ["what a publication would change cannot be worked out, and publishing waits for nothing", impactFails],
  [
    "who tries it out mends three planted faults by the keys that are named, in a draft that is put away on leaving",
    triedOut,
  ],
];
