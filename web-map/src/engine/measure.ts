/**
 * Metres from lattice coordinates (1e-7 degree of longitude and latitude on WGS 84), by the same formulas as the
 * server's `geom::units` and `geom::circle`, so that both sides tell the same lengths.
 *
 * Radii of curvature: Snyder, Map Projections: A Working Manual (USGS 1395, 1987), 4-18 ff.
 */

/** Semi-major axis of WGS 84 in metres (NIMA TR8350.2). */
const SEMI_MAJOR_M = 6_378_137;
/** First eccentricity squared of WGS 84. */
const ECCENTRICITY_2 = 6.694_379_990_141_33e-3;
/** Lattice units in one degree. */
export const UNITS_PER_DEGREE = 1e7;
const UNIT_RAD = Math.PI / 180 / UNITS_PER_DEGREE;

/** Metres in one lattice unit eastward at the latitude `y_e7`. */
export function eastMetresPerUnit(y_e7: number): number {
  const sin = Math.sin(y_e7 * UNIT_RAD);
  return (SEMI_MAJOR_M / Math.sqrt(1 - ECCENTRICITY_2 * sin * sin)) * Math.cos(y_e7 * UNIT_RAD) * UNIT_RAD;
}

/** Metres in one lattice unit northward at the latitude `y_e7`. */
export function northMetresPerUnit(y_e7: number): number {
  const sin = Math.sin(y_e7 * UNIT_RAD);
  const w_2 = 1 - ECCENTRICITY_2 * sin * sin;
  return (((SEMI_MAJOR_M / Math.sqrt(w_2)) * (1 - ECCENTRICITY_2)) / w_2) * UNIT_RAD;
}

/** Distance of two points in metres, by the radii of curvature halfway. */
export function distanceM(ax: number, ay: number, bx: number, by: number): number {
  const middle = Math.trunc((ay + by) / 2);
  return Math.hypot((bx - ax) * eastMetresPerUnit(middle), (by - ay) * northMetresPerUnit(middle));
}

/** Length of a segment in whole millimetres. */
export function lengthMm(ax: number, ay: number, bx: number, by: number): number {
  return Math.round(distanceM(ax, ay, bx, by) * 1000);
}

/** A list of points: x0, y0, x1, y1, … */
export type Points = ArrayLike<number>;

/** The convex hull, counter-clockwise from the smallest point, as x, y pairs (Andrew's monotone chain, 1979). */
export function hull(points: Points): number[] {
  const order = Array.from({ length: points.length / 2 }, (_, i) => i);
  const x = (i: number) => points[2 * i] as number;
  const y = (i: number) => points[2 * i + 1] as number;
  order.sort((a, b) => x(a) - x(b) || y(a) - y(b));
  const distinct = order.filter((i, k) => {
    const before = order[k - 1];
    return before === undefined || x(before) !== x(i) || y(before) !== y(i);
  });
  if (distinct.length < 3) return distinct.flatMap((i) => [x(i), y(i)]);
  const half = (from: number[]) => {
    const chain: number[] = [];
    for (const p of from) {
      for (;;) {
        const a = chain[chain.length - 2];
        const b = chain[chain.length - 1];
        if (a === undefined || b === undefined) break;
        // Exact: coordinate differences are below 2^32 and their products are compared as big numbers.
        if (turn(x(b) - x(a), y(b) - y(a), x(p) - x(a), y(p) - y(a)) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    chain.pop();
    return chain;
  };
  return [...half(distinct), ...half([...distinct].reverse())].flatMap((i) => [x(i), y(i)]);
}

/** The sign of the cross product of two vectors with whole coordinates, exactly. */
export function turn(ux: number, uy: number, vx: number, vy: number): number {
  const a = ux * vy;
  const b = uy * vx;
  // A product of two 53-bit floats errs by at most 2^-53 of itself; only near ties need whole numbers.
  if (Math.abs(a - b) > (Math.abs(a) + Math.abs(b)) * 2.3e-16 || (a === 0 && b === 0))
    return Math.sign(a - b);
  const exact = BigInt(ux) * BigInt(vy) - BigInt(uy) * BigInt(vx);
  return exact > 0n ? 1 : exact < 0n ? -1 : 0;
}

interface Circle {
  x: number;
  y: number;
  r: number;
}

/**
 * Radius in metres of the smallest circle that holds all points; 0 for fewer than two (Welzl, New Results and New
 * Trends in Computer Science, 1991, over the hull in a fixed mixed order).
 */
export function enclosingRadiusM(points: Points): number {
  const corners = hull(points);
  const n = corners.length / 2;
  if (n === 0) return 0;
  const at = (i: number) => [corners[2 * i] as number, corners[2 * i + 1] as number] as const;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < n; i++) {
    low = Math.min(low, at(i)[1]);
    high = Math.max(high, at(i)[1]);
  }
  const middle = Math.trunc((low + high) / 2);
  const [east_m, north_m] = [eastMetresPerUnit(middle), northMetresPerUnit(middle)];
  const [x0, y0] = at(0);
  let stride = Math.floor((n * 618) / 1000);
  while (stride < 1 || gcd(stride, n) !== 1) stride++;
  const px: number[] = [];
  const py: number[] = [];
  for (let i = 0; i < n; i++) {
    const [x, y] = at((i * stride) % n);
    px.push((x - x0) * east_m);
    py.push((y - y0) * north_m);
  }
  const X = (i: number) => px[i] as number;
  const Y = (i: number) => py[i] as number;
  const holds = (circle: Circle, i: number) =>
    Math.hypot(X(i) - circle.x, Y(i) - circle.y) <= circle.r + 1e-3;
  let circle: Circle = { x: X(0), y: Y(0), r: 0 };
  for (let i = 1; i < n; i++) {
    if (holds(circle, i)) continue;
    circle = { x: X(i), y: Y(i), r: 0 };
    for (let j = 0; j < i; j++) {
      if (holds(circle, j)) continue;
      circle = ofTwo(X(i), Y(i), X(j), Y(j));
      for (let k = 0; k < j; k++) {
        if (!holds(circle, k)) circle = ofThree(X(i), Y(i), X(j), Y(j), X(k), Y(k));
      }
    }
  }
  return circle.r;
}

function ofTwo(ax: number, ay: number, bx: number, by: number): Circle {
  return { x: (ax + bx) / 2, y: (ay + by) / 2, r: Math.hypot(ax - bx, ay - by) / 2 };
}

function ofThree(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): Circle {
  const [ux, uy, vx, vy] = [bx - ax, by - ay, cx - ax, cy - ay];
  const d = 2 * (ux * vy - uy * vx);
  if (Math.abs(d) < 1e-9) {
    const pairs = [ofTwo(ax, ay, bx, by), ofTwo(bx, by, cx, cy), ofTwo(ax, ay, cx, cy)];
    return pairs.reduce((widest, pair) => (pair.r > widest.r ? pair : widest));
  }
  const [u_2, v_2] = [ux * ux + uy * uy, vx * vx + vy * vy];
  const [x, y] = [(vy * u_2 - uy * v_2) / d, (ux * v_2 - vx * u_2) / d];
  return { x: ax + x, y: ay + y, r: Math.hypot(x, y) };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
