import { describe, expect, it } from "vitest";
import { type Arrow, middleOf, nextGrid, stepFrom } from "./cursor";
import { UNASSIGNED } from "./plan";
import { inBlocks, planOf } from "./testing/frame";
import { makeTown, patches } from "./testing/town";

describe("the cursor", () => {
  it("goes to the next cell of a lattice, and stops at the rim", () => {
    const town = makeTown({ cols: 5, rows: 4 });
    expect((["east", "north", "west", "south"] as Arrow[]).map((arrow) => stepFrom(town, 7, arrow))).toEqual([
      8, 12, 6, 2,
    ]);
    expect(stepFrom(town, 4, "east")).toBe(-1);
    expect(stepFrom(town, 0, "south")).toBe(-1);
  });

  it("reaches nearly every atom of a town of uneven patches from any one", () => {
    const town = makeTown({ cols: 20, rows: 20, labels: patches(20, 20, 80, 3) });
    const seen = new Set([0]);
    for (const atom of seen) {
      for (const arrow of ["east", "north", "west", "south"] as const) {
        const next = stepFrom(town, atom, arrow);
        if (next >= 0) seen.add(next);
      }
    }
    expect(seen.size).toBeGreaterThan(76);
  });

  it("begins in the middle of a grid, and goes round the grids by their codes", () => {
    const town = makeTown({ cols: 9, rows: 3, jitter: 0 });
    const plan = planOf(town, inBlocks(9, 3));
    expect(middleOf(plan, 1)).toBe(13);
    expect(middleOf(plan, plan.add("none", { code: "A", name: "", locked: false }))).toBe(-1);
    expect([0, 1, 2, 3].map((slot) => nextGrid(plan, slot, 1))).toEqual([1, 2, 3, 0]);
    expect(nextGrid(plan, 3, -1)).toBe(2);
    expect([nextGrid(plan, UNASSIGNED, 1), nextGrid(plan, UNASSIGNED, -1)]).toEqual([3, 2]);
    expect(
      nextGrid(
        planOf(town, () => null),
        0,
        1,
      ),
    ).toBe(UNASSIGNED);
  });
});
