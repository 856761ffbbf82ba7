/** The rings of an atom, put together from its arcs; for drawing. Who owns a point is never decided by them. */
import { arcsOf, type Topology, TopologyError } from "./topology";

/** A polygon: the outer ring and its holes, as x, y pairs without the first point again. */
export interface RingSet {
  outer: number[];
  holes: number[][];
}

/** The polygons of an atom. Throws where its arcs do not close. O(points). */
export function polygonsOf(topology: Topology, atom: number): RingSet[] {
  const loops = loopsOf(topology, atom);
  const outers = loops
    .filter((loop) => loop.area_2 > 0)
    .map((loop) => ({ ...loop, holes: [] as number[][] }));
  for (const hole of loops) {
    if (hole.area_2 > 0) continue;
    // The smallest outer ring around it; a hole is never outside all of them.
    const around = outers.filter((outer) => contains(outer.ring, hole.ring));
    const nearest = around.reduce<(typeof outers)[number] | undefined>(
      (least, outer) => (least && least.area_2 <= outer.area_2 ? least : outer),
      undefined,
    );
    nearest?.holes.push(hole.ring);
  }
  return outers.map(({ ring, holes }) => ({ outer: ring, holes }));
}

interface Loop {
  ring: number[];
  /** Twice the signed area in lattice units². */
  area_2: number;
}

/** Loops that pass every node once; counter-clockwise where the atom lies inside. */
function loopsOf(topology: Topology, atom: number): Loop[] {
  const out = new Map<number, [arc: number, to: number, forward: boolean][]>();
  for (const arc of arcsOf(topology, atom)) {
    const forward = topology.arc_left[arc] === atom;
    const [start, end] = [topology.arc_start[arc] as number, topology.arc_end[arc] as number];
    const [from, to] = forward ? [start, end] : [end, start];
    const row = out.get(from);
    if (row) row.push([arc, to, forward]);
    else out.set(from, [[arc, to, forward]]);
  }
  const loops: Loop[] = [];
  for (const [begin, row] of out) {
    while (row.length > 0) {
      const path: { node: number; arc: number; forward: boolean }[] = [];
      const placed = new Map<number, number>();
      let node = begin;
      for (;;) {
        const known = placed.get(node);
        if (known !== undefined) {
          const loop = path.splice(known);
          for (const step of loop) placed.delete(step.node);
          loops.push(loopOf(topology, loop));
          if (path.length === 0) break;
        }
        const step = out.get(node)?.pop();
        if (!step)
          throw new TopologyError(`the arcs of atom ${topology.codes[atom]} do not close at node ${node}`);
        placed.set(node, path.length);
        path.push({ node, arc: step[0], forward: step[2] });
        node = step[1];
      }
    }
  }
  return loops;
}

function loopOf(topology: Topology, steps: { arc: number; forward: boolean }[]): Loop {
  const ring: number[] = [];
  for (const { arc, forward } of steps) {
    const [from, to] = [topology.arc_points[arc] as number, topology.arc_points[arc + 1] as number];
    // The last point of each arc is the first of the next.
    for (let k = 0; k < to - from - 1; k++) {
      const p = forward ? from + k : to - 1 - k;
      ring.push(topology.points[2 * p] as number, topology.points[2 * p + 1] as number);
    }
  }
  let area_2 = 0;
  const [x0, y0] = [ring[0] as number, ring[1] as number];
  for (let i = 0; i < ring.length; i += 2) {
    const j = (i + 2) % ring.length;
    area_2 +=
      ((ring[i] as number) - x0) * ((ring[j + 1] as number) - y0) -
      ((ring[j] as number) - x0) * ((ring[i + 1] as number) - y0);
  }
  return { ring, area_2 };
}

/** Whether a ring lies inside another that it does not cross: judged by a point of it off the other's corners. */
function contains(outer: number[], inner: number[]): boolean {
  const corners = new Set<string>();
  for (let i = 0; i < outer.length; i += 2) corners.add(`${outer[i]},${outer[i + 1]}`);
  for (let i = 0; i < inner.length; i += 2) {
    const [x, y] = [inner[i] as number, inner[i + 1] as number];
    if (!corners.has(`${x},${y}`)) return inRing(outer, x, y);
  }
  const half = (k: number) => ((inner[k] as number) + (inner[k + 2] as number)) / 2;
  return inRing(outer, half(0), half(1));
}

/** Even-odd. */
export function inRing(ring: ArrayLike<number>, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const [ax, ay, bx, by] = [
      ring[i] as number,
      ring[i + 1] as number,
      ring[j] as number,
      ring[j + 1] as number,
    ];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
