/**
 * A pasted list or a CSV, line by line, into points. What cannot be read is told by its line, and nothing is guessed in silence: where
 * the order of the numbers is open, the lines that settle it decide for the others.
 */
import type { Envelope } from "../api/types";
import { parseTable } from "../csv";
import { near, type Reading, readLine, swapped } from "./coordinate";

/** Lines that are read of a list. */
export const MOST_LINES = 1_000;

/** A line of a list. */
export interface ListRow {
  /** Its number in what was pasted, from 1. */
  line: number;
  text: string;
  /** What stands beside the point: a name, an id. */
  label: string;
  /** Where it is; null where the line says no place, and why. */
  point: { lon: number; lat: number; crs: string } | null;
  why: "no_point" | "out_of_range" | "projected" | null;
}

export interface List {
  rows: ListRow[];
  /** Lines beyond those that are read. */
  left: number;
  /** How the two numbers were ordered where that was open; null where it never was. */
  order: "lon_lat" | "lat_lon" | null;
}

const LON = /^(?:lon|lng|long|longitude|x|经度|东经|lon_deg|wgs_?lon|gcj_?lon)$/i;
const LAT = /^(?:lat|latitude|y|纬度|北纬|lat_deg|wgs_?lat|gcj_?lat)$/i;

/** A line without a cell that begins as a number does is a heading. */
const heading = (text: string) => !/(?:^|[\s,;"])[+-]?\d/.test(text.normalize("NFKC"));

interface Read {
  line: number;
  text: string;
  label: string;
  reading: Reading;
}

/** The columns that a first line names. */
function columns(first: string): { lon: number; lat: number } | null {
  const cells = (parseTable(first)[0] ?? []).map((cell) => cell.trim());
  const lon = cells.findIndex((cell) => LON.test(cell));
  const lat = cells.findIndex((cell) => LAT.test(cell));
  return lon >= 0 && lat >= 0 ? { lon, lat } : null;
}

/** A line as it is, else one cell of it, or two beside each other, that say a place: one near the workspace before any other. */
function anywhere(
  text: string,
  read: (part: string) => Reading,
  envelope: Envelope | null,
): { label: string; reading: Reading } {
  const whole = read(text);
  if (whole.kind !== "words") return { label: "", reading: whole };
  const cells = (parseTable(text)[0] ?? []).map((cell) => cell.trim());
  const found: { label: string; reading: Reading }[] = [];
  for (const width of [2, 1]) {
    for (let at = 0; at + width <= cells.length; at++) {
      const reading = read(cells.slice(at, at + width).join(", "));
      if (reading.kind === "words") continue;
      found.push({
        label: [...cells.slice(0, at), ...cells.slice(at + width)].filter(Boolean).join(" · "),
        reading,
      });
    }
  }
  const here = found.find(
    ({ reading }) => envelope && "lon" in reading && near(reading.lon, reading.lat, envelope),
  );
  return here ?? found[0] ?? { label: "", reading: whole };
}

/** Reads a list in a system; codes of cells are WGS 84 in any. */
export function readList(text: string, crs: string, envelope: Envelope | null): List {
  const plain = text.replace(/^\uFEFF/, "");
  const lines = plain
    .split(/\r\n|\r|\n/)
    .map((line, at) => ({ line: at + 1, text: line.trim() }))
    .filter((one) => one.text !== "");
  const read = (part: string) => readLine(part, crs, envelope);
  const named = lines[0] ? columns(lines[0].text) : null;
  const body = named || (lines.length > 1 && lines[0] && heading(lines[0].text)) ? lines.slice(1) : lines;
  const found = body.slice(0, MOST_LINES).map(({ line, text }): Read => {
    if (!named) return { line, text, ...anywhere(text, read, envelope) };
    const cells = (parseTable(text)[0] ?? []).map((cell) => cell.trim());
    const [lon, lat] = [cells[named.lon] ?? "", cells[named.lat] ?? ""];
    const label = cells.filter((cell, at) => at !== named.lon && at !== named.lat && cell !== "").join(" · ");
    return { line, text, label, reading: read(`lon ${lon} lat ${lat}`) };
  });
  const order = settle(found);
  const rows = found.map(({ line, text, label, reading }): ListRow => {
    const row = { line, text, label, point: null, why: null };
    if (reading.kind === "point") return { ...row, point: { lon: reading.lon, lat: reading.lat, crs } };
    if (reading.kind === "code")
      return { ...row, point: { lon: reading.lon, lat: reading.lat, crs: "wgs84" } };
    if (reading.kind === "out_of_range") return { ...row, why: "out_of_range" };
    if (reading.kind !== "projected") return { ...row, why: "no_point" };
    return { ...row, point: { lon: reading.x, lat: reading.y, crs } };
  });
  return { rows, left: Math.max(0, body.length - MOST_LINES), order };
}

/** Lets the lines whose order is sure decide for those where both are possible; else they keep what each was read as. */
function settle(rows: Read[]): List["order"] {
  const sure = { lon_lat: 0, lat_lon: 0 };
  let open: "lon_lat" | "lat_lon" | null = null;
  for (const { reading } of rows) {
    if (reading.kind !== "point") continue;
    if (reading.ground === "range") sure[reading.order]++;
    else if (reading.ground !== "marked") open ??= reading.order;
  }
  if (open === null) return null;
  if (sure.lon_lat === sure.lat_lon) return open;
  const wanted = sure.lon_lat > sure.lat_lon ? "lon_lat" : "lat_lon";
  for (const row of rows) {
    const { reading } = row;
    if (reading.kind !== "point" || reading.ground === "range" || reading.ground === "marked") continue;
    const taken = reading.order === wanted ? reading : swapped(reading);
    if (taken?.kind === "point") row.reading = { ...taken, ground: "others" };
  }
  return wanted;
}
