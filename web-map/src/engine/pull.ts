/**
 * Pulling a border from street to street. A grid is seen as blocks: atoms with no street, railway or river between them.
 * The border jumps over whole blocks, never into one.
 */
import { borderChange, type Preview, preview, type Stranded, shared, strands } from "./cuts";
import { type Plan, UNASSIGNED } from "./plan";
import { across, arcsOf, LINE_CLASSES, NONE } from "./topology";

/** Lines that a border may run along: `LINE_CLASSES` by number. */
const DIVIDES = LINE_CLASSES.map((name) => ["river", "rail", "arterial", "street"].includes(name));

export interface Block {
  /** Ascending. */
  atoms: number[];
  households: number;
}

/**
 * The blocks of a grid, by their smallest atom. A grid with no street inside is taken atom by atom, as the border could
 * not move at all otherwise. O(arcs of the grid).
 */
export function blocks(plan: Plan, slot: number): Block[] {
  const { topology } = plan;
  const members = plan.atomsOf(slot);
  const seen = new Set<number>();
  const found: Block[] = [];
  for (const start of members) {
    if (seen.has(start)) continue;
    const atoms = [start];
    seen.add(start);
    for (let i = 0; i < atoms.length; i++) {
      const atom = atoms[i] as number;
      for (const arc of arcsOf(topology, atom)) {
        const other = across(topology, arc, atom);
        if (other === NONE || seen.has(other) || plan.slot_of[other] !== slot) continue;
        if (DIVIDES[topology.arc_class[arc] as number]) continue;
        seen.add(other);
        atoms.push(other);
      }
    }
    found.push(blockOf(plan, atoms));
  }
  return found.length > 1 ? found : members.map((atom) => blockOf(plan, [atom]));
}

function blockOf(plan: Plan, atoms: number[]): Block {
  return {
    atoms: atoms.sort((a, b) => a - b),
    households: atoms.reduce((sum, atom) => sum + plan.atomSize(atom, "households"), 0),
  };
}

export interface Pull {
  taker: number;
  giver: number;
  /** What goes over, ascending. */
  atoms: number[];
  /** Both grids before and after. */
  preview: Preview[];
  border_change_mm: number;
  stranded: Stranded[];
  empties: number[];
}

function pulled(plan: Plan, taker: number, giver: number, atoms: number[]): Pull {
  const going = [{ atoms, to: taker }];
  return {
    taker,
    giver,
    atoms: atoms.sort((a, b) => a - b),
    preview: preview(plan, going),
    border_change_mm: borderChange(plan, going),
    ...strands(plan, new Set(atoms)),
  };
}

const free = (plan: Plan, block: Block) => block.atoms.every((atom) => plan.movable(atom));

const beside = (plan: Plan, block: Block, slot: number) =>
  block.atoms.some((atom) => shared(plan, atom, slot) > 0);

/**
 * Pulls the border between two grids to the pointer: the grid under it gives its block there, and on the way to the other
 * grid the blocks with the fewest households. Null where the pointer is in neither, or no free block leads there.
 */
export function pull(plan: Plan, a: number, b: number, pointer: number): Pull | null {
  const giver = plan.slot_of[pointer] as number;
  if (a === b || giver === UNASSIGNED || (giver !== a && giver !== b)) return null;
  const taker = giver === a ? b : a;
  if (plan.grid(taker)?.locked) return null;
  const all = blocks(plan, giver);
  const blockAt = new Map(all.flatMap((block, i) => block.atoms.map((atom) => [atom, i] as const)));
  // Shortest way over blocks from the taker, by households (Dijkstra; a grid has few blocks, so a plain scan will do).
  const cost = all.map((block) =>
    free(plan, block) && beside(plan, block, taker) ? block.households + 1 : Number.POSITIVE_INFINITY,
  );
  const before = all.map(() => -1);
  const done = new Set<number>();
  const target = blockAt.get(pointer) as number;
  for (;;) {
    let at = -1;
    cost.forEach((value, i) => {
      if (!done.has(i) && Number.isFinite(value) && (at < 0 || value < (cost[at] as number))) at = i;
    });
    if (at < 0) return null;
    if (at === target) break;
    done.add(at);
    for (const atom of (all[at] as Block).atoms) {
      for (const other of plan.neighbours(atom)) {
        const next = blockAt.get(other);
        if (next === undefined || done.has(next) || !free(plan, all[next] as Block)) continue;
        const through = (cost[at] as number) + (all[next] as Block).households + 1;
        if (through < (cost[next] as number)) {
          cost[next] = through;
          before[next] = at;
        }
      }
    }
  }
  const atoms: number[] = [];
  for (let at = target; at >= 0; at = before[at] as number) atoms.push(...(all[at] as Block).atoms);
  return pulled(plan, taker, giver, atoms);
}

/**
 * One street further, by keyboard: each free block of the giver that lies at the border, the one that strands nothing and
 * shortens the borders most first.
 */
export function steps(plan: Plan, taker: number, giver: number): Pull[] {
  if (taker === giver || plan.grid(taker)?.locked) return [];
  return blocks(plan, giver)
    .filter((block) => free(plan, block) && beside(plan, block, taker))
    .map((block) => pulled(plan, taker, giver, [...block.atoms]))
    .sort(
      (x, y) =>
        x.empties.length - y.empties.length ||
        x.stranded.length - y.stranded.length ||
        x.border_change_mm - y.border_change_mm ||
        (x.atoms[0] as number) - (y.atoms[0] as number),
    );
}
