/** What two plans of one topology differ in: who changes grid, which grids are new, gone or changed. */
import type { GridData, Plan } from "./plan";
import { NONE, type Topology } from "./topology";

/** A plan at one moment; small enough to keep many. */
export interface Snapshot {
  /** Position in `grids` of each atom; NONE for none. */
  readonly labels: Uint32Array;
  readonly grids: readonly (GridData & { id: string })[];
}

/** A copy of where every atom is. O(atoms). */
export function snapshot(plan: Plan): Snapshot {
  const slots = plan.liveSlots();
  const position = new Map(slots.map((slot, i) => [slot, i]));
  return {
    labels: plan.slot_of.map((slot) => position.get(slot) ?? NONE),
    grids: slots.map((slot) => {
      const grid = plan.grid(slot);
      return {
        id: grid?.id ?? "",
        code: grid?.code ?? "",
        name: grid?.name ?? "",
        locked: grid?.locked ?? false,
      };
    }),
  };
}

/** Numbers of atoms, and of the people in them. */
export interface Amount {
  atoms: number;
  households: number;
  persons: number;
  area_m2: number;
}

/** What goes from one grid to another; null is none. */
export interface Flow extends Amount {
  from: string | null;
  to: string | null;
}

export interface GridDiff {
  id: string;
  change: "new" | "gone" | "changed" | "renamed" | "same";
  before: Amount;
  after: Amount;
  /** In this grid before and after. */
  kept: Amount;
}

export interface PlanDiff {
  /** Atoms whose grid differs, ascending. */
  moved: number[];
  /** All of them together: whose answer changes. */
  total: Amount;
  /** The most households first. */
  flows: Flow[];
  /** By id. */
  grids: GridDiff[];
  /** Households that stay in a grid of the same id, in percent to a hundredth; 100 of nobody. */
  kept_percent: number;
}

const nothing = (): Amount => ({ atoms: 0, households: 0, persons: 0, area_m2: 0 });

/** Compares by the ids of grids. O(atoms). Throws where the two are not of this topology. */
export function diff(topology: Topology, before: Snapshot, after: Snapshot): PlanDiff {
  for (const { labels } of [before, after]) {
    if (labels.length !== topology.atoms) {
      throw new Error(`a plan of ${labels.length} atoms cannot be compared on ${topology.atoms}`);
    }
  }
  // Numbers for ids, so that the walk over all atoms compares numbers only.
  const ids = [...new Set([...before.grids, ...after.grids].map((grid) => grid.id))].sort();
  const number = new Map(ids.map((id, i) => [id, i]));
  const numbers = (of: Snapshot) => Uint32Array.from(of.grids, (grid) => number.get(grid.id) as number);
  const [old, young] = [numbers(before), numbers(after)];
  const width = ids.length + 1;
  const sums = () => ids.map(nothing);
  const [was, is, kept] = [sums(), sums(), sums()];
  const flows = new Map<number, Amount>();
  const total = nothing();
  const moved: number[] = [];
  for (let atom = 0; atom < topology.atoms; atom++) {
    const [b, a] = [before.labels[atom] as number, after.labels[atom] as number];
    const from = b === NONE ? ids.length : (old[b] as number);
    const to = a === NONE ? ids.length : (young[a] as number);
    add(was[from], topology, atom);
    add(is[to], topology, atom);
    if (from === to) {
      add(kept[from], topology, atom);
      continue;
    }
    moved.push(atom);
    add(total, topology, atom);
    let flow = flows.get(from * width + to);
    if (!flow) {
      flow = nothing();
      flows.set(from * width + to, flow);
    }
    add(flow, topology, atom);
  }
  const [first, last] = [
    new Map(before.grids.map((grid) => [grid.id, grid])),
    new Map(after.grids.map((grid) => [grid.id, grid])),
  ];
  const change = (id: string, i: number): GridDiff["change"] => {
    const [a, b] = [first.get(id), last.get(id)];
    if (!a) return "new";
    if (!b) return "gone";
    const [before, after, stay] = [was[i]?.atoms, is[i]?.atoms, kept[i]?.atoms];
    if (before !== stay || after !== stay) return "changed";
    return a.code !== b.code || a.name !== b.name ? "renamed" : "same";
  };
  const sum = (of: Amount[]) => of.reduce((sum, amount) => sum + amount.households, 0);
  const all = sum(was);
  return {
    moved,
    total,
    flows: [...flows]
      .map(([key, amount]) => ({
        from: ids[Math.floor(key / width)] ?? null,
        to: ids[key % width] ?? null,
        ...amount,
      }))
      .sort(
        (a, b) =>
          b.households - a.households || b.atoms - a.atoms || order(a.from, b.from) || order(a.to, b.to),
      ),
    grids: ids.map((id, i) => ({
      id,
      change: change(id, i),
      before: was[i] as Amount,
      after: is[i] as Amount,
      kept: kept[i] as Amount,
    })),
    kept_percent: all === 0 ? 100 : Math.round((sum(kept) * 10_000) / all) / 100,
  };
}

const order = (a: string | null, b: string | null) => (a === b ? 0 : (a ?? "") < (b ?? "") ? -1 : 1);

function add(amount: Amount | undefined, topology: Topology, atom: number): void {
  if (!amount) return;
  const known = (value: number) => (value === NONE ? 0 : value);
  amount.atoms++;
  amount.households += known(topology.households[atom] as number);
  amount.persons += known(topology.population[atom] as number);
  amount.area_m2 += topology.area_m2[atom] as number;
}
