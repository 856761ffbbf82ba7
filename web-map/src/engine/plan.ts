/**
 * A plan being edited: which atom is in which grid, with the figures of every grid kept up with each change.
 *
 * 1. Every atom is in exactly one grid or in none; atoms outside the plan's scope are in none and stay there.
 * 2. Every figure is a sum of whole numbers, so that it is the same by whatever way the plan came about, and equal to a
 *    recount from nothing (`recount.ts`).
 * 3. A change of one atom costs O(its arcs). Parts and nesting are found again only for grids that changed, when asked.
 *
 * Grids have a slot, their position here; a slot is never given to another grid. Slots are never sent or stored: ids are.
 */
import { type Attribute, type Counted, type Standing, standing, violation } from "./band";
import { across, LINE_CLASSES, NONE, type Topology } from "./topology";

/** The slot of atoms in no grid. */
export const UNASSIGNED = NONE;

/** What is kept of a grid beside its atoms. */
export interface GridData {
  /** Empty until the server numbers it. */
  code: string;
  name: string;
  /** A locked grid neither takes nor gives atoms. */
  locked: boolean;
}

export interface Grid extends GridData {
  readonly id: string;
}

/** What grids of a plan may not cross: a jurisdiction, a grid of the plan above, or an exclusive grid's ground. */
export interface Nest {
  code: string;
  name: string;
  /** What holds here; null where it is what holds for the plan. */
  counted: Counted | null;
  /** Whether it is the ground of an exclusive grid, which holds nothing else. */
  exclusive: boolean;
}

/** What a plan is drawn under. */
export interface PlanFrame {
  counted: Counted;
  /** Which counts the dataset has. */
  has: { households: boolean; population: boolean };
  nests: readonly Nest[];
  /** The nest of each atom; NONE = outside the plan's scope. */
  nest_of: Uint32Array;
  /** Pairs of atoms that count as neighbours in this plan alone (ferries to islands), beside those of the topology. */
  links: readonly (readonly [number, number])[];
}

/** Who is beside whom, with the length of the shared border in mm; 0 for a link. */
export interface Graph {
  offsets: Uint32Array;
  targets: Uint32Array;
  mm: Uint32Array;
}

/** What a grid sums up to. */
export interface Totals {
  atoms: number;
  households: number;
  /** Persons; null where the dataset does not count them. */
  persons: number | null;
  area_m2: number;
  /** Length of its outline, the rim of the plan included. */
  perimeter_mm: number;
  /** Length of its borders to other grids and to atoms in none. */
  border_mm: number;
}

/** A piece of a grid that hangs together by borders and links. */
export interface Part {
  /** Ascending. */
  atoms: number[];
  households: number;
  persons: number;
}

const COLUMNS = ["atoms", "households", "persons", "known_households", "known_persons", "area_cm2"] as const;
const LENGTHS = ["perimeter_mm", "border_mm"] as const;
type Column = (typeof COLUMNS)[number] | (typeof LENGTHS)[number];

export class Plan {
  /** The slot of each atom; UNASSIGNED for none. Changed by `move` alone. */
  readonly slot_of: Uint32Array;
  /** 1 where an atom is locked: it stays where it is. */
  readonly atom_locked: Uint8Array;
  /** Atoms beside each other: by borders, by the dataset's links and by the plan's own. */
  readonly graph: Graph;
  /** Border between different grids, and between grids and atoms in none, by `LINE_CLASSES`, in mm. */
  readonly border_by_class_mm = new Float64Array(LINE_CLASSES.length);
  /** Reasons with which problems were accepted, by the problem's id. */
  readonly accepted = new Map<string, string>();
  /** Counts every change, of anything. */
  edits = 0;

