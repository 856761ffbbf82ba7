import { describe, expect, it } from "vitest";
import type { MultiPolygon } from "../api/types";
import { boundsOf, SIDES } from "./bounds";

const DEGREE_M = 111_195;
const [LON, LAT] = [114, 30];
const at = (east_m: number, north_m: number): [number, number] => [
  LON + east_m / (DEGREE_M * Math.cos((LAT * Math.PI) / 180)),
  LAT + north_m / DEGREE_M,
];
/** A grid 400 m wide and 200 m high, with its corner at the origin. */
const square: MultiPolygon = {
  type: "MultiPolygon",
  coordinates: [[[at(0, 0), at(400, 0), at(400, 200), at(0, 200), at(0, 0)]]],
};
const line = (name: string, ...points: [number, number][]) => ({
  name,
  points: points.flatMap(([east, north]) => at(east, north)),
});
const told = (lines: ReturnType<typeof line>[], of = square) => {
  const found = boundsOf(of, lines);
  return SIDES.map((side) => found[side].map(({ name, border_m }) => `${name} ${Math.round(border_m)}`));
};

describe("what bounds a grid", () => {
  it("is what runs along each side, whichever way it was drawn", () => {
    const lines = [
      line("E", [400, 260], [400, -60]),
      line("S", [-50, -8], [450, -8]),
      line("W", [4, -50], [4, 250]),
    ];
    expect(told(lines)).toEqual([["E 200"], ["S 400"], ["W 200"], []]);
  });

  it("is no street that crosses the border, or is too far off", () => {
    const lines = [line("across", [200, -100], [200, 300]), line("far", [-50, -30], [450, -30])];
    expect(told(lines)).toEqual([[], [], [], []]);
  });

  it("is the nearer of two, and both where one takes over from the other", () => {
    const lines = [
      line("main", [-50, -2], [250, -2]),
      line("beside", [-50, -12], [250, -12]),
      line("next", [250, -2], [450, -2]),
    ];
    expect(told(lines)[1]).toEqual(["main 248", "next 152"]);
  });

  it("is not named after a corner that is only touched", () => {
    expect(told([line("short", [390, -1], [412, -1])])[1]).toEqual([]);
  });

  it("goes along a winding border, on several sides", () => {
    const ring = [
      [0, 0],
      [150, 0],
      [210, 60],
      [210, 200],
      [0, 200],
      [0, 0],
    ] as [number, number][];
    const winding: MultiPolygon = { type: "MultiPolygon", coordinates: [[ring.map(([x, y]) => at(x, y))]] };
    const found = told([line("bend", [-20, 0], [150, 0], [210, 60], [210, 230])], winding);
    expect(found[0]?.[0]).toMatch(/^bend/);
    expect(found[1]?.[0]).toMatch(/^bend/);
    expect([found[2], found[3]]).toEqual([[], []]);
  });

  it("is nothing for a grid without a shape", () => {
    expect(told([], { type: "MultiPolygon", coordinates: [] })).toEqual([[], [], [], []]);
  });
});
