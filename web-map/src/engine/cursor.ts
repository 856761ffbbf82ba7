/** A cursor that goes from atom to atom by arrow keys, so that everything can be painted without a pointer. */
import { eastMetresPerUnit, northMetresPerUnit } from "./measure";
import { type Plan, UNASSIGNED } from "./plan";
import { cornersOf, neighboursOf, type Topology } from "./topology";

export type Arrow = "east" | "north" | "west" | "south";

const TOWARD: Record<Arrow, readonly [number, number]> = {
  east: [1, 0],
  north: [0, 1],
  west: [-1, 0],
  south: [0, -1],
};

/**
 * The atom beside this one in a direction: of those that share a border or a corner and whose label lies within 75° of it, the
 * one that is least far off the line, counted with how far it is. -1 where there is none.
 */
export function stepFrom(topology: Topology, atom: number, arrow: Arrow): number {
  const { label } = topology;
  const [x, y] = [label[2 * atom] as number, label[2 * atom + 1] as number];
  const [east_m, north_m] = [eastMetresPerUnit(y), northMetresPerUnit(y)];
  const [tx, ty] = TOWARD[arrow];
  const widest = Math.cos((75 * Math.PI) / 180);
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (const other of [...neighboursOf(topology, atom), ...cornersOf(topology, atom)]) {
    const dx = ((label[2 * other] as number) - x) * east_m;
    const dy = ((label[2 * other + 1] as number) - y) * north_m;
    const far = Math.hypot(dx, dy);
    const along = dx * tx + dy * ty;
    if (far === 0 || along / far < widest) continue;
    const off = Math.abs(dx * ty - dy * tx);
    const cost = along + 2 * off;
    if (cost < least || (cost === least && other < best)) [best, least] = [other, cost];
  }
  return best;
}

/** Where the cursor begins in a grid: the atom whose label is nearest to the middle of all; -1 for a grid without atoms. */
export function middleOf(plan: Plan, slot: number): number {
  const { label } = plan.topology;
  const atoms = plan.atomsOf(slot);
  const mean = (axis: 0 | 1) =>
    atoms.reduce((sum, atom) => sum + (label[2 * atom + axis] as number), 0) / atoms.length;
  const [x, y] = [mean(0), mean(1)];
  let [best, least] = [-1, Number.POSITIVE_INFINITY];
  for (const atom of atoms) {
    const far = ((label[2 * atom] as number) - x) ** 2 + ((label[2 * atom + 1] as number) - y) ** 2;
    if (far < least) [best, least] = [atom, far];
  }
  return best;
}

/** The next or the one before among the grids, by code, then name, then id; round and round. UNASSIGNED where there is none. */
export function nextGrid(plan: Plan, slot: number, by: 1 | -1): number {
  const key = (of: number) => {
    const grid = plan.grid(of);
    return [grid?.code ?? "", grid?.name ?? "", grid?.id ?? ""] as const;
  };
  const slots = plan.liveSlots().sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    const at = x.findIndex((word, i) => word !== y[i]);
    return at < 0 ? 0 : (x[at] as string) < (y[at] as string) ? -1 : 1;
  });
  if (slots.length === 0) return UNASSIGNED;
  const at = slots.indexOf(slot);
  if (at < 0) return slots[by === 1 ? 0 : slots.length - 1] as number;
  return slots[(at + by + slots.length) % slots.length] as number;
}
