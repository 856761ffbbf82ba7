/** What can be laid over the grids: streets, buildings, where numbers come from, what was found. */
import type {
  ExpressionSpecification,
  LayerSpecification,
  Map as MapLibre,
  VectorTileSource,
} from "maplibre-gl";
import type { Palette } from "./palette";
import { hatchName } from "./style";

export const OVERLAYS = ["streets", "buildings", "origin", "findings"] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** The tile layer behind an overlay. */
export const TILES_OF: Record<Overlay, string> = {
  streets: "streets",
  buildings: "buildings",
  origin: "atoms",
  findings: "findings",
};

/** The first layer of the style that stays above: findings lie over borders, all else under the grids' lines. */
const BELOW: Record<Overlay, string> = {
  origin: "grid-line",
  buildings: "grid-line",
  streets: "grid-line",
  findings: "chosen-fill",
};
/** From the ground up. */
const ORDER: Overlay[] = ["origin", "buildings", "streets", "findings"];

/** Layers that a click on a finding is asked of. */
export const FINDING_LAYERS = ["findings-fill", "findings-point"];
/** Findings that something was mended, as opposed to something that is still wrong. */
const MENDED = ["gap_closed", "gap_split", "overlap_settled", "overlap_halved", "fold_settled"];

export const overlaySource = (overlay: Overlay) => `over-${overlay}`;

/** Width in pixels: `at` at zoom 13, thinner before and wider after. */
const width = (at: number): ExpressionSpecification => [
  "interpolate",
  ["exponential", 1.4],
  ["zoom"],
  9,
  at * 0.3,
  13,
  at,
  17,
  at * 3,
];

export function overlayLayers(
  overlay: Overlay,
  palette: Palette,
  scheme: "light" | "dark",
): LayerSpecification[] {
  const source = overlaySource(overlay);
  if (overlay === "streets") {
    const line = (
      name: string,
      classes: string[],
      paint: Record<string, unknown>,
      cap: "butt" | "round" = "round",
    ): LayerSpecification => ({
      id: `streets-${name}`,
      type: "line",
      source,
      "source-layer": "streets",
      filter: ["in", ["get", "class"], ["literal", classes]],
      layout: { "line-join": "round", "line-cap": cap },
      paint,
    });
    return [
      line("wall", ["wall"], { "line-color": palette.wall, "line-width": width(0.9) }),
      line("path", ["path"], {
        "line-color": palette.path,
        "line-width": width(1),
        "line-dasharray": [0.1, 2],
      }),
      line("street-casing", ["street"], { "line-color": palette.streetCasing, "line-width": width(2.6) }),
      line("street", ["street"], { "line-color": palette.street, "line-width": width(1.6) }),
      line("arterial-casing", ["arterial"], { "line-color": palette.streetCasing, "line-width": width(5) }),
      line("arterial", ["arterial"], { "line-color": palette.arterial, "line-width": width(3.6) }),
      line("rail", ["rail"], { "line-color": palette.rail, "line-width": width(2.2) }, "butt"),
      line(
        "rail-ties",
        ["rail"],
        { "line-color": palette.halo, "line-width": width(1.1), "line-dasharray": [4, 4] },
        "butt",
      ),
      line("river", ["river"], { "line-color": palette.river, "line-width": width(2.6) }),
      {
        id: "streets-name",
        type: "symbol",
        source,
        "source-layer": "streets",
        minzoom: 15,
        layout: {
          "symbol-placement": "line",
          "text-field": ["coalesce", ["get", "name"], ""],
          "text-font": ["Wangge Regular", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "system-ui"],
          "text-size": 11.5,
          "text-letter-spacing": 0.06,
        },
        paint: { "text-color": palette.mutedInk, "text-halo-color": palette.halo, "text-halo-width": 1.6 },
      },
    ];
  }
  if (overlay === "buildings") {
    const base = { source, "source-layer": "buildings", minzoom: 13 };
    return [
      {
        ...base,
        id: "buildings-fill",
        type: "fill",
        paint: {
          "fill-color": palette.building,
          "fill-opacity": 0.85,
          "fill-outline-color": palette.buildingLine,
        },
      },
    ];
  }
  if (overlay === "origin") {
    const base = { source, "source-layer": "atoms", minzoom: 11 };
    const is = (word: string): ExpressionSpecification => ["==", ["get", "origin"], word];
    return [
      {
        ...base,
        id: "origin-counted",
        type: "fill",
        filter: is("counted"),
        paint: { "fill-color": palette.counted, "fill-opacity": 0.55, "fill-outline-color": palette.paper },
      },
      {
        ...base,
        id: "origin-estimated-ground",
        type: "fill",
        filter: is("estimated"),
        paint: { "fill-color": palette.estimated, "fill-opacity": 0.55, "fill-outline-color": palette.paper },
      },
      {
        ...base,
        id: "origin-estimated",
        type: "fill",
        filter: is("estimated"),
        paint: { "fill-pattern": hatchName("estimated", scheme), "fill-opacity": 0.9 },
      },
    ];
  }
  const mended: ExpressionSpecification = ["in", ["get", "kind"], ["literal", MENDED]];
  const colour: ExpressionSpecification = ["case", mended, palette.mended, palette.fault];
  return [
    {
      id: "findings-fill",
      type: "fill",
      source,
      "source-layer": "findings",
      paint: { "fill-color": colour, "fill-opacity": 0.4 },
    },
    {
      id: "findings-line",
      type: "line",
      source,
      "source-layer": "findings",
      layout: { "line-join": "round" },
      paint: { "line-color": colour, "line-width": 1.8 },
    },
    {
      id: "findings-point",
      type: "circle",
      source,
      "source-layer": "finding_points",
      paint: {
        "circle-color": palette.halo,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 2.5, 14, 4.5, 18, 7],
        "circle-stroke-color": colour,
        "circle-stroke-width": 2.2,
      },
    },
  ];
}

/** The tile template of each overlay that is to be drawn; null for the others. */
export type Drawn = Record<Overlay, string | null>;

/** The template of each source: the source itself knows it only once it has loaded. */
const pointedAt = new WeakMap<VectorTileSource, string>();

/** Brings the overlays of a map to what is wanted. `afresh` draws them again in other colours. */
export function drawOverlays(
  map: MapLibre,
  wanted: Drawn,
  palette: Palette,
  scheme: "light" | "dark",
  afresh: boolean,
): void {
  for (const overlay of ORDER) {
    const id = overlaySource(overlay);
    const template = wanted[overlay];
    const source = map.getSource(id) as VectorTileSource | undefined;
    const layers = overlayLayers(overlay, palette, scheme);
    if (source && (afresh || template === null)) {
      for (const layer of layers) if (map.getLayer(layer.id)) map.removeLayer(layer.id);
    }
    if (template === null) {
      if (source) map.removeSource(id);
      continue;
    }
    if (!source) map.addSource(id, { type: "vector", tiles: [template], minzoom: 0, maxzoom: 16 });
    else if (pointedAt.get(source) !== template) source.setTiles([template]);
    pointedAt.set(map.getSource(id) as VectorTileSource, template);
    // Those above it may be there already: it goes under the lowest of them.
    const above = ORDER.slice(ORDER.indexOf(overlay) + 1).filter((one) => BELOW[one] === BELOW[overlay]);
    const names = above.flatMap((one) => overlayLayers(one, palette, scheme).map((layer) => layer.id));
    const before = names.find((name) => map.getLayer(name)) ?? BELOW[overlay];
    for (const layer of layers) if (!map.getLayer(layer.id)) map.addLayer(layer, before);
  }
}
