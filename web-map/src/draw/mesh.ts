/**
 * What is drawn of a topology and never changes: the triangles of every atom with its number, and every edge of every arc
 * with the atoms on its two sides. Pure; `layer.ts` puts it on the graphics card.
 *
 * 1. Atoms come in the order of a Hilbert curve, in chunks with their boxes, so that only what is in view is drawn.
 * 2. Coordinates are Web Mercator relative to `origin`, in units of 2^-`SCALE_BITS` of the world: within a plan of 100 km
 *    a 32-bit float is off by less than a centimetre.
 */
import earcut from "earcut";
import { UNITS_PER_DEGREE } from "../engine/measure";
import { polygonsOf } from "../engine/rings";
import { NONE, type Topology } from "../engine/topology";

/** Bits by which Mercator coordinates (the world is 1 wide) are enlarged. */
export const SCALE_BITS = 20;
const SCALE = 2 ** SCALE_BITS;
/** Atoms in a chunk. */
const CHUNK_ATOMS = 512;
/** Edges in a chunk. */
const CHUNK_EDGES = 4096;
/** Bits a side of the Hilbert curve. */
const CURVE_BITS = 16;

export interface Chunk {
  /** First index (or edge) and how many. */
  first: number;
  count: number;
  /** West, north, east, south in the coordinates of the mesh; y grows southward. */
  box: [number, number, number, number];
}

export interface Mesh {
  /** Mercator x, y that the coordinates are relative to. */
  origin: readonly [number, number];
  /** x, y of each vertex. */
  places: Float32Array;
  /** The atom of each vertex. */
  atoms: Uint32Array;
  triangles: Uint32Array;
  chunks: Chunk[];
  /** x, y of both ends of each edge. */
  edges: Float32Array;
  /** Left atom, right atom (NONE = outside) and class of each edge. */
  sides: Uint32Array;
  edge_chunks: Chunk[];
}

/** Web Mercator of a lattice point: the world is 1 wide, y grows southward. */
export function mercator(x_e7: number, y_e7: number): [number, number] {
  const lat = (y_e7 / UNITS_PER_DEGREE) * (Math.PI / 180);
  return [
    0.5 + x_e7 / UNITS_PER_DEGREE / 360,
    0.5 - Math.log(Math.tan(Math.PI / 4 + lat / 2)) / (2 * Math.PI),
  ];
}

/** The lattice point of a place in Web Mercator. */
export function fromMercator(x: number, y: number): [number, number] {
  const lat = 2 * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - Math.PI / 2;
  return [
    Math.round((x - 0.5) * 360 * UNITS_PER_DEGREE),
    Math.round(lat * (180 / Math.PI) * UNITS_PER_DEGREE),
  ];
}

/** Position of a cell on the Hilbert curve of 2^bits cells a side (Hilbert 1891; Wikipedia, "Hilbert curve", xy2d). */
export function hilbert(x: number, y: number, bits: number): number {
  let key = 0;
  let [cx, cy] = [x, y];
  for (let side = 2 ** (bits - 1); side >= 1; side /= 2) {
    const [rx, ry] = [cx & side ? 1 : 0, cy & side ? 1 : 0];
    key += side * side * ((3 * rx) ^ ry);
    if (ry === 0) {
      if (rx === 1) {
        cx = 2 ** bits - 1 - cx;
        cy = 2 ** bits - 1 - cy;
      }
      [cx, cy] = [cy, cx];
    }
  }
  return key;
}

/** Builds the mesh. O(points log points) for the triangles. */
export function buildMesh(topology: Topology): Mesh {
  let [west, south, east, north] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (let i = 0; i < topology.points.length; i += 2) {
    const [x, y] = [topology.points[i] as number, topology.points[i + 1] as number];
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < south) south = y;
    if (y > north) north = y;
  }
  const origin = topology.points.length
    ? mercator((west + east) / 2, (south + north) / 2)
    : ([0.5, 0.5] as const);
  // Every point once: arcs share their ends only.
  const local = new Float32Array(topology.points.length);
  for (let i = 0; i < local.length; i += 2) {
    const [x, y] = mercator(topology.points[i] as number, topology.points[i + 1] as number);
    local[i] = (x - origin[0]) * SCALE;
    local[i + 1] = (y - origin[1]) * SCALE;
  }
  const cells = 2 ** CURVE_BITS - 1;
  const cell = (value: number, from: number, to: number) =>
    to > from ? Math.max(0, Math.min(cells, Math.floor(((value - from) / (to - from)) * cells))) : 0;
  const key = (x: number, y: number) => hilbert(cell(x, west, east), cell(y, south, north), CURVE_BITS);
  return {
    origin,
    ...atomMesh(topology, origin, key),
    ...edgeMesh(topology, local, key),
  };
}

