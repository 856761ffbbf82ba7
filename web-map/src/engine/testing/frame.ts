/** Plans for tests: a frame over a topology's communities, grids in blocks, and operations drawn at random. */
import type { Counted } from "../band";
import { emptyOp, movesTo, type Op } from "../ops";
import { Plan, type PlanFrame, UNASSIGNED } from "../plan";
import { NONE, type Topology } from "../topology";

export const HOUSEHOLDS: Counted = { attribute: "households", band: { lower: 300, upper: 500 }, other: null };

/** The frame of a plan whose grids keep to the lowest jurisdictions. */
export function frameOf(topology: Topology, more: Partial<PlanFrame> = {}): PlanFrame {
  return {
    counted: HOUSEHOLDS,
    has: { households: true, population: true },
    nests: topology.unit_codes.map((code, i) => ({
      code,
      name: topology.unit_names[i] as string,
      counted: null,
      exclusive: false,
    })),
    nest_of: topology.unit.slice(),
    links: [],
    ...more,
  };
}

/** A plan whose grid ids are `g0`, `g1`, …; `label` gives the grid of each atom, null = none. */
export function planOf(
  topology: Topology,
  label: (atom: number) => number | null,
  more: Partial<PlanFrame> = {},
): Plan {
  const plan = new Plan(topology, frameOf(topology, more));
  const labels = Array.from({ length: topology.atoms }, (_, atom) => label(atom));
  const count = labels.reduce<number>((most, slot) => Math.max(most, (slot ?? -1) + 1), 0);
  for (let i = 0; i < count; i++) {
    plan.add(`g${i}`, { code: `G${String(i).padStart(3, "0")}`, name: `网格${i}`, locked: false });
  }
  labels.forEach((slot, atom) => {
    if (slot !== null) plan.move(atom, slot);
  });
  return plan;
}

/** Labels of square blocks of cells in a lattice where every cell is an atom. */
export const inBlocks = (cols: number, side: number) => (atom: number) =>
  Math.floor(Math.floor(atom / cols) / side) * Math.ceil(cols / side) + Math.floor((atom % cols) / side);

/** All that a plan holds, by ids, in one fixed order: equal for equal plans. */
export function stateOf(plan: Plan) {
  return {
    atoms: Array.from(plan.slot_of, (slot) => plan.grid(slot)?.id ?? null),
    locks: [...plan.atom_locked],
    grids: plan
      .liveSlots()
      .map((slot) => ({ ...plan.grid(slot) }))
      .sort((a, b) => ((a.id as string) < (b.id as string) ? -1 : 1)),
    accepted: [...plan.accepted].sort(),
  };
}

/** An operation of any kind, with whatever atoms: lawful for `apply`, not always wise. */
export function randomOp(plan: Plan, draw: () => number, id: string): Op {
  const pick = <T>(from: readonly T[]) => from[Math.floor(draw() * from.length)] as T;
  const below = (end: number) => Math.floor(draw() * end);
  const live = plan.liveSlots();
  const kind = draw();
  const patch = () => {
    const atoms = new Set([below(plan.topology.atoms)]);
    const most = 1 + below(12);
    for (const atom of atoms) {
      if (atoms.size >= most) break;
      for (const other of plan.neighbours(atom)) if (draw() < 0.6) atoms.add(other);
    }
    return [...atoms].filter((atom) => plan.inScope(atom));
  };
  const anyId = () => plan.grid(pick(live))?.id ?? null;
  if (kind < 0.6 || live.length < 3) {
    return { ...emptyOp("assign", id), moves: movesTo(plan, patch(), live.length ? anyId() : null) };
  }
  if (kind < 0.68) return { ...emptyOp("erase", id), moves: movesTo(plan, patch(), null) };
  if (kind < 0.76) {
    const data = { code: "", name: `new ${id}`, locked: false };
    return {
      ...emptyOp("create", id),
      grids: [{ id: `n${id}`, from: null, to: data }],
      moves: movesTo(plan, patch(), `n${id}`),
    };
  }
  if (kind < 0.84) {
    const [from, to] = [pick(live), pick(live)];
    const grid = plan.grid(from);
    if (!grid || from === to) return emptyOp("merge", id);
    const { code, name, locked } = grid;
    return {
      ...emptyOp("merge", id),
      moves: movesTo(plan, plan.atomsOf(from), plan.grid(to)?.id ?? null),
      grids: [{ id: grid.id, from: { code, name, locked }, to: null }],
    };
  }
  if (kind < 0.92) {
    const grid = plan.grid(pick(live));
    if (!grid) return emptyOp("rename", id);
    const { code, name, locked } = grid;
    const to = draw() < 0.5 ? { code, name: `named ${id}`, locked } : { code, name, locked: !locked };
    return { ...emptyOp("rename", id), grids: [{ id: grid.id, from: { code, name, locked }, to }] };
  }
  if (kind < 0.96) {
    const atom = below(plan.topology.atoms);
    return { ...emptyOp("lock", id), locks: [{ atoms: [atom], locked: plan.atom_locked[atom] !== 1 }] };
  }
  const problem = `over:g${below(9)}`;
  const from = plan.accepted.get(problem) ?? null;
  return {
    ...emptyOp("accept", id),
    accepts: [{ problem, from, to: from === null ? `reason ${id}` : null }],
  };
}

