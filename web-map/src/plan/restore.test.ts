import { expect, it } from "vitest";
import { apply, conflicts, inverse, type Op } from "../engine/ops";
import { inBlocks, planOf, stateOf } from "../engine/testing/frame";
import { makeTown, random } from "../engine/testing/town";
import { NONE } from "../engine/topology";
import { fromWire, toWire } from "../engine/wire";
import { restoreOp } from "./restore";

const town = makeTown({ cols: 12, rows: 12 });
const fresh = () => planOf(town, inBlocks(12, 4));
it("any state is brought back by one operation, and that is taken back by its inverse", () => {
  const draw = random(5);
  const die = (n: number) => Math.floor(draw() * n);
  for (let round = 0; round < 60; round++) {
    const [now, then] = [fresh(), fresh()];
    for (const plan of [now, then]) {
      for (let i = die(30); i > 0; i--) plan.move(die(144), draw() < 0.1 ? NONE : die(9));
      if (draw() < 0.5) {
        const slot = plan.add(`new-${die(3)}`, { code: "", name: `n${die(2)}`, locked: draw() < 0.5 });
        plan.move(die(144), slot);
      }
      if (draw() < 0.4) {
        const gone = die(9);
        for (const atom of plan.atomsOf(gone)) plan.move(atom, (gone + 1) % 9);
        plan.remove(gone);
      }
      if (draw() < 0.5) plan.lockAtom(die(144), 1);
      if (draw() < 0.5) plan.accept(`over:${die(3)}`, `because ${die(2)}`);
    }
    const before = stateOf(now);
    // As it arrives on the other side of the wire.
    const op: Op = fromWire(toWire(restoreOp(now, then, "a")), town.atoms);
    expect(conflicts(now, op)).toEqual([]);
    apply(now, op);
    expect(stateOf(now)).toEqual(stateOf(then));
    apply(now, inverse(op, "b"));
    expect(stateOf(now)).toEqual(before);
  }
});
