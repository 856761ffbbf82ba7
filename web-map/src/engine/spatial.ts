/**
 * Which atoms are where: under the pointer, under a round brush, in a lasso or a box. Over all atoms at any zoom, whether
 * they are on the screen or not. Pointing picks what to paint; who owns a point is asked of the server.
 *
 * Every search goes through an R-tree of the atoms' boxes; `brute` beside it looks at every atom, and tests compare them.
 */
import Flatbush from "flatbush";
import { eastMetresPerUnit, northMetresPerUnit } from "./measure";
import { inRing } from "./rings";
import type { Topology } from "./topology";

/** Whether an area takes atoms that it touches, or only those that lie inside it. */
export type Reach = "touch" | "inside";

export class AtomIndex {
  private readonly tree: Flatbush;

  /** O(atoms log atoms). */
  constructor(readonly topology: Topology) {
    this.tree = new Flatbush(topology.atoms);
    for (let atom = 0; atom < topology.atoms; atom++) {
      const [west, south, east, north] = boxOf(topology, atom);
      this.tree.add(west, south, east, north);
    }
    this.tree.finish();
  }

  /** The atom at a lattice point, or -1. On a border one of the atoms beside it. */
  at(x: number, y: number): number {
    for (const atom of this.tree.search(x, y, x, y).sort((a, b) => a - b))
      if (holds(this.topology, atom, x, y)) return atom;
    return -1;
  }

  /** Atoms that a disc of `radius_m` about a point meets, the nearest labels first. */
  disc(x: number, y: number, radius_m: number): number[] {
    const [dx, dy] = [radius_m / eastMetresPerUnit(y), radius_m / northMetresPerUnit(y)];
    const near = this.tree.search(x - dx, y - dy, x + dx, y + dy);
    return byDistance(
      this.topology,
      near.filter((atom) => meetsDisc(this.topology, atom, x, y, radius_m)),
      x,
      y,
    );
  }

  /** Atoms that a closed line of x, y pairs encloses or touches, ascending. */
  lasso(ring: readonly number[], reach: Reach): number[] {
    if (ring.length < 6) return [];
    const near = this.tree.search(...extent(ring));
    return near.filter((atom) => inLasso(this.topology, atom, ring, reach)).sort((a, b) => a - b);
  }

  /** Atoms in a box, ascending. */
  box(west: number, south: number, east: number, north: number, reach: Reach): number[] {
    return this.lasso([west, south, east, south, east, north, west, north], reach);
  }

  /** Atoms whose own box meets a box, in no order. */
  boxes(west: number, south: number, east: number, north: number): number[] {
    return this.tree.search(west, south, east, north);
  }
}

/** The same answers by a look at every atom. */
export const brute = {
  at(topology: Topology, x: number, y: number): number {
    for (let atom = 0; atom < topology.atoms; atom++) if (holds(topology, atom, x, y)) return atom;
    return -1;
  },
  disc(topology: Topology, x: number, y: number, radius_m: number): number[] {
    const all = Array.from({ length: topology.atoms }, (_, atom) => atom);
    return byDistance(
      topology,
      all.filter((atom) => meetsDisc(topology, atom, x, y, radius_m)),
      x,
      y,
    );
  },
  lasso(topology: Topology, ring: readonly number[], reach: Reach): number[] {
    const all = Array.from({ length: topology.atoms }, (_, atom) => atom);
    return all.filter((atom) => inLasso(topology, atom, ring, reach));
  },
};

/** West, south, east and north of an atom. */
export function boxOf(topology: Topology, atom: number): [number, number, number, number] {
  let [west, south, east, north] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  const { points, atom_arcs, atom_arc_offsets, arc_points } = topology;
  for (let k = atom_arc_offsets[atom] as number; k < (atom_arc_offsets[atom + 1] as number); k++) {
    const arc = atom_arcs[k] as number;
    for (let p = 2 * (arc_points[arc] as number); p < 2 * (arc_points[arc + 1] as number); p += 2) {
      const [x, y] = [points[p] as number, points[p + 1] as number];
      if (x < west) west = x;
      if (x > east) east = x;
      if (y < south) south = y;
      if (y > north) north = y;
    }
  }
  return [west, south, east, north];
}

