import { afterEach, expect, test, vi } from "vitest";
import { submitBox } from "./box";
import { answer, boxText, selection } from "./store";

const CANDIDATE = {
  address: "人民路1号云锦花园3号楼2单元",
  lon: 114.5,
  lat: 30.5,
  grid: "A-002",
  score: 0.97,
  why: [{ en: "street missing", zh: "缺道路名" }],
};
const LOCATED = { grid: null, chain: [], point: { lon: 114.5, lat: 30.5, crs: "wgs84" } };

/** Answers by the path that is asked for; gives the paths. */
function server(geocoded: unknown): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(decodeURIComponent(path));
    const [status, body] = path.startsWith("/v1/geocode")
      ? [200, geocoded]
      : path.startsWith("/v1/locate")
        ? [200, LOCATED]
        : [404, { type: "urn:wangge:problem:not-found", title: "t", status: 404 }];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("an address that is sure is shown at its place, and the box says which it is", async () => {
  const asked = server({ state: "confident", candidates: [CANDIDATE], stated_confidence: 0.85 });
  boxText.value = "云锦花园三栋2门";
  await submitBox();
  expect(asked.some((path) => path.startsWith("/v1/geocode?q=云锦花园三栋2门"))).toBe(true);
  expect(selection.value).toMatchObject({ kind: "point", lon: 114.5, lat: 30.5 });
  expect(answer.value.kind).toBe("located");
  expect(boxText.value).toBe(CANDIDATE.address);
});

test("an address that is not sure is never taken: its candidates are shown", async () => {
  server({ state: "ambiguous", candidates: [CANDIDATE, CANDIDATE], stated_confidence: 0.85 });
  boxText.value = "云锦花园";
  await submitBox();
  expect(selection.value).toBeNull();
  expect(answer.value).toMatchObject({ kind: "addresses", candidates: [CANDIDATE, CANDIDATE] });
});

test("what is no address either is said to be nothing", async () => {
  server({ state: "none", candidates: [], stated_confidence: 0.85 });
  boxText.value = "不存在的地方";
  await submitBox();
  expect(answer.value).toEqual({ kind: "nothing", text: "不存在的地方" });
});