/** The slow way to every figure of every grid, from nothing but where each atom is. */
export function recount(plan: Plan) {
  const { topology, frame } = plan;
  const slots = [...plan.liveSlots(), UNASSIGNED];
  const border_by_class_mm = new Array<number>(plan.border_by_class_mm.length).fill(0);
  for (let arc = 0; arc < topology.arcs; arc++) {
    const [left, right] = [topology.arc_left[arc] as number, topology.arc_right[arc] as number];
    if (left === NONE || right === NONE || plan.slot_of[left] === plan.slot_of[right]) continue;
    const line = topology.arc_class[arc] as number;
    border_by_class_mm[line] = (border_by_class_mm[line] as number) + (topology.arc_length_mm[arc] as number);
  }
  const grids = slots.map((slot) => {
    const atoms: number[] = [];
    for (let atom = 0; atom < topology.atoms; atom++) if (plan.slot_of[atom] === slot) atoms.push(atom);
    const known = (value: number) => (value === NONE ? 0 : value);
    const sum = (values: ArrayLike<number>) =>
      atoms.reduce((sum, atom) => sum + known(values[atom] as number), 0);
    let [perimeter_mm, border_mm] = [0, 0];
    for (let arc = 0; arc < topology.arcs; arc++) {
      const sides = [topology.arc_left[arc] as number, topology.arc_right[arc] as number];
      const inside = sides.filter((side) => side !== NONE && plan.slot_of[side] === slot).length;
      if (inside !== 1) continue;
      perimeter_mm += topology.arc_length_mm[arc] as number;
      if (!sides.includes(NONE)) border_mm += topology.arc_length_mm[arc] as number;
    }
    // Pieces by joining labels until nothing changes.
    const scoped = atoms.filter((atom) => frame.nest_of[atom] !== NONE);
    const label = new Map(scoped.map((atom) => [atom, atom]));
    for (let changed = true; changed; ) {
      changed = false;
      for (const atom of scoped) {
        for (const other of plan.neighbours(atom)) {
          const there = label.get(other);
          if (there !== undefined && there < (label.get(atom) as number)) {
            label.set(atom, there);
            changed = true;
          }
        }
      }
    }
    return {
      slot,
      totals: {
        atoms: atoms.length,
        households: sum(topology.households),
        persons: frame.has.population ? sum(topology.population) : null,
        area_m2: sum(topology.area_cm2) / 10_000,
        perimeter_mm,
        border_mm,
      },
      parts: new Set(label.values()).size,
    };
  });
  return { grids, border_by_class_mm };
}

/** The same from the figures that the plan keeps. */
export function kept(plan: Plan) {
  return {
    grids: [...plan.liveSlots(), UNASSIGNED].map((slot) => ({
      slot,
      totals: plan.totals(slot),
      parts: plan.parts(slot).length,
    })),
    border_by_class_mm: [...plan.border_by_class_mm],
  };
}
