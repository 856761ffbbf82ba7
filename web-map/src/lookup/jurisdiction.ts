import type { Jurisdiction } from "../api/types";

/** Matches listed at most. */
const MOST = 12;

/**
 * Jurisdictions meant by a text: the one with that code, else those with exactly that name, else those whose
 * name contains it. Outer levels first.
 */
export function matchJurisdictions(text: string, all: readonly Jurisdiction[]): Jurisdiction[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const byCode = all.filter((one) => one.code.toLowerCase() === wanted);
  if (byCode.length > 0) return byCode;
  const exact = all.filter((one) => one.name.toLowerCase() === wanted);
  const found = exact.length > 0 ? exact : all.filter((one) => one.name.toLowerCase().includes(wanted));
  return [...found].sort((a, b) => a.level - b.level || a.code.localeCompare(b.code)).slice(0, MOST);
}
