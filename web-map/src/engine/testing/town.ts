/**
 * Towns made up for tests and benches: a lattice of cells, each labelled with an atom, streets along some of its lines.
 * The same seed gives the same town.
 */
import { random } from "../random";
import { LINE_CLASSES, readTopology, type Topology } from "../topology";
import { type ArcIn, type AtomIn, type LinkIn, type UnitIn, writeTopology } from "./write";

export { random } from "../random";

export interface TownIn {
  cols: number;
  rows: number;
  seed?: number;
  /** The atom of each cell, by rows from the south; null = outside. Every cell its own atom where this is missing. */
  labels?: (number | null)[];
  /** A street along every so many lines of the lattice; none where it is missing. */
  street_every?: number;
  /** A river along this column line. */
  river_at?: number;
  /** Communities by columns of cells: how many side by side. */
  units?: number;
  /** How far corners are off the lattice, as a share of a cell. */
  jitter?: number;
  households?: (atom: number, draw: () => number) => number | null;
  population?: (atom: number, draw: () => number) => number | null;
  whole?: (atom: number) => number | undefined;
  links?: LinkIn[];
  origin?: readonly [number, number];
  cell_e7?: readonly [number, number];
}

const CLASS = Object.fromEntries(LINE_CLASSES.map((name, i) => [name, i])) as Record<
  (typeof LINE_CLASSES)[number],
  number
>;

/** The bytes of a town. */
export function writeTown(town: TownIn): ArrayBuffer {
  const { cols, rows, seed = 1, jitter = 0.3 } = town;
  const draw = random(seed);
  const [x0, y0] = town.origin ?? [1_206_000_000, 313_000_000];
  const [dx, dy] = town.cell_e7 ?? [4_000, 3_600];
  const wide = cols + 1;
  const vertices = Array.from({ length: wide * (rows + 1) }, (_, k) => {
    const off = () => (draw() - 0.5) * jitter;
    return [
      Math.round(x0 + ((k % wide) + off()) * dx),
      Math.round(y0 + (Math.floor(k / wide) + off()) * dy),
    ] as const;
  });
  const labels = town.labels ?? Array.from({ length: cols * rows }, (_, cell) => cell);
  const cell = (col: number, row: number) =>
    col < 0 || row < 0 || col >= cols || row >= rows ? null : (labels[row * cols + col] ?? null);
  const every = town.street_every ?? 0;
  const lineClass = (line: number, vertical: boolean) => {
    if (vertical && line === town.river_at) return CLASS.river;
    if (!every || line % every !== 0) return CLASS.none;
    return line % (4 * every) === 0 ? CLASS.arterial : CLASS.street;
  };
  const edges: Edge[] = [];
  for (let row = 0; row <= rows; row++) {
    for (let col = 0; col <= cols; col++) {
      const at = row * wide + col;
      if (col < cols)
        edges.push({
          from: at,
          to: at + 1,
          left: cell(col, row),
          right: cell(col, row - 1),
          line: lineClass(row, false),
        });
      if (row < rows)
        edges.push({
          from: at,
          to: at + wide,
          left: cell(col - 1, row),
          right: cell(col, row),
          line: lineClass(col, true),
        });
    }
  }
  const kept = edges.filter((edge) => edge.left !== edge.right);
  const arcs = chain(kept).map(
    ({ vertices: path, left, right, line }): ArcIn => ({
      points: path.flatMap((vertex) => vertices[vertex] as readonly [number, number]),
      left,
      right,
      line,
    }),
  );
  const count = labels.reduce<number>((most, label) => Math.max(most, (label ?? -1) + 1), 0);
  const first = new Array<number>(count).fill(-1);
  labels.forEach((label, at) => {
    if (label !== null && first[label] === -1) first[label] = at;
  });
  const sides = town.units ?? 1;
  const units: UnitIn[] = [
    { code: "S", name: "街道", parent: null },
    ...Array.from({ length: sides }, (_, i) => ({ code: `S${i + 1}`, name: `第${i + 1}社区`, parent: 0 })),
  ];
  const household = random(seed + 1);
  const person = random(seed + 2);
  const atoms = first.map((at, atom): AtomIn => {
    if (at < 0) throw new Error(`no cell is labelled ${atom}`);
    const [col, row] = [at % cols, Math.floor(at / cols)];
    const corner = row * wide + col;
    const around = [corner, corner + 1, corner + wide, corner + wide + 1].map(
      (vertex) => vertices[vertex] as readonly [number, number],
    );
    const mean = (axis: 0 | 1) => Math.round(around.reduce((sum, point) => sum + point[axis], 0) / 4);
    const whole = town.whole?.(atom);
    return {
      code: `A${String(atom).padStart(5, "0")}`,
      households: (town.households ?? ((_, draw) => Math.floor(draw() * 30)))(atom, household),
      population: (town.population ?? ((_, draw) => Math.floor(draw() * 80)))(atom, person),
      unit: 1 + Math.min(sides - 1, Math.floor((col * sides) / cols)),
      ...(whole === undefined ? {} : { whole }),
      label: [mean(0), mean(1)],
    };
  });
  return writeTopology({ atoms, units, arcs, links: town.links ?? [] });
}

