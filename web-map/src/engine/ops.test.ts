import { describe, expect, it } from "vitest";
import { History } from "./history";
import { apply, conflicts, emptyOp, inverse, isEmpty, movesTo, newId, type Op, OpError, rebase } from "./ops";
import type { Plan } from "./plan";
import { inBlocks, kept, planOf, randomOp, recount, stateOf } from "./testing/frame";
import { makeTown, patches, random } from "./testing/town";
import { fromWire, packAtoms, toWire, unpackAtoms } from "./wire";

const assign = (plan: Plan, atoms: number[], to: string | null, id = newId()): Op => ({
  ...emptyOp("assign", id),
  moves: movesTo(plan, atoms, to),
});

describe("an operation", () => {
  const town = makeTown({ cols: 6, rows: 6 });
  const fresh = () => planOf(town, inBlocks(6, 3));

  it("is taken back exactly by its inverse, of whatever kind", () => {
    const draw = random(2);
    const plan = fresh();
    for (let i = 0; i < 300; i++) {
      const before = [stateOf(plan), kept(plan)];
      const op = randomOp(plan, draw, `o${i}`);
      apply(plan, op);
      const after = stateOf(plan);
      apply(plan, inverse(op, `u${i}`));
      expect([stateOf(plan), kept(plan)]).toEqual(before);
      apply(plan, op);
      expect(stateOf(plan)).toEqual(after);
    }
  });

  it("is not done at all where one value is not as it supposes", () => {
    const plan = fresh();
    const op = assign(plan, [0, 1, 2], "g1");
    plan.move(2, 3);
    const before = stateOf(plan);
    expect(() => apply(plan, op)).toThrow(OpError);
    expect(stateOf(plan)).toEqual(before);
    expect(conflicts(plan, op)).toEqual([
      { kind: "atom", atom: 2, expected: "g0", found: "g3", wanted: "g1" },
    ]);
  });

  it("packs atoms as runs and refuses runs that are none", () => {
    expect(packAtoms([3, 4, 5, 9, 11])).toEqual([3, 3, 3, 1, 1, 1]);
    expect(unpackAtoms([3, 3, 3, 1, 1, 1], 12)).toEqual([3, 4, 5, 9, 11]);
    expect(packAtoms([])).toEqual([]);
    for (const bad of [[1], [0, 0], [0, 1, 0, 1], [11, 2], [-1, 1], [0.5, 1], "0,1", [0, null]]) {
      expect(() => unpackAtoms(bad, 12)).toThrow(/atoms/);
    }
  });

  it("survives the way through JSON", () => {
    const draw = random(5);
    const plan = fresh();
    for (let i = 0; i < 200; i++) {
      const op = randomOp(plan, draw, `o${i}`);
      apply(plan, op);
      expect(fromWire(JSON.parse(JSON.stringify(toWire(op))), town.atoms)).toEqual({
        ...op,
        moves: op.moves.filter((move) => move.atoms.length > 0),
      });
    }
  });

  it("is refused from the wire with what is wrong", () => {
    const good = { id: "x", kind: "assign" };
    const fault = (more: object) => {
      try {
        fromWire({ ...good, ...more }, 36);
        return "";
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(fault({})).toBe("");
    expect(fault({ kind: "fly" })).toContain('kind "fly"');
    expect(fault({ id: 3 })).toContain("id is missing");
    expect(fault({ moves: [{ from: null, to: "g", atoms: [40, 1] }] })).toContain("atom 40, of 36");
    expect(fault({ moves: [{ from: null, to: "", atoms: [] }] })).toContain("to is missing");
    expect(fault({ grids: [{ id: "g", from: null, to: null }] })).toContain("nothing to nothing");
    const once = { from: null, to: "g", atoms: [0, 2] };
    expect(fault({ moves: [once, once] })).toContain("two moves");
    expect(fault({ locks: [{ atoms: [0, 1], locked: 1 }] })).toContain("neither true nor false");
  });
});

describe("rebasing", () => {
  const town = makeTown({ cols: 6, rows: 6 });
  const fresh = () => planOf(town, inBlocks(6, 3));

  it("conflicts on the same atom alone, and says where it is now", () => {
    const plan = fresh();
    const mine = assign(plan, [0, 1, 2], "g1");
    apply(plan, assign(plan, [2], "g2"));
    const { op, conflicts: found } = rebase(plan, mine);
    expect(op?.moves).toEqual([{ from: "g0", to: "g1", atoms: [0, 1] }]);
    expect(found).toEqual([{ kind: "atom", atom: 2, expected: "g0", found: "g2", wanted: "g1" }]);
  });

  it("takes the same change by another for no conflict", () => {
    const plan = fresh();
    const mine = assign(plan, [0, 1], "g1");
    apply(plan, assign(plan, [0, 1], "g1"));
    expect(rebase(plan, mine)).toEqual({ op: null, conflicts: [] });
  });

  it("does not take a grid away that another gave atoms to", () => {
    const plan = fresh();
    const grid = plan.grid(0);
    const data = { code: grid?.code ?? "", name: grid?.name ?? "", locked: false };
    const merge: Op = {
      ...emptyOp("merge", "m"),
      moves: movesTo(plan, plan.atomsOf(0), "g1"),
      grids: [{ id: "g0", from: data, to: null }],
    };
    apply(plan, assign(plan, [3], "g0"));
    const { op, conflicts: found } = rebase(plan, merge);
    expect(found).toEqual([{ kind: "grid", id: "g0", field: "atoms" }]);
    expect(op?.grids).toEqual([]);
    if (op) apply(plan, op);
    expect(plan.atomsOf(0)).toEqual([3]);
  });

  it("lets two change different things of one grid", () => {
    const plan = fresh();
    const from = { code: "G000", name: "网格0", locked: false };
    const mine: Op = {
      ...emptyOp("rename", "a"),
      grids: [{ id: "g0", from, to: { ...from, name: "mine" } }],
    };
    apply(plan, { ...emptyOp("lock", "b"), grids: [{ id: "g0", from, to: { ...from, locked: true } }] });
    const { op, conflicts: found } = rebase(plan, mine);
    expect(found).toEqual([]);
    if (op) apply(plan, op);
    expect(plan.grid(0)).toMatchObject({ name: "mine", locked: true });
    const theirs = { code: "G000", name: "mine", locked: true };
    const late: Op = {
      ...emptyOp("rename", "c"),
      grids: [{ id: "g0", from, to: { ...from, name: "late" } }],
    };
    expect(rebase(plan, late).conflicts).toEqual([{ kind: "grid", id: "g0", field: "name" }]);
    expect(
      rebase(plan, { ...late, grids: [{ id: "g0", from: theirs, to: { ...theirs, name: "late" } }] }).op,
    ).not.toBeNull();
  });

  it("of random operations always leaves something that can be done, and loses no atom unsaid", () => {
    const draw = random(77);
    for (let round = 0; round < 300; round++) {
      const [mine, theirs] = [fresh(), fresh()];
      const ops = [0, 1, 2].map((i) => {
        const op = randomOp(mine, draw, `m${round}-${i}`);
        apply(mine, op);
        return op;
      });
      for (let i = 0; i < 3; i++) apply(theirs, randomOp(theirs, draw, `t${round}-${i}`));
      for (const op of ops) {
        const before = new Map(op.moves.flatMap(({ to, atoms }) => atoms.map((atom) => [atom, to] as const)));
        const left = rebase(theirs, op);
        if (left.op) apply(theirs, left.op);
        const said = new Set(
          left.conflicts.flatMap((conflict) => (conflict.kind === "atom" ? [conflict.atom] : [])),
        );
        for (const [atom, to] of before) {
          const here = theirs.grid(theirs.slot_of[atom] as number)?.id ?? null;
          expect(here === to || said.has(atom)).toBe(true);
        }
      }
      expect(kept(theirs)).toEqual(recount(theirs));
    }
  });
});

describe("history", () => {
  it("of 10,000 random operations with undo, redo and reloads equals a slow recount", () => {
    const town = makeTown({ cols: 22, rows: 22, labels: patches(22, 22, 120, 11), street_every: 4 });
    const start = () => planOf(town, (atom) => (atom % 13 === 12 ? null : atom % 13));
    const draw = random(2026);
    let plan = start();
    let next = 0;
    const id = () => `o${next++}`;
    let history = new History(id);
    const log: string[] = [];
    let reloads = 0;
    for (let i = 0; i < 10_000; i++) {
      const what = draw();
      if (what < 0.6) {
        const op = randomOp(plan, draw, id());
        if (isEmpty(op)) continue;
        history.do(plan, op);
        log.push(JSON.stringify(toWire(op)));
      } else {
        const stepped = what < 0.85 ? history.undo(plan) : history.redo(plan);
        if (stepped?.op) log.push(JSON.stringify(toWire(stepped.op)));
        expect(stepped?.conflicts ?? []).toEqual([]);
      }
      if (i % 500 === 499) expect(kept(plan)).toEqual(recount(plan));
      if (i % 1250 === 1249) {
        const replayed = start();
        const ops = log.map((line) => fromWire(JSON.parse(line), town.atoms));
        for (const op of ops) apply(replayed, op);
        expect(stateOf(replayed)).toEqual(stateOf(plan));
        expect(kept(replayed)).toEqual(kept(plan));
        const again = History.replay(ops, id);
        expect([again.undo_depth, again.redo_depth]).toEqual([history.undo_depth, history.redo_depth]);
        [plan, history] = [replayed, again];
        reloads++;
      }
    }
    expect(reloads).toBe(8);
    // Taken back to the beginning, the plan is as it began.
    while (history.undo_depth > 0) history.undo(plan);
    expect(stateOf(plan).atoms).toEqual(stateOf(start()).atoms);
    expect(stateOf(plan)).toEqual(stateOf(start()));
  }, 60_000);

  it("takes its own changes back and leaves those of others", () => {
    const town = makeTown({ cols: 6, rows: 6 });
    const plan = planOf(town, inBlocks(6, 3));
    const history = new History(newId);
    history.do(plan, assign(plan, [0, 1, 2], "g1"));
    apply(plan, assign(plan, [1], "g3"));
    const undone = history.undo(plan);
    expect(undone?.conflicts).toEqual([{ kind: "atom", atom: 1, expected: "g1", found: "g3", wanted: "g0" }]);
    expect([0, 1, 2].map((atom) => plan.slot_of[atom])).toEqual([0, 3, 0]);
    history.redo(plan);
    expect([0, 1, 2].map((atom) => plan.slot_of[atom])).toEqual([1, 3, 1]);
  });

  it("passes over a step of which nothing is left", () => {
    const town = makeTown({ cols: 6, rows: 6 });
    const plan = planOf(town, inBlocks(6, 3));
    const history = new History(newId);
    history.do(plan, assign(plan, [5], "g0"));
    history.do(plan, assign(plan, [0], "g1"));
    apply(plan, assign(plan, [0], "g0"));
    expect(history.undo(plan)).toEqual({ op: null, conflicts: [] });
    expect(history.undo(plan)?.op?.moves).toEqual([{ from: "g0", to: "g1", atoms: [5] }]);
    expect(history.undo(plan)).toBeNull();
  });

  it("forgets what was taken back once something new is done", () => {
    const town = makeTown({ cols: 6, rows: 6 });
    const plan = planOf(town, inBlocks(6, 3));
    const history = new History(newId);
    history.do(plan, assign(plan, [0], "g1"));
    history.undo(plan);
    expect(history.redo_depth).toBe(1);
    history.do(plan, assign(plan, [1], "g1"));
    expect(history.redo(plan)).toBeNull();
  });
});