  /** Grids by slot; null where a grid was removed. */
  private readonly grids: (Grid | null)[] = [];
  private readonly slots = new Map<string, number>();
  // By slot + 1; the first is for atoms in no grid.
  private sums = Object.fromEntries(
    [...COLUMNS, ...LENGTHS].map((name) => [name, new Float64Array(64)]),
  ) as Record<Column, Float64Array>;
  private versions = new Uint32Array(64);
  /** Members of each grid as a two-way chain through its atoms. */
  private heads = new Uint32Array(64).fill(NONE);
  private readonly next: Uint32Array;
  private readonly previous: Uint32Array;
  private readonly seen: Uint32Array;
  private stamp = 0;
  private readonly partsCache = new Map<number, { version: number; parts: Part[] }>();
  private readonly nestCache = new Map<number, { version: number; nests: Map<number, number> }>();

  constructor(
    readonly topology: Topology,
    readonly frame: PlanFrame,
  ) {
    const n = topology.atoms;
    if (frame.nest_of.length !== n) {
      throw new Error(`the plan's frame tells of ${frame.nest_of.length} atoms, the topology of ${n}`);
    }
    this.slot_of = new Uint32Array(n).fill(UNASSIGNED);
    this.atom_locked = new Uint8Array(n);
    this.next = new Uint32Array(n).fill(NONE);
    this.previous = new Uint32Array(n).fill(NONE);
    this.seen = new Uint32Array(n);
    this.graph = graphOf(topology, frame.links);
    for (let atom = n - 1; atom >= 0; atom--) this.link(atom, 0);
    for (let atom = 0; atom < n; atom++) this.count(atom, 0, 1);
    for (let arc = 0; arc < topology.arcs; arc++) {
      const rim = topology.arc_left[arc] === NONE || topology.arc_right[arc] === NONE;
      if (rim) this.sums.perimeter_mm[0] = this.sum("perimeter_mm", 0) + this.length(arc);
    }
  }

  // ── grids ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** How many slots there are, removed grids included. */
  get slot_count(): number {
    return this.grids.length;
  }

  /** The grid in a slot, or null. */
  grid(slot: number): Grid | null {
    return this.grids[slot] ?? null;
  }

  /** The slot of a grid that is there, or UNASSIGNED. */
  slotById(id: string | null): number {
    const slot = id === null ? UNASSIGNED : (this.slots.get(id) ?? UNASSIGNED);
    return this.grids[slot] ? slot : UNASSIGNED;
  }

  /** Slots of the grids that are there, ascending. */
  liveSlots(): number[] {
    return this.grids.flatMap((grid, slot) => (grid ? [slot] : []));
  }

  /** Adds a grid; one that was removed comes back to its slot. Returns the slot. */
  add(id: string, data: GridData): number {
    const known = this.slots.get(id);
    if (known !== undefined && this.grids[known]) throw new Error(`grid ${id} is already there`);
    const slot = known ?? this.grids.length;
    this.slots.set(id, slot);
    this.grids[slot] = { id, ...data };
    this.grow(slot + 2);
    this.touch(slot + 1);
    return slot;
  }

  /** Takes a grid without atoms away. */
  remove(slot: number): void {
    if (this.sum("atoms", slot + 1) > 0) throw new Error(`grid ${this.grids[slot]?.id} still has atoms`);
    this.grids[slot] = null;
    this.touch(slot + 1);
  }

  /** Changes what is kept of a grid beside its atoms. */
  setGrid(slot: number, data: GridData): void {
    const grid = this.grids[slot];
    if (!grid) throw new Error(`no grid in slot ${slot}`);
    this.grids[slot] = { id: grid.id, ...data };
    this.touch(slot + 1);
  }

  lockAtom(atom: number, locked: 0 | 1): void {
    this.atom_locked[atom] = locked;
    this.edits++;
  }

  accept(problem: string, reason: string | null): void {
    if (reason === null) this.accepted.delete(problem);
    else this.accepted.set(problem, reason);
    this.edits++;
  }

  // ── atoms ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Whether an atom belongs to what this plan divides. */
  inScope(atom: number): boolean {
    return this.frame.nest_of[atom] !== NONE;
  }

