import { describe, expect, it, vi } from "vitest";
import { cuts, shared } from "./cuts";
import { diff, snapshot } from "./diff";
import { less } from "./heap";
import { apply } from "./ops";
import { type Plan, UNASSIGNED } from "./plan";
import { problems } from "./problems";
import { AtomIndex } from "./spatial";
import { inBlocks, kept, planOf, recount, stateOf } from "./testing/frame";
import { makeTown, patches, random } from "./testing/town";
import * as tools from "./tools";
import { across, arcsOf, NONE } from "./topology";

// Brute force beside every fast path takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const pieces = (plan: Plan) => new Map(plan.liveSlots().map((slot) => [slot, plan.parts(slot).length]));

describe("cuts", () => {
  it("are those that a count of the pieces before and after finds", () => {
    const town = makeTown({ cols: 14, rows: 14, labels: patches(14, 14, 70, 4) });
    const draw = random(3);
    let found = 0;
    for (let round = 0; round < 30; round++) {
      const plan = planOf(town, () => Math.floor(draw() * 3));
      for (let atom = 0; atom < town.atoms; atom++) {
        const slot = plan.slot_of[atom] as number;
        const said = cuts(plan, atom, new Set());
        const before = plan.parts(slot).length;
        plan.move(atom, UNASSIGNED);
        const after = plan.parts(slot).length;
        plan.move(atom, slot);
        expect(said).toBe(after > before);
        if (said) found++;
      }
    }
    expect(found).toBeGreaterThan(100);
  });
});

describe("a preview", () => {
  it("tells the numbers and the border that doing it gives", () => {
    const town = makeTown({ cols: 12, rows: 12 });
    const draw = random(31);
    for (let round = 0; round < 60; round++) {
      const plan = planOf(town, inBlocks(12, 4));
      const going = [0, 1].map((to) => ({
        atoms: [...new Set(Array.from({ length: 9 }, () => to * 72 + Math.floor(draw() * 72)))],
        to: Math.floor(draw() * 9),
      }));
      const said = tools.preview(plan, going);
      const change = tools.borderChange(plan, going);
      const length = () => plan.border_by_class_mm.reduce((sum, mm) => sum + mm, 0);
      const before = length();
      for (const { slot, before } of said) {
        expect([before.households, before.standing]).toEqual([plan.households(slot), plan.standing(slot)]);
      }
      for (const { atoms, to } of going) for (const atom of atoms) plan.move(atom, to);
      expect(length() - before).toBe(change);
      for (const { slot, after } of said) {
        expect([after.households, after.atoms, after.standing]).toEqual([
          plan.households(slot),
          plan.totals(slot).atoms,
          plan.standing(slot),
        ]);
      }
    }
  });
});

