/**
 * Reads what people paste into the box: decimal degrees in either order, degrees-minutes-seconds, hemisphere
 * letters, Chinese words (东经…北纬…), WKT points, geo: addresses, plus codes, BeiDou grid codes, and projected metres under an EPSG code.
 * It never guesses in silence: the order taken and the ground for it come back with the numbers.
 */

import type { Envelope } from "../api/types";
import { beidouCell } from "./beidou";
import { type Cell, middle, plusCell, plusKind, recover } from "./plus";

export type Order = "lon_lat" | "lat_lon";

/**
 * Why an order was taken: marks in the text, the range of the numbers, the workspace's place, the default, the other lines of a list,
 * or because it was asked for.
 */
export type Ground = "marked" | "range" | "envelope" | "default" | "others" | "asked";

export type Reading =
  | { kind: "point"; lon: number; lat: number; order: Order; ground: Ground }
  | { kind: "projected"; x: number; y: number }
  /** A code that names a cell in WGS 84, whatever system is chosen: its middle, and how long the cell is. */
  | { kind: "code"; system: "plus" | "beidou"; lon: number; lat: number; cell_m: number }
  | { kind: "out_of_range"; first: number; second: number }
  | { kind: "words"; text: string };

interface Number_ {
  value: number;
  axis: "lon" | "lat" | null;
}

/** Degrees round the workspace within which a reading counts as being there (about 50 km). */
const NEAR_DEGREES = 0.5;

const WORDS: [RegExp, string][] = [
  [/北纬/g, " N"],
  [/南纬/g, " S"],
  [/东经/g, " E"],
  [/西经/g, " W"],
  [/经度|\b(?:longitude|lon|lng)\b/gi, " @lon "],
  [/纬度|\b(?:latitude|lat)\b/gi, " @lat "],
  [/[″”“]|''|′′|秒/g, '"'],
  [/[′’‘´]|分/g, "'"],
  [/[º˚]|度/g, "°"],
  [/−/g, "-"],
  [/、/g, ","],
];

const DEGREES = String.raw`[+-]?\d+(?:\.\d+)?(?:\s*°(?:\s*\d+(?:\.\d+)?\s*')?(?:\s*\d+(?:\.\d+)?\s*")?)?`;
const ONE = new RegExp(
  String.raw`(?<![\w.-])(?:@(lon|lat)\s*[:=]?\s*)?(?:([NSEW])\s*(${DEGREES})|(${DEGREES})\s*([NSEW](?![A-Za-z]))?)`,
  "gi",
);

function plain(text: string): string {
  let out = text;
  for (const [from, to] of WORDS) out = out.replace(from, to);
  return out.normalize("NFKC").trim();
}

