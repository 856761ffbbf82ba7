/** What a user can do. Each action asks the server and writes the answer into the store. */
import { batch } from "@preact/signals";
import {
  fetchCoverage,
  fetchGrid,
  fetchJurisdiction,
  fetchJurisdictions,
  fetchTrail,
  fetchWorkspace,
  locate,
  postReport,
  RequestError,
} from "../api/client";
import type { Finding, GridDetail, LocateAnswer, OfficerFinding, Point, Status } from "../api/types";
import { t } from "../i18n";
import { openOutbox, randomKey } from "./outbox";
import { takeReport } from "./reports";
import { loadSession, may, session, sessionKnown, words } from "./session";
import {
  accuracy_m,
  answer,
  boxCrs,
  boxReading,
  coverage,
  coverageError,
  hidden,
  hover,
  hoverDetail,
  jurisdictions,
  look,
  notice,
  planPlace,
  reportText,
  selection,
  tab,
  tilesVersion,
  trail,
  view,
  workspace,
  workspaceError,
} from "./store";
import { readHash, type Selection, type Tab } from "./url";

let gridCache = new Map<string, Promise<GridDetail>>();

/** A grid's details, asked once per publication. */
export function gridDetail(code: string): Promise<GridDetail> {
  let asked = gridCache.get(code);
  if (!asked) {
    asked = fetchGrid(code);
    asked.catch(() => gridCache.delete(code));
    gridCache.set(code, asked);
  }
  return asked;
}

/** A grid's details as they are now: its officers change without a publication. */
function gridNow(code: string): Promise<GridDetail> {
  gridCache.delete(code);
  return gridDetail(code);
}

/** Reads the way of a report that was sent from here. */
async function loadTrail(id: string): Promise<void> {
  try {
    trail.value = await fetchTrail(id);
  } catch {
    // The report is kept and in the list; only its trail could not be read.
    trail.value = null;
  }
}

/** Reads it again: it may have been answered meanwhile. Where it cannot be read, what was known stays. */
export async function refreshTrail(): Promise<void> {
  const id = trail.peek()?.id;
  if (id === undefined) return;
  const next = await fetchTrail(id).catch(() => null);
  if (next && trail.peek()?.id === id) trail.value = next;
}

async function loadCoverage(): Promise<void> {
  if (!may("GET /v1/coverage")) {
    coverage.value = null;
    coverageError.value = null;
    return;
  }
  try {
    coverage.value = await fetchCoverage();
    coverageError.value = null;
  } catch (error) {
    // Nothing published yet is no failure: the panel says so itself.
    coverageError.value = error instanceof RequestError && error.status === 404 ? null : words(error);
    coverage.value = null;
  }
}

/** Reads the workspace and what hangs on it. */
export async function loadWorkspace(): Promise<void> {
  workspaceError.value = null;
  // What was told to another caller may say more or less.
  gridCache = new Map();
  // An address without a view means: show what it selects.
  const move = view.peek() ? "stay" : "go";
  try {
    const [space, tree] = await Promise.all([fetchWorkspace(), fetchJurisdictions()]);
    batch(() => {
      workspace.value = space;
      jurisdictions.value = tree;
    });
  } catch (error) {
    workspaceError.value = words(error);
    return;
  }
  await loadCoverage();
  if (selection.value) await ask(selection.value, move);
}

/** Reads the workspace again and, when a new publication is in force, everything drawn from it. */
export async function refreshPublication(): Promise<void> {
  const before = tilesVersion.peek();
  try {
    const space = await fetchWorkspace();
    // The first account was made meanwhile, or the session is over.
    if (space.login && space.login !== session.peek()?.login) await loadSession();
    const after = space.tiles_version ?? (space.publication ? String(space.publication.seq) : null);
    if (after === before) return;
    const tree = await fetchJurisdictions();
    gridCache = new Map();
    batch(() => {
      workspace.value = space;
      jurisdictions.value = tree;
      hover.value = null;
      hoverDetail.value = null;
      notice.value = t("app.renewed", { seq: space.publication?.seq ?? "–" });
    });
    await loadCoverage();
    if (selection.value) await ask(selection.value, "stay");
  } catch {
    // The feed reports a lost server; the next event or poll asks again.
  }
}

let asking = new AbortController();

/** Asks about a selection; `move` says whether the map goes there. */
export async function ask(next: Selection, move: "go" | "stay"): Promise<void> {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  batch(() => {
    selection.value = next;
    answer.value = { kind: "asking" };
  });
  try {
    if (next.kind === "point") await askPoint(next, move, signal);
    else if (next.kind === "grid") {
      const detail = await gridNow(next.code);
      if (signal.aborted) return;
      answer.value = { kind: "grid", detail };
      if (move === "go") look.value = { kind: "envelope", envelope: detail.envelope };
    } else if (next.kind === "jurisdiction") {
      const detail = await fetchJurisdiction(next.code);
      if (signal.aborted) return;
      answer.value = { kind: "jurisdiction", detail };
      if (move === "go") look.value = { kind: "envelope", envelope: detail.envelope };
    } else {
      const finding = coverage.value?.findings.find((one) => String(one.id) === next.code);
      answer.value = finding ? { kind: "finding", finding } : { kind: "none" };
      if (finding && move === "go") look.value = { kind: "envelope", envelope: finding.envelope };
    }
  } catch (error) {
    if (signal.aborted) return;
    answer.value = { kind: "failed", why: words(error) };
  }
}

