/**
 * Who lies beside a grid. The shape is not looked at for that: a hair outside each piece of its border the owner is asked, all in one
 * question, and the pieces are added up by what is answered.
 */
import type { BatchAnswer, MultiPolygon } from "../api/types";

/** How far outside the border is asked: more than the lattice's centimetre, less than anything that has an address. */
const OUTSIDE_M = 0.25;
const DEGREE_M = 111_195;
/** Pieces shorter than this say nothing and are left out. */
const LEAST_M = 0.3;
/** Of a longer border every second, third … piece is asked for. */
const MOST = 4_000;

export interface Probes {
  lon: number[];
  lat: number[];
  /** Length of the piece that each stands for. */
  border_m: number[];
}

export interface Neighbour {
  /** Null for the outside of all grids. */
  code: string | null;
  border_m: number;
  /** Where most of the common border lies, seen from the middle of the grid. */
  towards: Direction;
}

export const DIRECTIONS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Points a hair outside. Rings run so that the grid lies to their left (RFC 7946), holes too. */
export function probes({ coordinates }: MultiPolygon): Probes {
  const found: Probes = { lon: [], lat: [], border_m: [] };
  const edges = coordinates.flat().reduce((sum, ring) => sum + ring.length - 1, 0);
  const step = Math.max(1, Math.ceil(edges / MOST));
  let at = 0;
  for (const ring of coordinates.flat()) {
    for (let i = 0; i + 1 < ring.length; i++) {
      if (at++ % step !== 0) continue;
      const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = [ring[i], ring[i + 1]];
      const east = Math.cos((((y1 + y2) / 2) * Math.PI) / 180) * DEGREE_M;
      const [dx, dy] = [(x2 - x1) * east, (y2 - y1) * DEGREE_M];
      const length = Math.hypot(dx, dy);
      if (length < LEAST_M) continue;
      // The right-hand side of a step (dx, dy) is (dy, -dx).
      found.lon.push((x1 + x2) / 2 + ((dy / length) * OUTSIDE_M) / east);
      found.lat.push((y1 + y2) / 2 - ((dx / length) * OUTSIDE_M) / DEGREE_M);
      found.border_m.push(length * step);
    }
  }
  return found;
}

/** The direction of a place from another. */
export function direction(from: readonly [number, number], to: readonly [number, number]): Direction {
  const east = (to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180);
  const turn = Math.atan2(east, to[1] - from[1]) / (Math.PI / 4);
  return DIRECTIONS[(Math.round(turn) + 8) % 8] as Direction;
}

/** Adds the pieces up, the longest border first; what is answered with the grid itself lies in a bay of it. */
export function tally(
  asked: Probes,
  answer: Pick<BatchAnswer, "grids" | "grid">,
  own: string,
  middle: readonly [number, number],
): Neighbour[] {
  const sums = new Map<string | null, { border_m: number; lon: number; lat: number }>();
  answer.grid.forEach((position, i) => {
    const code = position === null ? null : (answer.grids[position] ?? null);
    if (code === own) return;
    const sum = sums.get(code) ?? { border_m: 0, lon: 0, lat: 0 };
    const length = asked.border_m[i] ?? 0;
    sum.border_m += length;
    sum.lon += length * (asked.lon[i] ?? 0);
    sum.lat += length * (asked.lat[i] ?? 0);
    sums.set(code, sum);
  });
  return [...sums]
    .map(([code, { border_m, lon, lat }]) => ({
      code,
      border_m,
      towards: direction(middle, [lon / border_m, lat / border_m]),
    }))
    .sort((a, b) => b.border_m - a.border_m || ((a.code ?? "") < (b.code ?? "") ? -1 : 1));
}