/** A town, read. */
export const makeTown = (town: TownIn): Topology => readTopology(writeTown(town));

interface Edge {
  from: number;
  to: number;
  left: number | null;
  right: number | null;
  line: number;
}

/** Puts edges with the same sides and class together into arcs between nodes. */
function chain(edges: Edge[]) {
  const at = new Map<number, number[]>();
  edges.forEach((edge, i) => {
    for (const vertex of [edge.from, edge.to]) at.set(vertex, [...(at.get(vertex) ?? []), i]);
  });
  /** The same edge, seen from one of its ends. */
  const from = (i: number, vertex: number) => {
    const edge = edges[i] as Edge;
    return edge.from === vertex
      ? edge
      : { ...edge, from: edge.to, to: edge.from, left: edge.right, right: edge.left };
  };
  const isNode = (vertex: number) => {
    const around = at.get(vertex) as number[];
    if (around.length !== 2) return true;
    const [a, b] = [from(around[0] as number, vertex), from(around[1] as number, vertex)];
    return a.line !== b.line || a.left !== b.right || a.right !== b.left;
  };
  const used = new Set<number>();
  const arcs: { vertices: number[]; left: number | null; right: number | null; line: number }[] = [];
  const walk = (start: number, first: number) => {
    let edge = from(first, start);
    const vertices = [start];
    let i = first;
    for (;;) {
      used.add(i);
      vertices.push(edge.to);
      if (edge.to === start || isNode(edge.to)) break;
      i = (at.get(edge.to) as number[]).find((next) => next !== i) as number;
      edge = from(i, edge.to);
    }
    const { left, right, line } = from(first, start);
    arcs.push({ vertices, left, right, line });
  };
  for (const vertex of at.keys()) {
    if (isNode(vertex)) for (const i of at.get(vertex) as number[]) if (!used.has(i)) walk(vertex, i);
  }
  edges.forEach((edge, i) => {
    if (!used.has(i)) walk(edge.from, i);
  });
  return arcs;
}

/** Labels of a lattice grown into `atoms` patches of uneven form, with holes and corners that only touch; some cells outside. */
export function patches(cols: number, rows: number, atoms: number, seed: number): (number | null)[] {
  const draw = random(seed);
  const labels: (number | null | undefined)[] = Array.from({ length: cols * rows }, () =>
    draw() < 0.04 ? null : undefined,
  );
  const free = labels.flatMap((label, cell) => (label === undefined ? [cell] : []));
  const border: number[] = [];
  for (let atom = 0; atom < atoms; atom++) {
    const pick = Math.floor(draw() * free.length);
    const cell = free[pick] as number;
    free[pick] = free[free.length - 1] as number;
    free.pop();
    labels[cell] = atom;
    border.push(cell);
  }
  while (border.length > 0) {
    const pick = Math.floor(draw() * border.length);
    const cell = border[pick] as number;
    const [col, row] = [cell % cols, Math.floor(cell / cols)];
    const around = [
      [col - 1, row],
      [col + 1, row],
      [col, row - 1],
      [col, row + 1],
    ] as const;
    const open = around
      .filter(([c, r]) => c >= 0 && r >= 0 && c < cols && r < rows && labels[r * cols + c] === undefined)
      .map(([c, r]) => r * cols + c);
    if (open.length === 0) {
      border[pick] = border[border.length - 1] as number;
      border.pop();
      continue;
    }
    const next = open[Math.floor(draw() * open.length)] as number;
    labels[next] = labels[cell];
    border.push(next);
  }
  return labels.map((label) => label ?? null);
}
