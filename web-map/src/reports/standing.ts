/** How a report stands: open, answered or closed, which of two tellings is the newer, and whether it has waited too long. Pure. */
import type { Report } from "../api/types";

export const STAGES = ["open", "answered", "closed"] as const;
export type Stage = (typeof STAGES)[number];

/** A report that nobody has answered is open, wherever it went. */
export const stageOf = ({ state }: Report): Stage =>
  state === "answered" || state === "closed" ? state : "open";

/** Since when it stands so. A server without states says nothing of it. */
const since_ms = ({ state_at, received_at }: Report): number => Date.parse(state_at ?? received_at);

/** Whether `told` says how a report stands later than `known` does; the later answer of two in one moment holds. */
export const isNewer = (told: Report, known: Report): boolean => since_ms(told) >= since_ms(known);

export const sameStanding = (a: Report, b: Report): boolean =>
  a.state === b.state && a.state_at === b.state_at && a.answer === b.answer;

/** Whether nothing has happened to a report but that it came: anything else is no news. */
export const justCame = (report: Report): boolean =>
  stageOf(report) === "open" && since_ms(report) === Date.parse(report.received_at);

const HOUR_MS = 3_600_000;
/** Hours without an answer that are told, the longest first. */
const LATE_H = [72, 24] as const;

/** More than how many hours an open report has waited; null where it is not late, or not open. */
export function lateHours(report: Report, now_ms: number): 24 | 72 | null {
  if (stageOf(report) !== "open") return null;
  const waited_ms = now_ms - since_ms(report);
  return LATE_H.find((hours) => waited_ms > hours * HOUR_MS) ?? null;
}

/** Puts a report into a list that is ordered by id, the newest first: in the place of the same one, or of its own. */
export function placed(list: readonly Report[], report: Report): Report[] {
  if (list.some(({ id }) => id === report.id))
    return list.map((known) => (known.id === report.id ? report : known));
  const at = list.findIndex(({ id }) => id < report.id);
  return at < 0 ? [...list, report] : [...list.slice(0, at), report, ...list.slice(at)];
}