  /** Whether an atom may leave where it is: in scope, not locked, and not in a locked grid. */
  movable(atom: number): boolean {
    if (this.atom_locked[atom] || !this.inScope(atom)) return false;
    return !this.grids[this.slot_of[atom] as number]?.locked;
  }

  /** Puts an atom into a grid, or into none. O(its arcs). */
  move(atom: number, to: number): void {
    const from = this.slot_of[atom] as number;
    if (from === to) return;
    const { topology } = this;
    const [f, t] = [(from + 1) >>> 0, (to + 1) >>> 0];
    this.unlink(atom, f);
    this.link(atom, t);
    this.count(atom, f, -1);
    this.count(atom, t, 1);
    this.slot_of[atom] = to;
    for (
      let k = topology.atom_arc_offsets[atom] as number;
      k < (topology.atom_arc_offsets[atom + 1] as number);
      k++
    ) {
      const arc = topology.atom_arcs[k] as number;
      const mm = this.length(arc);
      const other = across(topology, arc, atom);
      if (other === NONE) {
        this.addTo("perimeter_mm", f, -mm);
        this.addTo("perimeter_mm", t, mm);
        continue;
      }
      const there = this.slot_of[other] as number;
      const o = (there + 1) >>> 0;
      const sides: [number, number][] = [];
      if (there !== from) sides.push([f, -mm], [o, -mm]);
      if (there !== to) sides.push([t, mm], [o, mm]);
      for (const [at, by] of sides) {
        this.addTo("perimeter_mm", at, by);
        this.addTo("border_mm", at, by);
      }
      const line = topology.arc_class[arc] as number;
      const change = (there !== to ? mm : 0) - (there !== from ? mm : 0);
      this.border_by_class_mm[line] = (this.border_by_class_mm[line] as number) + change;
      this.touch(o);
    }
    this.touch(f);
    this.touch(t);
  }

  // ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What a grid, or UNASSIGNED, sums up to. O(1). */
  totals(slot: number): Totals {
    const at = (slot + 1) >>> 0;
    return {
      atoms: this.sum("atoms", at),
      households: this.sum("households", at),
      persons: this.frame.has.population ? this.sum("persons", at) : null,
      area_m2: this.sum("area_cm2", at) / 10_000,
      perimeter_mm: this.sum("perimeter_mm", at),
      border_mm: this.sum("border_mm", at),
    };
  }

  /** Households of a grid. */
  households(slot: number): number {
    return this.sum("households", (slot + 1) >>> 0);
  }

  /** The size of a grid by one count. O(1). */
  size(slot: number, attribute: Attribute): number {
    return this.sum(attribute === "households" ? "households" : "persons", (slot + 1) >>> 0);
  }

  /** The size of an atom by one count; 0 where the source does not say. */
  atomSize(atom: number, attribute: Attribute): number {
    const value = (attribute === "households" ? this.topology.households : this.topology.population)[
      atom
    ] as number;
    return value === NONE ? 0 : value;
  }

  /** Bands that hold for a grid: its own, or those of its nest, or the plan's. */
  countedOf(slot: number): Counted {
    const nest = this.home(slot);
    return (nest === NONE ? null : this.frame.nests[nest]?.counted) ?? this.frame.counted;
  }

  /** How a grid stands to its bands. */
  standing(slot: number): Standing {
    const at = (slot + 1) >>> 0;
    if (this.sum("atoms", at) === 0) return "empty";
    const counted = this.countedOf(slot);
    const known = counted.attribute === "households" ? "known_households" : "known_persons";
    if (this.sum(known, at) === 0) return "unknown";
    return standing(counted, this.size(slot, counted.attribute), this.size(slot, otherOf(counted.attribute)));
  }

  /** How far a grid is outside its bands, in millionths of their middles; without anybody it is as far below as the lower end. */
  violation(slot: number): number {
    const counted = this.countedOf(slot);
    return violation(
      counted,
      this.size(slot, counted.attribute),
      this.size(slot, otherOf(counted.attribute)),
    );
  }

