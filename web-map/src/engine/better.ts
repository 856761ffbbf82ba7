/**
 * The next best move: the changes of one atom or one block that lessen a problem most, with the numbers before and after.
 * A move is offered only where it strands nothing, keeps to the nest and leaves less outside the bands than before (for
 * pieces and atoms in no grid: fewer of them).
 */
import { borderChange, cuts, type Preview, preview, shared, strands } from "./cuts";
import { type Plan, UNASSIGNED } from "./plan";
import type { Problem } from "./problems";
import { blocks } from "./pull";

export interface Better {
  atoms: number[];
  /** Where they go. */
  to: number;
  preview: Preview[];
  /** Outside the bands over the grids concerned, in millionths of a band's middle. */
  violation_before: number;
  violation_after: number;
  border_change_mm: number;
}

/** How many moves are offered. */
const OFFERED = 3;

/** The best moves for a problem, the best first; none where no single move helps. */
export function nextBest(plan: Plan, problem: Problem): Better[] {
  const found = candidates(plan, problem)
    .map(({ atoms, to }) => rate(plan, atoms, to))
    .filter((move) => {
      // Fewer pieces, or fewer atoms in no grid, are better by themselves.
      if (problem.kind === "parts" || problem.kind === "unassigned" || problem.kind === "foreign")
        return true;
      return move.violation_after < move.violation_before;
    });
  found.sort(
    (a, b) =>
      a.violation_after - a.violation_before - (b.violation_after - b.violation_before) ||
      a.border_change_mm - b.border_change_mm ||
      a.atoms.length - b.atoms.length ||
      (a.atoms[0] as number) - (b.atoms[0] as number) ||
      a.to - b.to,
  );
  return found.slice(0, OFFERED);
}

interface Candidate {
  atoms: number[];
  to: number;
}

function candidates(plan: Plan, problem: Problem): Candidate[] {
  const { slot } = problem;
  switch (problem.kind) {
    case "over":
      return slot === null ? [] : neighbouring(plan, slot).flatMap((to) => between(plan, slot, to));
    case "under":
      return slot === null ? [] : neighbouring(plan, slot).flatMap((from) => between(plan, from, slot));
    case "parts":
    case "unassigned":
      return loose(plan, problem).flatMap((atoms) => homes(plan, atoms).map((to) => ({ atoms, to })));
    case "foreign": {
      const own = new Set(problem.atoms);
      const pieces = plan.pieces(problem.atoms, (atom) => own.has(atom));
      return pieces.flatMap(({ atoms }) => homes(plan, atoms).map((to) => ({ atoms, to })));
    }
    default:
      return [];
  }
}

function rate(plan: Plan, atoms: number[], to: number): Better {
  const going = [{ atoms, to }];
  const numbers = preview(plan, going);
  const sum = (of: "before" | "after") => numbers.reduce((sum, grid) => sum + grid[of].violation, 0);
  return {
    atoms,
    to,
    preview: numbers,
    violation_before: sum("before"),
    violation_after: sum("after"),
    border_change_mm: borderChange(plan, going),
  };
}

/** Unlocked grids of the same nest beside a grid, ascending. */
function neighbouring(plan: Plan, slot: number): number[] {
  const home = plan.home(slot);
  return [...plan.beside(slot).keys()]
    .filter((other) => other !== UNASSIGNED && !plan.grid(other)?.locked && plan.home(other) === home)
    .sort((a, b) => a - b);
}

/** Single atoms and blocks at the border that may go from one grid to another. */
function between(plan: Plan, from: number, to: number): Candidate[] {
  if (plan.grid(from)?.locked || plan.grid(to)?.locked) return [];
  const home = plan.home(to);
  const fits = (atom: number) => plan.movable(atom) && plan.frame.nest_of[atom] === home;
  const none = new Set<number>();
  const atoms = plan.atomsOf(from);
  if (atoms.length < 2) return [];
  const single = atoms
    .filter((atom) => fits(atom) && shared(plan, atom, to) >= 0 && !cuts(plan, atom, none))
    .map((atom) => ({ atoms: [atom], to }));
  const whole = blocks(plan, from)
    .filter(
      (block) =>
        block.atoms.length > 1 &&
        block.atoms.length < atoms.length &&
        block.atoms.every(fits) &&
        block.atoms.some((atom) => shared(plan, atom, to) > 0) &&
        strands(plan, new Set(block.atoms)).stranded.length === 0,
    )
    .map((block) => ({ atoms: block.atoms, to }));
  return [...single, ...whole];
}

/** The pieces of a problem that may move whole. */
function loose(plan: Plan, problem: Problem): number[][] {
  const pieces =
    problem.slot === null
      ? [[...problem.atoms]]
      : plan
          .parts(problem.slot)
          .slice(1)
          .map((part) => part.atoms);
  return pieces.filter((atoms) => atoms.every((atom) => plan.movable(atom)));
}

/** Grids beside a piece that all of it may go to, ascending. */
function homes(plan: Plan, atoms: readonly number[]): number[] {
  const nests = new Set(atoms.map((atom) => plan.frame.nest_of[atom] as number));
  const here = new Set(atoms.map((atom) => plan.slot_of[atom] as number));
  const [nest] = [...nests];
  if (nests.size !== 1 || !atoms.every((atom) => plan.movable(atom))) return [];
  const found = new Set<number>();
  for (const atom of atoms) {
    for (const other of plan.neighbours(atom)) {
      const slot = plan.slot_of[other] as number;
      if (slot === UNASSIGNED || here.has(slot) || plan.grid(slot)?.locked) continue;
      if (plan.home(slot) === nest) found.add(slot);
    }
  }
  return [...found].sort((a, b) => a - b);
}
