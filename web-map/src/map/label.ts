/** When labels appear and what they say. Zooms follow the mean size of a unit, so any workspace reads well. */
import type { ExpressionSpecification } from "maplibre-gl";
import type { Envelope } from "../api/types";

/** Pixels the whole world is wide at zoom 0. */
const WORLD_PX = 512;

const mercatorY = (lat: number) => {
  const sine = Math.sin((Math.min(85, Math.max(-85, lat)) * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
};

/** The zoom at which one of `n` equal units filling `envelope` would be `width_px` wide on screen. */
export function unitZoom(envelope: Envelope, n: number, width_px: number): number {
  const [west, south, east, north] = envelope;
  const share = (Math.max(east - west, 1e-9) / 360) * Math.max(mercatorY(south) - mercatorY(north), 1e-12);
  const side = Math.sqrt(share / Math.max(n, 1)) * WORLD_PX;
  return Math.min(22, Math.max(0, Math.log2(width_px / side)));
}

/** Mean width of a grid, in pixels, from which its short code, and its name with size, have room. */
const TAIL_PX = 44;
const NAME_PX = 118;
/** Mean width of a jurisdiction from which its name has room, and of the next level at which it gives way. */
const JURISDICTION_PX = 74;
const GIVES_WAY_ZOOMS = 1.4;
/** The lowest jurisdictions keep their names until a grid is this wide. */
const LOWEST_PX = 260;

export interface LabelZooms {
  gridTail: number;
  gridName: number;
  levels: { level: number; from: number; to: number }[];
}

/** Zooms for every kind of label; `counts` is how many jurisdictions each level has, outermost first. */
export function labelZooms(
  envelope: Envelope,
  grids: number,
  counts: readonly { level: number; n: number }[],
): LabelZooms {
  const from = counts.map(({ n }) => (n <= 1 ? 0 : unitZoom(envelope, n, JURISDICTION_PX)));
  const levels = counts.map(({ level }, i) => {
    const next = from[i + 1];
    // A level of one unit is the whole map: its name goes as soon as others come.
    const lingers = (counts[i]?.n ?? 0) > 1 ? GIVES_WAY_ZOOMS : 0;
    const to = next === undefined ? unitZoom(envelope, grids, LOWEST_PX) : next + lingers;
    const start = from[i] ?? 0;
    return { level, from: start, to: Math.max(to, start + 0.5) };
  });
  return {
    gridTail: unitZoom(envelope, grids, TAIL_PX),
    gridName: unitZoom(envelope, grids, NAME_PX),
    levels,
  };
}

const CODE: ExpressionSpecification = ["get", "code"];

/** The style's form of `shortTail`: tails of up to five signs after a hyphen, else the last three. */
export const TAIL: ExpressionSpecification = [
  "case",
  ["<=", ["length", CODE], 6],
  CODE,
  ["==", ["slice", CODE, -4, -3], "-"],
  ["slice", CODE, -3],
  ["==", ["slice", CODE, -5, -4], "-"],
  ["slice", CODE, -4],
  ["==", ["slice", CODE, -6, -5], "-"],
  ["slice", CODE, -5],
  ["slice", CODE, -3],
];
