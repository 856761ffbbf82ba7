/**
 * The plane BeiDou grid code (北斗网格码, GB/T 39409-2020) into the cell it names: the way back of `src/geom/beidou.rs`, which
 * says how codes are made. Coordinates are CGCS2000, here taken as WGS 84.
 */
import type { Cell } from "./plus";

/** What each level adds: characters, how many columns and rows it cuts its cell into, and a cell's size in seconds. */
const STEPS = [
  { length: 2, columns: 12, rows: 8, east: 1800, north: 1800 },
  { length: 1, columns: 2, rows: 3, east: 900, north: 600 },
  { length: 2, columns: 15, rows: 10, east: 60, north: 60 },
  { length: 2, columns: 15, rows: 15, east: 4, north: 4 },
  { length: 1, columns: 2, rows: 2, east: 2, north: 2 },
  { length: 2, columns: 8, rows: 8, east: 1 / 4, north: 1 / 4 },
  { length: 2, columns: 8, rows: 8, east: 1 / 32, north: 1 / 32 },
  { length: 2, columns: 8, rows: 8, east: 1 / 256, north: 1 / 256 },
  { length: 2, columns: 8, rows: 8, east: 1 / 2048, north: 1 / 2048 },
] as const;

/** Shorter codes are larger than a community, and look like any word. */
const LEAST = 9;

/** The cell of a code, from cells of one minute on; null where the text is no such code. */
export function beidouCell(text: string): Cell | null {
  const code = text.toUpperCase();
  const head = /^([NS])(\d\d)([A-V])([0-9A-F]+)$/.exec(code);
  if (!head || code.length < LEAST) return null;
  const [, hemisphere, zone, band = "A", digits = ""] = head;
  const column = Number(zone);
  if (column < 1 || column > 60) return null;
  // Away from the equator and from the meridian 0 everything is mirrored.
  const west = column <= 30;
  let east = (west ? 30 - column : column - 31) * 6 * 3600;
  let north = (band.charCodeAt(0) - 65) * 4 * 3600;
  let [width, height] = [6 * 3600, 4 * 3600];
  let at = 0;
  for (const step of STEPS) {
    if (at === digits.length) break;
    const [a, b] = [Number.parseInt(digits[at] as string, 16), Number.parseInt(digits[at + 1] ?? "", 16)];
    if (step.length === 2 && Number.isNaN(b)) return null;
    const [x, y] = step.length === 2 ? [a, b] : [a % 2, Math.floor(a / 2)];
    if (x >= step.columns || y >= step.rows) return null;
    east += x * step.east;
    north += y * step.north;
    [width, height] = [step.east, step.north];
    at += step.length;
  }
  if (at !== digits.length) return null;
  const along = [east / 3600, (east + width) / 3600] as const;
  const up = [north / 3600, (north + height) / 3600] as const;
  const [lon_low, lon_high] = west ? [-along[1], -along[0]] : along;
  const [lat_low, lat_high] = hemisphere === "S" ? [-up[1], -up[0]] : up;
  return { lat_low, lon_low, lat_high, lon_high };
}
