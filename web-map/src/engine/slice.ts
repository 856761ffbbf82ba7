/**
 * Dividing a grid along a line, to the letter: an atom is on the side of the line that its inside point is on, and nothing is moved over to make
 * it fit. What would not hang together is told instead.
 */
import { type Halves, halves, sideOf } from "./divide";
import type { Plan } from "./plan";

export type Slice =
  | ({ kind: "halves" } & Halves)
  /** The grid is locked, or gone. */
  | { kind: "locked" }
  /** The line is none, or all atoms are on one side of it. */
  | { kind: "one_side" }
  /** Atoms that may not move are on both sides. */
  | { kind: "fixed" }
  /** More pieces than the grid had and one more: all but the largest of each side. */
  | { kind: "pieces"; stray: number[][] };

/** Divides a grid along a line of x, y pairs. The half with less of what the plan counts goes, unless atoms in it may not move. O(atoms · points). */
export function slice(plan: Plan, slot: number, line: readonly number[]): Slice {
  const grid = plan.grid(slot);
  if (!grid || grid.locked) return { kind: "locked" };
  const atoms = plan.atomsOf(slot);
  const { label } = plan.topology;
  const right = new Set(
    line.length < 4
      ? []
      : atoms.filter((atom) => sideOf(line, label[2 * atom] as number, label[2 * atom + 1] as number) < 0),
  );
  if (right.size === 0 || right.size === atoms.length) return { kind: "one_side" };
  const left = new Set(atoms.filter((atom) => !right.has(atom)));
  const before = plan.pieces(atoms, (atom) => right.has(atom) || left.has(atom)).length;
  const parts = [left, right].map((own) => plan.pieces(own, (atom) => own.has(atom)));
  if (parts.reduce((sum, of) => sum + of.length, 0) > before + 1)
    return { kind: "pieces", stray: parts.flatMap((of) => of.slice(1).map((piece) => [...piece.atoms])) };
  const found = halves(plan, atoms, right);
  return found ? { kind: "halves", ...found } : { kind: "fixed" };
}