describe("the safe brush", () => {
  const town = makeTown({ cols: 20, rows: 20 });
  const index = new AtomIndex(town);

  it("never leaves a grid in more pieces or without atoms, wherever it goes", () => {
    const draw = random(12);
    let withheld = 0;
    let bridges = 0;
    const plan = planOf(town, inBlocks(20, 5));
    for (let stroke = 0; stroke < 400; stroke++) {
      const slot = Math.floor(draw() * 16);
      const at = Math.floor(draw() * town.atoms);
      const under = index.disc(
        town.label[2 * at] as number,
        town.label[2 * at + 1] as number,
        10 + draw() * 120,
      );
      const before = pieces(plan);
      const dab = tools.dab(plan, slot, under);
      apply(plan, tools.assignOp(plan, dab.take, plan.grid(slot)?.id ?? null, `s${stroke}`));
      for (const [grid, count] of pieces(plan)) {
        expect(count).toBeLessThanOrEqual(before.get(grid) as number);
        expect(count).toBeGreaterThan(0);
      }
      withheld += dab.withheld.length;
      bridges += dab.bridges.length;
      const named = new Set([...dab.take, ...dab.withheld, ...dab.refused.map(({ atom }) => atom)]);
      for (const atom of under) if (plan.slot_of[atom] !== slot) expect(named.has(atom)).toBe(true);
    }
    expect(withheld).toBeGreaterThan(100);
    expect(bridges).toBeGreaterThan(0);
    expect(kept(plan)).toEqual(recount(plan));
  });

  it("holds back what would cut its giver, and says what would be stranded", () => {
    const row = makeTown({ cols: 5, rows: 2, households: (atom) => atom + 1 });
    // Grid 1 is a row of five below grid 0; the middle of it is what holds it together.
    const plan = planOf(row, (atom) => (atom < 5 ? 1 : 0));
    const dab = tools.dab(plan, 0, [2]);
    expect(dab).toMatchObject({ take: [], withheld: [2], empties: [] });
    expect(dab.stranded).toEqual([
      { atoms: [0, 1], households: 3, persons: expect.any(Number), slot: 1, can_follow: true },
    ]);
    expect(tools.answered(dab, "leave")).toEqual([]);
    expect(tools.answered(dab, "strand")).toEqual([2]);
    expect(tools.answered(dab, "take_stranded")).toEqual([0, 1, 2]);
    apply(plan, tools.assignOp(plan, tools.answered(dab, "take_stranded"), "g0", "yes"));
    expect([plan.parts(0).length, plan.parts(1).length]).toEqual([1, 1]);
  });

  it("does not let the stranded follow where they are locked", () => {
    const row = makeTown({ cols: 5, rows: 2, households: (atom) => atom + 1 });
    const plan = planOf(row, (atom) => (atom < 5 ? 1 : 0));
    plan.lockAtom(0, 1);
    const dab = tools.dab(plan, 0, [2]);
    expect(dab.stranded[0]?.can_follow).toBe(false);
    expect(tools.answered(dab, "take_stranded")).toEqual([2]);
  });

  it("asks before it takes the last atom of a grid", () => {
    const plan = planOf(makeTown({ cols: 3, rows: 1 }), (atom) => Math.min(atom, 1));
    const dab = tools.dab(plan, 0, [1, 2]);
    expect(dab).toMatchObject({ take: [1], withheld: [2], empties: [1], stranded: [] });
  });

  it("reaches an atom at a corner over the cheapest atom between", () => {
    // 3 4 5 above 0 1 2: from 0 to 4 the way is over 1 or 3.
    const square = makeTown({ cols: 3, rows: 2, households: (atom) => (atom === 1 ? 9 : 2) });
    const plan = planOf(square, (atom) => (atom === 0 ? 0 : 1));
    expect(tools.dab(plan, 0, [4])).toMatchObject({ take: [3, 4], bridges: [3], withheld: [] });
    plan.lockAtom(3, 1);
    // Over 1 instead; but with 1 and 4 gone 3 would be cut off from 2 and 5.
    const other = tools.dab(plan, 0, [4]);
    expect(other.bridges).toEqual([1]);
    expect(other.withheld).toEqual([4]);
    plan.lockAtom(1, 1);
    expect(tools.dab(plan, 0, [4]).refused).toEqual([{ atom: 4, why: "apart" }]);
  });

  it("leaves what is locked, of another unit, far away or out of scope, and says which", () => {
    const pair = makeTown({ cols: 4, rows: 2, units: 2 });
    const nest_of = pair.unit.slice();
    nest_of[7] = NONE;
    const plan = planOf(pair, (atom) => (atom === 0 || atom === 4 ? 0 : atom === 7 ? null : 1), { nest_of });
    plan.lockAtom(1, 1);
    const why = Object.fromEntries(
      tools.dab(plan, 0, [1, 5, 2, 7]).refused.map(({ atom, why }) => [atom, why]),
    );
    expect(why).toEqual({ 1: "locked", 2: "other_unit", 7: "outside" });
    const grid = plan.grid(1);
    if (grid) plan.setGrid(1, { ...grid, locked: true });
    expect(tools.dab(plan, 0, [5]).refused).toEqual([{ atom: 5, why: "locked" }]);
  });

  it("begins a grid without atoms where it is put down", () => {
    const plan = planOf(town, inBlocks(20, 5));
    const slot = plan.add("new", { code: "", name: "", locked: false });
    const dab = tools.dab(plan, slot, [0, 1, 20]);
    expect(dab.take).toEqual([0, 1, 20]);
  });
});

