/** What a grid's status means to the eye: its sign, its order in lists, and its distance from the band. */
import type { Bounds, Status } from "./api/types";

/** Statuses, the ones that ask for work first. */
export const STATUSES: readonly Status[] = ["over", "under", "in_band", "uninhabited", "unknown"];

/** A sign for each status, so that colour is never the only cue. */
export const SIGN: Record<Status, string> = {
  over: "▲",
  under: "▼",
  in_band: "●",
  uninhabited: "○",
  unknown: "?",
};

/** The statuses worth listing: grids of unknown size are only spoken of where there are any. */
export const listed = (totals: { unknown: number } | undefined): readonly Status[] =>
  STATUSES.filter((status) => status !== "unknown" || (totals?.unknown ?? 0) > 0);

/** How far a size lies outside the band: positive above, negative below, 0 within (both ends included). */
export function deviation(size: number, bounds: Bounds): number {
  if (size > bounds.upper) return size - bounds.upper;
  if (size < bounds.lower) return size - bounds.lower;
  return 0;
}

/** Where the parts of a band bar lie, as shares 0…1 of its width. */
export interface BandBar {
  value: number;
  lower: number;
  upper: number;
}

/** Room left to the right of the larger of size and upper bound. */
const BAR_HEADROOM = 1.2;

/** Lays a size out against its band. */
export function bandBar(size: number, bounds: Bounds): BandBar {
  const width = Math.max(size, bounds.upper, 1) * BAR_HEADROOM;
  return { value: Math.max(0, size) / width, lower: bounds.lower / width, upper: bounds.upper / width };
}
