/**
 * What is wrong with a plan, the worst first: the list a planner works through. Ids stay the same while the problem does,
 * so that an accepted one stays accepted. Found again only for grids that changed.
 */
import { type Plan, UNASSIGNED } from "./plan";
import { across, arcsOf, LINE_CLASSES, NONE } from "./topology";

/** In the order of the list. */
export const PROBLEM_KINDS = [
  "unassigned",
  "parts",
  "foreign",
  "over",
  "under",
  "divided",
  "barrier",
  "no_officer",
  "empty",
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

export interface Problem {
  /** Kind and what it is about: `over:<grid id>`, `unassigned:<atom code>`. */
  id: string;
  kind: ProblemKind;
  /** The grid, or null. */
  slot: number | null;
  /** What to look at, ascending: the piece in none, the pieces cut off, the atoms of another unit; else the whole grid's. */
  atoms: readonly number[];
  /** Households concerned. */
  households: number;
  /** The size and the band for `over` and `under`. */
  outside: { size: number; lower: number; upper: number; attribute: "households" | "population" } | null;
  /** Why it was accepted, or null. */
  accepted: string | null;
}

type Found = Omit<Problem, "accepted">;

export interface Officers {
  /** Ids of grids that nobody looks after; empty where officers are not known. */
  without: ReadonlySet<string>;
}

const perGrid = new WeakMap<Plan, Map<number, { version: number; found: Found[] }>>();
const perWhole = new WeakMap<Plan, { edits: number; found: Found[] }>();

/** All problems, open ones first, then by kind, then by households, then by id. */
export function problems(plan: Plan, officers: Officers = { without: new Set() }): Problem[] {
  let known = perGrid.get(plan);
  if (!known) {
    known = new Map();
    perGrid.set(plan, known);
  }
  const found: Found[] = [];
  for (const slot of [...plan.liveSlots(), UNASSIGNED]) {
    const version = plan.version(slot);
    let row = known.get(slot);
    if (row?.version !== version) {
      row = { version, found: slot === UNASSIGNED ? unassigned(plan) : ofGrid(plan, slot) };
      known.set(slot, row);
    }
    found.push(...row.found);
    const id = plan.grid(slot)?.id;
    if (id !== undefined && officers.without.has(id) && plan.totals(slot).atoms > 0) {
      found.push(about(plan, "no_officer", slot, plan.atomsOf(slot)));
    }
  }
  found.push(...divided(plan));
  const rank = (problem: Problem) => PROBLEM_KINDS.indexOf(problem.kind);
  return found
    .map((problem) => ({ ...problem, accepted: plan.accepted.get(problem.id) ?? null }))
    .sort(
      (a, b) =>
        Number(a.accepted !== null) - Number(b.accepted !== null) ||
        rank(a) - rank(b) ||
        b.households - a.households ||
        (a.id < b.id ? -1 : 1),
    );
}

function about(plan: Plan, kind: ProblemKind, slot: number, atoms: readonly number[]): Found {
  const households = atoms.reduce((sum, atom) => sum + plan.atomSize(atom, "households"), 0);
  return { id: `${kind}:${plan.grid(slot)?.id}`, kind, slot, atoms, households, outside: null };
}

function ofGrid(plan: Plan, slot: number): Found[] {
  const atoms = plan.atomsOf(slot);
  if (atoms.length === 0) return [about(plan, "empty", slot, atoms)];
  const found: Found[] = [];
  const stands = plan.standing(slot);
  if (stands === "over" || stands === "under") {
    const { attribute, band, other } = plan.countedOf(slot);
    const size = plan.size(slot, attribute);
    const first = size < band.lower || size > band.upper || other === null;
    const second = attribute === "households" ? ("population" as const) : ("households" as const);
    const outside = first
      ? { size, ...band, attribute }
      : { size: plan.size(slot, second), ...other, attribute: second };
    found.push({ ...about(plan, stands, slot, atoms), outside });
  }
  const parts = plan.parts(slot);
  if (parts.length > 1) {
    const loose = parts.slice(1).flatMap((part) => part.atoms);
    found.push(
      about(
        plan,
        "parts",
        slot,
        loose.sort((a, b) => a - b),
      ),
    );
  }
  const home = plan.home(slot);
  const foreign = atoms.filter((atom) => plan.frame.nest_of[atom] !== home);
  if (foreign.length > 0) found.push(about(plan, "foreign", slot, foreign));
  const beyond = acrossBarriers(plan, slot, atoms);
  if (beyond.length > 0) found.push(about(plan, "barrier", slot, beyond));
  return found;
}

function unassigned(plan: Plan): Found[] {
  return plan.parts(UNASSIGNED).map((part) => ({
    id: `unassigned:${plan.topology.codes[part.atoms[0] as number]}`,
    kind: "unassigned" as const,
    slot: null,
    atoms: part.atoms,
    households: part.households,
    outside: null,
  }));
}

/**
 * The atoms of a grid that hang together with the rest only across rivers or railways: its pieces when those are walls and
 * declared links the only ways over, less the largest, and less the pieces it is in anyway.
 */
function acrossBarriers(plan: Plan, slot: number, members: readonly number[]): number[] {
  const { topology } = plan;
  const wall = (arc: number) => {
    const name = LINE_CLASSES[topology.arc_class[arc] as number];
    return name === "river" || name === "rail";
  };
  const any = members.some((atom) =>
    arcsOf(topology, atom).some((arc) => {
      const other = across(topology, arc, atom);
      return wall(arc) && other !== NONE && plan.slot_of[other] === slot;
    }),
  );
  if (!any) return [];
  const beyond: number[] = [];
  for (const part of plan.parts(slot)) {
    const seen = new Set<number>();
    const pieces: number[][] = [];
    for (const start of part.atoms) {
      if (seen.has(start)) continue;
      const piece = [start];
      seen.add(start);
      for (let i = 0; i < piece.length; i++) {
        const atom = piece[i] as number;
        const dry = arcsOf(topology, atom)
          .filter((arc) => !wall(arc))
          .map((arc) => across(topology, arc, atom));
        for (const other of [...dry, ...linked(plan, atom)]) {
          if (other === NONE || seen.has(other) || plan.slot_of[other] !== slot) continue;
          seen.add(other);
          piece.push(other);
        }
      }
      pieces.push(piece);
    }
    const size = (piece: number[]) => piece.reduce((sum, atom) => sum + plan.atomSize(atom, "households"), 0);
    pieces.sort((a, b) => size(b) - size(a) || b.length - a.length || (a[0] as number) - (b[0] as number));
    beyond.push(...pieces.slice(1).flat());
  }
  return beyond.sort((a, b) => a - b);
}

/** Atoms joined to one by a declared link or one of the plan's own. */
function linked(plan: Plan, atom: number): number[] {
  const { neighbour_offsets, neighbours, neighbour_link } = plan.topology;
  const found: number[] = [];
  for (let k = neighbour_offsets[atom] as number; k < (neighbour_offsets[atom + 1] as number); k++) {
    if (neighbour_link[k]) found.push(neighbours[k] as number);
  }
  for (const [a, b] of plan.frame.links) {
    if (a === atom) found.push(b);
    if (b === atom) found.push(a);
  }
  return found;
}

/** Groups of atoms that are to stay whole and lie in several grids. */
function divided(plan: Plan): Found[] {
  if (plan.topology.wholes === 0) return [];
  const known = perWhole.get(plan);
  if (known?.edits === plan.edits) return known.found;
  const groups = new Map<number, number[]>();
  plan.topology.whole.forEach((whole, atom) => {
    if (whole === NONE || !plan.inScope(atom)) return;
    const group = groups.get(whole);
    if (group) group.push(atom);
    else groups.set(whole, [atom]);
  });
  const found: Found[] = [];
  for (const atoms of groups.values()) {
    const slots = new Set(atoms.map((atom) => plan.slot_of[atom] as number));
    if (slots.size < 2) continue;
    const first = atoms[0] as number;
    const households = atoms.reduce((sum, atom) => sum + plan.atomSize(atom, "households"), 0);
    const slot = plan.slot_of[first] as number;
    found.push({
      id: `divided:${plan.topology.codes[first]}`,
      kind: "divided",
      slot: slot === UNASSIGNED ? null : slot,
      atoms,
      households,
      outside: null,
    });
  }
  perWhole.set(plan, { edits: plan.edits, found });
  return found;
}
