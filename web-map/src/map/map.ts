/**
 * The drawn map. It draws what it is told and reports clicks and hovers; it never decides who owns a point.
 * Framework-free: `bind.ts` connects it to the store.
 */

import type { FeatureCollection, Geometry } from "geojson";
import {
  type ExpressionSpecification,
  type GeoJSONSource,
  type MapGeoJSONFeature,
  Map as MapLibre,
  type MapMouseEvent,
  Marker,
  ScaleControl,
  setWorkerUrl,
  type VectorTileSource,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { tileTemplate } from "../api/client";
import "maplibre-gl/dist/maplibre-gl.css";
import type { Envelope, Finding, Report, Status } from "../api/types";
import { type Landing, landReport } from "./landing";
import { type Drawn, drawOverlays, FINDING_LAYERS } from "./overlays";
import { DARK, LIGHT } from "./palette";
import { bytesOf, drawHatch, HATCH_RATIO, type Hatch } from "./pattern";
import type { Taken } from "./still";
import { buildLayers, buildStyle, HATCHED, hatchName, type StyleInput } from "./style";
import { type TileChange, TileVersions } from "./versions";

export interface MapEvents {
  click(lon: number, lat: number): void;
  /** A drawn finding was pressed. */
  finding(code: string): void;
  hover(feature: { properties: Record<string, unknown>; x: number; y: number } | null): void;
  moved(view: { zoom: number; lon: number; lat: number }): void;
}

export interface Padding {
  top: number;
  right: number;
  bottom: number;
  left: number;
}

export type Drawing = Omit<StyleInput, "palette" | "scheme" | "tiles"> & {
  /** The version of the tiles it is a picture of. */
  version: string;
};

export interface GridMap {
  /** MapLibre itself, for layers and tools of another part of the page. */
  readonly raw: MapLibre;
  /** Hides the published grids with all that is drawn for them, and `wholly` the jurisdictions, too; or shows them again. */
  recede(hidden: boolean, wholly: boolean): void;
  /** Takes note of which tiles a publication changed. */
  changed(change: TileChange): void;
  /** Draws the tiles of another publication; the view stays. */
  redraw(drawing: Drawing): void;
  /** Hides grids of these statuses. */
  hide(hidden: ReadonlySet<Status>): void;
  /** Outlines one geometry, or none. */
  choose(geometry: Geometry | null): void;
  /** Marks a finding's place, or none. */
  fault(finding: Finding | null): void;
  /** Puts the marker on a point, or takes it away. */
  mark(place: { lon: number; lat: number } | null): void;
  /** Lays streets, buildings and the like over the grids, or takes them away. */
  overlay(drawn: Drawn): void;
  /** Draws some of a file that is about to be imported, or nothing. */
  sample(features: FeatureCollection | null): void;
  reports(reports: readonly Report[]): void;
  /** Shows a report landing; `grid` is the outline of its grid, once known. */
  land(report: Report, grid: Promise<Geometry | null>): void;
  goTo(place: { lon: number; lat: number }): void;
  /** Shows exactly this view, at once. */
  jump(view: { zoom: number; lon: number; lat: number }): void;
  fit(envelope: Envelope): void;
  zoomBy(step: 1 | -1): void;
  title(words: string): void;
  /** Draws a picture beside this map, in light colours, with one outline; nothing here moves. */
  still(envelope: Envelope, outline: Geometry, size: { width: number; height: number }): Promise<Taken>;
  remove(): void;
}

type PaintName = Parameters<MapLibre["setPaintProperty"]>[1];
type LayoutName = Parameters<MapLibre["setLayoutProperty"]>[1];

const HATCHES: Hatch[] = ["under", "over", "uninhabited", "estimated"];
/** A looked-up point is shown at least this close. */
const POINT_ZOOM = 15.5;
const FIT_MOST_ZOOM = 17;
/** Zoom levels worth giving up to keep what is fitted clear of the legend. */
const CLEAR_ZOOMS = 0.45;
const NO_PADDING: Padding = { top: 0, right: 0, bottom: 0, left: 0 };

setWorkerUrl(workerUrl);

const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const collection = (geometries: Geometry[]): FeatureCollection => ({
  type: "FeatureCollection",
  features: geometries.map((geometry) => ({ type: "Feature", properties: {}, geometry })),
});

/**
 * Makes the map in `container`. `paddings` names the room to keep free, the roomiest choice first.
 * Throws where the browser has no WebGL2.
 */
export function createMap(
  container: HTMLElement,
  first: Drawing,
  start: { view: { zoom: number; lon: number; lat: number } | null; envelope: Envelope },
  paddings: () => Padding[],
  events: MapEvents,
): GridMap {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let drawing = first;
  let hidden: ReadonlySet<Status> = new Set();
  let hovered: number | string | undefined;
  let landing: Landing | null = null;
  let overlays: Drawn = { streets: null, buildings: null, origin: null, findings: null };
  const input = (): StyleInput => ({
    ...drawing,
    tiles: {
      grids: tileTemplate("grids", versions.base),
      jurisdictions: tileTemplate("jurisdictions", versions.base),
    },
    palette: dark.matches ? DARK : LIGHT,
    scheme: dark.matches ? "dark" : "light",
  });

  const versions = new TileVersions(first.version);
  let shownVersion = first.version;

  const map = new MapLibre({
    container,
    style: buildStyle(input()),
    transformRequest: (url) => ({ url: url.includes("/tiles/grids/") ? versions.address(url) : url }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: reducedMotion() ? 0 : 150,
    localIdeographFontFamily: "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
    maxZoom: 21,
    ...(start.view
      ? { center: [start.view.lon, start.view.lat] as [number, number], zoom: start.view.zoom }
      : { bounds: start.envelope }),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 110, unit: "metric" }), "bottom-left");

  for (const [scheme, palette] of [
    ["light", LIGHT],
    ["dark", DARK],
  ] as const) {
    for (const hatch of HATCHES) {
      const raster = drawHatch(hatch, bytesOf(palette[`${hatch}Hatch`]));
      map.addImage(hatchName(hatch, scheme), raster, { pixelRatio: HATCH_RATIO });
    }
  }

  /** Runs when the style can be changed: now, or once it has loaded. */
  const whenReady = (run: () => void) => {
    if (map.style?._loaded) run();
    else map.once("style.load", run);
  };
  const setData = (source: string, data: FeatureCollection) =>
    whenReady(() => void (map.getSource(source) as GeoJSONSource | undefined)?.setData(data));

  function applyHidden(): void {
    const shown: ExpressionSpecification = ["!", ["in", ["get", "status"], ["literal", [...hidden]]]];
    const all = hidden.size === 0;
    map.setFilter("grid-fill", all ? null : shown);
    map.setFilter("grid-label", all ? null : shown);
    map.setFilter("grid-hatch", ["all", HATCHED, shown]);
  }

  /** Points the sources at the tiles of the drawing, where they show others. */
  function renewTiles(): void {
    const changed = drawing.version === shownVersion ? [] : versions.moveTo(drawing.version);
    shownVersion = drawing.version;
    for (const layer of ["grids", "jurisdictions"] as const) {
      const source = map.getSource(layer) as VectorTileSource | undefined;
      const template = tileTemplate(layer, versions.base);
      if (source && source.tiles[0] !== template) source.setTiles([template]);
    }
    if (changed && changed.length > 0) void refresh(changed);
  }

  /** Draws tiles anew once all of them are at hand, so that a view is of one version but for the moment of the change. */
  async function refresh(tiles: string[]): Promise<void> {
    const ids = tiles.map((tile) => {
      const [z = 0, x = 0, y = 0] = tile.split("/").map(Number);
      return { z, x, y };
    });
    const template = tileTemplate("grids", versions.base);
    const inView = map.coveringTiles({ tileSize: 512, minzoom: 0, maxzoom: 16 });
    const seen = new Set(inView.map(({ canonical: { z, x, y } }) => `${z}/${x}/${y}`));
    const fetched = tiles
      .filter((tile) => seen.has(tile))
      .map((tile) => fetch(versions.address(template.replace("{z}/{x}/{y}", tile))).catch(() => undefined));
    await Promise.all(fetched);
    if (map.getSource("grids")) map.refreshTiles("grids", ids);
  }

  function layOver(afresh: boolean): void {
    const { palette, scheme } = input();
    drawOverlays(map, overlays, palette, scheme, afresh);
  }

  function repaint(): void {
    for (const layer of buildLayers(input())) {
      for (const [name, value] of Object.entries(layer.paint ?? {}))
        map.setPaintProperty(layer.id, name as PaintName, value);
      for (const [name, value] of Object.entries(layer.layout ?? {}))
        map.setLayoutProperty(layer.id, name as LayoutName, value);
      if (layer.type === "symbol") map.setLayerZoomRange(layer.id, layer.minzoom ?? 0, layer.maxzoom ?? 24);
    }
  }
  const onScheme = () =>
    whenReady(() => {
      repaint();
      layOver(true);
    });
  dark.addEventListener("change", onScheme);

  function setHovered(feature: MapGeoJSONFeature | undefined): void {
    const key = (id: number | string) => ({ source: "grids", sourceLayer: "grids", id });
    if (hovered !== undefined && hovered !== feature?.id) map.setFeatureState(key(hovered), { hover: false });
    hovered = feature?.id;
    if (hovered !== undefined) map.setFeatureState(key(hovered), { hover: true });
  }

  map.on("mousemove", (event: MapMouseEvent) => {
    if (!map.getLayer("grid-fill")) return;
    const [feature] = map.queryRenderedFeatures(event.point, { layers: ["grid-fill"] });
    if (feature?.id !== hovered) setHovered(feature);
    events.hover(feature ? { properties: feature.properties, x: event.point.x, y: event.point.y } : null);
  });
  map.on("mouseout", () => {
    setHovered(undefined);
    events.hover(null);
  });
  map.on("click", (event: MapMouseEvent) => {
    const layers = FINDING_LAYERS.filter((id) => map.getLayer(id));
    const [found] = layers.length > 0 ? map.queryRenderedFeatures(event.point, { layers }) : [];
    if (found) events.finding(String(found.properties.code));
    else events.click(event.lngLat.lng, event.lngLat.lat);
  });
  map.on("movestart", () => events.hover(null));
  map.on("moveend", () => {
    const { lng, lat } = map.getCenter();
    events.moved({ zoom: map.getZoom(), lon: lng, lat });
  });

  /** Fits an envelope clear of what lies over the map, as long as that costs little scale. */
  function fit(envelope: Envelope, duration_ms = 700): void {
    const choices = paddings().map((padding) => ({
      padding,
      zoom: map.cameraForBounds(envelope, { padding, maxZoom: FIT_MOST_ZOOM })?.zoom ?? 0,
    }));
    const best = Math.max(...choices.map(({ zoom }) => zoom));
    const taken = choices.find(({ zoom }) => zoom >= best - CLEAR_ZOOMS);
    map.fitBounds(envelope, {
      padding: taken?.padding ?? NO_PADDING,
      maxZoom: FIT_MOST_ZOOM,
      duration: reducedMotion() ? 0 : duration_ms,
    });
  }
  if (!start.view) fit(start.envelope, 0);

  // The map says whether it still has something to draw, as any busy region does.
  const busy = (state: boolean) => container.setAttribute("aria-busy", String(state));
  busy(true);
  // What waits for a plan is yet to come.
  map.on("idle", () => busy(receded && wholly));
  map.on("dataloading", () => busy(true));
  map.on("movestart", () => busy(true));

  const canvas = map.getCanvas();
  canvas.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const { lng, lat } = map.getCenter();
    events.click(lng, lat);
  });

  const pin = document.createElement("div");
  pin.className = "pin";
  pin.setAttribute("aria-hidden", "true");
  const marker = new Marker({ element: pin, anchor: "bottom" });

  let receded = false;
  let wholly = false;
  /** The published grids and what is marked on them; the jurisdictions only where all recedes. */
  function applyReceded(): void {
    for (const { id, source } of buildLayers(input()) as { id: string; source?: string }[]) {
      if (!source || source === "sample") continue;
      const gone = receded && (wholly || source !== "jurisdictions");
      map.setLayoutProperty(id, "visibility", gone ? "none" : "visible");
    }
  }

  return {
    raw: map,
    recede(next, all) {
      if (receded === next && wholly === all) return;
      receded = next;
      wholly = all;
      whenReady(applyReceded);
    },
    changed: (change) => versions.heard(change),
    redraw(next) {
      const before = drawing;
      drawing = next;
      whenReady(() => {
        if (before.levels.join() === next.levels.join()) repaint();
        else {
          map.setStyle(buildStyle(input()), { diff: true });
          applyHidden();
          if (receded) applyReceded();
          layOver(false);
        }
        // New tiles only once the style has settled: a change of layout in the same frame would have MapLibre lay out the
        // old tiles again instead of fetching the new ones.
        map.once("idle", renewTiles);
        map.triggerRepaint();
      });
    },
    hide(next) {
      hidden = next;
      whenReady(applyHidden);
    },
    choose(geometry) {
      setData("chosen", collection(geometry ? [geometry] : []));
    },
    fault(finding) {
      setData(
        "fault",
        collection(finding ? [boxOf(finding.envelope), { type: "Point", coordinates: finding.point }] : []),
      );
    },
    overlay(drawn) {
      overlays = drawn;
      whenReady(() => layOver(false));
    },
    sample(features) {
      setData("sample", features ?? collection([]));
    },
    mark(place) {
      if (place) marker.setLngLat([place.lon, place.lat]).addTo(map);
      else marker.remove();
    },
    reports(list) {
      setData("reports", {
        type: "FeatureCollection",
        features: list.map((report, age) => ({
          type: "Feature",
          properties: { id: report.id, age },
          geometry: { type: "Point", coordinates: [report.position.lon, report.position.lat] },
        })),
      });
    },
    land(report, grid) {
      landing?.stop();
      landing = landReport(map, report, grid, setData, reducedMotion());
    },
    goTo({ lon, lat }) {
      const zoom = Math.max(map.getZoom(), POINT_ZOOM);
      const camera = {
        center: [lon, lat] as [number, number],
        zoom,
        padding: paddings().at(-1) ?? NO_PADDING,
      };
      if (reducedMotion()) map.jumpTo(camera);
      else map.flyTo({ ...camera, duration: 900, essential: false });
    },
    jump({ zoom, lon, lat }) {
      map.jumpTo({ center: [lon, lat], zoom });
    },
    fit,
    zoomBy(step) {
      if (step > 0) map.zoomIn();
      else map.zoomOut();
    },
    title(words) {
      canvas.setAttribute("aria-label", words);
    },
    async still(envelope, outline, size) {
      const { takeStill } = await import("./still");
      return takeStill({
        ...size,
        envelope,
        outline,
        overlays,
        hatches: HATCHES,
        style: buildStyle({ ...input(), palette: LIGHT, scheme: "light" }),
        transformRequest: (url) => ({ url: url.includes("/tiles/grids/") ? versions.address(url) : url }),
      });
    },
    remove() {
      dark.removeEventListener("change", onScheme);
      landing?.stop();
      map.remove();
    },
  };
}

/** A finding's envelope, widened a little so that a tiny one can be seen. */
function boxOf([west, south, east, north]: Envelope): Geometry {
  const pad = Math.max(east - west, north - south, 0.00012) * 0.25;
  return {
    type: "Polygon",
    coordinates: [
      [
        [west - pad, south - pad],
        [east + pad, south - pad],
        [east + pad, north + pad],
        [west - pad, north + pad],
        [west - pad, south - pad],
      ],
    ],
  };
}
