import { expect, it } from "vitest";
import { apply, type Op } from "../engine/ops";
import { inBlocks, planOf } from "../engine/testing/frame";
import { makeTown, random } from "../engine/testing/town";
import { assignOp, createOp, mergeOp, splitEvenly, splitOp } from "../engine/tools";
import { NONE } from "../engine/topology";
import { gainOf, movedBy, offerOf } from "./offers";

const town = makeTown({ cols: 12, rows: 12, households: (atom) => 10 + (atom % 37) });
const fresh = () =>
  planOf(town, inBlocks(12, 4), {
    nests: [{ code: "A", name: "A", counted: null, exclusive: false }],
    nest_of: new Uint32Array(144),
  });

/** What an offer says must be what its operation does. */
function check(op: Op): void {
  const [plan, after] = [fresh(), fresh()];
  const offer = offerOf(plan, op);
  const borders = (of: typeof plan) => of.border_by_class_mm.reduce((sum, mm) => sum + mm, 0);
  apply(after, op);
  expect(offer.border_change_mm).toBe(borders(after) - borders(plan));
  let gain = 0;
  for (const { grid, before, after: then } of offer.rows) {
    const [here, there] = [plan.slotById(grid), after.slotById(grid)];
    if (before) expect(before.households).toBe(plan.households(here));
    else expect(here).toBe(NONE);
    if (!then) {
      expect(there).toBe(NONE);
      continue;
    }
    expect([then.households, then.atoms, then.standing]).toEqual([
      after.households(there),
      after.totals(there).atoms,
      after.standing(there),
    ]);
    gain += then.violation;
  }
  for (const { before } of offer.rows) gain -= before?.violation ?? 0;
  expect(gainOf(offer)).toBe(gain);
  const touched = new Set(
    movedBy(op).flatMap((atom) => [plan, after].map((of) => of.grid(of.slot_of[atom] as number)?.id)),
  );
  touched.delete(undefined);
  expect(new Set(offer.rows.map((row) => row.grid))).toEqual(touched);
}

it("the numbers of an offer are those after its operation", () => {
  const plan = fresh();
  const draw = random(3);
  for (let i = 0; i < 30; i++) {
    const atoms = Array.from({ length: 1 + Math.floor(draw() * 9) }, () => Math.floor(draw() * 144));
    const to = draw() < 0.2 ? null : (plan.grid(Math.floor(draw() * 9))?.id ?? null);
    const op = assignOp(plan, atoms, to, `op${i}`);
    if (op.moves.length > 0) check(op);
  }
});

it("so are those of grids that are made and taken away", () => {
  const plan = fresh();
  const halves = splitEvenly(plan, 4);
  if (!halves) throw new Error("grid 4 can be divided");
  check(splitOp(plan, halves, { id: "new", name: "new" }, "a"));
  const merged = mergeOp(plan, 0, 1, "b");
  if (!merged) throw new Error("grids 0 and 1 can be put together");
  check(merged);
  const made = createOp({ id: "new", name: "new" }, "c");
  check({ ...made, moves: assignOp(plan, [5, 6, 7], "new", "c").moves });
});

it("what is cut off is told", () => {
  const plan = fresh();
  // The second column of the first grid: what lies west of it loses its contact.
  const column = [1, 13, 25, 37];
  const offer = offerOf(plan, assignOp(plan, column, plan.grid(5)?.id ?? null, "a"));
  expect(offer.stranded.map((piece) => piece.atoms)).toEqual([[0, 12, 24, 36]]);
});
