/** Hatches drawn pixel by pixel, so that no image file is needed and they repeat without a seam. */

export type Hatch = "under" | "over" | "uninhabited" | "estimated";

export interface Raster {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Side of the repeated tile in CSS pixels. */
const SIDE = 12;
/** Device pixels per CSS pixel; sharp on dense screens, scaled down on others. */
export const HATCH_RATIO = 2;

/** Stroke width, or dot diameter, in CSS pixels. */
const WEIGHT: Record<Hatch, number> = { under: 1.3, over: 1.6, uninhabited: 1.9, estimated: 1.2 };

/** Distance in CSS pixels from a place of the tile to the nearest stroke's middle (or dot's centre). */
function away(hatch: Hatch, x: number, y: number): number {
  const wrap = (value: number, period: number) => {
    const inside = ((value % period) + period) % period;
    return Math.min(inside, period - inside);
  };
  if (hatch === "uninhabited") {
    const one = Math.hypot(wrap(x, SIDE), wrap(y, SIDE));
    const other = Math.hypot(wrap(x - SIDE / 2, SIDE), wrap(y - SIDE / 2, SIDE));
    return Math.min(one, other);
  }
  // Level strokes for what was not counted.
  if (hatch === "estimated") return wrap(y, SIDE / 3);
  // Rising strokes for too many, falling strokes for too few: the slope itself says which.
  const along = hatch === "over" ? x + y : x - y;
  const period = hatch === "over" ? SIDE / 2 : SIDE;
  return wrap(along, period) / Math.SQRT2;
}

/** Draws one hatch in `[red, green, blue]` on clear ground. */
export function drawHatch(hatch: Hatch, [red, green, blue]: [number, number, number]): Raster {
  const size = SIDE * HATCH_RATIO;
  const data = new Uint8Array(size * size * 4);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const distance = away(hatch, (column + 0.5) / HATCH_RATIO, (row + 0.5) / HATCH_RATIO);
      const ink = Math.min(1, Math.max(0, (WEIGHT[hatch] / 2 - distance) * HATCH_RATIO + 0.5));
      // MapLibre expects colour premultiplied by alpha.
      data.set([red * ink, green * ink, blue * ink, 255 * ink].map(Math.round), (row * size + column) * 4);
    }
  }
  return { width: size, height: size, data };
}

/** `#rrggbb` as three bytes. */
export function bytesOf(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