/** Calls with every edge around an atom until one says true; whether one did. */
function someEdge(
  topology: Topology,
  atom: number,
  test: (ax: number, ay: number, bx: number, by: number) => boolean,
): boolean {
  const { points, atom_arcs, atom_arc_offsets, arc_points } = topology;
  for (let k = atom_arc_offsets[atom] as number; k < (atom_arc_offsets[atom + 1] as number); k++) {
    const arc = atom_arcs[k] as number;
    const last = 2 * ((arc_points[arc + 1] as number) - 1);
    for (let p = 2 * (arc_points[arc] as number); p < last; p += 2) {
      if (
        test(points[p] as number, points[p + 1] as number, points[p + 2] as number, points[p + 3] as number)
      ) {
        return true;
      }
    }
  }
  return false;
}

/** Whether a point lies in an atom, by counting its edges to the east. No rings are needed. */
export function holds(topology: Topology, atom: number, x: number, y: number): boolean {
  let inside = false;
  someEdge(topology, atom, (ax, ay, bx, by) => {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    return false;
  });
  return inside;
}

function meetsDisc(topology: Topology, atom: number, x: number, y: number, radius_m: number): boolean {
  if (holds(topology, atom, x, y)) return true;
  const [east_m, north_m] = [eastMetresPerUnit(y), northMetresPerUnit(y)];
  return someEdge(topology, atom, (ax, ay, bx, by) => {
    const [ux, uy] = [(ax - x) * east_m, (ay - y) * north_m];
    const [dx, dy] = [(bx - ax) * east_m, (by - ay) * north_m];
    const length_2 = dx * dx + dy * dy;
    const t = length_2 > 0 ? Math.min(1, Math.max(0, -(ux * dx + uy * dy) / length_2)) : 0;
    return (ux + t * dx) ** 2 + (uy + t * dy) ** 2 <= radius_m * radius_m;
  });
}

function byDistance(topology: Topology, atoms: number[], x: number, y: number): number[] {
  const [east_m, north_m] = [eastMetresPerUnit(y), northMetresPerUnit(y)];
  const far = (atom: number) =>
    (((topology.label[2 * atom] as number) - x) * east_m) ** 2 +
    (((topology.label[2 * atom + 1] as number) - y) * north_m) ** 2;
  return atoms.sort((a, b) => far(a) - far(b) || a - b);
}

function inLasso(topology: Topology, atom: number, ring: readonly number[], reach: Reach): boolean {
  let corners = 0;
  let within = 0;
  let crossed = false;
  someEdge(topology, atom, (ax, ay, bx, by) => {
    corners++;
    if (inRing(ring, ax, ay)) within++;
    crossed ||= crossesRing(ring, ax, ay, bx, by);
    return reach === "touch" ? crossed || within > 0 : crossed || within < corners;
  });
  if (reach === "inside") return !crossed && corners > 0 && within === corners;
  // Or the whole lasso lies in the atom.
  return crossed || within > 0 || holds(topology, atom, ring[0] as number, ring[1] as number);
}

function crossesRing(ring: readonly number[], ax: number, ay: number, bx: number, by: number): boolean {
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    if (
      crosses(
        ax,
        ay,
        bx,
        by,
        ring[j] as number,
        ring[j + 1] as number,
        ring[i] as number,
        ring[i + 1] as number,
      )
    ) {
      return true;
    }
  }
  return false;
}

/** Whether two segments cross properly: each has the other's ends on different sides. */
export function crosses(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): boolean {
  const side = (px: number, py: number, qx: number, qy: number, rx: number, ry: number) =>
    Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px));
  return (
    side(ax, ay, bx, by, cx, cy) * side(ax, ay, bx, by, dx, dy) < 0 &&
    side(cx, cy, dx, dy, ax, ay) * side(cx, cy, dx, dy, bx, by) < 0
  );
}

function extent(ring: readonly number[]): [number, number, number, number] {
  const xs = ring.filter((_, i) => i % 2 === 0);
  const ys = ring.filter((_, i) => i % 2 === 1);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
