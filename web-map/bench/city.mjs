/**
 * How a large plan feels in the real page: node bench/city.mjs URL [runs]
 *
 * URL is a running service with a draft (`wangge serve` of a store after `wangge import`, `partition`). Prints, for so many runs: when the
 * plan is drawn after the address is opened, a look for all grids, and forty dabs of a brush over a border. Claims nothing.
 */
import { chromiumPath, launch, mapDrawn, openPage, PATIENCE_MS } from "../e2e/browser.mjs";
import { COUNT_UPLOADS, dabbed, inWords } from "../e2e/dab.mjs";

const [url, runs = "3"] = process.argv.slice(2);
const path = chromiumPath();
if (!url || !path) {
  console.log(url ? "SKIPPED: no Chromium" : "node bench/city.mjs URL [runs]");
  process.exit(url ? 0 : 64);
}
const { plans } = await (await fetch(new URL("/v1/plans", url))).json();
const draft = plans.filter((plan) => plan.status === "draft").at(-1);
const browser = await launch(path);
for (let run = 0; run < Number(runs); run++) {
  const { page, close } = await openPage(browser, url, { initScript: COUNT_UPLOADS });
  const begun = performance.now();
  await page.goto(`${url}/#tab=plan&plan=${draft.id}`);
  await page.waitForSelector(".plan-status", { timeout: PATIENCE_MS });
  const opened = performance.now();
  await page.waitForSelector(".map [data-tool]", { state: "attached", timeout: PATIENCE_MS });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const painted = performance.now();
  await mapDrawn(page);
  const drawn = performance.now();
  // The first grid of a district is often a mountain: one in the town has neighbours on all sides of the view.
  for (let i = 0; i < 20; i++) await page.keyboard.press("j");
  await page.waitForSelector("[data-grid]");
  await page.keyboard.press("f");
  await mapDrawn(page);
  await page.keyboard.press("p");
  // The active grid is in the middle of the map now; what is beside it is taken into it.
  const { x, y, width, height } = await page.locator(".map").boundingBox();
  const dab = await dabbed(page, [x + width / 2, y + height / 2, 0.45 * width, 20]);
  const look = await page.evaluate(async () => {
    const had = window.sent;
    const begun = performance.now();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "v", bubbles: true }));
    const script_ms = performance.now() - begun;
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return { script_ms, bytes: window.sent - had };
  });
  await page.keyboard.press("Escape");
  const ms = (to) => `${Math.round(to - begun)} ms`;
  console.log(
    `run ${run + 1}: opened after ${ms(opened)}, painted after ${ms(painted)}, all tiles and labels after ${ms(drawn)}; ` +
      `a dab: ${inWords(dab)}; all grids in other colours: ${look.script_ms.toFixed(1)} ms of script, ${look.bytes} bytes`,
  );
  await close();
}
await browser.close();
