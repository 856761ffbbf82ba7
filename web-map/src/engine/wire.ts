/**
 * Operations as JSON. Atoms are packed as runs, `[skip, take, skip, take, …]`: skip so many from the atom after the last
 * one taken, take so many that follow. In the order of a space-filling curve a stroke is a few runs.
 */
import {
  type AcceptChange,
  type GridChange,
  type LockChange,
  type Move,
  OP_KINDS,
  type Op,
  type OpKind,
} from "./ops";
import type { GridData } from "./plan";

export interface WireMove {
  from: string | null;
  to: string | null;
  atoms: number[];
}

/** An operation on its way; lists without anything in them are left out. */
export interface WireOp {
  id: string;
  kind: OpKind;
  moves?: WireMove[];
  grids?: GridChange[];
  locks?: LockChange[];
  accepts?: AcceptChange[];
  mark?: { name: string; rev: number };
  undoes?: string;
  redoes?: string;
}

/** Ascending atoms as runs. */
export function packAtoms(atoms: readonly number[]): number[] {
  const runs: number[] = [];
  let next = 0;
  for (const atom of atoms) {
    if (runs.length > 0 && atom === next) runs[runs.length - 1] = (runs[runs.length - 1] as number) + 1;
    else if (atom >= next) runs.push(atom - next, 1);
    else throw new Error(`atoms do not ascend: ${atom} after ${next - 1}`);
    next = atom + 1;
  }
  return runs;
}

/** Runs as ascending atoms below `end`. Throws where they are none. */
export function unpackAtoms(runs: unknown, end: number): number[] {
  if (!Array.isArray(runs) || runs.length % 2 !== 0)
    throw new Error("atoms are not a list of skips and takes");
  const atoms: number[] = [];
  let next = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const [skip, take] = [runs[i], runs[i + 1]] as [unknown, unknown];
    if (!whole(skip) || !whole(take) || take === 0 || (i > 0 && skip === 0)) {
      throw new Error(`atoms: run ${i / 2} is (${skip}, ${take})`);
    }
    next += skip;
    if (next + take > end)
      throw new Error(`atoms: run ${i / 2} reaches to atom ${next + take - 1}, of ${end}`);
    for (let k = 0; k < take; k++) atoms.push(next + k);
    next += take;
  }
  return atoms;
}

/** An operation as plain data for JSON. */
export function toWire(op: Op): WireOp {
  const wire: WireOp = { id: op.id, kind: op.kind };
  const moves = op.moves.filter((move) => move.atoms.length > 0);
  if (moves.length > 0)
    wire.moves = moves.map(({ from, to, atoms }) => ({ from, to, atoms: packAtoms(atoms) }));
  if (op.grids.length > 0) wire.grids = op.grids;
  const locks = op.locks.filter((lock) => lock.atoms.length > 0);
  if (locks.length > 0) wire.locks = locks.map(({ atoms, locked }) => ({ atoms: packAtoms(atoms), locked }));
  if (op.accepts.length > 0) wire.accepts = op.accepts;
  if (op.mark) wire.mark = op.mark;
  if (op.undoes) wire.undoes = op.undoes;
  if (op.redoes) wire.redoes = op.redoes;
  return wire;
}

/** Reads an operation on `atoms` atoms. Throws with what is wrong where it is none. */
export function fromWire(wire: unknown, atoms: number): Op {
  const of = object(wire, "operation");
  const id = text(of.id, "id");
  const kind = OP_KINDS.find((kind) => kind === of.kind);
  if (!kind)
    throw new Error(`operation ${id}: kind ${JSON.stringify(of.kind)} is none of ${OP_KINDS.join(", ")}`);
  try {
    const op: Op = {
      id,
      kind,
      moves: list(of.moves, "moves").map((item): Move => {
        const move = object(item, "move");
        return {
          from: nullable(move.from, "from"),
          to: nullable(move.to, "to"),
          atoms: unpackAtoms(move.atoms, atoms),
        };
      }),
      grids: list(of.grids, "grids").map((item): GridChange => {
        const change = object(item, "grid");
        const [from, to] = [grid(change.from), grid(change.to)];
        if (!from && !to) throw new Error("a grid changes from nothing to nothing");
        return { id: text(change.id, "grid id"), from, to };
      }),
      locks: list(of.locks, "locks").map((item): LockChange => {
        const lock = object(item, "lock");
        if (typeof lock.locked !== "boolean") throw new Error("locked is neither true nor false");
        return { atoms: unpackAtoms(lock.atoms, atoms), locked: lock.locked };
      }),
      accepts: list(of.accepts, "accepts").map((item): AcceptChange => {
        const accept = object(item, "accept");
        return {
          problem: text(accept.problem, "problem"),
          from: nullable(accept.from, "from"),
          to: nullable(accept.to, "to"),
        };
      }),
    };
    once(
      op.moves.flatMap((move) => move.atoms),
      "an atom stands in two moves",
    );
    once(
      op.locks.flatMap((lock) => lock.atoms),
      "an atom is locked and unlocked",
    );
    once(
      op.grids.map((change) => change.id),
      "a grid changes twice",
    );
    once(
      op.accepts.map((accept) => accept.problem),
      "a problem is accepted twice",
    );
    if (of.mark !== undefined) {
      const mark = object(of.mark, "mark");
      if (!whole(mark.rev)) throw new Error("mark names no revision");
      op.mark = { name: text(mark.name, "name"), rev: mark.rev };
    }
    if (of.undoes !== undefined) op.undoes = text(of.undoes, "undoes");
    if (of.redoes !== undefined) op.redoes = text(of.redoes, "redoes");
    return op;
  } catch (error) {
    throw new Error(`operation ${id}: ${(error as Error).message}`);
  }
}

function once(values: readonly unknown[], otherwise: string): void {
  if (new Set(values).size !== values.length) throw new Error(otherwise);
}

const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function object(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${name} is no object`);
  return value as Record<string, unknown>;
}

function list(value: unknown, name: string): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error(`${name} is no list`);
  return value;
}

function text(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw new Error(`${name} is missing`);
  return value;
}

const nullable = (value: unknown, name: string) => (value === null ? null : text(value, name));

function grid(value: unknown): GridData | null {
  if (value === null) return null;
  const { code, name, locked } = object(value, "grid");
  if (typeof code !== "string" || typeof name !== "string" || typeof locked !== "boolean") {
    throw new Error("a grid has a code, a name and is locked or not");
  }
  return { code, name, locked };
}