describe("pulling a border", () => {
  // Streets every third line: blocks of nine atoms. Two grids of 6 × 12, side by side.
  const town = makeTown({ cols: 12, rows: 12, street_every: 3, households: () => 10 });
  const fresh = () => planOf(town, (atom) => (atom % 12 < 6 ? 0 : 1));

  it("sees blocks as a flood that stops at streets does", () => {
    const plan = fresh();
    const found = tools.blocks(plan, 0);
    expect(found).toHaveLength(8);
    for (const block of found) {
      expect(block.atoms).toHaveLength(9);
      for (const atom of block.atoms) {
        for (const arc of arcsOf(town, atom)) {
          const other = across(town, arc, atom);
          if (other === NONE || plan.slot_of[other] !== 0) continue;
          expect(block.atoms.includes(other)).toBe(town.arc_class[arc] === 0);
        }
      }
    }
  });

  it("jumps to the next street, and over two blocks where the pointer is farther", () => {
    const plan = fresh();
    // Atom 4 + 12·4 lies in the block beside the border, 1 + 12·4 in the one behind it.
    const near = tools.pull(plan, 0, 1, 4 + 48);
    expect(near).toMatchObject({ taker: 1, giver: 0, stranded: [], empties: [] });
    expect(near?.atoms).toEqual([39, 40, 41, 51, 52, 53, 63, 64, 65]);
    expect(near?.preview.map(({ before, after }) => [before.households, after.households])).toEqual([
      [720, 630],
      [720, 810],
    ]);
    const far = tools.pull(plan, 0, 1, 1 + 48);
    expect(far?.atoms).toHaveLength(18);
    // The block row is gone through: what is above and below it would part.
    expect(far?.stranded).toHaveLength(1);
    const back = tools.pull(plan, 0, 1, 7);
    expect(back).toMatchObject({ taker: 0, giver: 1 });
  });

  it("does not go through locked blocks, nor where there is no way", () => {
    const plan = fresh();
    plan.lockAtom(40, 1);
    expect(tools.pull(plan, 0, 1, 4 + 48)).toBeNull();
    expect(tools.pull(plan, 0, 0, 4)).toBeNull();
    const three = planOf(town, (atom) => Math.floor((atom % 12) / 4));
    expect(tools.pull(three, 0, 2, 0)).toBeNull();
  });

  it("goes one street further by keyboard, first where nothing is stranded and borders get shorter", () => {
    const plan = fresh();
    const found = tools.steps(plan, 1, 0);
    expect(found).toHaveLength(4);
    expect(found.every((step) => step.atoms.length === 9)).toBe(true);
    expect([3, 111]).toContain(found[0]?.atoms[0]);
    for (let i = 1; i < found.length; i++) {
      expect(found[i]?.border_change_mm).toBeGreaterThanOrEqual(found[i - 1]?.border_change_mm ?? 0);
    }
  });

  it("goes atom by atom where there are no streets", () => {
    const plan = planOf(makeTown({ cols: 4, rows: 2 }), (atom) => (atom % 4 < 2 ? 0 : 1));
    expect(tools.blocks(plan, 0).map((block) => block.atoms)).toEqual([[0], [1], [4], [5]]);
    expect(tools.pull(plan, 0, 1, 1)?.atoms).toEqual([1]);
  });
});

