/** Many points looked up at once: what was asked for, what was answered, and the same as a table. */
import { batch, signal } from "@preact/signals";
import type { FeatureCollection } from "geojson";
import { locateBatch } from "../api/client";
import type { BatchAnswer } from "../api/types";
import { quoted } from "../csv";
import { type List, type ListRow, readList } from "../lookup/list";
import { words } from "./session";
import { sample, workspace } from "./store";

/** What is known of a line. */
export interface Owned extends ListRow {
  grid: string | null;
  how: "interior" | "edge_tie" | "gap_fill" | "outside" | "bad";
  border_m: number | null;
  /** The server's words for a point that it cannot use. */
  refusal: string;
}

export type ListState =
  | { kind: "none" }
  | { kind: "asking"; lines: number }
  | { kind: "failed"; why: string }
  | { kind: "there"; list: List; rows: Owned[]; took_ms: number };

export const listState = signal<ListState>({ kind: "none" });

let asking = new AbortController();

/** Owners of the lines that say a place, one question for each system among them. */
export async function ownersOf(rows: readonly ListRow[], signal?: AbortSignal): Promise<Owned[]> {
  const owned = rows.map((row): Owned => ({ ...row, grid: null, how: "bad", border_m: null, refusal: "" }));
  const systems = new Set(rows.flatMap(({ point }) => (point ? [point.crs] : [])));
  for (const crs of systems) {
    const own = owned.filter(({ point }) => point?.crs === crs);
    const answer = await locateBatch(
      {
        lon: own.map(({ point }) => point?.lon ?? null),
        lat: own.map(({ point }) => point?.lat ?? null),
        crs,
        edge_distance: true,
      },
      signal,
    );
    take(own, answer);
  }
  return owned;
}

/** Writes an answer's columns into the rows it is about. */
function take(rows: Owned[], answer: BatchAnswer): void {
  const [ties, fills] = [new Set(answer.edge_ties), new Set(answer.gap_fills)];
  rows.forEach((row, at) => {
    const position = answer.grid[at] ?? null;
    row.grid = position === null ? null : (answer.grids[position] ?? null);
    row.border_m = answer.edge_distance_m?.[at] ?? null;
    if (row.grid === null) row.how = "outside";
    else row.how = ties.has(at) ? "edge_tie" : fills.has(at) ? "gap_fill" : "interior";
  });
  for (const { row: at, reason } of answer.errors) {
    const row = rows[at];
    if (!row) continue;
    row.how = "bad";
    row.refusal = reason;
  }
}

/** Looks all lines of a text up. */
export async function lookUpList(text: string, crs: string): Promise<void> {
  asking.abort();
  asking = new AbortController();
  const { signal: gone } = asking;
  const list = readList(text, crs, workspace.peek()?.envelope ?? null);
  const begun = performance.now();
  listState.value = { kind: "asking", lines: list.rows.length };
  try {
    const rows = await ownersOf(list.rows, gone);
    if (gone.aborted) return;
    batch(() => {
      listState.value = { kind: "there", list, rows, took_ms: performance.now() - begun };
      sample.value = drawnOf(rows);
    });
  } catch (error) {
    if (!gone.aborted) listState.value = { kind: "failed", why: words(error) };
  }
}

/** Forgets the list and takes it off the map. */
export function forgetList(): void {
  asking.abort();
  batch(() => {
    listState.value = { kind: "none" };
    sample.value = null;
  });
}

/** Systems whose numbers are the map's own; where a point in another one lies is for the server alone to say. */
const ON_THE_MAP = /^(wgs84|cgcs2000|epsg:(4326|4490))$/i;

/** The points that can be drawn. */
export function drawnOf(rows: readonly Owned[]): FeatureCollection | null {
  const features = rows.flatMap(({ point, line, how }) =>
    point && how !== "bad" && ON_THE_MAP.test(point.crs)
      ? [
          {
            type: "Feature" as const,
            properties: { line },
            geometry: { type: "Point" as const, coordinates: [point.lon, point.lat] },
          },
        ]
      : [],
  );
  return features.length > 0 ? { type: "FeatureCollection", features } : null;
}

/** The answers as a table; `why` is the fault of a row in words. */
export function tableOf(rows: readonly Owned[], why: (row: Owned) => string): string {
  const head = "line,text,label,lon,lat,crs,grid,resolution,border_m,fault";
  const lines = rows.map((row) => {
    const { line, text, label, point, grid, how, border_m } = row;
    const place = point ? [String(point.lon), String(point.lat), point.crs] : ["", "", ""];
    const metres = border_m === null ? "" : border_m.toFixed(2);
    return [String(line), text, label, ...place, grid ?? "", how, metres, why(row)].map(quoted).join(",");
  });
  return `${[head, ...lines].join("\r\n")}\r\n`;
}
