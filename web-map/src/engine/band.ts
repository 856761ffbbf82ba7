/**
 * Bands and how a grid stands to them: the rules of the server's `plan::Band` and `plan::Counted`, in the same words.
 */

/** What the size of a grid counts. */
export type Attribute = "households" | "population";

/** The least and the largest lawful size, both ends included. */
export interface Band {
  lower: number;
  upper: number;
}

/** What the grids of a plan count, and the bands they keep to: one count, or both at once. */
export interface Counted {
  attribute: Attribute;
  band: Band;
  /** The band of the other count, where both are kept to. */
  other: Band | null;
}

/** How a grid stands to its band. `empty` is a grid of a draft that holds no atom yet; the server keeps none such. */
export type Standing = "in_band" | "under" | "over" | "uninhabited" | "unknown" | "empty";

/** How far a size lies outside the band; 0 within it. */
export function violationOfBand(band: Band, size: number): number {
  return Math.max(0, band.lower - size, size - band.upper);
}

/** How a grid of `size`, and of `other` by the other count, stands; outside on the side of the first band it breaks. */
export function standing(counted: Counted, size: number, other: number): Standing {
  if (size === 0 && (counted.other === null || other === 0)) return "uninhabited";
  if (size < counted.band.lower) return "under";
  if (size > counted.band.upper) return "over";
  if (counted.other && other < counted.other.lower) return "under";
  if (counted.other && other > counted.other.upper) return "over";
  return "in_band";
}

/**
 * How far a grid is outside its bands, all counts together, in millionths of each band's middle, so that two counts
 * weigh alike.
 */
export function violation(counted: Counted, size: number, other: number): number {
  const of = (band: Band, size: number) =>
    Math.floor(
      (violationOfBand(band, size) * 1_000_000) / Math.max(1, Math.ceil((band.lower + band.upper) / 2)),
    );
  return of(counted.band, size) + (counted.other ? of(counted.other, other) : 0);
}

/** Whether two say the same. */
export function sameCounted(a: Counted | null, b: Counted | null): boolean {
  if (a === null || b === null) return a === b;
  const same = (x: Band | null, y: Band | null) =>
    x === y || (x !== null && y !== null && x.lower === y.lower && x.upper === y.upper);
  return a.attribute === b.attribute && same(a.band, b.band) && same(a.other, b.other);
}

/** Why a band is refused, or null. */
export function bandFault(band: Band): string | null {
  const whole = (value: number) => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
  if (!whole(band.lower) || !whole(band.upper)) {
    return `bounds ${band.lower}..${band.upper}: both ends are whole numbers from 0 to 4294967295`;
  }
  if (band.upper === 0) return `bounds ${band.lower}..0: the upper bound must be at least 1`;
  if (band.lower > band.upper)
    return `bounds ${band.lower}..${band.upper}: the lower bound is above the upper one`;
  return null;
}
