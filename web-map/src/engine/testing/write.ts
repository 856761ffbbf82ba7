/**
 * Writes binary topologies, for tests and benches: arcs with two sides come in, everything else is derived. The program
 * itself never writes one; the server does.
 */
import {
  aligned,
  BYTES_OF,
  COUNTS,
  type Counts,
  HEADER_BYTES,
  MAGIC,
  NONE,
  sections,
  totalBytes,
} from "../layout";
import { lengthMm } from "../measure";

export interface AtomIn {
  code: string;
  /** null = the source does not say. */
  households: number | null;
  population: number | null;
  unit: number;
  whole?: number;
  kind?: number;
  label: readonly [number, number];
}

export interface UnitIn {
  code: string;
  name: string;
  parent: number | null;
}

export interface ArcIn {
  /** x0, y0, x1, y1, … */
  points: number[];
  left: number | null;
  right: number | null;
  /** Position in `LINE_CLASSES`. */
  line: number;
}

export interface LinkIn {
  from: number;
  to: number;
  /** 1 bridge, 2 ferry, 3 underpass. */
  kind: number;
}

export interface TopologyIn {
  atoms: AtomIn[];
  units: UnitIn[];
  arcs: ArcIn[];
  links?: LinkIn[];
}

/** The bytes of a topology. */
export function writeTopology(of: TopologyIn): ArrayBuffer {
  const n = of.atoms.length;
  const nodes = new Map<string, number>();
  const nodeAtoms: Set<number>[] = [];
  const node = (x: number, y: number) => {
    const key = `${x},${y}`;
    let at = nodes.get(key);
    if (at === undefined) {
      at = nodes.size;
      nodes.set(key, at);
      nodeAtoms.push(new Set());
    }
    return at;
  };
  const starts: number[] = [];
  const ends: number[] = [];
  const lengths: number[] = [];
  const offsets = [0];
  const area_m2 = new Float64Array(n);
  const rows: Map<number, { mm: number; link: number }>[] = of.atoms.map(() => new Map());
  const meet = (a: number, b: number, mm: number, link: number) => {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      const row = rows[x] as Map<number, { mm: number; link: number }>;
      const known = row.get(y) ?? { mm: 0, link: 0 };
      row.set(y, { mm: known.mm + mm, link: known.link || link });
    }
  };
  const [x0, y0] = [of.arcs[0]?.points[0] ?? 0, of.arcs[0]?.points[1] ?? 0];
  const q0 = authalicM2PerRad(y0);
  for (const { points, left, right } of of.arcs) {
    const last = points.length - 2;
    const [start, end] = [
      node(points[0] as number, points[1] as number),
      node(points[last] as number, points[last + 1] as number),
    ];
    starts.push(start);
    ends.push(end);
    let mm = 0;
    let cross_m2 = 0;
    for (let i = 0; i < last; i += 2) {
      const [ax, ay, bx, by] = points.slice(i, i + 4) as [number, number, number, number];
      mm += lengthMm(ax, ay, bx, by);
      const [qa, qb] = [authalicM2PerRad(ay) - q0, authalicM2PerRad(by) - q0];
      cross_m2 += (((ax - x0) * qb - (bx - x0) * qa) * UNIT_RAD) / 2;
    }
    lengths.push(mm);
    offsets.push((offsets[offsets.length - 1] as number) + points.length / 2);
    for (const [side, sign] of [
      [left, 1],
      [right, -1],
    ] as const) {
      if (side === null) continue;
      area_m2[side] = (area_m2[side] as number) + sign * cross_m2;
      nodeAtoms[start]?.add(side);
      nodeAtoms[end]?.add(side);
    }
    if (left !== null && right !== null) meet(left, right, mm, 0);
  }
  for (const { from, to, kind } of of.links ?? []) meet(from, to, 0, kind);
  const touching: Set<number>[] = of.atoms.map(() => new Set());
  for (const atoms of nodeAtoms) {
    for (const a of atoms) {
      for (const b of atoms) if (a !== b && !(rows[a]?.get(b)?.mm ?? 0)) touching[a]?.add(b);
    }
  }
  const neighbours = rows.map((row) => [...row].sort(([a], [b]) => a - b));
  const corners = touching.map((atoms) => [...atoms].sort((a, b) => a - b));
  const level: number[] = [];
  for (const unit of of.units) level.push(unit.parent === null ? 1 : (level[unit.parent] as number) + 1);
  const codes = text(of.atoms.map((atom) => atom.code));
  const unitCodes = text(of.units.map((unit) => unit.code));
  const unitNames = text(of.units.map((unit) => unit.name));
  const optional = (value: number | null | undefined) => value ?? NONE;
  const values: Record<string, ArrayLike<number>> = {
    area_m2,
    households: of.atoms.map((atom) => optional(atom.households)),
    population: of.atoms.map((atom) => optional(atom.population)),
    unit: of.atoms.map((atom) => atom.unit),
    whole: of.atoms.map((atom) => optional(atom.whole)),
    label: of.atoms.flatMap((atom) => atom.label),
    flags: of.atoms.map((atom) => atom.kind ?? 0),
    unit_parent: of.units.map((unit) => optional(unit.parent)),
    unit_level: level,
    arc_left: of.arcs.map((arc) => optional(arc.left)),
    arc_right: of.arcs.map((arc) => optional(arc.right)),
    arc_length_mm: lengths,
    arc_start: starts,
    arc_end: ends,
    arc_class: of.arcs.map((arc) => arc.line),
    arc_points: offsets,
    points: of.arcs.flatMap((arc) => arc.points),
    neighbour_offsets: running(neighbours.map((row) => row.length)),
    neighbours: neighbours.flatMap((row) => row.map(([other]) => other)),
    neighbour_mm: neighbours.flatMap((row) => row.map(([, { mm }]) => mm)),
    neighbour_link: neighbours.flatMap((row) => row.map(([, { link }]) => link)),
    corner_offsets: running(corners.map((row) => row.length)),
    corners: corners.flat(),
    code_offsets: codes.offsets,
    code_bytes: codes.bytes,
    unit_code_offsets: unitCodes.offsets,
    unit_code_bytes: unitCodes.bytes,
    unit_name_offsets: unitNames.offsets,
    unit_name_bytes: unitNames.bytes,
  };
  const counts: Counts = {
    atoms: n,
    units: of.units.length,
    arcs: of.arcs.length,
    nodes: nodes.size,
    points: offsets[offsets.length - 1] as number,
    neighbours: values.neighbours?.length ?? 0,
    corners: values.corners?.length ?? 0,
    code_bytes: codes.bytes.length,
    unit_code_bytes: unitCodes.bytes.length,
    unit_name_bytes: unitNames.bytes.length,
    wholes: of.atoms.reduce((most, atom) => Math.max(most, (atom.whole ?? -1) + 1), 0),
  };
  const buffer = new ArrayBuffer(totalBytes(counts));
  const view = new DataView(buffer);
  for (let i = 0; i < 8; i++) view.setUint8(i, MAGIC.charCodeAt(i));
  COUNTS.forEach((name, i) => {
    view.setUint32(8 + 4 * i, counts[name], true);
  });
  let at = HEADER_BYTES;
  for (const [name, type, length] of sections(counts)) {
    const from = values[name] as ArrayLike<number>;
    if (from.length !== length) throw new Error(`${name} has ${from.length} values, not ${length}`);
    const kinds = { f64: Float64Array, u32: Uint32Array, i32: Int32Array, u8: Uint8Array };
    new kinds[type](buffer, at, length).set(from);
    at += aligned(BYTES_OF[type] * length);
  }
  return buffer;
}

const UNIT_RAD = Math.PI / 180 / 1e7;

/** As the server's `geom::units`: equal-area latitude, Snyder (USGS 1395, 1987), 3-12. */
function authalicM2PerRad(y_e7: number): number {
  const e_2 = 6.694_379_990_141_33e-3;
  const e = Math.sqrt(e_2);
  const sin = Math.sin(y_e7 * UNIT_RAD);
  const q = (1 - e_2) * (sin / (1 - e_2 * sin * sin) + Math.log((1 + e * sin) / (1 - e * sin)) / (2 * e));
  return (6_378_137 ** 2 * q) / 2;
}

function running(lengths: number[]): number[] {
  const offsets = [0];
  for (const length of lengths) offsets.push((offsets[offsets.length - 1] as number) + length);
  return offsets;
}

function text(words: string[]): { offsets: number[]; bytes: Uint8Array } {
  const parts = words.map((word) => new TextEncoder().encode(word));
  const offsets = running(parts.map((part) => part.length));
  const bytes = new Uint8Array(offsets[offsets.length - 1] as number);
  parts.forEach((part, i) => {
    bytes.set(part, offsets[i]);
  });
  return { offsets, bytes };
}
