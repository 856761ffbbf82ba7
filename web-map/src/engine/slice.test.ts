import { describe, expect, it } from "vitest";
import { apply, inverse } from "./ops";
import { slice } from "./slice";
import { planOf, stateOf } from "./testing/frame";
import { makeTown, patches, random } from "./testing/town";
import { splitOp } from "./tools";

/** A cell of the made-up town in lattice units, and its south-west corner. */
const [WIDE, HIGH] = [4_000, 3_600];
const [X, Y] = [1_206_000_000, 313_000_000];
const at = (col: number, row: number) => [X + col * WIDE, Y + row * HIGH];

describe("dividing along a line", () => {
  it("puts every atom on the side its inside point is on, and lets the smaller side go", () => {
    const plan = planOf(makeTown({ cols: 10, rows: 10, jitter: 0, households: () => 5 }), () => 0);
    const found = slice(plan, 0, [...at(3, -1), ...at(3, 11)]);
    if (found.kind !== "halves") throw new Error(found.kind);
    expect(found.go).toHaveLength(30);
    expect(found.go.every((atom) => atom % 10 < 3)).toBe(true);
    expect(found.stay).toHaveLength(70);
  });

  it("goes round corners, and its ends go on beyond what was drawn", () => {
    const plan = planOf(makeTown({ cols: 10, rows: 10, jitter: 0, households: () => 5 }), () => 0);
    // From the west into the middle, and then to the south.
    const found = slice(plan, 0, [...at(2, 4), ...at(4, 4), ...at(4, 3)]);
    if (found.kind !== "halves") throw new Error(found.kind);
    expect(found.go).toEqual(
      Array.from({ length: 100 }, (_, atom) => atom).filter((atom) => atom % 10 < 4 && atom < 40),
    );
  });

  it("is one operation, which is taken back as one", () => {
    const plan = planOf(makeTown({ cols: 6, rows: 6, jitter: 0 }), () => 0);
    const before = JSON.stringify(stateOf(plan));
    const found = slice(plan, 0, [...at(2, -1), ...at(2, 7)]);
    if (found.kind !== "halves") throw new Error(found.kind);
    const op = splitOp(plan, found, { id: "n", name: "new" }, "s");
    apply(plan, op);
    expect([plan.parts(0).length, plan.parts(plan.slotById("n")).length]).toEqual([1, 1]);
    apply(plan, inverse(op, "u"));
    expect(JSON.stringify(stateOf(plan))).toBe(before);
  });

  it("says why not: one side is empty, the grid is locked, atoms on both sides may not move", () => {
    const plan = planOf(makeTown({ cols: 6, rows: 6, jitter: 0 }), () => 0);
    expect(slice(plan, 0, [...at(-1, 0), ...at(-1, 5)]).kind).toBe("one_side");
    expect(slice(plan, 0, at(3, 3)).kind).toBe("one_side");
    const across = [...at(3, -1), ...at(3, 7)];
    plan.lockAtom(0, 1);
    const found = slice(plan, 0, across);
    expect(found.kind === "halves" && found.stay.includes(0), "what may not move stays").toBe(true);
    plan.lockAtom(5, 1);
    expect(slice(plan, 0, across).kind).toBe("fixed");
    const grid = plan.grid(0);
    if (grid) plan.setGrid(0, { ...grid, locked: true });
    expect(slice(plan, 0, across).kind).toBe("locked");
    expect(slice(plan, 7, across).kind).toBe("locked");
  });

  it("names the pieces that it would cut off, and moves nothing over to mend it", () => {
    // A grid like a U: what is cut off its two arms does not hang together.
    const plan = planOf(makeTown({ cols: 5, rows: 5, jitter: 0 }), (atom) =>
      atom % 5 === 0 || atom % 5 === 4 || atom < 5 ? 0 : 1,
    );
    expect(plan.parts(0)).toHaveLength(1);
    const found = slice(plan, 0, [...at(-1, 2), ...at(6, 2)]);
    if (found.kind !== "pieces") throw new Error(found.kind);
    expect(found.stray).toHaveLength(1);
    expect(found.stray[0]).toHaveLength(3);
    // Past the arms it does.
    expect(slice(plan, 0, [...at(2.5, -1), ...at(2.5, 6)]).kind).toBe("halves");
  });

  it("never leaves more pieces than there were and one more", () => {
    const town = makeTown({ cols: 16, rows: 16, labels: patches(16, 16, 80, 6) });
    const draw = random(23);
    let halved = 0;
    for (let round = 0; round < 120; round++) {
      const plan = planOf(town, (atom) => (atom % 7 === 3 ? 1 : 0));
      const before = plan.parts(0).length;
      const line = Array.from({ length: 4 + 2 * (round % 2) }, (_, i) =>
        i % 2 ? Y + Math.floor(draw() * 16 * HIGH) : X + Math.floor(draw() * 16 * WIDE),
      );
      const found = slice(plan, 0, line);
      if (found.kind !== "halves") continue;
      halved++;
      apply(plan, splitOp(plan, found, { id: "n", name: "" }, `s${round}`));
      expect(plan.parts(0).length + plan.parts(plan.slotById("n")).length).toBeLessThanOrEqual(before + 1);
    }
    expect(halved).toBeGreaterThan(0);
  });
});
