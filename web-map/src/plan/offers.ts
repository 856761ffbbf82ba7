/** What is proposed before it is done: an operation, with the numbers of every grid that it touches before and after. */
import { type Standing, standing, violation } from "../engine/band";
import { borderChange, preview, type Stranded, sizesOf, strands } from "../engine/cuts";
import type { Op } from "../engine/ops";
import { type Plan, UNASSIGNED } from "../engine/plan";

/** The numbers of a grid by one side of a change; null where it is not there. */
export interface Side {
  households: number;
  persons: number;
  atoms: number;
  standing: Standing;
  violation: number;
}

export interface Row {
  /** Id of the grid. */
  grid: string;
  /** What to call it where the plan does not know it yet. */
  name: string;
  before: Side | null;
  after: Side | null;
}

export interface Offer {
  op: Op;
  rows: Row[];
  border_change_mm: number;
  /** Pieces that would be cut off. */
  stranded: Stranded[];
  /** The other grid that it is about, where the offer is one of several. */
  partner: string | null;
}

/** Which words stand over the offers. */
export type OfferKind =
  | "best"
  | "balance"
  | "fill"
  | "split"
  | "merge"
  | "remove"
  | "pull"
  | "erase"
  | "create"
  | "suggest"
  | "restore"
  | "import";

export interface Offers {
  kind: OfferKind;
  /** The best first. */
  items: Offer[];
  /** Which is shown. */
  at: number;
}

/** The atoms that an operation moves, ascending. */
export const movedBy = (op: Op): number[] => op.moves.flatMap((move) => move.atoms).sort((a, b) => a - b);

/** Numbers before and after, by grid, those first that the operation makes. O(atoms that go). */
export function rowsOf(plan: Plan, op: Op): Row[] {
  const going = op.moves.map(({ to, atoms }) => ({ atoms, to: plan.slotById(to) }));
  const gone = new Set(op.grids.filter((grid) => grid.to === null).map((grid) => grid.id));
  const rows: Row[] = preview(plan, going).map(({ slot, before, after }) => {
    const grid = plan.grid(slot);
    const id = grid?.id ?? "";
    return { grid: id, name: grid?.name ?? "", before, after: gone.has(id) ? null : after };
  });
  const made = op.grids
    .filter((grid) => grid.from === null)
    .map(({ id, to }): Row => {
      const atoms = op.moves.filter((move) => move.to === id).flatMap((move) => move.atoms);
      return { grid: id, name: to?.name || to?.code || "", before: null, after: sideOf(plan, atoms) };
    });
  return [...made, ...rows];
}

/** What atoms would be as a grid of their own. */
function sideOf(plan: Plan, atoms: readonly number[]): Side {
  const [size, other] = sizesOf(plan, atoms);
  const nest = plan.frame.nest_of[atoms[0] ?? -1];
  const counted =
    (nest === undefined || nest === UNASSIGNED ? null : plan.frame.nests[nest]?.counted) ??
    plan.frame.counted;
  const [households, persons] = counted.attribute === "households" ? [size, other] : [other, size];
  return {
    households,
    persons,
    atoms: atoms.length,
    standing: atoms.length === 0 ? "empty" : standing(counted, size, other),
    violation: atoms.length === 0 ? 0 : violation(counted, size, other),
  };
}

/** An operation as an offer. `among` tells which grids are cut by it; a grid that is divided on purpose is not among them. */
export function offerOf(
  plan: Plan,
  op: Op,
  partner: string | null = null,
  cut: "told" | "meant" = "told",
): Offer {
  const going = op.moves.map(({ to, atoms }) => ({
    atoms,
    // A grid that is not there yet lies beside nothing: any number that no slot has.
    to: to === null ? UNASSIGNED : plan.slotById(to) === UNASSIGNED ? UNASSIGNED - 1 : plan.slotById(to),
  }));
  const stranded = cut === "told" ? strands(plan, new Set(movedBy(op))).stranded : [];
  return { op, rows: rowsOf(plan, op), border_change_mm: borderChange(plan, going), stranded, partner };
}

/** How far all its grids are outside their bands, after less before; below 0 is better. */
export const gainOf = (offer: Offer): number =>
  offer.rows.reduce((sum, { before, after }) => sum + (after?.violation ?? 0) - (before?.violation ?? 0), 0);
