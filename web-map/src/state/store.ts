/** Everything the panels show, as signals. Only `actions.ts` and `feed.ts` write here. */

import { computed, signal } from "@preact/signals";
import type { FeatureCollection } from "geojson";
import type {
  AddressCandidate,
  Coverage,
  Finding,
  GridDetail,
  Jurisdiction,
  JurisdictionDetail,
  LocateAnswer,
  Report,
  Status,
  Trail,
  Workspace,
} from "../api/types";
import type { Reading } from "../lookup/coordinate";
import type { TileChange } from "../map/versions";
import { type PlanPlace, readHash, type Selection, type Tab, type View } from "./url";

const START = readHash(typeof location === "undefined" ? "" : location.hash);

export const workspace = signal<Workspace | null>(null);
export const workspaceError = signal<string | null>(null);
export const jurisdictions = signal<Jurisdiction[]>([]);
export const coverage = signal<Coverage | null>(null);
export const coverageError = signal<string | null>(null);

export const tab = signal<Tab>(START.tab);
export const view = signal<View | null>(START.view);
export const hidden = signal<ReadonlySet<Status>>(new Set(START.hidden));
export const selection = signal<Selection | null>(START.selection);
/** What the tab of plans shows. */
export const planPlace = signal<PlanPlace>(START.plan);
/** Whether the page was opened for a plan that has not been drawn yet: what is drawn around it waits, so that it is seen sooner. */
export const planAwaited = signal(START.tab === "plan" && START.plan.plan !== null);

/** What the selection turned out to be. */
export type Answer =
  | { kind: "none" }
  | { kind: "asking" }
  | { kind: "failed"; why: string }
  | {
      kind: "located";
      located: LocateAnswer;
      detail: GridDetail | null;
      /** The same numbers read as WGS 84, where they were given in a datum that moves them. */
      asWgs84: LocateAnswer | null;
    }
  | { kind: "grid"; detail: GridDetail }
  | { kind: "jurisdiction"; detail: JurisdictionDetail }
  | { kind: "finding"; finding: Finding }
  | { kind: "nothing"; text: string }
  | { kind: "choose"; matches: Jurisdiction[] }
  | { kind: "addresses"; candidates: AddressCandidate[] }
  | { kind: "misread"; reading: Reading };

export const answer = signal<Answer>({ kind: "none" });

/** The coordinate system the box reads in: a named one or "epsg", with its code beside it. */
export const boxCrs = signal<string>("wgs84");
export const boxEpsg = signal<string>("");
export const boxText = signal<string>("");
/** How the last line in the box was read; null after a click on the map. */
export const boxReading = signal<Reading | null>(null);

/** How far off a looked-up point may be, in metres; null for not at all. */
export const accuracy_m = signal<number | null>(null);
/** Whether many points are looked up at once, and what was pasted for that. */
export const listOpen = signal(false);
export const listText = signal("");

/** The grid under the pointer, as drawn: for looking only, never for ownership. */
export interface Hover {
  code: string;
  name: string;
  status: Status;
  households: number | null;
  population: number | null;
  x: number;
  y: number;
}
export const hover = signal<Hover | null>(null);
export const hoverDetail = signal<GridDetail | null>(null);

export const reports = signal<Report[]>([]);
/** The report that just came in, to be shown landing; `serial` tells two landings of one report apart. */
export const landed = signal<{ report: Report; serial: number } | null>(null);

/** The way of the report that was sent last from here. */
export const trail = signal<Trail | null>(null);

export interface Feed {
  /** `off`: the caller may not listen. */
  state: "off" | "connecting" | "live" | "lost";
  /** When it was lost, by the page's clock. */
  since_ms: number;
  /** When the list was last read while lost; 0 when not. */
  polled_ms: number;
  pollFailed: boolean;
}
export const feed = signal<Feed>({ state: "off", since_ms: 0, polled_ms: 0, pollFailed: false });

/** The report being written. */
export const reportText = signal<string>("");
export const reportCategory = signal<string>("sanitation");

/** A short message for everyone, screen readers included. */
export const notice = signal<string>("");

/** What the drawn tiles are a picture of; null when nothing is in force. */
export const tilesVersion = computed(() => {
  const space = workspace.value;
  return space?.tiles_version ?? (space?.publication ? String(space.publication.seq) : null);
});
/** Which tiles the last publication changed, as far as it was told. */
export const tileChange = signal<TileChange | null>(null);
export const attribute = computed(() => workspace.value?.attribute ?? "households");

/** Where the page asks the map to look; a new object each time, so that asking twice works. */
export type Look =
  | { kind: "point"; lon: number; lat: number }
  | { kind: "envelope"; envelope: [number, number, number, number] }
  | { kind: "view"; view: View }
  | { kind: "whole" };
export const look = signal<Look | null>(null);

/** The grid whose sheet is shown, to be printed. */
export const sheet = signal<GridDetail | null>(null);

/** What the map draws of a file that is about to be imported. */
export const sample = signal<FeatureCollection | null>(null);
