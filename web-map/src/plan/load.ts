/** Makes a plan of what the server sends. Everything is checked; errors say what is wrong. */
import { Plan, type PlanFrame, UNASSIGNED } from "../engine/plan";
import { NONE, type Topology } from "../engine/topology";
import { unpackAtoms } from "../engine/wire";
import type { Assignment, Draft } from "./server";

/** Runs of (value, count) spread over `length` atoms; values from -1 to below `end`, -1 becomes NONE. */
export function spread(runs: readonly number[], length: number, end: number, name: string): Uint32Array {
  const values = new Uint32Array(length);
  let at = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const [value, count] = [runs[i] as number, runs[i + 1] as number];
    if (!Number.isInteger(value) || value < -1 || value >= end) {
      throw new Error(`${name}: run ${i / 2} is of ${value}, of ${end}`);
    }
    if (!Number.isInteger(count) || count < 1 || at + count > length) {
      throw new Error(`${name}: run ${i / 2} has ${count} atoms, ${length - at} are left`);
    }
    values.fill(value === -1 ? NONE : value, at, at + count);
    at += count;
  }
  if (at !== length) throw new Error(`${name} tell of ${at} atoms, the topology of ${length}`);
  return values;
}

export function frameOf(topology: Topology, draft: Draft): PlanFrame {
  return {
    counted: draft.counted,
    has: draft.has,
    nests: draft.nests,
    nest_of: spread(draft.nest_runs, topology.atoms, draft.nests.length, "nest_runs"),
    links: draft.links,
  };
}

/** A plan at the revision of an assignment. O(arcs). */
export function planOf(topology: Topology, frame: PlanFrame, assignment: Assignment): Plan {
  const plan = new Plan(topology, frame);
  const slots = assignment.grids.map(({ id, code, name, locked }) => plan.add(id, { code, name, locked }));
  const labels = spread(assignment.atom_runs, topology.atoms, slots.length, "atom_runs");
  labels.forEach((label, atom) => {
    if (label === NONE) return;
    if (!plan.inScope(atom))
      throw new Error(`atom ${topology.codes[atom]} is outside the plan and has a grid`);
    plan.move(atom, slots[label] ?? UNASSIGNED);
  });
  for (const atom of unpackAtoms(assignment.locked, topology.atoms)) plan.lockAtom(atom, 1);
  for (const [problem, reason] of Object.entries(assignment.accepted)) plan.accept(problem, reason);
  return plan;
}
