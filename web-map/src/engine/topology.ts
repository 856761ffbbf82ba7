/**
 * The topology of a dataset in typed arrays: atoms, jurisdictions, arcs, who borders whom. Read once, never changed.
 * FORMAT.md says what the bytes are.
 *
 * 1. What was read has been checked: every index is in range, the graph is symmetric, lengths add up.
 * 2. Reading copies nothing but strings: the arrays are views on the given buffer.
 */
import {
  aligned,
  BYTES_OF,
  COUNTS,
  type Counts,
  HEADER_BYTES,
  MAGIC,
  NONE,
  type Sections,
  sections,
  totalBytes,
} from "./layout";

export { NONE } from "./layout";

/** What runs along an arc, by its number in the file. */
export const LINE_CLASSES = ["none", "river", "rail", "arterial", "street", "path", "wall"] as const;
export type LineClass = (typeof LINE_CLASSES)[number];

export const ATOM_KINDS = ["area", "building", "unit", "open", "green", "water"] as const;
export type AtomKind = (typeof ATOM_KINDS)[number];

export const LINK_KINDS = ["none", "bridge", "ferry", "underpass"] as const;

/** Why bytes are no topology: what, which value, where. */
export class TopologyError extends Error {
  constructor(message: string) {
    super(`topology: ${message}`);
    this.name = "TopologyError";
  }
}

export interface Topology extends Sections {
  readonly atoms: number;
  readonly units: number;
  readonly arcs: number;
  readonly nodes: number;
  readonly wholes: number;
  /** Codes of atoms. */
  readonly codes: readonly string[];
  readonly unit_codes: readonly string[];
  readonly unit_names: readonly string[];
  /** Area of each atom in whole square centimetres, so that sums are exact in any order. */
  readonly area_cm2: Float64Array;
  /** Rows of the arcs of each atom, ascending. */
  readonly atom_arc_offsets: Uint32Array;
  readonly atom_arcs: Uint32Array;
}

/** Reads and checks a topology. O(bytes + neighbours · log degree). Throws [`TopologyError`]. */
export function readTopology(buffer: ArrayBuffer): Topology {
  const counts = readHeader(buffer);
  const read: Partial<Record<string, unknown>> = {};
  let at = HEADER_BYTES;
  for (const [name, type, length] of sections(counts)) {
    if (type === "f64") read[name] = new Float64Array(buffer, at, length);
    else if (type === "u32") read[name] = new Uint32Array(buffer, at, length);
    else if (type === "i32") read[name] = new Int32Array(buffer, at, length);
    else read[name] = new Uint8Array(buffer, at, length);
    at += aligned(BYTES_OF[type] * length);
  }
  const own = read as unknown as Sections;
  checkAtoms(own, counts);
  checkUnits(own, counts);
  checkArcs(own, counts);
  checkRows("neighbour", own.neighbour_offsets, own.neighbours, counts.atoms);
  checkRows("corner", own.corner_offsets, own.corners, counts.atoms);
  const codes = strings("code", own.code_offsets, own.code_bytes);
  const unit_codes = strings("unit_code", own.unit_code_offsets, own.unit_code_bytes);
  const unit_names = strings("unit_name", own.unit_name_offsets, own.unit_name_bytes);
  checkUnique("atom", codes);
  checkUnique("unit", unit_codes);
  const topology: Topology = {
    ...own,
    atoms: counts.atoms,
    units: counts.units,
    arcs: counts.arcs,
    nodes: counts.nodes,
    wholes: counts.wholes,
    codes,
    unit_codes,
    unit_names,
    area_cm2: own.area_m2.map((area_m2) => Math.round(area_m2 * 10_000)),
    ...arcsOfAtoms(own, counts),
  };
  if (!Number.isSafeInteger(topology.area_cm2.reduce((sum, area) => sum + area, 0))) {
    throw new TopologyError(
      "area_m2: all atoms together are larger than 9e11 m², which sums cannot hold exactly",
    );
  }
  checkNeighbours(topology);
  checkCorners(topology);
  return topology;
}