describe("dividing", () => {
  it("makes two connected halves that are as even as a twentieth allows, with the same seed the same", () => {
    for (const [seed, atoms] of [
      [1, 60],
      [2, 90],
      [3, 140],
    ] as const) {
      const town = makeTown({
        cols: 20,
        rows: 20,
        labels: patches(20, 20, atoms, seed),
        street_every: 5,
        seed,
      });
      const plan = planOf(town, () => 0);
      const main = new Set(plan.parts(0)[0]?.atoms);
      for (const atom of plan.atomsOf(0)) if (!main.has(atom)) plan.move(atom, UNASSIGNED);
      const halves = tools.splitEvenly(plan, 0, seed);
      expect(halves).toEqual(tools.splitEvenly(plan, 0, seed));
      if (!halves) throw new Error("not divided");
      const total = plan.households(0);
      apply(plan, tools.splitOp(plan, halves, { id: "n", name: "new" }, "split"));
      const slot = plan.slotById("n");
      expect([plan.parts(0).length, plan.parts(slot).length]).toEqual([1, 1]);
      expect(plan.households(0)).toBeGreaterThanOrEqual(plan.households(slot));
      expect(plan.households(0) - plan.households(slot)).toBeLessThan(total * 0.1);
    }
  });

  it("follows a line, and leaves what it cuts off with what that touches", () => {
    const town = makeTown({ cols: 10, rows: 10, jitter: 0 });
    const plan = planOf(town, () => 0);
    const [x, y] = [1_206_000_000 + 4_000 * 5, 313_000_000];
    const halves = tools.splitByLine(plan, 0, [x, y, x, y + 3_600 * 10]);
    const all = [...(halves?.stay ?? []), ...(halves?.go ?? [])].sort((a, b) => a - b);
    expect(all).toHaveLength(100);
    const west = (atoms: number[] = []) => new Set(atoms.map((atom) => atom % 10 < 5));
    expect(west(halves?.stay).size).toBe(1);
    expect(west(halves?.go).size).toBe(1);
    const draw = random(9);
    const patched = makeTown({ cols: 16, rows: 16, labels: patches(16, 16, 80, 6) });
    for (let round = 0; round < 40; round++) {
      const cut = planOf(patched, () => 0);
      const before = cut.parts(0).length;
      const line = Array.from({ length: 6 }, (_, i) =>
        i % 2 ? y + Math.floor(draw() * 57_600) : 1_206_000_000 + Math.floor(draw() * 64_000),
      );
      const found = tools.splitByLine(cut, 0, line);
      if (!found) continue;
      apply(cut, tools.splitOp(cut, found, { id: "n", name: "" }, `s${round}`));
      expect(cut.parts(0).length + cut.parts(cut.slotById("n")).length).toBeLessThanOrEqual(before + 1);
    }
  });

  it("does not divide one atom, a locked grid, or atoms that may not move", () => {
    const plan = planOf(makeTown({ cols: 3, rows: 1 }), (atom) => Math.min(atom, 1));
    expect(tools.splitEvenly(plan, 0)).toBeNull();
    plan.lockAtom(1, 1);
    plan.lockAtom(2, 1);
    expect(tools.splitEvenly(plan, 1)).toBeNull();
  });
});