  /** The atoms beside one. */
  neighbours(atom: number): Uint32Array {
    return this.graph.targets.subarray(this.graph.offsets[atom], this.graph.offsets[atom + 1]);
  }

  /** Every atom of a grid, or of UNASSIGNED, in no order that means anything. */
  *members(slot: number): Generator<number> {
    for (let atom = this.heads[(slot + 1) >>> 0] as number; atom !== NONE; atom = this.next[atom] as number)
      yield atom;
  }

  /** The atoms of a grid, ascending. */
  atomsOf(slot: number): number[] {
    return [...this.members(slot)].sort((a, b) => a - b);
  }

  /**
   * The pieces of a grid, the most households first, of equals the one with the smallest atom; atoms outside the scope
   * are left out of those of UNASSIGNED. O(its atoms and their neighbours), again only after a change.
   */
  parts(slot: number): Part[] {
    const at = (slot + 1) >>> 0;
    const version = this.versions[at] as number;
    const known = this.partsCache.get(at);
    if (known?.version === version) return known.parts;
    const parts = this.pieces(this.members(slot), (atom) => this.slot_of[atom] === slot);
    this.partsCache.set(at, { version, parts });
    return parts;
  }

  /** The pieces that `atoms` fall into by borders and links, among those that `within` says belong. In the order of `parts`. */
  pieces(atoms: Iterable<number>, within: (atom: number) => boolean): Part[] {
    const { offsets, targets } = this.graph;
    const stamp = ++this.stamp;
    const parts: Part[] = [];
    for (const start of atoms) {
      if (this.seen[start] === stamp || !this.inScope(start)) continue;
      const found = [start];
      this.seen[start] = stamp;
      let [households, persons] = [0, 0];
      for (let i = 0; i < found.length; i++) {
        const atom = found[i] as number;
        households += this.atomSize(atom, "households");
        persons += this.atomSize(atom, "population");
        for (let k = offsets[atom] as number; k < (offsets[atom + 1] as number); k++) {
          const other = targets[k] as number;
          if (this.seen[other] === stamp || !within(other) || !this.inScope(other)) continue;
          this.seen[other] = stamp;
          found.push(other);
        }
      }
      parts.push({ atoms: found.sort((a, b) => a - b), households, persons });
    }
    return parts.sort(
      (a, b) =>
        b.households - a.households ||
        b.atoms.length - a.atoms.length ||
        (a.atoms[0] as number) - (b.atoms[0] as number),
    );
  }

  /** Households (of equals, atoms) of a grid by nest. */
  nests(slot: number): Map<number, number> {
    const at = (slot + 1) >>> 0;
    const version = this.versions[at] as number;
    const known = this.nestCache.get(at);
    if (known?.version === version) return known.nests;
    const nests = new Map<number, number>();
    for (const atom of this.members(slot)) {
      const nest = this.frame.nest_of[atom] as number;
      // One atom weighs less than any household, so that a nest without people still counts.
      nests.set(nest, (nests.get(nest) ?? 0) + this.atomSize(atom, this.frame.counted.attribute) + 2 ** -24);
    }
    this.nestCache.set(at, { version, nests });
    return nests;
  }

  /** The nest that most of a grid lies in, of equals the first; NONE for a grid without atoms. */
  home(slot: number): number {
    let [best, most] = [NONE, -1];
    for (const [nest, weight] of this.nests(slot)) {
      if (weight > most || (weight === most && nest < best)) [best, most] = [nest, weight];
    }
    return best;
  }

  /** The grids beside one (UNASSIGNED among them), with the length of the border in mm. Links count 0 mm. O(its arcs). */
  beside(slot: number): Map<number, number> {
    const { offsets, targets, mm } = this.graph;
    const found = new Map<number, number>();
    for (const atom of this.members(slot)) {
      for (let k = offsets[atom] as number; k < (offsets[atom + 1] as number); k++) {
        const there = this.slot_of[targets[k] as number] as number;
        if (there !== slot) found.set(there, (found.get(there) ?? 0) + (mm[k] as number));
      }
    }
    return found;
  }

