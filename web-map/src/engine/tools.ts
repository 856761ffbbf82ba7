/** Everything a planner can do with a plan, in one place to import from. */

export { type Better, nextBest } from "./better";
export { type Answer, answered, assignOp, type Dab, dab, erase, type Refusal } from "./brush";
export { borderChange, type Numbers, type Preview, preview, type Stranded, strands } from "./cuts";
export { type Balanced, balance, type Halves, splitByLine, splitEvenly } from "./divide";
export { type Filled, fill } from "./fill";
export { blocks, type Pull, pull, steps } from "./pull";

import type { Balanced, Halves } from "./divide";
import type { Filled } from "./fill";
import { emptyOp, type GridChange, movesTo, type Op } from "./ops";
import type { GridData, Plan } from "./plan";

const dataOf = (plan: Plan, slot: number): GridData => {
  const grid = plan.grid(slot);
  if (!grid) throw new Error(`no grid in slot ${slot}`);
  return { code: grid.code, name: grid.name, locked: grid.locked };
};

/** Makes a grid without atoms. Its code is given by the server. */
export function createOp(grid: { id: string; name: string }, id: string): Op {
  const change: GridChange = { id: grid.id, from: null, to: { code: "", name: grid.name, locked: false } };
  return { ...emptyOp("create", id), grids: [change] };
}

/** Gives one half of a division to a new grid. */
export function splitOp(plan: Plan, halves: Halves, grid: { id: string; name: string }, id: string): Op {
  return { ...createOp(grid, id), kind: "split", moves: movesTo(plan, halves.go, grid.id) };
}

/** Puts a grid into another and takes it away; null where either is locked or an atom may not move. */
export function mergeOp(plan: Plan, from: number, into: number, id: string): Op | null {
  const [gone, stays] = [plan.grid(from), plan.grid(into)];
  if (!gone || !stays || from === into || stays.locked) return null;
  const atoms = plan.atomsOf(from);
  if (gone.locked || !atoms.every((atom) => plan.movable(atom))) return null;
  return {
    ...emptyOp("merge", id),
    moves: movesTo(plan, atoms, stays.id),
    grids: [{ id: gone.id, from: dataOf(plan, from), to: null }],
  };
}

/** Takes a grid away; its atoms are in none afterwards. Null where it is locked or an atom may not move. */
export function removeOp(plan: Plan, slot: number, id: string): Op | null {
  const grid = plan.grid(slot);
  const atoms = plan.atomsOf(slot);
  if (!grid || grid.locked || !atoms.every((atom) => plan.movable(atom))) return null;
  return {
    ...emptyOp("remove", id),
    moves: movesTo(plan, atoms, null),
    grids: [{ id: grid.id, from: dataOf(plan, slot), to: null }],
  };
}

/** Changes name, code or lock of a grid. */
export function changeOp(plan: Plan, slot: number, change: Partial<GridData>, id: string): Op {
  const from = dataOf(plan, slot);
  const to = { ...from, ...change };
  const kind = to.locked === from.locked ? "rename" : to.locked ? "lock" : "unlock";
  const same = to.code === from.code && to.name === from.name && to.locked === from.locked;
  return { ...emptyOp(kind, id), grids: same ? [] : [{ id: plan.grid(slot)?.id ?? "", from, to }] };
}

/** Locks atoms where they are, or lets them go. */
export function lockOp(plan: Plan, atoms: readonly number[], to: "locked" | "free", id: string): Op {
  const locked = to === "locked";
  const changing = [...new Set(atoms)].filter((atom) => (plan.atom_locked[atom] === 1) !== locked);
  const kind = locked ? "lock" : "unlock";
  return { ...emptyOp(kind, id), locks: [{ atoms: changing.sort((a, b) => a - b), locked }] };
}

/** Accepts a problem with a reason, or takes that back with null. */
export function acceptOp(plan: Plan, problem: string, reason: string | null, id: string): Op {
  const from = plan.accepted.get(problem) ?? null;
  return { ...emptyOp("accept", id), accepts: from === reason ? [] : [{ problem, from, to: reason }] };
}

/** Both ways over a border at once. */
export function balanceOp(plan: Plan, first: number, second: number, way: Balanced, id: string): Op {
  return {
    ...emptyOp("balance", id),
    moves: [
      ...movesTo(plan, way.to_first, plan.grid(first)?.id ?? null),
      ...movesTo(plan, way.to_second, plan.grid(second)?.id ?? null),
    ],
  };
}

/** The rest of the plan, new grids included, as one operation. */
export function fillOp(
  plan: Plan,
  filled: Filled,
  grid: (n: number) => { id: string; name: string },
  id: string,
): Op {
  const op = emptyOp("fill", id);
  for (const [slot, atoms] of filled.into)
    op.moves.push(...movesTo(plan, atoms, plan.grid(slot)?.id ?? null));
  filled.fresh.forEach((atoms, i) => {
    const made = grid(i);
    op.grids.push({ id: made.id, from: null, to: { code: "", name: made.name, locked: false } });
    op.moves.push(...movesTo(plan, atoms, made.id));
  });
  return op;
}
