/** Journeys of signing in: what a stranger sees, what a principal sees, and the badge where nobody signs in. */
import assert from "node:assert/strict";
import { openPage, speaks, visit } from "./browser.mjs";

/** Chromium's own words for the refusal and the cut line the journey provokes. */
const REFUSED = [/401 \(Unauthorized\).*\/v1\/session/, /net::ERR_FAILED.*\/v1\/reports/];
const [LOGIN, PASSWORD] = (process.env.WANGGE_LOGIN ?? ":").split(/:(.*)/s);

async function fillIn(page, login, password) {
  await page.fill('.sign-in input[name="login"]', login);
  await page.fill('.sign-in input[name="password"]', password);
  await page.keyboard.press("Enter");
}

async function inAndOut({ browser, base, api, shot }) {
  const { page, context, faults, close } = await openPage(browser, base, { expected: REFUSED });
  const [lon, lat] = (await api.get("/v1/grids?limit=1")).grids[0].label;
  const sel = `sel=point:${lon},${lat},wgs84`;
  await visit(page, base, `#tab=lookup&${sel}`);
  await page.waitForSelector(".card");
  const figures = () => page.locator(".card .figures").first().textContent();
  assert.ok(!(await figures()).includes("户数"), "a stranger is not told how many live there");
  // Nor asks for many at once.
  assert.equal(await page.locator(".neighbours").count(), 0);
  await page.click(".list-open");
  await page.waitForSelector(".list .note");
  assert.ok((await page.textContent(".list")).includes("需要登录"));
  await page.click(".list .section-head button");
  await page.keyboard.press("3");
  assert.ok((await page.textContent("#tab-panel")).includes("登录后"), "coverage is for who has signed in");
  await page.keyboard.press("2");
  assert.ok((await page.textContent("#tab-panel")).includes("登录后"));
  assert.equal(await page.locator(".feed").count(), 0, "a stranger listens to nothing");

  await page.click(".account button");
  await page.waitForSelector(".sign-in[open]");
  await shot(page, "22-sign-in");
  await fillIn(page, LOGIN, "not the password at all");
  await page.waitForFunction(() =>
    document.querySelector(".sign-in [role=alert]").textContent.includes("不符"),
  );
  assert.equal(await page.inputValue('.sign-in input[name="password"]'), "", "what was typed does not stay");
  await fillIn(page, LOGIN, PASSWORD);
  await page.waitForSelector(".sign-in[open]", { state: "detached" });
  await page.waitForSelector(".feed.live");
  assert.ok((await page.textContent(".account .who")).length > 0);
  assert.equal(await page.evaluate(() => document.cookie), "", "no script reads the session");
  await page.keyboard.press("3");
  await page.waitForSelector(".totals");
  await page.keyboard.press("1");
  await page.waitForFunction(() => document.querySelector(".card .figures")?.textContent.includes("户数"));
  await page.waitForSelector(".neighbours");
  await shot(page, "23-signed-in");

  // What a stranger sends lands with who may read it.
  const report = await api.report({
    category: "noise",
    text: `session ${process.pid}`,
    lon,
    lat,
    crs: "wgs84",
  });
  await page.keyboard.press("2");
  await page.waitForSelector(`.report[data-report="${report.id}"]`);
  // One's own report needs the session's word, which the page brings along.
  await page.fill(".report-form textarea", `own ${process.pid}`);
  await page.click(".report-form button[type=submit]");
  await page.waitForSelector(`.report:has-text("own ${process.pid}")`);

  // A report that could not leave before the page went leaves with the next page, under the same session.
  await visit(page, base, `#tab=reports&${sel}`);
  await page.route("**/v1/reports", (route) =>
    route.request().method() === "POST" ? route.abort() : route.continue(),
  );
  await page.fill(".report-form textarea", `kept ${process.pid}`);
  await page.click(".report-form button[type=submit]");
  await page.waitForSelector(".report-form .note.warn");
  await page.unroute("**/v1/reports");
  await page.reload();
  await page.waitForSelector(`.report:has-text("kept ${process.pid}")`);
  await page.waitForSelector(".feed.live");
  await page.click(".account button");
  await page.waitForSelector(".feed", { state: "detached" });
  assert.equal(await page.locator(`.report[data-report="${report.id}"]`).count(), 0, "the list is gone");
  const cookies = (await context.cookies()).filter((cookie) => cookie.name.includes("session"));
  assert.deepEqual(cookies, []);
  await close();
  return faults;
}

async function endedElsewhere({ browser, base }) {
  const expected = [/401 \(Unauthorized\)/];
  const { page, context, faults, close } = await openPage(browser, base, { locale: "en-GB", expected });
  await visit(page, base, "#tab=reports");
  await page.click(".account button");
  await fillIn(page, LOGIN, PASSWORD);
  await page.waitForSelector(".feed.live");
  // The session ends behind the page's back, as when a password is changed.
  const answer = await page.evaluate(async () => {
    const session = await (await fetch("/v1/session")).json();
    const headers = { "x-csrf-token": session.csrf_token };
    return (await fetch("/v1/session", { method: "DELETE", headers })).status;
  });
  assert.equal(answer, 204);
  await page.waitForFunction(() => document.querySelector(".account")?.textContent.includes("Not signed in"));
  assert.equal((await context.cookies()).length, 0);
  await close();
  return faults;
}

async function badge({ browser, base, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  await visit(page, base);
  assert.equal(await page.textContent(".account.open"), "本机未启用登录");
  await page.keyboard.press("L");
  await speaks(page, "en");
  assert.equal(await page.textContent(".account.open"), "No login on this machine");
  await shot(page, "24-no-login");
  await close();
  return faults;
}

/** Where nobody signs in. */
export const open = [["a service without a login says so", badge]];
/** Where the principal of WANGGE_LOGIN may see everything. */
export const journeys = [
  ["a stranger sees no counts, signs in, sees them, and signs out", inAndOut],
  ["a session that ends elsewhere ends on the page", endedElsewhere],
];
