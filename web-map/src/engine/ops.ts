/**
 * Operations: changes of a plan as data. Each holds what was before and what is after, so that it can be taken back,
 * checked before it is done, sent, kept and replayed.
 *
 * 1. An operation is done whole or not at all: `apply` checks every before-value first.
 * 2. `inverse(op)` undoes it exactly.
 * 3. `rebase` keeps what still holds on a changed plan, and lists the rest: only what somebody else changed too.
 * 4. The same operations in the same order from the same start give the same plan.
 */
import { type GridData, type Plan, UNASSIGNED } from "./plan";

/** What the planner did. The server stores it; it decides nothing. */
export const OP_KINDS = [
  "assign",
  "erase",
  "split",
  "merge",
  "create",
  "remove",
  "lock",
  "unlock",
  "rename",
  "accept",
  "pull",
  "fill",
  "balance",
  "fix",
  "suggest",
  "import",
  "restore",
  "mark",
] as const;
export type OpKind = (typeof OP_KINDS)[number];

/** Atoms that go from one grid to another; null is none. */
export interface Move {
  from: string | null;
  to: string | null;
  /** Ascending. */
  atoms: number[];
}

/** A grid made (`from` null), taken away (`to` null), or changed. */
export interface GridChange {
  id: string;
  from: GridData | null;
  to: GridData | null;
}

/** Atoms locked or unlocked. */
export interface LockChange {
  atoms: number[];
  locked: boolean;
}

/** A problem accepted with a reason, or not any more. */
export interface AcceptChange {
  problem: string;
  from: string | null;
  to: string | null;
}

export interface Op {
  /** A UUID, given once; sending it twice changes nothing. */
  id: string;
  kind: OpKind;
  moves: Move[];
  grids: GridChange[];
  locks: LockChange[];
  accepts: AcceptChange[];
  /** A revision that is named, until this operation is taken back. */
  mark?: { name: string; rev: number };
  /** The operation that this one takes back. */
  undoes?: string;
  /** The operation that this one does once more after it was taken back. */
  redoes?: string;
}

/** What of an operation cannot be done, as it is not as the operation supposes. */
export type Conflict =
  | { kind: "atom"; atom: number; expected: string | null; found: string | null; wanted: string | null }
  | { kind: "atom_lock"; atom: number; wanted: boolean }
  | { kind: "grid"; id: string; field: "exists" | "gone" | "atoms" | keyof GridData }
  | { kind: "accept"; problem: string };

/** Why an operation was not done. Nothing of it was. */
export class OpError extends Error {
  constructor(
    readonly op: Op,
    readonly conflicts: readonly Conflict[],
  ) {
    const first = conflicts[0];
    super(
      `operation ${op.id}: ${conflicts.length} values are not as it supposes, the first: ${JSON.stringify(first)}`,
    );
    this.name = "OpError";
  }
}

/** An operation without changes. */
export const emptyOp = (kind: OpKind, id: string): Op => ({
  id,
  kind,
  moves: [],
  grids: [],
  locks: [],
  accepts: [],
});

/** Whether it changes nothing. */
export const isEmpty = (op: Op): boolean =>
  op.mark === undefined &&
  op.moves.every((move) => move.atoms.length === 0) &&
  op.grids.length === 0 &&
  op.locks.every((lock) => lock.atoms.length === 0) &&
  op.accepts.length === 0;

/** A random UUID that also works where the page is not a secure context (RFC 9562, version 4). */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const idOf = (plan: Plan, slot: number) => plan.grid(slot)?.id ?? null;

/** Moves of atoms to a grid (by id, null = none), with where they are now as before-values. Those already there are left out. */
export function movesTo(plan: Plan, atoms: Iterable<number>, to: string | null): Move[] {
  const by = new Map<number, number[]>();
  for (const atom of new Set(atoms)) {
    const slot = plan.slot_of[atom] as number;
    const known = by.get(slot);
    if (known) known.push(atom);
    else by.set(slot, [atom]);
  }
  return [...by]
    .map(([slot, atoms]) => ({ from: idOf(plan, slot), to, atoms: atoms.sort((a, b) => a - b) }))
    .filter((move) => move.from !== to)
    .sort((a, b) => (a.atoms[0] as number) - (b.atoms[0] as number));
}

/** What keeps an operation from being done on this plan; empty when nothing does. */
export function conflicts(plan: Plan, op: Op): Conflict[] {
  const found: Conflict[] = [];
  const made = new Set(op.grids.filter((grid) => grid.from === null).map((grid) => grid.id));
  const gone = new Set(op.grids.filter((grid) => grid.to === null).map((grid) => grid.id));
  const leaving = new Map<string, number>();
  const exists = (id: string) => (plan.slotById(id) !== UNASSIGNED && !gone.has(id)) || made.has(id);
  for (const { from, to, atoms } of op.moves) {
    for (const atom of atoms) {
      const here = idOf(plan, plan.slot_of[atom] as number);
      if (here !== from || (to !== null && !exists(to)) || !plan.inScope(atom)) {
        found.push({ kind: "atom", atom, expected: from, found: here, wanted: to });
      } else if (from !== null) {
        leaving.set(from, (leaving.get(from) ?? 0) + 1);
      }
    }
  }
  for (const { id, from, to } of op.grids) {
    const slot = plan.slotById(id);
    const here = plan.grid(slot);
    if (from === null) {
      if (here) found.push({ kind: "grid", id, field: "exists" });
      continue;
    }
    if (!here) {
      found.push({ kind: "grid", id, field: "gone" });
      continue;
    }
    for (const field of ["code", "name", "locked"] as const) {
      if (here[field] !== from[field]) found.push({ kind: "grid", id, field });
    }
    if (to === null && plan.totals(slot).atoms !== (leaving.get(id) ?? 0)) {
      found.push({ kind: "grid", id, field: "atoms" });
    }
  }
  for (const { atoms, locked } of op.locks) {
    for (const atom of atoms) {
      if ((plan.atom_locked[atom] === 1) === locked) found.push({ kind: "atom_lock", atom, wanted: locked });
    }
  }
  for (const { problem, from } of op.accepts) {
    if ((plan.accepted.get(problem) ?? null) !== from) found.push({ kind: "accept", problem });
  }
  return found;
}

