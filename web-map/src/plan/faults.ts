/**
 * Three faults planted in a sound plan, for who learns the tools: ground in no grid, a grid far too large, a grid in two pieces. Each
 * can be mended by one tool in one step. Pure: the same plan gets the same faults.
 */
import { emptyOp, movesTo, type Op } from "../engine/ops";
import { type Plan, UNASSIGNED } from "../engine/plan";
import { mergeOp } from "../engine/tools";
import type { Faults } from "./trial";

/** A gap is of so many atoms, so that it can be seen. */
const GAP_ATOMS = 3;
/** A piece that is cut off is of so many at most. */
const PIECE_ATOMS = 2;

/** Whether a grid may lend itself to a fault: sound, whole, of one nest, free. */
function sound(plan: Plan, slot: number): boolean {
  const grid = plan.grid(slot);
  return (
    grid !== null &&
    !grid.locked &&
    plan.standing(slot) === "in_band" &&
    plan.parts(slot).length === 1 &&
    plan.nests(slot).size === 1 &&
    plan.atomsOf(slot).every((atom) => plan.movable(atom))
  );
}

const whole = (plan: Plan, atoms: readonly number[]) => {
  const within = new Set(atoms);
  return plan.pieces(atoms, (atom) => within.has(atom)).length === 1;
};

const sizeOf = (plan: Plan, atoms: readonly number[]) => {
  let sum = 0;
  for (const atom of atoms) sum += plan.atomSize(atom, plan.frame.counted.attribute);
  return sum;
};

/** Whether a grid would be in its band with so much more or less. */
function fits(plan: Plan, slot: number, change: number): boolean {
  const { attribute, band } = plan.countedOf(slot);
  const size = plan.size(slot, attribute) + change;
  return size >= band.lower && size <= band.upper;
}

/** Some atoms of a grid that hang together, from one of them on. */
function cluster(plan: Plan, slot: number, from: number, most: number): number[] {
  const found = [from];
  for (let i = 0; i < found.length && found.length < most; i++) {
    for (const other of plan.neighbours(found[i] as number)) {
      if (found.length < most && plan.slot_of[other] === slot && !found.includes(other)) found.push(other);
    }
  }
  return found;
}

/** What is left of a grid without these, where that still hangs together; null else. */
function rest(plan: Plan, slot: number, without: readonly number[]): number[] | null {
  const gone = new Set(without);
  const left = plan.atomsOf(slot).filter((atom) => !gone.has(atom));
  return left.length > 0 && whole(plan, left) ? left : null;
}

/** Two neighbours that together are far above the band and can be halved again. */
function findOver(plan: Plan, slots: readonly number[]): [into: number, from: number] | null {
  let best: [number, number] | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const into of slots) {
    const { attribute, band } = plan.countedOf(into);
    for (const [from] of plan.beside(into)) {
      if (from <= into || !slots.includes(from) || plan.home(from) !== plan.home(into)) continue;
      const sum = plan.size(into, attribute) + plan.size(from, attribute);
      // The nearer the sum is to two middles of the band, the more ways there are to halve it.
      const off = Math.abs(sum - band.lower - band.upper);
      if (sum > band.upper * 1.3 && off < least) [best, least] = [[into, from], off];
    }
  }
  return best;
}

/** Atoms of one grid that can go to another of its nest without touching it. */
function findParts(
  plan: Plan,
  slots: readonly number[],
): { from: number; to: number; atoms: number[] } | null {
  for (const from of slots) {
    for (const atom of plan.atomsOf(from)) {
      const atoms = cluster(plan, from, atom, PIECE_ATOMS);
      const size = sizeOf(plan, atoms);
      if (size === 0 || !fits(plan, from, -size) || !rest(plan, from, atoms)) continue;
      const touched = new Set(
        atoms.flatMap((one) => [...plan.neighbours(one)].map((other) => plan.slot_of[other])),
      );
      const to = slots.find(
        (other) =>
          other !== from &&
          plan.home(other) === plan.home(from) &&
          !touched.has(other) &&
          fits(plan, other, size),
      );
      if (to !== undefined) return { from, to, atoms };
    }
  }
  return null;
}

function findGap(plan: Plan, slots: readonly number[]): number[] | null {
  for (const slot of slots) {
    for (const atom of plan.atomsOf(slot)) {
      const atoms = cluster(plan, slot, atom, GAP_ATOMS);
      const size = sizeOf(plan, atoms);
      if (atoms.length === GAP_ATOMS && size > 0 && fits(plan, slot, -size) && rest(plan, slot, atoms))
        return atoms;
    }
  }
  return null;
}

/** One operation that plants all three; null where the plan has no room for them. */
export function plant(plan: Plan, id: string): { op: Op; faults: Faults } | null {
  let slots = plan.liveSlots().filter((slot) => sound(plan, slot));
  const without = (...gone: number[]) => {
    // What is beside a fault stays as it is, so that each can be mended by itself.
    const near = new Set(gone.flatMap((slot) => [slot, ...plan.beside(slot).keys()]));
    slots = slots.filter((slot) => !near.has(slot));
  };
  const over = findOver(plan, slots);
  if (!over) return null;
  without(...over);
  const parts = findParts(plan, slots);
  if (!parts) return null;
  without(parts.from, parts.to);
  const gap = findGap(plan, slots);
  const merged = mergeOp(plan, over[1], over[0], id);
  const [large, torn] = [plan.grid(over[0]), plan.grid(parts.to)];
  if (!gap || !merged || !large || !torn) return null;
  const op = emptyOp("import", id);
  op.grids.push(...merged.grids);
  op.moves.push(...merged.moves, ...movesTo(plan, parts.atoms, torn.id), ...movesTo(plan, gap, null));
  const codes = gap.map((atom) => plan.topology.codes[atom] as string);
  return { op, faults: { gap: codes, over: large.id, parts: torn.id } };
}

/** Which faults are mended by now. A grid that is no more has no fault. */
export function mended(plan: Plan, faults: Faults): Record<keyof Faults, boolean> {
  const atoms = new Map(plan.topology.codes.map((code, atom) => [code, atom]));
  const of = (id: string) => plan.slotById(id);
  return {
    gap: faults.gap.every((code) => {
      const atom = atoms.get(code);
      return atom === undefined || plan.slot_of[atom] !== UNASSIGNED;
    }),
    over: of(faults.over) === UNASSIGNED || plan.standing(of(faults.over)) !== "over",
    parts: of(faults.parts) === UNASSIGNED || plan.parts(of(faults.parts)).length < 2,
  };
}
