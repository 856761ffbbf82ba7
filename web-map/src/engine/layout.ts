/** The order, types and lengths of the sections of a binary topology: FORMAT.md as code, for reader and writer. */

export const MAGIC = "WGTOPO1\0";
export const HEADER_BYTES = 64;
/** Stands for nothing: no atom, no unit, an unknown number. */
export const NONE = 0xffffffff;

/** The numbers of the header, in order, from byte 8. */
export const COUNTS = [
  "atoms",
  "units",
  "arcs",
  "nodes",
  "points",
  "neighbours",
  "corners",
  "code_bytes",
  "unit_code_bytes",
  "unit_name_bytes",
  "wholes",
] as const;

export type Counts = Record<(typeof COUNTS)[number], number>;

export type SectionType = "f64" | "u32" | "i32" | "u8";

export const BYTES_OF: Record<SectionType, number> = { f64: 8, u32: 4, i32: 4, u8: 1 };

/** Name, type and length of every section. */
export function sections(of: Counts) {
  return [
    ["area_m2", "f64", of.atoms],
    ["households", "u32", of.atoms],
    ["population", "u32", of.atoms],
    ["unit", "u32", of.atoms],
    ["whole", "u32", of.atoms],
    ["label", "i32", 2 * of.atoms],
    ["flags", "u8", of.atoms],
    ["unit_parent", "u32", of.units],
    ["unit_level", "u8", of.units],
    ["arc_left", "u32", of.arcs],
    ["arc_right", "u32", of.arcs],
    ["arc_length_mm", "u32", of.arcs],
    ["arc_start", "u32", of.arcs],
    ["arc_end", "u32", of.arcs],
    ["arc_class", "u8", of.arcs],
    ["arc_points", "u32", of.arcs + 1],
    ["points", "i32", 2 * of.points],
    ["neighbour_offsets", "u32", of.atoms + 1],
    ["neighbours", "u32", of.neighbours],
    ["neighbour_mm", "u32", of.neighbours],
    ["neighbour_link", "u8", of.neighbours],
    ["corner_offsets", "u32", of.atoms + 1],
    ["corners", "u32", of.corners],
    ["code_offsets", "u32", of.atoms + 1],
    ["code_bytes", "u8", of.code_bytes],
    ["unit_code_offsets", "u32", of.units + 1],
    ["unit_code_bytes", "u8", of.unit_code_bytes],
    ["unit_name_offsets", "u32", of.units + 1],
    ["unit_name_bytes", "u8", of.unit_name_bytes],
  ] as const satisfies readonly (readonly [string, SectionType, number])[];
}

export type SectionName = ReturnType<typeof sections>[number][0];

type ArrayOf<T> = T extends "f64"
  ? Float64Array
  : T extends "u32"
    ? Uint32Array
    : T extends "i32"
      ? Int32Array
      : Uint8Array;

/** Every section as its typed array. */
export type Sections = {
  [S in ReturnType<typeof sections>[number] as S[0]]: ArrayOf<S[1]>;
};

/** The next multiple of 8. */
export const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** The length of the whole file. */
export function totalBytes(counts: Counts): number {
  return sections(counts).reduce(
    (sum, [, type, length]) => sum + aligned(BYTES_OF[type] * length),
    HEADER_BYTES,
  );
}