/** Does an operation. Throws [`OpError`] and changes nothing where it does not fit. O(arcs of the atoms). */
export function apply(plan: Plan, op: Op): void {
  const against = conflicts(plan, op);
  if (against.length > 0) throw new OpError(op, against);
  for (const { id, from, to } of op.grids) {
    if (from === null && to !== null) plan.add(id, to);
  }
  for (const { to, atoms } of op.moves) {
    const slot = plan.slotById(to);
    for (const atom of atoms) plan.move(atom, slot);
  }
  for (const { id, from, to } of op.grids) {
    if (from === null) continue;
    const slot = plan.slotById(id);
    if (to === null) plan.remove(slot);
    else plan.setGrid(slot, to);
  }
  for (const { atoms, locked } of op.locks) for (const atom of atoms) plan.lockAtom(atom, locked ? 1 : 0);
  for (const { problem, to } of op.accepts) plan.accept(problem, to);
}

/** The operation that takes `op` back. */
export function inverse(op: Op, id: string): Op {
  return {
    id,
    kind: op.kind,
    moves: op.moves.map(({ from, to, atoms }) => ({ from: to, to: from, atoms: [...atoms] })).reverse(),
    grids: op.grids.map(({ id, from, to }) => ({ id, from: to, to: from })).reverse(),
    locks: op.locks.map(({ atoms, locked }) => ({ atoms: [...atoms], locked: !locked })),
    accepts: op.accepts.map(({ problem, from, to }) => ({ problem, from: to, to: from })),
    ...(op.mark ? { mark: op.mark } : {}),
  };
}

/** What is left of an operation on a changed plan, and what is not done of it. */
export interface Rebased {
  /** Null where nothing is left to do. The id is kept. */
  op: Op | null;
  /** What somebody else changed to something else. What they changed to the same is no conflict. */
  conflicts: Conflict[];
}

/** Fits an operation to a plan that others have changed since. */
export function rebase(plan: Plan, op: Op): Rebased {
  const found: Conflict[] = [];
  const grids: GridChange[] = [];
  const moves: Move[] = [];
  const made = new Set<string>();
  for (const change of op.grids) {
    const { id, from, to } = change;
    const here = plan.grid(plan.slotById(id));
    if (from === null) {
      made.add(id);
      if (!here) grids.push(change);
      else if (to && (here.code !== to.code || here.name !== to.name))
        found.push({ kind: "grid", id, field: "exists" });
    } else if (!here) {
      if (to !== null) found.push({ kind: "grid", id, field: "gone" });
    } else if (to !== null) {
      const next: GridData = { code: here.code, name: here.name, locked: here.locked };
      for (const field of ["code", "name", "locked"] as const) {
        if (from[field] === to[field]) continue;
        if (here[field] === from[field]) Object.assign(next, { [field]: to[field] });
        else if (here[field] !== to[field]) found.push({ kind: "grid", id, field });
      }
      const now: GridData = { code: here.code, name: here.name, locked: here.locked };
      const same = next.code === now.code && next.name === now.name && next.locked === now.locked;
      if (!same) grids.push({ id, from: now, to: next });
    }
  }
  for (const { from, to, atoms } of op.moves) {
    const target = to === null || plan.slotById(to) !== UNASSIGNED || made.has(to);
    const kept: number[] = [];
    for (const atom of atoms) {
      const here = idOf(plan, plan.slot_of[atom] as number);
      if (here === to) continue;
      if (here === from && target) kept.push(atom);
      else found.push({ kind: "atom", atom, expected: from, found: here, wanted: to });
    }
    if (kept.length > 0) moves.push({ from, to, atoms: kept });
  }
  const leaving = new Map<string, number>();
  for (const { from, atoms } of moves) {
    if (from !== null) leaving.set(from, (leaving.get(from) ?? 0) + atoms.length);
  }
  for (const { id, from, to } of op.grids) {
    if (from === null || to !== null) continue;
    const slot = plan.slotById(id);
    const here = plan.grid(slot);
    if (!here) continue;
    if (plan.totals(slot).atoms === (leaving.get(id) ?? 0)) {
      grids.push({ id, from: { code: here.code, name: here.name, locked: here.locked }, to: null });
    } else {
      found.push({ kind: "grid", id, field: "atoms" });
    }
  }
  const locks = op.locks
    .map(({ atoms, locked }) => ({
      atoms: atoms.filter((atom) => (plan.atom_locked[atom] === 1) !== locked),
      locked,
    }))
    .filter(({ atoms }) => atoms.length > 0);
  const accepts = op.accepts.filter(({ problem, from, to }) => {
    const here = plan.accepted.get(problem) ?? null;
    if (here === to) return false;
    if (here === from) return true;
    found.push({ kind: "accept", problem });
    return false;
  });
  const left: Op = { ...op, moves, grids, locks, accepts };
  return { op: isEmpty(left) ? null : left, conflicts: found };
}
