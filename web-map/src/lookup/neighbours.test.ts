import { describe, expect, it } from "vitest";
import { direction, probes, tally } from "./neighbours";

/** A square of about 100 m with its middle at 0, 0, counter-clockwise. */
const HALF = 0.00045;
const SQUARE = {
  type: "MultiPolygon" as const,
  coordinates: [
    [
      [
        [-HALF, -HALF],
        [HALF, -HALF],
        [HALF, HALF],
        [-HALF, HALF],
        [-HALF, -HALF],
      ],
    ],
  ],
};

describe("the neighbours of a grid", () => {
  it("are asked for a hair outside of each piece of border", () => {
    const asked = probes(SQUARE);
    expect(asked.lon.length).toBe(4);
    asked.lon.forEach((lon, i) => {
      const far = Math.max(Math.abs(lon), Math.abs(asked.lat[i] as number));
      expect(far).toBeGreaterThan(HALF);
      expect(far).toBeLessThan(HALF + 0.000005);
    });
    expect(asked.border_m[0]).toBeCloseTo(100, 0);
  });

  it("are asked for inside a hole, too", () => {
    const hole = [...(SQUARE.coordinates[0]?.[0] ?? [])].reverse();
    const asked = probes({ type: "MultiPolygon", coordinates: [[hole]] });
    asked.lon.forEach((lon, i) => {
      expect(Math.max(Math.abs(lon), Math.abs(asked.lat[i] as number))).toBeLessThan(HALF);
    });
  });

  it("have the lengths of their common borders, and lie where these lie", () => {
    const asked = probes(SQUARE);
    const found = tally(asked, { grids: ["south", "me", "rest"], grid: [0, 2, 2, null] }, "me", [0, 0]);
    expect(found.map(({ code }) => code)).toEqual(["rest", null, "south"]);
    expect(found[0]?.border_m).toBeCloseTo(200, 0);
    expect(found.map(({ towards }) => towards)).toEqual(["ne", "w", "s"]);
  });

  it("never are the grid itself", () => {
    expect(tally(probes(SQUARE), { grids: ["me"], grid: [0, 0, 0, 0] }, "me", [0, 0])).toEqual([]);
  });

  it("lie in one of eight directions", () => {
    expect(
      [0, 45, 90, 135, 180, 225, 270, 315].map((turn) => {
        const angle = (turn * Math.PI) / 180;
        return direction([0, 0], [Math.sin(angle), Math.cos(angle)]);
      }),
    ).toEqual(["n", "ne", "e", "se", "s", "sw", "w", "nw"]);
  });

  it("are asked for by no more than some thousand points, whose lengths still add up", () => {
    const many = Array.from({ length: 10_001 }, (_, i) => {
      const angle = (2 * Math.PI * (i % 10_000)) / 10_000;
      return [Math.cos(angle) * 0.1, Math.sin(angle) * 0.1];
    });
    const asked = probes({ type: "MultiPolygon", coordinates: [[many]] });
    expect(asked.lon.length).toBeLessThanOrEqual(4_000);
    const sum = asked.border_m.reduce((all, one) => all + one, 0);
    expect(sum / (2 * Math.PI * 0.1 * 111_195)).toBeCloseTo(1, 2);
  });
});