  /** Changes whenever anything that a figure of this grid depends on may have changed. */
  version(slot: number): number {
    return this.versions[(slot + 1) >>> 0] as number;
  }

  // ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

  private sum(column: Column, at: number): number {
    return this.sums[column][at] ?? 0;
  }

  private addTo(column: Column, at: number, by: number): void {
    const values = this.sums[column];
    values[at] = (values[at] as number) + by;
  }

  private length(arc: number): number {
    return this.topology.arc_length_mm[arc] as number;
  }

  private touch(at: number): void {
    this.versions[at] = (this.versions[at] as number) + 1;
    this.edits++;
  }

  private count(atom: number, at: number, sign: 1 | -1): void {
    const { households, population, area_cm2 } = this.topology;
    const [h, p] = [households[atom] as number, population[atom] as number];
    this.addTo("atoms", at, sign);
    if (h !== NONE) {
      this.addTo("households", at, sign * h);
      this.addTo("known_households", at, sign);
    }
    if (p !== NONE) {
      this.addTo("persons", at, sign * p);
      this.addTo("known_persons", at, sign);
    }
    this.addTo("area_cm2", at, sign * (area_cm2[atom] as number));
  }

  private link(atom: number, at: number): void {
    const head = this.heads[at] as number;
    this.next[atom] = head;
    this.previous[atom] = NONE;
    if (head !== NONE) this.previous[head] = atom;
    this.heads[at] = atom;
  }

  private unlink(atom: number, at: number): void {
    const [before, after] = [this.previous[atom] as number, this.next[atom] as number];
    if (before === NONE) this.heads[at] = after;
    else this.next[before] = after;
    if (after !== NONE) this.previous[after] = before;
  }

  private grow(length: number): void {
    const old = this.versions.length;
    if (length <= old) return;
    const longer = Math.max(length, 2 * old);
    for (const name of [...COLUMNS, ...LENGTHS]) {
      const values = new Float64Array(longer);
      values.set(this.sums[name]);
      this.sums[name] = values;
    }
    const versions = new Uint32Array(longer);
    versions.set(this.versions);
    this.versions = versions;
    const heads = new Uint32Array(longer).fill(NONE);
    heads.set(this.heads);
    this.heads = heads;
  }
}

/** The other of the two counts. */
export const otherOf = (attribute: Attribute): Attribute =>
  attribute === "households" ? "population" : "households";

function graphOf(topology: Topology, links: PlanFrame["links"]): Graph {
  const { neighbour_offsets: offsets, neighbours: targets, neighbour_mm: mm } = topology;
  if (links.length === 0) return { offsets, targets, mm };
  const more = new Map<number, Set<number>>();
  for (const [a, b] of links) {
    if (!(a < topology.atoms && b < topology.atoms) || a === b) {
      throw new Error(`the plan links atoms ${a} and ${b}, of ${topology.atoms}`);
    }
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      if (!more.has(from)) more.set(from, new Set());
      more.get(from)?.add(to);
    }
  }
  const joined = {
    offsets: new Uint32Array(topology.atoms + 1),
    targets: [] as number[],
    mm: [] as number[],
  };
  for (let atom = 0; atom < topology.atoms; atom++) {
    const row = new Map<number, number>();
    for (const other of more.get(atom) ?? []) row.set(other, 0);
    for (let k = offsets[atom] as number; k < (offsets[atom + 1] as number); k++) {
      row.set(targets[k] as number, mm[k] as number);
    }
    for (const [other, length] of [...row].sort(([a], [b]) => a - b)) {
      joined.targets.push(other);
      joined.mm.push(length);
    }
    joined.offsets[atom + 1] = joined.targets.length;
  }
  return {
    offsets: joined.offsets,
    targets: Uint32Array.from(joined.targets),
    mm: Uint32Array.from(joined.mm),
  };
}
