/**
 * What bounds a grid on each side, by name (四至): the border is walked piece by piece, and each piece belongs to the named street, river or
 * railway that runs beside it. Pure.
 */
import type { MultiPolygon } from "../api/types";

/** A line with a name, as longitude and latitude by turns. */
export interface NamedLine {
  name: string;
  points: readonly number[];
}

/** Sides in the order they are told in Chinese. */
export const SIDES = ["e", "s", "w", "n"] as const;
export type Side = (typeof SIDES)[number];

export interface Bound {
  name: string;
  border_m: number;
}

/** Farther from a border than this, a street is another one: half a wide road with its walks. */
const NEAR_M = 15;
/** A street that crosses a border does not run along it: more askew than 30 degrees. */
const ALONG_COS = Math.cos(Math.PI / 6);
/** The border is looked at every so many metres, or in so many steps where it is long. */
const STEP_M = 8;
const MOST_STEPS = 4_000;
/** Shorter than this, or less than such a part of its side, a name would lead astray. */
const LEAST_M = 20;
const LEAST_SHARE = 0.1;
const DEGREE_M = 111_195;

interface Segment {
  name: string;
  x: number;
  y: number;
  dx: number;
  dy: number;
  length: number;
}

/** The names on each side, the longest first; a side may have none. */
export function boundsOf(of: MultiPolygon, lines: readonly NamedLine[]): Record<Side, Bound[]> {
  const rings = of.coordinates.flatMap(([outer]) => (outer ? [outer] : []));
  const [lon = 0, lat = 0] = rings[0]?.[0] ?? [];
  const east = Math.cos((lat * Math.PI) / 180) * DEGREE_M;
  const x = (degrees: number) => (degrees - lon) * east;
  const y = (degrees: number) => (degrees - lat) * DEGREE_M;

  const pieces = rings.flatMap((ring) =>
    ring.slice(1).map((end, i) => {
      const start = ring[i] as number[];
      const [ax, ay] = [x(start[0] as number), y(start[1] as number)];
      const [dx, dy] = [x(end[0] as number) - ax, y(end[1] as number) - ay];
      return { ax, ay, dx, dy, length: Math.hypot(dx, dy) };
    }),
  );
  const around = pieces.reduce((sum, { length }) => sum + length, 0);
  const step = Math.max(STEP_M, around / MOST_STEPS);
  const near = segmentsNear(lines, x, y, pieces);

  const sides: Record<Side, { all_m: number; by: Map<string, number> }> = {
    e: { all_m: 0, by: new Map() },
    s: { all_m: 0, by: new Map() },
    w: { all_m: 0, by: new Map() },
    n: { all_m: 0, by: new Map() },
  };
  for (const { ax, ay, dx, dy, length } of pieces) {
    if (length === 0) continue;
    // Rings run with the grid to their left (RFC 7946): outside is (dy, -dx).
    const side = sides[Math.abs(dy) >= Math.abs(dx) ? (dy > 0 ? "e" : "w") : dx > 0 ? "s" : "n"];
    const steps = Math.max(1, Math.round(length / step));
    for (let i = 0; i < steps; i++) {
      const t = (i + 0.5) / steps;
      side.all_m += length / steps;
      const name = nearest(near, ax + t * dx, ay + t * dy, dx / length, dy / length);
      if (name !== null) side.by.set(name, (side.by.get(name) ?? 0) + length / steps);
    }
  }
  const told = ({ all_m, by }: (typeof sides)[Side]): Bound[] =>
    [...by]
      .map(([name, border_m]) => ({ name, border_m }))
      .filter(({ border_m }) => border_m >= LEAST_M && border_m >= LEAST_SHARE * all_m)
      .sort((a, b) => b.border_m - a.border_m || (a.name < b.name ? -1 : 1));
  return { e: told(sides.e), s: told(sides.s), w: told(sides.w), n: told(sides.n) };
}

/** Pieces of the lines that come near the grid at all. */
function segmentsNear(
  lines: readonly NamedLine[],
  x: (lon: number) => number,
  y: (lat: number) => number,
  pieces: readonly { ax: number; ay: number }[],
): Segment[] {
  let [west, south, east, north] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const { ax, ay } of pieces) {
    west = Math.min(west, ax - NEAR_M);
    east = Math.max(east, ax + NEAR_M);
    south = Math.min(south, ay - NEAR_M);
    north = Math.max(north, ay + NEAR_M);
  }
  const found: Segment[] = [];
  for (const { name, points } of lines) {
    for (let i = 0; i + 3 < points.length; i += 2) {
      const [ax, ay] = [x(points[i] as number), y(points[i + 1] as number)];
      const [bx, by] = [x(points[i + 2] as number), y(points[i + 3] as number)];
      if (Math.max(ax, bx) < west || Math.min(ax, bx) > east) continue;
      if (Math.max(ay, by) < south || Math.min(ay, by) > north) continue;
      const [dx, dy] = [bx - ax, by - ay];
      const length = Math.hypot(dx, dy);
      if (length > 0) found.push({ name, x: ax, y: ay, dx, dy, length });
    }
  }
  return found;
}

/** The name of the nearest line that runs the same way as (ux, uy) at a place; null where none does. */
function nearest(
  segments: readonly Segment[],
  px: number,
  py: number,
  ux: number,
  uy: number,
): string | null {
  let [best, name]: [number, string | null] = [NEAR_M, null];
  for (const one of segments) {
    if (Math.abs(one.dx * ux + one.dy * uy) < ALONG_COS * one.length) continue;
    const t = ((px - one.x) * one.dx + (py - one.y) * one.dy) / (one.length * one.length);
    const on = Math.max(0, Math.min(1, t));
    const far = Math.hypot(px - one.x - on * one.dx, py - one.y - on * one.dy);
    if (far < best) [best, name] = [far, one.name];
  }
  return name;
}