/** Where an answered point sits on the map, WGS84; null when only the server could say and did not. */
export function placeOf(located: LocateAnswer): { lon: number; lat: number } | null {
  if (located.position) return located.position;
  const { lon, lat, crs } = located.point;
  return /^(wgs84|cgcs2000|epsg:(4326|4490))$/i.test(crs) ? { lon, lat } : null;
}

async function askPoint(point: Point, move: "go" | "stay", signal: AbortSignal): Promise<void> {
  const located = await locate(point, signal, accuracy_m.peek());
  if (signal.aborted) return;
  answer.value = { kind: "located", located, detail: null, asWgs84: null };
  const place = placeOf(located);
  if (move === "go") {
    if (place) look.value = { kind: "point", ...place };
    else if (located.grid) look.value = { kind: "envelope", envelope: located.grid.envelope };
  }
  const moved = /^(gcj02|bd09)$/i.test(point.crs);
  const [detail, asWgs84] = await Promise.all([
    located.grid ? gridNow(located.grid.code).catch(() => null) : null,
    moved ? locate({ ...point, crs: "wgs84" }, signal).catch(() => null) : null,
  ]);
  if (signal.aborted || !(detail || asWgs84)) return;
  answer.value = { kind: "located", located, detail, asWgs84 };
}

/** Asks about the same numbers in another system. */
export function readAs(crs: string): void {
  const now = selection.peek();
  if (now?.kind !== "point") return;
  boxCrs.value = crs;
  void ask({ ...now, crs }, "go");
}

/** Asks again, with how far off the point may be. */
export function askWithin(metres: number | null): void {
  accuracy_m.value = metres;
  const now = selection.peek();
  if (now?.kind === "point") void ask(now, "stay");
}

/** Looks up one of many points. */
export function openPoint(point: Point): void {
  boxReading.value = null;
  void ask({ kind: "point", ...point }, "go");
}

/** A click on the map: asks for the owner of that point. */
export function clickPoint(lon: number, lat: number): void {
  batch(() => {
    boxReading.value = null;
    if (tab.value === "coverage") tab.value = "lookup";
  });
  void ask({ kind: "point", lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)), crs: "wgs84" }, "stay");
}

/** Opens a grid by its code and goes there. */
export function openGrid(code: string): void {
  boxReading.value = null;
  void ask({ kind: "grid", code }, "go");
}

/** Shows the grids of an officer finding: the one grid, or all of them together. */
export function openOfficerFinding(finding: OfficerFinding): void {
  const [only] = finding.grids;
  if (only !== undefined && finding.grids.length === 1) openGrid(only);
  else if (finding.envelope) look.value = { kind: "envelope", envelope: finding.envelope };
}

/** Opens a jurisdiction and goes there. */
export function openJurisdiction(code: string): void {
  boxReading.value = null;
  void ask({ kind: "jurisdiction", code }, "go");
}

/** Shows a finding's place. */
export function openFinding(finding: Finding): void {
  boxReading.value = null;
  void ask({ kind: "finding", code: String(finding.id) }, "go");
}

/** Shows what an address names: the page was sent to another one of its own. */
export function followAddress(hash: string): void {
  const next = readHash(hash);
  batch(() => {
    tab.value = next.tab;
    hidden.value = new Set(next.hidden);
    planPlace.value = next.plan;
    boxReading.value = null;
    if (next.view) look.value = { kind: "view", view: next.view };
  });
  if (next.selection) void ask(next.selection, next.view ? "stay" : "go");
  else closeSelection();
}

/** Closes the card and takes the marker away. */
export function closeSelection(): void {
  asking.abort();
  batch(() => {
    selection.value = null;
    answer.value = { kind: "none" };
    boxReading.value = null;
  });
}

/** Shows or hides the grids of a status. */
export function toggleStatus(status: Status): void {
  const next = new Set(hidden.value);
  if (!next.delete(status)) next.add(status);
  hidden.value = next;
}

export function openTab(next: Tab): void {
  tab.value = next;
}

let hoverTimer: ReturnType<typeof setTimeout> | undefined;
/** Rest of the pointer before a grid's details are asked for. */
const HOVER_REST_MS = 140;

/** The pointer rests on a drawn grid: its details are fetched for the small card. */
export function hoverGrid(next: typeof hover.value): void {
  const before = hover.peek()?.code;
  hover.value = next;
  if (next?.code === before) return;
  clearTimeout(hoverTimer);
  hoverDetail.value = null;
  if (!next) return;
  hoverTimer = setTimeout(() => {
    gridDetail(next.code).then(
      (detail) => {
        if (hover.peek()?.code === detail.code) hoverDetail.value = detail;
      },
      () => undefined,
    );
  }, HOVER_REST_MS);
}

function pageStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** The report under way. */
export const outbox = openOutbox({
  // A report left by an earlier page goes out under the same session as one written here.
  post: (body, key) => sessionKnown().then(() => postReport(body, key)),
  storage: pageStorage(),
  newKey: randomKey,
  after(delay_ms, run) {
    const timer = setTimeout(run, delay_ms);
    return () => clearTimeout(timer);
  },
  delivered(report) {
    takeReport(report);
    void loadTrail(report.id);
    reportText.value = "";
    const chosen = selection.value;
    const { lon, lat } = report.point;
    if (chosen?.kind === "point" && chosen.lon === lon && chosen.lat === lat) closeSelection();
    notice.value = report.grid
      ? t("report.landed", { id: report.id, name: report.grid.name || report.grid.code })
      : t("report.landed.outside", { id: report.id });
  },
});
