import { afterEach, expect, test, vi } from "vitest";
import { readList } from "../lookup/list";
import { drawnOf, listState, lookUpList, ownersOf, tableOf } from "./list";
import { sample } from "./store";

/** Answers a batch as the server would for a town with one grid that owns everything east of 114. */
function server(): { crs: string; lon: number[] }[] {
  const asked: { crs: string; lon: number[] }[] = [];
  vi.stubGlobal("fetch", (_path: string, { body }: { body: string }) => {
    const { lon, crs } = JSON.parse(body);
    asked.push({ lon, crs });
    const answer = {
      generation: "1",
      located: 1,
      grids: ["A-1"],
      grid: lon.map((x: number) => (x > 114 ? 0 : null)),
      edge_ties: lon.flatMap((x: number, at: number) => (x === 115 ? [at] : [])),
      gap_fills: [],
      errors: lon.flatMap((x: number, row: number) => (x === 200 ? [{ row, reason: "off the earth" }] : [])),
      edge_distance_m: lon.map((x: number) => (x === 115 ? 0 : 12.345)),
    };
    return Promise.resolve(new Response(JSON.stringify(answer)));
  });
  return asked;
}
afterEach(() => vi.unstubAllGlobals());

const rows = (text: string, crs = "wgs84") => readList(text, crs, null).rows;

test("each line has its owner, and how it was found", async () => {
  const asked = server();
  const owned = await ownersOf(rows("114.5,30\n113.5,30\nwhat 7\n115,30"));
  expect(asked).toEqual([{ crs: "wgs84", lon: [114.5, 113.5, 115] }]);
  expect(owned.map(({ line, grid, how }) => [line, grid, how])).toEqual([
    [1, "A-1", "interior"],
    [2, null, "outside"],
    [3, null, "bad"],
    [4, "A-1", "edge_tie"],
  ]);
});

test("codes of cells are asked for by themselves, as WGS 84", async () => {
  const asked = server();
  const owned = await ownersOf(rows("8FVC2222+22\n114.5,30", "bd09"));
  expect(asked.map(({ crs }) => crs).sort()).toEqual(["bd09", "wgs84"]);
  expect(owned.map(({ how }) => how)).toEqual(["outside", "interior"]);
  expect(drawnOf(owned)?.features.length, "where BD-09 lies on the map is not guessed").toBe(1);
});

test("what the server cannot use is told in its words, on its line", async () => {
  server();
  const owned = await ownersOf([
    { line: 9, text: "x", label: "", point: { lon: 200, lat: 1, crs: "wgs84" }, why: null },
  ]);
  expect(owned[0]).toMatchObject({ line: 9, how: "bad", refusal: "off the earth" });
});

test("the table has every line, quoted where that is needed", async () => {
  server();
  const owned = await ownersOf(rows('"东门, 1",114.5,30\nnothing here 7'));
  const [head, first, second] = tableOf(owned, ({ why }) => why ?? "").split("\r\n");
  expect(head).toBe("line,text,label,lon,lat,crs,grid,resolution,border_m,fault");
  expect(first).toBe('1,"""东门, 1"",114.5,30","东门, 1",114.5,30,wgs84,A-1,interior,12.35,');
  expect(second).toBe("2,nothing here 7,,,,,,bad,,no_point");
});

test("a list that was looked up is on the map, and a failure says why", async () => {
  server();
  await lookUpList("114.5,30", "wgs84");
  expect(listState.value.kind).toBe("there");
  expect(sample.value?.features.length).toBe(1);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("cut")));
  await lookUpList("114.5,30", "wgs84");
  expect(listState.value).toMatchObject({ kind: "failed" });
});
