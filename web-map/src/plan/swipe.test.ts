import { expect, it } from "vitest";
import { snapshot } from "../engine/diff";
import { UNASSIGNED } from "../engine/plan";
import { inBlocks, planOf } from "../engine/testing/frame";
import { makeTown } from "../engine/testing/town";
import { keyed, planOfSnapshot } from "./swipe";

const town = makeTown({ cols: 8, rows: 8 });
const plan = planOf(town, inBlocks(8, 4));

it("a snapshot is a plan again, with the same totals", () => {
  const again = planOfSnapshot(plan.topology, plan.frame, snapshot(plan));
  const totals = (of: typeof plan) =>
    of.liveSlots().map((slot) => [of.grid(slot)?.id, of.totals(slot).households, of.standing(slot)]);
  expect(totals(again)).toEqual(totals(plan));
});

it("two grids of one id, as of plans that know nothing of each other, stay two", () => {
  const shot = snapshot(plan);
  const [first] = shot.grids;
  const grids = shot.grids.map((grid) => ({ ...grid, id: first?.id ?? "" }));
  const again = planOfSnapshot(plan.topology, plan.frame, { ...shot, grids });
  expect(again.liveSlots().length).toBe(plan.liveSlots().length);
});

it("ground in no grid stays in none", () => {
  const shot = snapshot(plan);
  const labels = shot.labels.slice();
  labels[0] = 0xffffffff;
  const again = planOfSnapshot(plan.topology, plan.frame, { ...shot, labels });
  expect(again.slot_of[0]).toBe(UNASSIGNED);
});

it("the keyboard moves the line and stays on the map", () => {
  expect(keyed("ArrowLeft", false, 50)).toBe(48);
  expect(keyed("ArrowRight", true, 50)).toBe(60);
  expect(keyed("ArrowLeft", true, 4)).toBe(0);
  expect(keyed("Home", false, 50)).toBe(0);
  expect(keyed("End", false, 50)).toBe(100);
  expect(keyed("a", false, 50)).toBeNull();
});
