/** Going through the reports: which are listed, which one is looked at, how near borders they are. */
import { batch, computed, effect, signal } from "@preact/signals";
import { locateBatch } from "../api/client";
import type { Report } from "../api/types";
import { type Doubt, doubt, type Same, same } from "../reports/near";
import { type Stage, stageOf } from "../reports/standing";
import { may } from "./session";
import { look, reports, tilesVersion } from "./store";

export type Queue = "all" | "doubt";
export const queue = signal<Queue>("all");
/** Which reports are listed, by how they stand: what is done is hidden until it is asked for. */
export const stages = signal<ReadonlySet<Stage>>(new Set<Stage>(["open", "answered"]));

/** Lists the reports that stand so, or hides them. */
export function toggleStage(stage: Stage): void {
  const next = new Set(stages.peek());
  if (!next.delete(stage)) next.add(stage);
  stages.value = next;
}

/** Id of the report that is looked at. */
export const current = signal<string | null>(null);

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

/** How many there are of each, whether listed or not. */
export const staged = computed<Record<Stage, number>>(() => {
  const found = { open: 0, answered: 0, closed: 0 };
  for (const report of reports.value) found[stageOf(report)]++;
  return found;
});

/** Those of the chosen stages. */
const listed = computed(() => reports.value.filter((report) => stages.value.has(stageOf(report))));

/** Those of each queue. */
export const queues = computed<Record<Queue, Report[]>>(() => ({
  all: listed.value,
  doubt: listed.value.filter(({ id }) => doubts.value.has(id)),
}));

export const shown = computed<Report[]>(() => queues.value[queue.value]);

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