describe("balancing", () => {
  it("brings two neighbours within their band where that can be done, and strands nothing", () => {
    const town = makeTown({ cols: 12, rows: 6, households: () => 10, street_every: 3 });
    const plan = planOf(town, (atom) => (atom % 12 < 9 ? 0 : 1));
    expect([plan.standing(0), plan.standing(1)]).toEqual(["over", "under"]);
    const way = tools.balance(plan, 0, 1);
    if (!way) throw new Error("nothing better");
    apply(plan, tools.balanceOp(plan, 0, 1, way, "b"));
    expect([plan.standing(0), plan.standing(1)]).toEqual(["in_band", "in_band"]);
    expect([plan.parts(0).length, plan.parts(1).length]).toEqual([1, 1]);
    expect(tools.balance(plan, 0, 0)).toBeNull();
  });

  it("never makes anything worse on random ground", () => {
    const draw = random(14);
    const town = makeTown({ cols: 16, rows: 16, labels: patches(16, 16, 110, 2) });
    let done = 0;
    for (let round = 0; round < 25; round++) {
      const plan = planOf(town, (atom) =>
        (town.label[2 * atom] as number) - 1_206_000_000 < draw() * 64_000 ? 0 : 1,
      );
      const outside = () => plan.violation(0) + plan.violation(1);
      const [before, parts] = [outside(), plan.parts(0).length + plan.parts(1).length];
      const way = tools.balance(plan, 0, 1, round);
      if (!way) continue;
      apply(plan, tools.balanceOp(plan, 0, 1, way, `b${round}`));
      expect(outside()).toBeLessThanOrEqual(before);
      expect(plan.parts(0).length + plan.parts(1).length).toBeLessThanOrEqual(parts);
      done++;
    }
    expect(done).toBeGreaterThan(5);
  });
});

describe("the rest of the plan", () => {
  it("gives every atom that may move a grid, without touching what is assigned, in one step that can be taken back", () => {
    const town = makeTown({ cols: 24, rows: 24, units: 3, households: () => 8 });
    const draw = random(7);
    const blocks = inBlocks(24, 8);
    const plan = planOf(town, (atom) => (draw() < 0.5 ? blocks(atom) : null));
    plan.lockAtom(plan.atomsOf(UNASSIGNED)[0] as number, 1);
    const before = plan.slot_of.slice();
    const filled = tools.fill(plan);
    const op = tools.fillOp(plan, filled, (n) => ({ id: `n${n}`, name: `新${n}` }), "f");
    apply(plan, op);
    expect(plan.totals(UNASSIGNED).atoms).toBe(1);
    expect(filled.left).toHaveLength(1);
    before.forEach((slot, atom) => {
      if (slot !== UNASSIGNED) expect(plan.slot_of[atom]).toBe(slot);
    });
    for (const slot of plan.liveSlots()) expect(plan.nests(slot).size).toBe(1);
    expect(kept(plan)).toEqual(recount(plan));
  });

  it("takes at each step what a look at every atom in none would take", () => {
    // Plain twin of the first part: always the smallest grid, then the longest border, then the first atom.
    const town = makeTown({ cols: 10, rows: 10, households: (atom) => 1 + (atom % 3) });
    const draw = random(99);
    for (let round = 0; round < 10; round++) {
      const plan = planOf(town, (atom) => (draw() < 0.3 ? inBlocks(10, 5)(atom) : null));
      const twin = planOf(town, (atom) => {
        const slot = plan.slot_of[atom] as number;
        return slot === UNASSIGNED ? null : slot;
      });
      for (;;) {
        let best: { atom: number; slot: number; order: number[] } | null = null;
        for (const atom of twin.atomsOf(UNASSIGNED)) {
          for (const slot of twin.liveSlots()) {
            const mm = shared(twin, atom, slot);
            if (mm < 0) continue;
            const order = [twin.size(slot, "households"), -mm, atom, slot];
            if (!best || less(order, best.order)) best = { atom, slot, order };
          }
        }
        if (!best) break;
        twin.move(best.atom, best.slot);
      }
      const filled = tools.fill(plan);
      expect(filled.fresh).toEqual([]);
      for (const [slot, atoms] of filled.into)
        for (const atom of atoms) expect(twin.slot_of[atom]).toBe(slot);
      expect([...filled.into.values()].flat().length).toBe(plan.totals(UNASSIGNED).atoms);
    }
  });

  it("keeps grids within the band where there is room, and makes new ones of what is left", () => {
    const town = makeTown({ cols: 20, rows: 10, households: () => 10 });
    // One grid of 300 households; 1,700 are left.
    const plan = planOf(town, (atom) => (atom % 20 < 3 ? 0 : null));
    apply(
      plan,
      tools.fillOp(plan, tools.fill(plan), (n) => ({ id: `n${n}`, name: "" }), "f"),
    );
    expect(plan.standing(0)).toBe("in_band");
    for (const slot of plan.liveSlots()) {
      expect(plan.households(slot)).toBeLessThanOrEqual(500);
      expect(plan.parts(slot)).toHaveLength(1);
    }
  });
});

