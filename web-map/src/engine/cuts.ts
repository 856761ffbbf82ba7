/** What a change would cut off, and what it would make of the numbers, found before anything is changed. */
import { type Standing, standing, violation } from "./band";
import { otherOf, type Part, type Plan, UNASSIGNED } from "./plan";
import { across, arcsOf, NONE } from "./topology";

/** A piece of a grid that would lose its contact with the rest. */
export interface Stranded extends Part {
  slot: number;
  /** False where some of it is locked, so that it cannot go along. */
  can_follow: boolean;
}

/**
 * Whether a grid falls into more pieces when `atom` leaves it, the atoms of `taken` having left before. An atom that
 * was alone cuts nothing. O(atoms of the grid) at most.
 */
export function cuts(plan: Plan, atom: number, taken: ReadonlySet<number>): boolean {
  const slot = plan.slot_of[atom] as number;
  return partsWithout(plan, atom, (other) => plan.slot_of[other] === slot && !taken.has(other));
}

/** Whether the atoms that `belongs` tells of fall into more pieces without `atom`. */
export function partsWithout(plan: Plan, atom: number, belongs: (atom: number) => boolean): boolean {
  const stays = (other: number) => other !== atom && belongs(other);
  const around = [...plan.neighbours(atom)].filter(stays);
  const first = around[0];
  if (first === undefined || around.length === 1) return false;
  const wanted = new Set(around);
  wanted.delete(first);
  const seen = new Set([first]);
  const queue = [first];
  for (let i = 0; i < queue.length && wanted.size > 0; i++) {
    for (const other of plan.neighbours(queue[i] as number)) {
      if (seen.has(other) || !stays(other)) continue;
      seen.add(other);
      wanted.delete(other);
      queue.push(other);
    }
  }
  return wanted.size > 0;
}

/** What is cut off when all of `taken` leave their grids, and which grids are left without any atom. */
export function strands(plan: Plan, taken: ReadonlySet<number>): { stranded: Stranded[]; empties: number[] } {
  const slots = new Set([...taken].map((atom) => plan.slot_of[atom] as number));
  const stranded: Stranded[] = [];
  const empties: number[] = [];
  for (const slot of [...slots].sort((a, b) => a - b)) {
    if (slot === UNASSIGNED) continue;
    let left = 0;
    for (const part of plan.parts(slot)) {
      const rest = part.atoms.filter((atom) => !taken.has(atom));
      left += rest.length;
      if (rest.length === part.atoms.length) continue;
      const pieces = plan.pieces(rest, (atom) => plan.slot_of[atom] === slot && !taken.has(atom));
      for (const piece of pieces.slice(1)) {
        stranded.push({ ...piece, slot, can_follow: piece.atoms.every((atom) => plan.movable(atom)) });
      }
    }
    if (left === 0) empties.push(slot);
  }
  return { stranded, empties };
}

/** Atoms that go to a slot. */
export interface Going {
  atoms: readonly number[];
  to: number;
}

/** The numbers of a grid. */
export interface Numbers {
  households: number;
  persons: number;
  atoms: number;
  standing: Standing;
  violation: number;
}

export interface Preview {
  slot: number;
  before: Numbers;
  after: Numbers;
}

/** The numbers of every grid that a change touches, before and after it, by slot. O(atoms that go). */
export function preview(plan: Plan, going: readonly Going[]): Preview[] {
  const by = new Map<number, { households: number; persons: number; atoms: number }>();
  const add = (slot: number, atom: number, sign: 1 | -1) => {
    if (slot === UNASSIGNED) return;
    const sum = by.get(slot) ?? { households: 0, persons: 0, atoms: 0 };
    sum.households += sign * plan.atomSize(atom, "households");
    sum.persons += sign * plan.atomSize(atom, "population");
    sum.atoms += sign;
    by.set(slot, sum);
  };
  for (const { atoms, to } of going) {
    for (const atom of atoms) {
      add(plan.slot_of[atom] as number, atom, -1);
      add(to, atom, 1);
    }
  }
  return [...by]
    .sort(([a], [b]) => a - b)
    .map(([slot, change]) => {
      const households = plan.size(slot, "households");
      const persons = plan.size(slot, "population");
      const { atoms } = plan.totals(slot);
      return {
        slot,
        before: numbers(plan, slot, households, persons, atoms),
        after: numbers(
          plan,
          slot,
          households + change.households,
          persons + change.persons,
          atoms + change.atoms,
        ),
      };
    });
}

function numbers(plan: Plan, slot: number, households: number, persons: number, atoms: number): Numbers {
  const counted = plan.countedOf(slot);
  const [size, other] = counted.attribute === "households" ? [households, persons] : [persons, households];
  const stands: Standing = atoms === 0 ? "empty" : standing(counted, size, other);
  return {
    households,
    persons,
    atoms,
    standing: stands,
    violation: atoms === 0 ? 0 : violation(counted, size, other),
  };
}

/** How much longer the borders inside the plan get, in mm, when atoms go. O(arcs of the atoms). */
export function borderChange(plan: Plan, going: readonly Going[]): number {
  const { topology } = plan;
  const after = new Map(going.flatMap(({ atoms, to }) => atoms.map((atom) => [atom, to] as const)));
  let change = 0;
  for (const [atom, to] of after) {
    for (const arc of arcsOf(topology, atom)) {
      const other = across(topology, arc, atom);
      if (other === NONE) continue;
      const there = after.get(other);
      // An arc between two that go is met twice.
      if (there !== undefined && other < atom) continue;
      const mm = topology.arc_length_mm[arc] as number;
      if (plan.slot_of[other] !== plan.slot_of[atom]) change -= mm;
      if ((there ?? plan.slot_of[other]) !== to) change += mm;
    }
  }
  return change;
}

/** The length of border that an atom shares with a slot, in mm; -1 where they do not even share a link. */
export function shared(plan: Plan, atom: number, slot: number, also?: ReadonlySet<number>): number {
  const { offsets, targets, mm } = plan.graph;
  let sum = -1;
  for (let k = offsets[atom] as number; k < (offsets[atom + 1] as number); k++) {
    const other = targets[k] as number;
    if (plan.slot_of[other] === slot || also?.has(other)) sum = Math.max(sum, 0) + (mm[k] as number);
  }
  return sum;
}

/** The size by which the plan is divided. */
export const sizeOf = (plan: Plan, atom: number) => plan.atomSize(atom, plan.frame.counted.attribute);

/** The size of a grid by another count too, for bands of two. */
export const sizesOf = (plan: Plan, atoms: Iterable<number>): [number, number] => {
  let [size, other] = [0, 0];
  const { attribute } = plan.frame.counted;
  for (const atom of atoms) {
    size += plan.atomSize(atom, attribute);
    other += plan.atomSize(atom, otherOf(attribute));
  }
  return [size, other];
};