function readHeader(buffer: ArrayBuffer): Counts {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new TopologyError(`${buffer.byteLength} bytes are shorter than the header of ${HEADER_BYTES}`);
  }
  const view = new DataView(buffer);
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 8));
  if (magic !== MAGIC) {
    throw new TopologyError(
      `begins with ${JSON.stringify(magic)} instead of ${JSON.stringify(MAGIC)}: another file, or another version`,
    );
  }
  const counts = Object.fromEntries(
    COUNTS.map((name, i) => [name, view.getUint32(8 + 4 * i, true)]),
  ) as unknown as Counts;
  const expected = totalBytes(counts);
  if (expected !== buffer.byteLength) {
    throw new TopologyError(
      `has ${buffer.byteLength} bytes, its header tells of ${expected}: cut off or damaged`,
    );
  }
  return counts;
}

/** Throws unless every value is below `end`, or NONE where that is allowed. */
function checkBelow(name: string, values: Uint32Array, end: number, none: "or none" | "always"): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < end || (value === NONE && none === "or none")) continue;
    throw new TopologyError(`${name}[${i}] is ${value}, of ${end}`);
  }
}

function checkOffsets(name: string, offsets: Uint32Array, end: number, least: number): void {
  if (offsets[0] !== 0) throw new TopologyError(`${name}[0] is ${offsets[0]}, not 0`);
  for (let i = 1; i < offsets.length; i++) {
    if ((offsets[i] as number) < (offsets[i - 1] as number) + least) {
      throw new TopologyError(`${name}[${i}] is ${offsets[i]}, less than ${least} after ${offsets[i - 1]}`);
    }
  }
  const last = offsets[offsets.length - 1];
  if (last !== end) throw new TopologyError(`${name} ends with ${last}, not ${end}`);
}

function checkPlace(name: string, places: Int32Array): void {
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [places[i] as number, places[i + 1] as number];
    if (Math.abs(x) > 1_800_000_000 || Math.abs(y) > 900_000_000) {
      throw new TopologyError(`${name}[${i / 2}] is (${x}, ${y}): outside -180..180, -90..90 degrees`);
    }
  }
}

function checkAtoms(own: Sections, counts: Counts): void {
  own.area_m2.forEach((area_m2, i) => {
    if (!(Number.isFinite(area_m2) && area_m2 >= 0)) throw new TopologyError(`area_m2[${i}] is ${area_m2}`);
  });
  checkBelow("unit", own.unit, counts.units, "always");
  checkBelow("whole", own.whole, counts.wholes, "or none");
  checkPlace("label", own.label);
  own.flags.forEach((flags, i) => {
    if (flags >> 5 || (flags & 7) >= ATOM_KINDS.length) {
      throw new TopologyError(`flags[${i}] is ${flags}: unknown kind or bit`);
    }
  });
}

function checkUnits(own: Sections, counts: Counts): void {
  checkBelow("unit_parent", own.unit_parent, counts.units, "or none");
  own.unit_parent.forEach((parent, i) => {
    const level = parent === NONE ? 1 : (own.unit_level[parent] as number) + 1;
    if (parent !== NONE && parent >= i) {
      throw new TopologyError(`unit_parent[${i}] is ${parent}: parents stand before their children`);
    }
    if (own.unit_level[i] !== level) {
      throw new TopologyError(`unit_level[${i}] is ${own.unit_level[i]}, its parent makes it ${level}`);
    }
  });
}

