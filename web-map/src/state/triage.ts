/** Going through the reports: which queue is shown, which one is looked at, what was put aside, how near borders they are. */
import { batch, computed, effect, signal } from "@preact/signals";
import { locateBatch } from "../api/client";
import type { Report } from "../api/types";
import { type Doubt, doubt, type Same, same } from "../reports/near";
import { may } from "./session";
import { look, reports, tilesVersion } from "./store";

export type Queue = "all" | "doubt";
export const queue = signal<Queue>("all");
/** Whether what was put aside is shown, too. */
export const showAside = signal(false);
/** Id of the report that is looked at. */
export const current = signal<string | null>(null);

const STORED = "wangge.reports.aside";
/** Ids that are remembered; the oldest are forgotten first, and their reports are in no list any more. */
const REMEMBERED = 2_000;

/** Ids that were put aside in this browser, the newest last: the server knows nothing of it. */
export const aside = signal<ReadonlySet<string>>(readAside());

function readAside(): Set<string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return new Set(Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : []);
  } catch {
    return new Set();
  }
}

/** Puts a report aside, or takes it back. */
export function toggleAside(id: string): void {
  const next = new Set(aside.peek());
  if (!next.delete(id)) next.add(id);
  const kept = [...next].slice(-REMEMBERED);
  aside.value = new Set(kept);
  try {
    localStorage.setItem(STORED, JSON.stringify(kept));
  } catch {
    // Where nothing can be kept it holds for this page.
  }
}

/** Metres from each report to the nearest border, by id, as far as they were asked for. */
export const borders = signal<ReadonlyMap<string, number | null>>(new Map());

export const doubts = computed<ReadonlyMap<string, Doubt>>(() => {
  const found = new Map<string, Doubt>();
  for (const report of reports.value) {
    const why = doubt(report, borders.value.get(report.id));
    if (why) found.set(report.id, why);
  }
  return found;
});

/** What else may be the same, by id; reports without any are not in it. */
export const sameAs = computed<ReadonlyMap<string, Same[]>>(() => {
  const found = new Map<string, Same[]>();
  for (const { id, position, category, received_at } of reports.value) {
    const others = same(position, category, new Date(received_at).getTime(), reports.value, id);
    if (others.length > 0) found.set(id, others);
  }
  return found;
});

/** Whether a report is hidden because it was put aside. */
const hiddenAway = ({ id }: Report) => aside.value.has(id) && !showAside.value;

export const shown = computed<Report[]>(() =>
  reports.value.filter(
    (report) => !hiddenAway(report) && (queue.value === "all" || doubts.value.has(report.id)),
  ),
);

/** Looks at the next report of the list, or the one before. */
export function step(by: 1 | -1): void {
  const list = shown.peek();
  const at = list.findIndex(({ id }) => id === current.peek());
  const next =
    list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + by))];
  if (next) lookAt(next);
}

export function lookAt(report: Report): void {
  batch(() => {
    current.value = report.id;
    look.value = { kind: "point", ...report.position };
  });
}

/** Puts the looked-at report aside and goes on to the next. */
export function asideCurrent(): void {
  const id = current.peek();
  if (id === null) return;
  const list = shown.peek();
  const at = list.findIndex((report) => report.id === id);
  const next = list[at + 1] ?? list[at - 1] ?? null;
  batch(() => {
    toggleAside(id);
    if (aside.peek().has(id) && !showAside.peek()) current.value = next?.id ?? null;
  });
}

/** Rest before borders are asked for, so that a burst of reports is one question. */
const REST_MS = 400;

/** Keeps asking how near borders new reports are; the returned function stops that. */
export function watchBorders(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let version = tilesVersion.peek();
  const stop = effect(() => {
    // Another publication has other borders.
    if (tilesVersion.value !== version) {
      version = tilesVersion.value;
      borders.value = new Map();
    }
    const unknown = reports.value.filter(({ id }) => !borders.peek().has(id));
    clearTimeout(timer);
    if (unknown.length === 0 || !may("POST /v1/locate:batch")) return;
    timer = setTimeout(() => void askBorders(unknown), REST_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

export async function askBorders(list: readonly Report[]): Promise<void> {
  try {
    const answer = await locateBatch({
      lon: list.map(({ position }) => position.lon),
      lat: list.map(({ position }) => position.lat),
      crs: "wgs84",
      edge_distance: true,
    });
    const next = new Map(borders.peek());
    list.forEach(({ id }, at) => {
      next.set(id, answer.edge_distance_m?.[at] ?? null);
    });
    borders.value = next;
  } catch {
    // The queue then has what the reports themselves say; the next report asks again.
  }
}
