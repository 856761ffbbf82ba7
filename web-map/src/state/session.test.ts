import { afterEach, expect, test, vi } from "vitest";
import { postReport, RequestError } from "../api/client";
import { setLang } from "../i18n";
import { loadSession, may, refusal, session, signIn, signOut, words } from "./session";

const STRANGER = { login: "required", principal: null, csrf_token: null, may: ["GET /v1/locate"] };
const ANNA = {
  login: "required",
  principal: { id: "1", login: "anna", name: "Anna", grants: [] },
  csrf_token: "word",
  may: ["GET /v1/locate", "GET /v1/coverage"],
};

/** Answers in order; gives the requests that were made. */
function server(...answers: [number, unknown][]) {
  const asked: { path: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    asked.push({ path, init });
    const [status, body] = answers.shift() ?? [500, {}];
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("a caller may do what the server lists and nothing else", async () => {
  server([200, STRANGER]);
  await loadSession();
  expect(may("GET /v1/locate")).toBe(true);
  expect(may("GET /v1/coverage")).toBe(false);
});

test("the session's word goes with every change and with no question", async () => {
  const asked = server([200, ANNA], [201, {}], [204, null], [200, STRANGER]);
  expect(await signIn("anna", "x")).toBe(true);
  await postReport({ category: "c", text: "", lon: 1, lat: 2, crs: "wgs84" }, "k");
  await signOut();
  const sent = asked.map(({ init }) => new Headers(init.headers).get("x-csrf-token"));
  expect(sent).toEqual([null, "word", "word", null]);
  expect(session.value?.principal).toBeNull();
});

test("a refused sign-in says why in the shown language and changes nothing", async () => {
  await setLang("en");
  server([401, { type: "urn:wangge:problem:refused", title: "t", status: 401 }]);
  expect(await signIn("anna", "x")).toBe(false);
  expect(refusal.value).toContain("do not fit together");
  expect(session.value?.principal).toBeNull();
});

test("refusals are put into words", async () => {
  await setLang("zh-CN");
  expect(words(new RequestError("no", 429, null, 7))).toContain("7 秒");
  expect(words(new RequestError("no", 403, null))).toContain("角色");
  expect(words(new RequestError("as the server says", 422, null))).toBe("as the server says");
});

test("when the server does not know the session any more, the page asks who it is", async () => {
  const asked = server([200, ANNA], [401, {}], [200, STRANGER]);
  await loadSession();
  await expect(postReport({ category: "c", text: "", lon: 1, lat: 2, crs: "wgs84" }, "k")).rejects.toThrow();
  await loadSession();
  expect(asked.map(({ path }) => path)).toEqual(["/v1/session", "/v1/reports", "/v1/session"]);
  expect(session.value?.principal).toBeNull();
});
