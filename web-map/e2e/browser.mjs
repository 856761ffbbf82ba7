/** Starts Debian's Chromium, or says why it cannot. */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** WebGL2 by SwiftShader, so that the map is drawn on machines without a graphics card. */
const ARGS = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
];

/** How long to wait for anything: software rendering on a busy machine is slow. */
export const PATIENCE_MS = 90_000;

/** The browser's path, from CHROMIUM or where Debian puts it; null when there is none. */
export function chromiumPath() {
  const wanted = process.env.CHROMIUM;
  if (wanted) return existsSync(wanted) ? wanted : null;
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path)) ?? null;
}

export const launch = (executablePath) => chromium.launch({ executablePath, args: ARGS });

/**
 * Opens a page that keeps account of what must never happen: an error in the console, a request to any other
 * host. `expected` names console errors a journey provokes on purpose.
 */
export async function openPage(browser, base, { expected = [], initScript, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    deviceScaleFactor: 1,
    locale: "zh-CN",
    reducedMotion: "reduce",
    ...options,
  });
  if (initScript) await context.addInitScript({ content: initScript });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults = [];
  const { origin } = new URL(base);
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    const text = `${message.text()} ${message.location().url ?? ""}`;
    if (!expected.some((pattern) => pattern.test(text))) faults.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => faults.push(`page error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin)
      faults.push(`outside request: ${url}`);
  });
  return { page, context, faults, close: () => context.close() };
}

/** Waits until the map has drawn what it has to draw and the server has nothing under way for it. */
export async function mapDrawn(page) {
  await page.waitForSelector('.map[aria-busy="false"]', { timeout: PATIENCE_MS });
}

/** Opens the page at an address (a hash), or sends an open page there, and waits for the drawn map. */
export async function visit(page, base, hash = "") {
  await page.goto(new URL(`/${hash}`, base).href);
  // Two frames, so that a page sent on by its hash alone has begun to draw.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await mapDrawn(page);
}

/** Waits until the page speaks a language: its words are fetched when it is first shown. */
export const speaks = (page, lang) => page.waitForSelector(`html[lang="${lang}"]`, { timeout: PATIENCE_MS });

/** The selection the address names, `sel` of the hash. */
export const selected = (page) =>
  page.evaluate(() => new URLSearchParams(location.hash.slice(1).replace(/\+/g, "%2B")).get("sel"));

/** Waits until the address names another selection than `before`, and gives it. */
export async function nextSelection(page, before) {
  await page.waitForFunction(
    (old) => {
      const now = new URLSearchParams(location.hash.slice(1).replace(/\+/g, "%2B")).get("sel");
      return now !== null && now !== old;
    },
    before,
    { timeout: PATIENCE_MS },
  );
  return selected(page);
}

/** Share of pixels of the map close to each of the given `#rrggbb` colours, from a real screenshot. */
export async function colourShares(page, colours) {
  const box = await page.locator(".map").boundingBox();
  const png = await page.screenshot({ clip: box });
  return page.evaluate(
    async ({ base64, wanted }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext("2d");
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      const targets = wanted.map((colour) => Number.parseInt(colour.slice(1), 16));
      const hits = targets.map(() => 0);
      for (let i = 0; i < data.length; i += 4) {
        targets.forEach((target, k) => {
          const off =
            Math.abs(data[i] - (target >> 16)) +
            Math.abs(data[i + 1] - ((target >> 8) & 255)) +
            Math.abs(data[i + 2] - (target & 255));
          if (off < 12) hits[k]++;
        });
      }
      return hits.map((hit) => hit / (data.length / 4));
    },
    { base64: png.toString("base64"), wanted: colours },
  );
}