function checkArcs(own: Sections, counts: Counts): void {
  checkBelow("arc_left", own.arc_left, counts.atoms, "or none");
  checkBelow("arc_right", own.arc_right, counts.atoms, "or none");
  checkBelow("arc_start", own.arc_start, counts.nodes, "always");
  checkBelow("arc_end", own.arc_end, counts.nodes, "always");
  checkOffsets("arc_points", own.arc_points, counts.points, 2);
  checkPlace("points", own.points);
  const placed = new Uint8Array(counts.nodes);
  const places = new Int32Array(2 * counts.nodes);
  for (let arc = 0; arc < counts.arcs; arc++) {
    if (own.arc_left[arc] === own.arc_right[arc]) {
      throw new TopologyError(`arc ${arc} has ${own.arc_left[arc]} on both sides`);
    }
    if ((own.arc_class[arc] as number) >= LINE_CLASSES.length) {
      throw new TopologyError(`arc_class[${arc}] is ${own.arc_class[arc]}, of ${LINE_CLASSES.length}`);
    }
    const ends = [
      [own.arc_start[arc] as number, own.arc_points[arc] as number],
      [own.arc_end[arc] as number, (own.arc_points[arc + 1] as number) - 1],
    ] as const;
    for (const [node, point] of ends) {
      const [x, y] = [own.points[2 * point] as number, own.points[2 * point + 1] as number];
      if (!placed[node]) {
        placed[node] = 1;
        places[2 * node] = x;
        places[2 * node + 1] = y;
      } else if (places[2 * node] !== x || places[2 * node + 1] !== y) {
        throw new TopologyError(
          `arc ${arc} ends at (${x}, ${y}), its node ${node} lies at (${places[2 * node]}, ${places[2 * node + 1]})`,
        );
      }
    }
  }
}

function checkRows(name: string, offsets: Uint32Array, targets: Uint32Array, atoms: number): void {
  checkOffsets(`${name}_offsets`, offsets, targets.length, 0);
  checkBelow(`${name}s`, targets, atoms, "always");
  for (let atom = 0; atom < atoms; atom++) {
    for (let k = offsets[atom] as number; k < (offsets[atom + 1] as number); k++) {
      const other = targets[k] as number;
      if (other === atom) throw new TopologyError(`${name}s of atom ${atom}: it is its own`);
      if (k > (offsets[atom] as number) && (targets[k - 1] as number) >= other) {
        throw new TopologyError(`${name}s of atom ${atom} do not ascend: ${targets[k - 1]}, ${other}`);
      }
    }
  }
}

/** Where `target` stands in the row of `atom`, or -1. O(log degree). */
export function findInRow(offsets: Uint32Array, targets: Uint32Array, atom: number, target: number): number {
  let low = offsets[atom] as number;
  let high = offsets[atom + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((targets[middle] as number) < target) low = middle + 1;
    else high = middle;
  }
  return low < (offsets[atom + 1] as number) && targets[low] === target ? low : -1;
}

function checkNeighbours(topology: Topology): void {
  const { neighbour_offsets, neighbours, neighbour_mm, neighbour_link } = topology;
  const sums = new Float64Array(neighbours.length);
  for (let arc = 0; arc < topology.arcs; arc++) {
    const [left, right] = [topology.arc_left[arc] as number, topology.arc_right[arc] as number];
    if (left === NONE || right === NONE) continue;
    for (const [a, b] of [
      [left, right],
      [right, left],
    ] as const) {
      const at = findInRow(neighbour_offsets, neighbours, a, b);
      if (at < 0) throw new TopologyError(`arc ${arc} lies between ${a} and ${b}, which are no neighbours`);
      sums[at] = (sums[at] as number) + (topology.arc_length_mm[arc] as number);
    }
  }
  for (let atom = 0; atom < topology.atoms; atom++) {
    for (let k = neighbour_offsets[atom] as number; k < (neighbour_offsets[atom + 1] as number); k++) {
      const other = neighbours[k] as number;
      const back = findInRow(neighbour_offsets, neighbours, other, atom);
      if (back < 0)
        throw new TopologyError(`neighbours: ${other} is in the row of ${atom}, not the other way`);
      if ((neighbour_link[k] as number) >= LINK_KINDS.length) {
        throw new TopologyError(`neighbour_link[${k}] is ${neighbour_link[k]}, of ${LINK_KINDS.length}`);
      }
      if (neighbour_link[k] !== neighbour_link[back]) {
        throw new TopologyError(`neighbour_link of ${atom} and ${other} differ by direction`);
      }
      if (sums[k] !== neighbour_mm[k]) {
        throw new TopologyError(
          `neighbour_mm of ${atom} and ${other} is ${neighbour_mm[k]}, their arcs are ${sums[k]} mm long`,
        );
      }
    }
  }
}

