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
  await page.waitForSelector('.map[aria-busy="false"]', { timeout: 60_000 });
}
