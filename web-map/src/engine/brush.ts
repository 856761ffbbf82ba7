/**
 * The safe brush. Of the atoms under it, it takes those that touch the active grid by a border and whose leaving cuts
 * nothing off. What would cut is held back, with what it would strand, until somebody says yes.
 *
 * 1. Taking `take` leaves the active grid and every giver in no more pieces than before, and empties no grid.
 * 2. An atom that meets the active grid in a corner alone is reached over the cheapest atom that borders both.
 * 3. Locked atoms, locked grids and atoms of another nest are left, and named.
 */
import { cuts, type Stranded, strands } from "./cuts";
import { emptyOp, movesTo, type Op, type OpKind } from "./ops";
import { type Plan, UNASSIGNED } from "./plan";
import { cornersOf, NONE } from "./topology";

export type Refusal = "locked" | "other_unit" | "apart" | "outside";

export interface Dab {
  /** Can be taken at once, bridges among them; ascending. */
  take: number[];
  /** Those of `take` that were not under the brush. */
  bridges: number[];
  /** Would cut the grid they are in, or take its last atom. */
  withheld: number[];
  /** What taking the withheld ones too would cut off. */
  stranded: Stranded[];
  /** Grids that taking the withheld ones too would leave without any atom. */
  empties: number[];
  refused: { atom: number; why: Refusal }[];
}

/** What a dab of the brush over `atoms` does for the grid in `slot`. Changes nothing. */
export function dab(plan: Plan, slot: number, atoms: Iterable<number>): Dab {
  const refused: Dab["refused"] = [];
  const open = new Set<number>();
  const grid = plan.grid(slot);
  let home = plan.home(slot);
  for (const atom of atoms) {
    if (plan.slot_of[atom] === slot || open.has(atom)) continue;
    if (home === NONE && plan.inScope(atom)) home = plan.frame.nest_of[atom] as number;
    if (!plan.inScope(atom)) refused.push({ atom, why: "outside" });
    else if (!plan.movable(atom) || grid?.locked) refused.push({ atom, why: "locked" });
    else if (plan.frame.nest_of[atom] !== home) refused.push({ atom, why: "other_unit" });
    else open.add(atom);
  }
  const taken = new Set<number>();
  const bridges: number[] = [];
  const left = new Map<number, number>();
  const inside = (atom: number) => plan.slot_of[atom] === slot || taken.has(atom);
  const touches = (atom: number) => plan.neighbours(atom).some(inside);
  const remaining = (giver: number) => left.get(giver) ?? plan.totals(giver).atoms;
  const harmful = (atom: number) => {
    const giver = plan.slot_of[atom] as number;
    return giver !== UNASSIGNED && (remaining(giver) === 1 || cuts(plan, atom, taken));
  };
  const take = (atom: number) => {
    taken.add(atom);
    open.delete(atom);
    const giver = plan.slot_of[atom] as number;
    left.set(giver, remaining(giver) - 1);
  };
  // A grid without atoms begins where the brush does.
  let anywhere = plan.totals(slot).atoms === 0;
  const spread = () => {
    let queue = [...open].filter((atom) => anywhere || touches(atom));
    for (;;) {
      const before = taken.size;
      const held: number[] = [];
      for (let i = 0; i < queue.length; i++) {
        const atom = queue[i] as number;
        if (!open.has(atom) || !(anywhere || touches(atom))) continue;
        if (harmful(atom)) {
          held.push(atom);
          continue;
        }
        take(atom);
        anywhere = false;
        for (const other of plan.neighbours(atom)) if (open.has(other)) queue.push(other);
      }
      // What cut before may cut no more now that others have left.
      if (taken.size === before || held.length === 0) return;
      queue = held;
    }
  };
  spread();
  for (let reached = true; reached; ) {
    reached = false;
    for (const atom of [...open]) {
      if (touches(atom) || !cornersOf(plan.topology, atom).some(inside)) continue;
      const bridge = cheapestBridge(plan, atom, home, touches, harmful, taken);
      if (bridge < 0) continue;
      take(bridge);
      bridges.push(bridge);
      spread();
      reached = true;
    }
  }
  const held = new Set([...open].filter(touches).sort((a, b) => a - b));
  // Those behind the withheld ones come along with them: a walk over a set meets what is added meanwhile.
  for (const atom of held) for (const other of plan.neighbours(atom)) if (open.has(other)) held.add(other);
  for (const atom of open) if (!held.has(atom)) refused.push({ atom, why: "apart" });
  const withheld = [...held].sort((a, b) => a - b);
  const found =
    withheld.length > 0 ? strands(plan, new Set([...taken, ...withheld])) : { stranded: [], empties: [] };
  return {
    take: [...taken].sort((a, b) => a - b),
    bridges,
    withheld,
    ...found,
    refused,
  };
}

/** The neighbour with the fewest households (then the smallest) that joins an atom to the grid and may be taken; -1 for none. */
function cheapestBridge(
  plan: Plan,
  atom: number,
  home: number,
  touches: (atom: number) => boolean,
  harmful: (atom: number) => boolean,
  taken: ReadonlySet<number>,
): number {
  let best = -1;
  const cost = (other: number) =>
    [plan.atomSize(other, "households"), plan.topology.area_cm2[other] as number] as const;
  for (const other of plan.neighbours(atom)) {
    if (taken.has(other) || !plan.movable(other) || plan.frame.nest_of[other] !== home) continue;
    if (!touches(other) || harmful(other)) continue;
    if (best < 0) {
      best = other;
      continue;
    }
    const [a, b] = [cost(other), cost(best)];
    if (a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])) best = other;
  }
  return best;
}

/** How a dab with something withheld is answered: leave it, take it with what it strands, or take it and strand that. */
export type Answer = "leave" | "take_stranded" | "strand";

/** The atoms that go by an answer, ascending. Stranded pieces that are locked stay. */
export function answered(dab: Dab, answer: Answer): number[] {
  const more = answer === "leave" ? [] : dab.withheld;
  const follow =
    answer === "take_stranded"
      ? dab.stranded.filter((piece) => piece.can_follow).flatMap((piece) => piece.atoms)
      : [];
  return [...new Set([...dab.take, ...more, ...follow])].sort((a, b) => a - b);
}

/** The operation that gives atoms to a grid (by id), or to none. */
export function assignOp(
  plan: Plan,
  atoms: Iterable<number>,
  to: string | null,
  id: string,
  kind?: OpKind,
): Op {
  return { ...emptyOp(kind ?? (to === null ? "erase" : "assign"), id), moves: movesTo(plan, atoms, to) };
}

/** What erasing these atoms does: all that may move go to no grid; what that cuts off is told. */
export function erase(
  plan: Plan,
  atoms: Iterable<number>,
): { take: number[]; stranded: Stranded[]; empties: number[] } {
  const take = [...new Set(atoms)]
    .filter((atom) => plan.movable(atom) && plan.slot_of[atom] !== UNASSIGNED)
    .sort((a, b) => a - b);
  return { take, ...strands(plan, new Set(take)) };
}
