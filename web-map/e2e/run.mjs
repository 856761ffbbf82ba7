/**
 * Runs every journey against a real server, in Chromium.
 *
 *   WANGGE_URL=http://127.0.0.1:8080 [WANGGE_LOGIN_URL=… WANGGE_LOGIN=login:password] [WANGGE_TAIPEI_URL=…] [CHROMIUM=/path] npm run e2e [words of a journey's name]
 *
 * With WANGGE_PROGRAM and WANGGE_STORE (the program, and the store behind WANGGE_URL) a publication is made meanwhile.
 * With WANGGE_PROGRAM the journeys of plans run on a server of their own; WANGGE_DIST=dist lets them have the page from a build.
 * A journey fails on a broken claim, on any error in the console, and on any request to another host.
 * Without a Chromium nothing is run, and that is said.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { journeys as access } from "./access.mjs";
import { openApi } from "./api.mjs";
import { chromiumPath, launch } from "./browser.mjs";
import { journeys as city } from "./city.mjs";
import { journeys as coverage } from "./coverage.mjs";
import { journeys as disk } from "./disk.mjs";
import { journeys as drafts } from "./drafts.mjs";
import { journeys as handling } from "./handling.mjs";
import { journeys as imports, signedIn as importsSignedIn } from "./imports.mjs";
import { journeys as lookup } from "./lookup.mjs";
import { journeys as officers } from "./officers.mjs";
import { journeys as paper } from "./paper.mjs";
import { begin as beginPlans, journeys as ofPlans, publishing } from "./plans.mjs";
import { journeys as points } from "./points.mjs";
import { journeys as preview } from "./preview.mjs";
import { journeys as putAway } from "./putaway.mjs";
import { journeys as reports } from "./reports.mjs";
import { open, journeys as session } from "./session.mjs";
import { journeys as triage } from "./triage.mjs";

const SHOTS = fileURLToPath(new URL("./shots/", import.meta.url));
/** The last of them puts a draft in force. */
const plans = [...ofPlans, ...drafts, ...putAway, ...disk, ...publishing];
const only = process.argv.slice(2).join(" ");

const town = [
  ...lookup,
  ...points,
  ...reports,
  ...triage,
  ...handling,
  ...coverage,
  ...access,
  ...officers,
  ...paper,
  ...imports,
  ...preview,
  ...open,
];
const path = chromiumPath();
if (!path) {
  const wanted = process.env.CHROMIUM ?? "/usr/bin/chromium";
  console.log(`
  ######################################################################
  SKIPPED: ${town.length} end-to-end journeys of the map were NOT run.
  No Chromium at ${wanted}.
  Install it (Debian: apt-get install chromium fonts-noto-cjk) or set CHROMIUM=.
  ######################################################################
`);
  process.exit(0);
}
const base = process.env.WANGGE_URL;
if (!base) {
  console.error(
    "Set WANGGE_URL to a running server, for example WANGGE_URL=http://127.0.0.1:8080 npm run e2e",
  );
  process.exit(2);
}

mkdirSync(SHOTS, { recursive: true });
const shot = (page, name) => page.screenshot({ path: `${SHOTS}${name}.png` });
const browser = await launch(path);
let failed = 0;
let ran = 0;

async function run(url, journeys) {
  const api = openApi(url);
  for (const [claim, journey] of journeys) {
    if (only && !claim.includes(only)) continue;
    ran++;
    const begun = Date.now();
    try {
      const faults = await journey({ browser, base: url, api, shot });
      if (faults.length > 0) throw new Error(faults.join("\n"));
      console.log(`  ok    ${claim} (${Date.now() - begun} ms)`);
    } catch (error) {
      failed++;
      console.log(`  FAIL  ${claim}\n        ${String(error.stack ?? error).replaceAll("\n", "\n        ")}`);
      for (const context of browser.contexts()) {
        for (const page of context.pages()) await shot(page, `failed-${failed}`).catch(() => undefined);
      }
    }
    for (const context of browser.contexts()) await context.close();
  }
}

await run(base, town);
if (process.env.WANGGE_LOGIN_URL) await run(process.env.WANGGE_LOGIN_URL, [...session, ...importsSignedIn]);
else console.log("  skipped: signing in and out (WANGGE_LOGIN_URL is not set)");
if (process.env.WANGGE_TAIPEI_URL) await run(process.env.WANGGE_TAIPEI_URL, city);
else console.log("  skipped: the city at three zooms (WANGGE_TAIPEI_URL is not set)");
if (plans.some(([claim]) => !only || claim.includes(only))) {
  const town = await beginPlans();
  if (town) {
    try {
      await run(town.url, plans);
    } finally {
      await town.close();
    }
  }
}
await browser.close();
console.log(`${ran - failed} of ${ran} journeys passed; pictures in ${SHOTS}`);
process.exit(failed > 0 ? 1 : 0);