describe("problems", () => {
  const town = makeTown({ cols: 12, rows: 12, units: 2, households: () => 12, river_at: 3 });
  const fresh = () => planOf(town, inBlocks(12, 6));

  it("are found where they were planted, and keep their ids", () => {
    const plan = fresh();
    const officers = { without: new Set(["g3"]) };
    // Four grids of 432 households. Grid 0 and 2 lie across the river.
    expect(problems(plan, officers).map((problem) => problem.id)).toEqual([
      "barrier:g0",
      "barrier:g2",
      "no_officer:g3",
    ]);
    plan.move(0, UNASSIGNED);
    plan.move(14, 3);
    plan.move(66, 0);
    for (const atom of [71, 70, 69, 68, 67, 59, 58]) plan.move(atom, 3);
    expect(problems(plan, officers).map((problem) => problem.id)).toEqual([
      "unassigned:A00000",
      "parts:g3",
      "foreign:g0",
      "foreign:g3",
      "over:g3",
      "barrier:g2",
      "barrier:g0",
      "no_officer:g3",
    ]);
    plan.accept("parts:g3", "建桥前暂列");
    const list = problems(plan, officers);
    expect(list[list.length - 1]).toMatchObject({ id: "parts:g3", accepted: "建桥前暂列", atoms: [14] });
    expect(list.find((problem) => problem.id === "over:g3")?.outside).toEqual({
      size: 432 + 8 * 12,
      lower: 300,
      upper: 500,
      attribute: "households",
    });
  });

  it("found again after changes are those found from nothing", () => {
    const draw = random(40);
    const plan = fresh();
    for (let i = 0; i < 200; i++) {
      plan.move(Math.floor(draw() * town.atoms), Math.floor(draw() * 4));
      if (i % 10) continue;
      const anew = planOf(town, (atom) => plan.slot_of[atom] as number);
      expect(problems(plan)).toEqual(problems(anew));
    }
  });

  it("count a link over the river as a way across", () => {
    const linked = makeTown({ cols: 12, rows: 12, river_at: 3, links: [{ from: 2, to: 3, kind: 1 }] });
    const plan = planOf(linked, inBlocks(12, 6));
    expect(
      problems(plan)
        .filter((problem) => problem.kind === "barrier")
        .map((problem) => problem.id),
    ).toEqual(["barrier:g2"]);
  });

  it("name a building that lies in two grids", () => {
    const built = makeTown({
      cols: 12,
      rows: 12,
      households: () => 12,
      whole: (atom) => (atom === 5 || atom === 6 ? 0 : undefined),
    });
    const plan = planOf(built, inBlocks(12, 6));
    expect(problems(plan).map((problem) => [problem.id, problem.atoms])).toEqual([
      ["divided:A00005", [5, 6]],
    ]);
    plan.move(6, 0);
    expect(problems(plan)).toEqual([]);
  });
});