function atomMesh(
  topology: Topology,
  origin: readonly [number, number],
  key: (x: number, y: number) => number,
) {
  const keys = Float64Array.from({ length: topology.atoms }, (_, atom) =>
    key(topology.label[2 * atom] as number, topology.label[2 * atom + 1] as number),
  );
  const order = Uint32Array.from(keys, (_, atom) => atom).sort(
    (a, b) => (keys[a] as number) - (keys[b] as number) || a - b,
  );
  const places: number[] = [];
  const atoms: number[] = [];
  const triangles: number[] = [];
  const chunks: Chunk[] = [];
  for (let from = 0; from < order.length; from += CHUNK_ATOMS) {
    const first = triangles.length;
    const begin = places.length;
    for (let i = from; i < Math.min(from + CHUNK_ATOMS, order.length); i++) {
      const atom = order[i] as number;
      for (const { outer, holes } of polygonsOf(topology, atom)) {
        const vertices: number[] = [];
        const starts: number[] = [];
        for (const ring of [outer, ...holes]) {
          if (vertices.length > 0) starts.push(vertices.length / 2);
          for (let k = 0; k < ring.length; k += 2) {
            const [x, y] = mercator(ring[k] as number, ring[k + 1] as number);
            vertices.push((x - origin[0]) * SCALE, (y - origin[1]) * SCALE);
          }
        }
        const base = places.length / 2;
        for (const corner of earcut(vertices, starts)) triangles.push(base + corner);
        for (let k = 0; k < vertices.length; k += 2) atoms.push(atom);
        for (const value of vertices) places.push(value);
      }
    }
    chunks.push({ first, count: triangles.length - first, box: boxOf(places, begin, places.length) });
  }
  return {
    places: Float32Array.from(places),
    atoms: Uint32Array.from(atoms),
    triangles: Uint32Array.from(triangles),
    chunks,
  };
}

function edgeMesh(topology: Topology, local: Float32Array, key: (x: number, y: number) => number) {
  const keys = Float64Array.from({ length: topology.arcs }, (_, arc) => {
    const p = topology.arc_points[arc] as number;
    return key(topology.points[2 * p] as number, topology.points[2 * p + 1] as number);
  });
  const order = Uint32Array.from(keys, (_, arc) => arc).sort(
    (a, b) => (keys[a] as number) - (keys[b] as number) || a - b,
  );
  const count = local.length / 2 - topology.arcs;
  const edges = new Float32Array(4 * count);
  const sides = new Uint32Array(3 * count);
  let at = 0;
  for (const arc of order) {
    const last = (topology.arc_points[arc + 1] as number) - 1;
    for (let p = topology.arc_points[arc] as number; p < last; p++) {
      edges.set(local.subarray(2 * p, 2 * p + 4), 4 * at);
      sides[3 * at] = topology.arc_left[arc] as number;
      sides[3 * at + 1] = topology.arc_right[arc] as number;
      sides[3 * at + 2] = topology.arc_class[arc] as number;
      at++;
    }
  }
  const edge_chunks: Chunk[] = [];
  for (let first = 0; first < count; first += CHUNK_EDGES) {
    const many = Math.min(CHUNK_EDGES, count - first);
    edge_chunks.push({ first, count: many, box: boxOf(edges, 4 * first, 4 * (first + many)) });
  }
  return { edges, sides, edge_chunks };
}

function boxOf(places: ArrayLike<number>, from: number, to: number): Chunk["box"] {
  const box: Chunk["box"] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (let i = from; i < to; i += 2) {
    const [x, y] = [places[i] as number, places[i + 1] as number];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

/** The chunks that meet a box, neighbours in the buffer put together, as first and count. */
export function visible(chunks: readonly Chunk[], box: Chunk["box"]): [number, number][] {
  const runs: [number, number][] = [];
  for (const { first, count, box: own } of chunks) {
    if (own[0] > box[2] || own[2] < box[0] || own[1] > box[3] || own[3] < box[1] || count === 0) continue;
    const last = runs[runs.length - 1];
    if (last && last[0] + last[1] === first) last[1] += count;
    else runs.push([first, count]);
  }
  return runs;
}

/** Whether an edge is drawn: its sides lie in different grids. What the vertex shader decides, for tests. */
export function isBorder(mesh: Mesh, edge: number, slot_of: ArrayLike<number>): boolean {
  const [left, right] = [mesh.sides[3 * edge] as number, mesh.sides[3 * edge + 1] as number];
  return left === NONE || right === NONE || slot_of[left] !== slot_of[right];
}
