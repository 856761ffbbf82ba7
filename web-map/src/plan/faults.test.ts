import { describe, expect, it } from "vitest";
import { apply, conflicts, inverse } from "../engine/ops";
import { type Plan, UNASSIGNED } from "../engine/plan";
import { problems } from "../engine/problems";
import { inBlocks, planOf, stateOf } from "../engine/testing/frame";
import { makeTown } from "../engine/testing/town";
import { fill, fillOp, nextBest, splitEvenly } from "../engine/tools";
import { mended, plant } from "./faults";

/** Six by six blocks of sixteen cells with 24 households each: every grid has 384. */
const SIDE = 24;
const town = makeTown({
  cols: SIDE,
  rows: SIDE,
  units: 2,
  jitter: 0.2,
  households: () => 24,
  population: () => 60,
});
const fresh = () => planOf(town, inBlocks(SIDE, 4));
const counts = (plan: Plan) => {
  const found: Record<string, number> = {};
  for (const { kind } of problems(plan)) found[kind] = (found[kind] ?? 0) + 1;
  return found;
};

describe("planted faults", () => {
  it("are three, once each, and nothing else is wrong", () => {
    const plan = fresh();
    expect(counts(plan)).toEqual({});
    const found = plant(plan, "op");
    expect(found).not.toBeNull();
    if (!found) return;
    expect(conflicts(plan, found.op)).toEqual([]);
    apply(plan, found.op);
    expect(counts(plan)).toEqual({ unassigned: 1, over: 1, parts: 1 });
    expect(mended(plan, found.faults)).toEqual({ gap: false, over: false, parts: false });
  });

  it("are the same in the same plan, and taken back in one step", () => {
    const [one, other] = [fresh(), fresh()];
    const before = stateOf(one);
    const found = plant(one, "op");
    expect(plant(other, "op")).toEqual(found);
    if (!found) return;
    apply(one, found.op);
    apply(one, inverse(found.op, "back"));
    expect(stateOf(one)).toEqual(before);
    expect(mended(one, found.faults)).toEqual({ gap: true, over: true, parts: true });
  });

  it("can each be mended by the tool that is named", () => {
    const plan = fresh();
    const found = plant(plan, "op");
    if (!found) throw new Error("nothing was planted");
    apply(plan, found.op);
    const { faults } = found;
    apply(
      plan,
      fillOp(plan, fill(plan), (n) => ({ id: `new${n}`, name: `${n}` }), "fill"),
    );
    expect(mended(plan, faults)).toMatchObject({ gap: true, over: false });
    const halves = splitEvenly(plan, plan.slotById(faults.over), 1);
    expect(halves).not.toBeNull();
    const torn = problems(plan).find(({ kind }) => kind === "parts");
    expect(torn && nextBest(plan, torn).length).toBeGreaterThan(0);
  });

  it("find no room in a plan that has none", () => {
    const small = makeTown({ cols: 4, rows: 4, households: () => 24, population: () => 60 });
    expect(plant(planOf(small, inBlocks(4, 4)), "op")).toBeNull();
    const empty = planOf(small, () => null);
    expect(plant(empty, "op")).toBeNull();
    expect(empty.slot_of[0]).toBe(UNASSIGNED);
  });
});