function checkCorners(topology: Topology): void {
  const { corner_offsets, corners, neighbour_offsets, neighbours } = topology;
  for (let atom = 0; atom < topology.atoms; atom++) {
    for (let k = corner_offsets[atom] as number; k < (corner_offsets[atom + 1] as number); k++) {
      const other = corners[k] as number;
      if (findInRow(corner_offsets, corners, other, atom) < 0) {
        throw new TopologyError(`corners: ${other} is in the row of ${atom}, not the other way`);
      }
      const shared = findInRow(neighbour_offsets, neighbours, atom, other);
      if (shared >= 0 && (topology.neighbour_mm[shared] as number) > 0) {
        throw new TopologyError(`corners: ${atom} and ${other} share a border`);
      }
    }
  }
}

function strings(name: string, offsets: Uint32Array, bytes: Uint8Array): string[] {
  checkOffsets(`${name}_offsets`, offsets, bytes.length, 0);
  let whole: string;
  try {
    whole = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TopologyError(`${name}_bytes are not UTF-8`);
  }
  const plain = whole.length === bytes.length;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return Array.from({ length: offsets.length - 1 }, (_, i) => {
    const [from, to] = [offsets[i] as number, offsets[i + 1] as number];
    if (plain) return whole.slice(from, to);
    try {
      return decoder.decode(bytes.subarray(from, to));
    } catch {
      throw new TopologyError(`${name}_offsets[${i}] cuts a letter in two`);
    }
  });
}

function checkUnique(what: string, codes: readonly string[]): void {
  if (new Set(codes).size === codes.length) return;
  const seen = new Set<string>();
  for (const code of codes) {
    if (seen.has(code)) throw new TopologyError(`${what} code ${JSON.stringify(code)} stands twice`);
    seen.add(code);
  }
}

function arcsOfAtoms(own: Sections, counts: Counts) {
  const offsets = new Uint32Array(counts.atoms + 1);
  const each = (visit: (atom: number, arc: number) => void) => {
    for (let arc = 0; arc < counts.arcs; arc++) {
      if (own.arc_left[arc] !== NONE) visit(own.arc_left[arc] as number, arc);
      if (own.arc_right[arc] !== NONE) visit(own.arc_right[arc] as number, arc);
    }
  };
  each((atom) => {
    offsets[atom + 1] = (offsets[atom + 1] as number) + 1;
  });
  for (let i = 0; i < counts.atoms; i++) offsets[i + 1] = (offsets[i + 1] as number) + (offsets[i] as number);
  const next = offsets.slice();
  const arcs = new Uint32Array(offsets[counts.atoms] as number);
  each((atom, arc) => {
    arcs[next[atom] as number] = arc;
    next[atom] = (next[atom] as number) + 1;
  });
  return { atom_arc_offsets: offsets, atom_arcs: arcs };
}

/** The atoms that share a border or a link with one. */
export function neighboursOf(topology: Topology, atom: number): Uint32Array {
  return topology.neighbours.subarray(topology.neighbour_offsets[atom], topology.neighbour_offsets[atom + 1]);
}

/** The atoms that meet one in a corner alone. */
export function cornersOf(topology: Topology, atom: number): Uint32Array {
  return topology.corners.subarray(topology.corner_offsets[atom], topology.corner_offsets[atom + 1]);
}

/** The arcs around an atom. */
export function arcsOf(topology: Topology, atom: number): Uint32Array {
  return topology.atom_arcs.subarray(topology.atom_arc_offsets[atom], topology.atom_arc_offsets[atom + 1]);
}

/** What lies on the other side of an arc of an atom: another atom, or NONE. */
export function across(topology: Topology, arc: number, atom: number): number {
  const left = topology.arc_left[arc] as number;
  return left === atom ? (topology.arc_right[arc] as number) : left;
}

/** What an atom is. */
export function kindOf(topology: Topology, atom: number): AtomKind {
  return ATOM_KINDS[(topology.flags[atom] as number) & 7] as AtomKind;
}
