/** Reports that may be about the same thing, and those that a person should look at. Pure. */
import type { Report } from "../api/types";

/** What lies within this may be the same, as FixMyStreet asks its public. */
export const SAME_WITHIN_M = 250;
/** What came farther apart in time is another occasion. */
const SAME_WITHIN_MS = 14 * 86_400_000;
/** Nearer to a border than this, the side of the street may be the wrong one. */
export const BORDER_M = 10;

const EARTH_M = 6_371_008.8;

interface Spot {
  lon: number;
  lat: number;
}

/** Metres between two places some kilometres apart at most. */
export function metres(a: Spot, b: Spot): number {
  const radians = Math.PI / 180;
  const east = (a.lon - b.lon) * Math.cos(((a.lat + b.lat) / 2) * radians);
  return Math.hypot(east, a.lat - b.lat) * radians * EARTH_M;
}

export interface Same {
  report: Report;
  distance_m: number;
}

/** Reports of a category near a place, the nearest first; `at_ms` is when the new one is from, `but` is left out. */
export function same(
  place: Spot,
  category: string,
  at_ms: number,
  reports: readonly Report[],
  but?: string,
): Same[] {
  const found: Same[] = [];
  for (const report of reports) {
    if (report.id === but || report.category !== category) continue;
    if (Math.abs(new Date(report.received_at).getTime() - at_ms) > SAME_WITHIN_MS) continue;
    const distance_m = metres(place, report.position);
    if (distance_m <= SAME_WITHIN_M) found.push({ report, distance_m });
  }
  return found.sort((a, b) => a.distance_m - b.distance_m);
}

/** Why a person should look at where a report went; null where its grid is plain. */
export type Doubt = "outside" | "edge" | "near";

export function doubt(report: Report, border_m: number | null | undefined): Doubt | null {
  if (!report.grid || report.resolution === "outside") return "outside";
  if (report.resolution === "edge_tie") return "edge";
  return border_m !== null && border_m !== undefined && border_m < BORDER_M ? "near" : null;
}