describe("the next best move", () => {
  it("lessens what it is asked for, and its numbers are those that doing it gives", () => {
    const town = makeTown({ cols: 18, rows: 12, street_every: 3 });
    const draw = random(23);
    let tried = 0;
    for (let round = 0; round < 12; round++) {
      const wide = 5 + Math.floor(draw() * 4);
      const plan = planOf(town, (atom) => Math.floor((atom % 18) / wide) + (atom < 108 ? 0 : 4));
      for (const problem of problems(plan)) {
        for (const move of tools.nextBest(plan, problem)) {
          const state = stateOf(plan);
          const going = [...move.atoms];
          const from = going.map((atom) => plan.slot_of[atom] as number);
          const parts = [...pieces(plan).values()].reduce((sum, count) => sum + count, 0);
          for (const atom of going) plan.move(atom, move.to);
          const outside = move.preview.reduce((sum, { slot }) => sum + plan.violation(slot), 0);
          expect(outside).toBe(move.violation_after);
          expect(move.violation_after).toBeLessThan(move.violation_before);
          expect([...pieces(plan).values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(
            parts,
          );
          going.forEach((atom, i) => {
            plan.move(atom, from[i] as number);
          });
          expect(stateOf(plan)).toEqual(state);
          tried++;
        }
      }
    }
    expect(tried).toBeGreaterThan(20);
  });

  it("gives a loose piece and a piece in no grid to a neighbour", () => {
    const town = makeTown({ cols: 6, rows: 6, households: () => 30 });
    const plan = planOf(town, inBlocks(6, 3));
    plan.move(35, 0);
    plan.move(5, UNASSIGNED);
    const list = problems(plan);
    const loose = list.find((problem) => problem.kind === "parts");
    const open = list.find((problem) => problem.kind === "unassigned");
    if (!loose || !open) throw new Error("not found");
    expect(tools.nextBest(plan, loose)[0]).toMatchObject({ atoms: [35], to: 3 });
    expect(tools.nextBest(plan, open)[0]).toMatchObject({ atoms: [5], to: 1 });
  });
});

describe("a difference of two plans", () => {
  it("counts who moves as a look at every atom does", () => {
    const town = makeTown({ cols: 10, rows: 10 });
    const plan = planOf(town, inBlocks(10, 5));
    const before = snapshot(plan);
    expect(diff(town, before, snapshot(plan))).toMatchObject({ moved: [], flows: [], kept_percent: 100 });
    const draw = random(50);
    for (let i = 0; i < 30; i++) plan.move(Math.floor(draw() * 100), Math.floor(draw() * 4));
    const merge = tools.mergeOp(plan, 3, 2, "m");
    if (!merge) throw new Error("locked");
    apply(plan, merge);
    apply(plan, tools.createOp({ id: "n", name: "new" }, "c"));
    plan.move(0, plan.slotById("n"));
    const after = snapshot(plan);
    const found = diff(town, before, after);
    const id = (of: typeof before, atom: number) => of.grids[of.labels[atom] as number]?.id ?? null;
    const all = Array.from({ length: 100 }, (_, atom) => atom);
    const moved = all.filter((atom) => id(before, atom) !== id(after, atom));
    expect(found.moved).toEqual(moved);
    const households = (atoms: number[]) =>
      atoms.reduce((sum, atom) => sum + (town.households[atom] as number), 0);
    expect(found.total.households).toBe(households(moved));
    for (const flow of found.flows) {
      const atoms = moved.filter((atom) => id(before, atom) === flow.from && id(after, atom) === flow.to);
      expect([flow.atoms, flow.households]).toEqual([atoms.length, households(atoms)]);
    }
    expect(found.flows.reduce((sum, flow) => sum + flow.atoms, 0)).toBe(moved.length);
    expect(Object.fromEntries(found.grids.map((grid) => [grid.id, grid.change]))).toMatchObject({
      g3: "gone",
      n: "new",
    });
    const stay = households(all) - households(moved);
    expect(found.kept_percent).toBeCloseTo((stay * 100) / households(all), 2);
  });

  it("refuses plans of another topology", () => {
    const [small, large] = [makeTown({ cols: 2, rows: 2 }), makeTown({ cols: 3, rows: 2 })];
    const plan = planOf(small, () => 0);
    expect(() => diff(large, snapshot(plan), snapshot(plan))).toThrow(/4 atoms .* on 6/);
  });
});
