/**
 * The rest of the plan: gives every atom in no grid to one, without touching what is assigned.
 *
 * 1. Atoms go to unlocked grids of their own nest that they hang together with, the smallest grid first, while that keeps it
 *    within its band.
 * 2. What is left is made into new grids where it is enough for one; otherwise it goes where it breaks a band least.
 * 3. Locked atoms stay, and are listed. Same plan and seed, same result.
 */
import { standing, violation } from "./band";
import { sizesOf } from "./cuts";
import { bisect } from "./divide";
import { Heap, less } from "./heap";
import { otherOf, type Plan, UNASSIGNED } from "./plan";

export interface Filled {
  /** Atoms for each grid that takes some, by slot; ascending. */
  into: Map<number, number[]>;
  /** Atoms of each new grid, ascending. */
  fresh: number[][];
  /** Locked atoms that stay in none. */
  left: number[];
}

/** O(atoms in none · log of them), and what dividing them into new grids costs. */
export function fill(plan: Plan, seed = 1): Filled {
  const into = new Map<number, number[]>();
  const given = new Map<number, number>();
  const sizes = new Map<number, [number, number]>();
  const left: number[] = [];
  const open = new Set<number>();
  for (const atom of plan.atomsOf(UNASSIGNED)) {
    if (!plan.inScope(atom)) continue;
    if (plan.movable(atom)) open.add(atom);
    else left.push(atom);
  }
  const sizeOf = (slot: number): [number, number] => {
    const { attribute } = plan.frame.counted;
    return sizes.get(slot) ?? [plan.size(slot, attribute), plan.size(slot, otherOf(attribute))];
  };
  const slotAt = (atom: number) => given.get(atom) ?? (plan.slot_of[atom] as number);
  const give = (atom: number, slot: number) => {
    const [size, other] = sizesOf(plan, [atom]);
    const before = sizeOf(slot);
    sizes.set(slot, [before[0] + size, before[1] + other]);
    open.delete(atom);
    given.set(atom, slot);
    const row = into.get(slot);
    if (row) row.push(atom);
    else into.set(slot, [atom]);
  };
  const takers = (atom: number) => {
    const found = new Set<number>();
    for (const other of plan.neighbours(atom)) {
      const slot = slotAt(other);
      if (slot === UNASSIGNED || plan.grid(slot)?.locked) continue;
      if (plan.home(slot) === plan.frame.nest_of[atom]) found.add(slot);
    }
    return found;
  };
  const after = (atom: number, slot: number): [number, number] => {
    const [size, other] = sizesOf(plan, [atom]);
    const before = sizeOf(slot);
    return [before[0] + size, before[1] + other];
  };
  const { offsets, targets, mm } = plan.graph;
  const border = (atom: number, slot: number) => {
    let sum = 0;
    for (let k = offsets[atom] as number; k < (offsets[atom + 1] as number); k++) {
      if (slotAt(targets[k] as number) === slot) sum += mm[k] as number;
    }
    return sum;
  };
  type Cost = (atom: number, slot: number) => number | null;
  /** Gives atoms at a border away, the least costly first, then to the smallest grid, then over the longest border. */
  const run = (cost: Cost) => {
    const heap = new Heap<{ atom: number; slot: number }>();
    const orderOf = (atom: number, slot: number): number[] | null => {
      const costs = cost(atom, slot);
      return costs === null ? null : [costs, sizeOf(slot)[0], -border(atom, slot), atom, slot];
    };
    const offer = (atom: number) => {
      for (const slot of takers(atom)) {
        const order = orderOf(atom, slot);
        if (order) heap.push(order, { atom, slot });
      }
    };
    for (const atom of open) offer(atom);
    for (let next = heap.pop(); next; next = heap.pop()) {
      const { atom, slot } = next.item;
      if (!open.has(atom)) continue;
      // Grids grow meanwhile, and what they take next costs more: it is put back by what it costs now.
      const now = orderOf(atom, slot);
      if (!now) continue;
      if (less(next.order, now)) {
        heap.push(now, next.item);
        continue;
      }
      give(atom, slot);
      for (const other of plan.neighbours(atom)) if (open.has(other)) offer(other);
    }
  };
  run((atom, slot) => (standing(plan.countedOf(slot), ...after(atom, slot)) === "over" ? null : 0));
  const fresh: number[][] = [];
  for (const piece of plan.pieces([...open], (atom) => open.has(atom))) {
    // A piece may reach over several nests: each part of it is dealt with by itself.
    for (const nest of new Set(piece.atoms.map((atom) => plan.frame.nest_of[atom] as number))) {
      const own = new Set(piece.atoms.filter((atom) => plan.frame.nest_of[atom] === nest));
      for (const part of plan.pieces([...own], (atom) => own.has(atom))) {
        const counted = plan.frame.nests[nest]?.counted ?? plan.frame.counted;
        const size = sizesOf(plan, part.atoms)[0];
        const alone = part.atoms.every((atom) => takers(atom).size === 0);
        if (size < counted.band.lower && !alone) continue;
        for (const atoms of cutUp(plan, part.atoms, counted.band.upper, seed)) {
          fresh.push(atoms);
          for (const atom of atoms) open.delete(atom);
        }
      }
    }
  }
  run((atom, slot) => {
    const counted = plan.countedOf(slot);
    return violation(counted, ...after(atom, slot)) - violation(counted, ...sizeOf(slot));
  });
  for (const [slot, atoms] of into)
    into.set(
      slot,
      atoms.sort((a, b) => a - b),
    );
  return { into, fresh, left };
}

/** Halves atoms until no part is above `upper`, or cannot be divided. */
function cutUp(plan: Plan, atoms: number[], upper: number, seed: number): number[][] {
  if (sizesOf(plan, atoms)[0] <= upper) return [atoms];
  const side = bisect(plan, atoms, UNASSIGNED, seed);
  if (!side || side.size === 0 || side.size === atoms.length) return [atoms];
  return [atoms.filter((atom) => side.has(atom)), atoms.filter((atom) => !side.has(atom))].flatMap((half) =>
    cutUp(plan, half, upper, seed),
  );
}
