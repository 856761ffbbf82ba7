/**
 * Draws and paints for real, in Chromium: node bench/paint.mjs [atoms a side, 224] [folder for pictures]
 *
 * First it proves on a small town that a stroke of a real mouse changes what it should and is undone to the same pixels, that a
 * lost graphics context comes back, and that nothing breaks a strict content policy. Then it measures a large town: bytes and
 * script of a dab at three zooms, and of looks for all grids. Figures are printed; claims fail the run.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { chromiumPath, launch, openPage } from "../e2e/browser.mjs";

const side = Number(process.argv[2] ?? 224);
const shots = process.argv[3] ?? join(tmpdir(), "wangge-paint");
const path = chromiumPath();
if (!path) {
  console.log("SKIPPED: no Chromium (Debian: apt-get install chromium), nothing was drawn");
  process.exit(0);
}
mkdirSync(shots, { recursive: true });
const root = fileURLToPath(new URL(".", import.meta.url));
const out = mkdtempSync(join(tmpdir(), "wangge-paint-"));
await build({
  root,
  configFile: false,
  logLevel: "warn",
  base: "/",
  worker: { format: "es" },
  build: {
    outDir: out,
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { input: join(root, "paint.html") },
  },
});
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const server = createServer((request, response) => {
  const file = normalize(new URL(request.url, "http://x").pathname).replace(/^\/+/, "");
  try {
    const body = readFileSync(join(out, file));
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-security-policy":
        "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'",
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await launch(path);

const at = (values, share) => [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
const drawn = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        window.bench.map.once("idle", done);
        window.bench.map.triggerRepaint();
      }),
  );
async function open(query) {
  const opened = await openPage(browser, base, { viewport: { width: 1000, height: 640 } });
  await opened.page.goto(`${base}/paint.html?${query}`);
  try {
    await opened.page.waitForFunction(() => window.bench?.ready, null, { timeout: 120_000 });
  } catch (error) {
    throw new Error(`the page does not get ready: ${opened.faults.join("; ") || error.message}`);
  }
  return opened;
}
async function picture(page, name) {
  await drawn(page);
  const png = await page.locator("#map canvas").screenshot({ path: join(shots, `${name}.png`) });
  return createHash("sha256").update(png).digest("hex");
}

try {
  const { page, faults, close } = await open("side=48&zoom=14.2");
  const first = await picture(page, "town");
  const begun = await page.evaluate(() => window.bench.state());
  await page.mouse.move(420, 300);
  await page.mouse.down();
  await page.mouse.move(640, 380, { steps: 20 });
  await page.mouse.up();
  const painted = await picture(page, "town-painted");
  const after = await page.evaluate(() => window.bench.state());
  const moved = after.filter((slot, atom) => slot !== begun[atom]).length;
  assert.ok(moved > 20, `${moved} atoms were painted`);
  assert.notEqual(painted, first);
  const grid = await page.evaluate(() => window.bench.active());
  const totals = await page.evaluate((slot) => window.bench.totals(slot), grid);
  assert.equal(
    totals.atoms,
    after.filter((slot) => slot === grid).length,
    "the totals are those of a recount",
  );
  assert.equal(await page.evaluate(() => window.bench.history.undo_depth), 1, "one stroke, one step");
  await page.evaluate((slot) => window.bench.activate(slot), 0);
  const other = await picture(page, "town-painted-other");
  await page.evaluate((slot) => window.bench.activate(slot), grid);
  assert.equal(await picture(page, "town-painted-again"), painted);
  assert.notEqual(other, painted);
  await page.keyboard.press("Control+z");
  assert.deepEqual(await page.evaluate(() => window.bench.state()), begun);
  await page.evaluate(() => window.bench.activate(0));
  assert.equal(await picture(page, "town-undone"), first, "undo gives the same pixels");
  await page.keyboard.press("Control+Shift+Z");
  await page.evaluate((slot) => window.bench.activate(slot), grid);
  assert.equal(await picture(page, "town-redone"), painted, "redo gives the same pixels");
  await page.evaluate(() => window.bench.recolour("six"));
  assert.notEqual(await picture(page, "town-six"), painted);
  await page.evaluate(() => window.bench.recolour("status"));
  await page.evaluate(
    () =>
      new Promise((done) => {
        const lose = window.bench.lose();
        window.bench.map.once("webglcontextlost", () => setTimeout(() => lose.restoreContext(), 50));
        window.bench.map.once("webglcontextrestored", () => setTimeout(done, 500));
        lose.loseContext();
      }),
  );
  assert.equal(
    await picture(page, "town-restored"),
    painted,
    "a lost context comes back with the same pixels",
  );
  await page.evaluate(() => window.bench.map.jumpTo({ zoom: 16.5 }));
  await picture(page, "town-street");
  const rows = [3, 1, 2].map((seq) => ({ seq, base_rev: 7, op: { id: `op${seq}`, kind: "assign" } }));
  await page.evaluate(async (given) => {
    const store = await window.bench.openStore();
    await store.put(1, given);
    await store.put(2, [{ ...given[0], seq: 9 }, given[1]]);
    await store.remove(1, [given[0].op.id]);
    await store.put(1, [{ ...given[1], base_rev: 8 }]);
  }, rows);
  await page.reload();
  await page.waitForFunction(() => window.bench?.ready, null, { timeout: 120_000 });
  const waits = (plan) => page.evaluate(async (of) => (await window.bench.openStore()).load(of), plan);
  assert.deepEqual(
    await waits(1),
    [{ ...rows[1], base_rev: 8 }, rows[2]],
    "what waits survives a reload, in order",
  );
  assert.deepEqual(await waits(2), [rows[1], { ...rows[0], seq: 9 }]);
  assert.deepEqual(await waits(3), []);
  assert.deepEqual(faults, []);
  await close();
  console.log(
    `a stroke of ${moved} atoms, undo, redo, lost context: same pixels; what waits survives a reload (pictures in ${shots})`,
  );

  const large = await open(`side=${side}&zoom=12`);
  await large.page.evaluate(() => window.bench.brush(110));
  const times = await large.page.evaluate(() => window.bench.times);
  console.log(
    `${side * side} atoms:`,
    Object.entries(times)
      .map(([name, ms]) => `${name} ${ms.toFixed(0)}`)
      .join(", "),
  );
  const counters = await large.page.evaluate(() => window.bench.counters);
  console.log(
    `mesh on the card ${(counters.mesh_bytes / 2 ** 20).toFixed(1)} MiB, first upload ${(counters.upload_bytes / 1024).toFixed(0)} KiB`,
  );
  for (const zoom of [12, 13, 14]) {
    await large.page.evaluate((wanted) => window.bench.map.jumpTo({ zoom: wanted }), zoom);
    await picture(large.page, `large-z${zoom}`);
    const dabs = [];
    for (let i = 0; i < 16; i++) {
      const place = [300 + ((i * 137) % 400), 150 + ((i * 89) % 340)];
      dabs.push(await large.page.evaluate(([x, y]) => window.bench.dabAt(x, y), place));
    }
    const of = (name, share) =>
      at(
        dabs.map((dab) => dab[name]),
        share,
      );
    console.log(
      `z${zoom}: a dab takes ${of("atoms", 0.5)} atoms (most ${of("atoms", 1)}); ` +
        `uploads p50 ${of("bytes", 0.5)} B, most ${of("bytes", 1)} B; ` +
        `script p50 ${of("script_ms", 0.5).toFixed(2)} p95 ${of("script_ms", 0.95).toFixed(2)} ms; ` +
        `render call p50 ${of("render_ms", 0.5).toFixed(2)} p95 ${of("render_ms", 0.95).toFixed(2)} ms`,
    );
    assert.ok(of("bytes", 1) <= 16 * 1024, "a dab uploads at most 16 KiB");
  }
  const recolours = [];
  for (let i = 0; i < 20; i++) {
    recolours.push(
      await large.page.evaluate((mode) => window.bench.recolour(mode), i % 2 ? "status" : "six"),
    );
  }
  const before = await large.page.evaluate(() => window.bench.counters.upload_bytes);
  await large.page.evaluate(() => window.bench.recolour("six"));
  await picture(large.page, "large-six");
  const uploaded = (await large.page.evaluate(() => window.bench.counters.upload_bytes)) - before;
  console.log(
    `looks of all grids: script p50 ${at(recolours, 0.5).toFixed(2)} p95 ${at(recolours, 0.95).toFixed(2)} ms, ${uploaded} B`,
  );
  assert.deepEqual(large.faults, []);
} finally {
  await browser.close();
  server.close();
  rmSync(out, { recursive: true, force: true });
}