function degrees(text: string): number {
  const [whole = 0, minutes = 0, seconds = 0] = (text.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  const size = whole + minutes / 60 + seconds / 3600;
  return text.startsWith("-") ? -size : size;
}

function numbers(text: string): Number_[] | null {
  const found: Number_[] = [];
  const rest = text.replace(
    ONE,
    (_all, label?: string, before?: string, a?: string, b?: string, after?: string) => {
      const letter = (before ?? after ?? "").toUpperCase();
      const size = degrees(a ?? b ?? "0");
      const axis = letter
        ? letter === "N" || letter === "S"
          ? "lat"
          : "lon"
        : (label?.toLowerCase() ?? null);
      found.push({ value: letter === "S" || letter === "W" ? -size : size, axis: axis as Number_["axis"] });
      return " ";
    },
  );
  return found.length === 2 && /^[\s,;:/()[\]{}"]*$/.test(rest) ? found : null;
}

const valid = (lon: number, lat: number) => Math.abs(lon) <= 180 && Math.abs(lat) <= 90;

/** Whether a place is in the workspace or not far from it. */
export function near(lon: number, lat: number, envelope: Envelope): boolean {
  const [west, south, east, north] = envelope;
  return (
    lon >= west - NEAR_DEGREES &&
    lon <= east + NEAR_DEGREES &&
    lat >= south - NEAR_DEGREES &&
    lat <= north + NEAR_DEGREES
  );
}

/**
 * Reads one line. `crs` decides whether numbers beyond degrees are metres; `envelope` settles the order where
 * both would be possible. Anything that is not two numbers is words: a code or a name.
 */
export function readLine(line: string, crs: string, envelope: Envelope | null): Reading {
  const text = plain(line);
  const words: Reading = { kind: "words", text: line.trim() };
  const wkt = /^(?:srid=\d+;)?\s*point\s*(?:z\s*)?\(\s*(\S+)[\s,]+(\S+?)\s*(?:\s\S+)?\)$/i.exec(text);
  const geo = /^geo:([^,]+),([^,;?]+)/i.exec(text);
  let pair: Number_[] | null;
  if (wkt) pair = marked(Number(wkt[1]), "lon", Number(wkt[2]), "lat");
  else if (geo) pair = marked(Number(geo[1]), "lat", Number(geo[2]), "lon");
  else pair = numbers(text);
  const [first, second] = pair ?? [];
  if (!first || !second || Number.isNaN(first.value) || Number.isNaN(second.value))
    return code(text, envelope) ?? words;
  return order(first, second, crs, envelope);
}

/** Metres in a degree of latitude, near enough to say how long a cell is. */
const DEGREE_M = 111_195;

/** A plus code, the short ones read near the workspace and with words behind them; or a BeiDou grid code. */
function code(text: string, envelope: Envelope | null): Reading | null {
  const [first = ""] = text.split(/\s/, 1);
  const kind = plusKind(first);
  const cell = (of: Cell, system: "plus" | "beidou"): Reading => {
    const { lon, lat } = middle(of);
    const places = (value: number) => Number(value.toFixed(7));
    const cell_m = (of.lat_high - of.lat_low) * DEGREE_M;
    return { kind: "code", system, lon: places(lon), lat: places(lat), cell_m };
  };
  if (kind === "full") return cell(plusCell(first), "plus");
  if (kind === "short" && envelope) {
    const [west, south, east, north] = envelope;
    return cell(plusCell(recover(first, { lon: (west + east) / 2, lat: (south + north) / 2 })), "plus");
  }
  const beidou = beidouCell(text);
  return beidou ? cell(beidou, "beidou") : null;
}

/** The same two numbers the other way round; null where their order is marked or where that cannot be. */
export function swapped(reading: Reading): Reading | null {
  if (reading.kind !== "point" || reading.ground === "marked") return null;
  const { lon, lat, order: taken } = reading;
  if (!valid(lat, lon)) return null;
  return {
    kind: "point",
    lon: lat,
    lat: lon,
    order: taken === "lon_lat" ? "lat_lon" : "lon_lat",
    ground: "asked",
  };
}

function marked(a: number, axisA: "lon" | "lat", b: number, axisB: "lon" | "lat"): Number_[] {
  return [
    { value: a, axis: axisA },
    { value: b, axis: axisB },
  ];
}

function order(first: Number_, second: Number_, crs: string, envelope: Envelope | null): Reading {
  const a = first.value;
  const b = second.value;
  const asLonLat = valid(a, b);
  const asLatLon = valid(b, a);
  const take = (taken: Order, ground: Ground): Reading =>
    taken === "lon_lat"
      ? { kind: "point", lon: a, lat: b, order: taken, ground }
      : { kind: "point", lon: b, lat: a, order: taken, ground };

  if (!asLonLat && !asLatLon) {
    const metres = /^epsg:/i.test(crs) && Math.max(Math.abs(a), Math.abs(b)) > 180;
    return metres ? { kind: "projected", x: a, y: b } : { kind: "out_of_range", first: a, second: b };
  }
  const said = first.axis ?? (second.axis === "lat" ? "lon" : second.axis === "lon" ? "lat" : null);
  if (said && first.axis !== second.axis) {
    const taken: Order = said === "lon" ? "lon_lat" : "lat_lon";
    if (taken === "lon_lat" ? asLonLat : asLatLon) return take(taken, "marked");
    return { kind: "out_of_range", first: a, second: b };
  }
  if (asLonLat !== asLatLon) return take(asLonLat ? "lon_lat" : "lat_lon", "range");
  if (envelope && near(a, b, envelope) !== near(b, a, envelope)) {
    return take(near(a, b, envelope) ? "lon_lat" : "lat_lon", "envelope");
  }
  return take("lon_lat", "default");
}

/** The systems the selector offers by name; any other goes by its EPSG code. */
export const NAMED_CRS = ["wgs84", "gcj02", "bd09", "cgcs2000"] as const;

/** `4547`, `epsg 4547` or `EPSG:4547` → `EPSG:4547`; null when it is no code. */
export function epsgCode(text: string): string | null {
  const match = /^\s*(?:epsg\s*[:：]?\s*)?(\d{4,6})\s*$/i.exec(text);
  return match ? `EPSG:${match[1]}` : null;
}
