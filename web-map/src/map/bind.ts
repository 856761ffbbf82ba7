/** Connects the map to the store: every effect here reads signals and tells the map what to draw. */
import { computed, effect, signal } from "@preact/signals";
import type { Envelope, Status } from "../api/types";
import { t } from "../i18n";
import { clickPoint, gridDetail, hoverGrid, openFinding, placeOf } from "../state/actions";
import { overlayTiles } from "../state/overlays";
import {
  answer,
  attribute,
  coverage,
  hidden,
  jurisdictions,
  landed,
  look,
  planAwaited,
  reports,
  sample,
  selection,
  tab,
  tileChange,
  tilesVersion,
  view,
  workspace,
} from "../state/store";
import { labelZooms } from "./label";
import { createMap, type Drawing, type GridMap, type Padding } from "./map";
import type { Drawn } from "./overlays";

/** Where a workspace without any envelope starts: the mainland. */
const CHINA: Envelope = [73.5, 18.1, 134.8, 53.6];
/** Room kept between what is fitted and the map's edges. */
const MARGIN_PX = 36;

/** Nothing laid over the grids. */
const BARE: Drawn = { streets: null, buildings: null, origin: null, findings: null };

/** False when the browser has no WebGL2; the panels then say so. */
export const drawable = signal(true);

/** The map on the page, for what draws on it itself. */
export const drawn = signal<GridMap | null>(null);

/** While a plan is redrawn the map is the planner's: pointing at it asks nothing. */
const planning = () => tab.peek() === "plan";

/** Map edges hidden under the bottom sheet of narrow screens, with and without the legend's side. */
function coveredEdges(container: HTMLElement): Padding[] {
  const margin = Math.min(MARGIN_PX, container.clientWidth / 10);
  const map = container.getBoundingClientRect();
  const sheet = document.querySelector(".panel")?.getBoundingClientRect();
  const overlaps =
    sheet && sheet.left < map.right - 1 && sheet.top < map.bottom - 1 && sheet.top > map.top + 1;
  const hiddenBelow = overlaps ? Math.min(map.bottom - sheet.top, map.height * 0.6) : 0;
  const plain = { top: margin, right: margin, left: margin, bottom: margin + hiddenBelow };
  const legend = document.querySelector(".legend")?.getBoundingClientRect();
  return legend ? [{ ...plain, left: legend.right - map.left + margin / 2 }, plain] : [plain];
}

function drawing(): Drawing {
  const space = workspace.value;
  const envelope = space?.envelope ?? CHINA;
  const counts = (space?.levels ?? [])
    .map(({ level }) => ({ level, n: jurisdictions.value.filter((one) => one.level === level).length }))
    .sort((a, b) => a.level - b.level);
  return {
    bounds: space?.bounds ?? { lower: 0, upper: 1 },
    attribute: attribute.value,
    levels: counts.map(({ level }) => level),
    zooms: labelZooms(envelope, space?.counts.grids ?? 1, counts),
    unit: t(attribute.value === "households" ? "unit.households" : "unit.population"),
    version: tilesVersion.value ?? "0",
  };
}

/** Draws the map into `container` and keeps it true to the store; the returned function takes it down. */
export function bindMap(container: HTMLElement): () => void {
  const whole = () => workspace.peek()?.envelope ?? CHINA;
  let map: GridMap;
  try {
    map = createMap(
      container,
      drawing(),
      { view: view.peek(), envelope: whole() },
      () => coveredEdges(container),
      {
        click(lon, lat) {
          if (!planning()) clickPoint(lon, lat);
        },
        finding(code) {
          if (planning()) return;
          const finding = coverage.peek()?.findings.find((one) => String(one.id) === code);
          if (finding) openFinding(finding);
        },
        moved(next) {
          view.value = next;
        },
        hover(feature) {
          if (!feature || planning()) return hoverGrid(null);
          const { code, name, status, households, population } = feature.properties as Record<
            string,
            string & number & Status
          >;
          hoverGrid({
            code: String(code),
            name: String(name ?? ""),
            status: (status ?? "in_band") as Status,
            households: households ?? null,
            population: population ?? null,
            x: feature.x,
            y: feature.y,
          });
        },
      },
    );
  } catch {
    drawable.value = false;
    return () => undefined;
  }

  // Only what changes the picture: a report coming in changes the workspace's counts, not its drawing.
  const picture = computed(() => JSON.stringify(drawing()));
  const stops = [
    effect(() => {
      // before the picture: a publication's changes are told ahead of it
      if (tileChange.value) map.changed(tileChange.value);
    }),
    effect(() => map.redraw(JSON.parse(picture.value) as Drawing)),
    effect(() => map.title(t(tab.value === "plan" ? "app.map.plan" : "app.map"))),
    effect(() => map.recede(tab.value === "plan", planAwaited.value)),
    effect(() => map.hide(hidden.value)),
    effect(() => map.overlay(planAwaited.value && tab.value === "plan" ? BARE : overlayTiles.value)),
    effect(() => map.sample(sample.value)),
    // What is closed is in the list alone.
    effect(() => map.reports(reports.value.filter(({ state }) => state !== "closed"))),
    effect(() => {
      const next = landed.value;
      if (!next) return;
      const code = next.report.grid?.code;
      const outline = code ? gridDetail(code).then(({ geometry }) => geometry) : Promise.resolve(null);
      map.land(
        next.report,
        outline.catch(() => null),
      );
    }),
    effect(() => {
      const now = answer.value;
      if (now.kind === "located") map.choose(now.detail?.geometry ?? null);
      else if (now.kind === "grid" || now.kind === "jurisdiction") map.choose(now.detail.geometry);
      else if (now.kind !== "asking") map.choose(null);
      map.fault(now.kind === "finding" ? now.finding : null);
    }),
    effect(() => {
      const chosen = selection.value;
      const now = answer.value;
      if (now.kind === "located") map.mark(placeOf(now.located));
      else if (chosen?.kind === "point" && chosen.crs === "wgs84") map.mark(chosen);
      else map.mark(null);
    }),
    effect(() => {
      const next = look.value;
      if (!next) return;
      if (next.kind === "view") map.jump(next.view);
      else if (next.kind === "point") map.goTo(next);
      else map.fit(next.kind === "envelope" ? next.envelope : whole());
    }),
  ];
  zoomMap = (step) => map.zoomBy(step);
  drawn.value = map;
  return () => {
    drawn.value = null;
    for (const stop of stops) stop();
    map.remove();
  };
}

/** Zooms one step in or out. */
export let zoomMap: (step: 1 | -1) => void = () => undefined;
