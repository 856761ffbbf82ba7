/** The map's own style: our tiles are the whole map, there is no basemap, glyph server or sprite. */
import type {
  DataDrivenPropertyValueSpecification,
  ExpressionSpecification,
  LayerSpecification,
  StyleSpecification,
} from "maplibre-gl";
import type { Bounds } from "../api/types";
import { SIGN } from "../status";
import { type LabelZooms, TAIL } from "./label";
import type { Palette } from "./palette";

/**
 * Fonts for labels. MapLibre draws glyphs with local fonts when a style names no glyph server, and takes the
 * weight from the first name, which therefore is only that: a weight.
 */
const FONTS = [
  "PingFang SC",
  "Microsoft YaHei",
  "Noto Sans CJK SC",
  "Noto Sans SC",
  "Source Han Sans SC",
  "system-ui",
];
export const MEDIUM = ["Wangge Medium", ...FONTS];
const BOLD = ["Wangge Bold", ...FONTS];

export interface StyleInput {
  palette: Palette;
  scheme: "light" | "dark";
  bounds: Bounds;
  attribute: "households" | "population";
  /** Levels of jurisdictions, outermost first. */
  levels: number[];
  zooms: LabelZooms;
  /** Short word for the unit of size: 户, hh … */
  unit: string;
  tiles: { grids: string; jurisdictions: string };
}

const EMPTY = { type: "FeatureCollection" as const, features: [] };
const STATUS: ExpressionSpecification = ["get", "status"];

/** Grids that wear a hatch. */
export const HATCHED: ExpressionSpecification = ["in", STATUS, ["literal", ["over", "under", "uninhabited"]]];
/** At low zooms a jurisdiction stands for its grids. */
const STANDS_FOR_GRIDS: ExpressionSpecification = ["has", "grids"];

export const hatchName = (hatch: string, scheme: string) => `hatch-${hatch}-${scheme}`;

/** Line width in pixels of a level: the outermost heaviest. `rank` counts from the innermost, 0. */
export const borderWidth = (rank: number): number => [1, 1.7, 2.7, 3.6][Math.min(rank, 3)] ?? 1;

export function buildStyle(input: StyleInput): StyleSpecification {
  const vector = (tiles: string) => ({ type: "vector" as const, tiles: [tiles], minzoom: 0, maxzoom: 16 });
  const geojson = () => ({ type: "geojson" as const, data: EMPTY });
  return {
    version: 8,
    sources: {
      grids: vector(input.tiles.grids),
      jurisdictions: vector(input.tiles.jurisdictions),
      chosen: geojson(),
      fault: geojson(),
      sample: geojson(),
      reports: geojson(),
      trail: geojson(),
      flash: geojson(),
    },
    transition: { duration: 180, delay: 0 },
    layers: buildLayers(input),
  };
}

export function buildLayers(input: StyleInput): LayerSpecification[] {
  return [
    ...fillLayers(input),
    ...borderLayers(input),
    ...markLayers(input),
    ...labelLayers(input),
    ...pointLayers(input),
  ];
}

function fillLayers({ palette, scheme, bounds, attribute, zooms }: StyleInput): LayerSpecification[] {
  const inBand: ExpressionSpecification = [
    "interpolate",
    ["linear"],
    ["coalesce", ["get", attribute], bounds.lower],
    bounds.lower,
    palette.band[0],
    Math.max(bounds.upper, bounds.lower + 1),
    palette.band[1],
  ];
  return [
    { id: "paper", type: "background", paint: { "background-color": palette.paper } },
    {
      id: "grid-fill",
      type: "fill",
      source: "grids",
      "source-layer": "grids",
      paint: {
        "fill-color": [
          "case",
          STANDS_FOR_GRIDS,
          // The larger the share of its grids outside the band, the warmer.
          [
            "interpolate",
            ["linear"],
            ["/", ["coalesce", ["get", "outside"], 0], ["max", ["get", "grids"], 1]],
            0,
            palette.band[0],
            1,
            palette.over,
          ],
          [
            "match",
            STATUS,
            "over",
            palette.over,
            "under",
            palette.under,
            "uninhabited",
            palette.uninhabited,
            "unknown",
            palette.unknown,
            inBand,
          ],
        ],
        "fill-antialias": false,
      },
    },
    {
      id: "grid-hatch",
      type: "fill",
      source: "grids",
      "source-layer": "grids",
      filter: HATCHED,
      paint: {
        "fill-pattern": [
          "match",
          STATUS,
          "over",
          hatchName("over", scheme),
          "under",
          hatchName("under", scheme),
          hatchName("uninhabited", scheme),
        ],
        "fill-opacity": 0.75,
      },
    },
    {
      id: "grid-line",
      type: "line",
      source: "grids",
      "source-layer": "grids",
      layout: { "line-join": "round" },
      paint: {
        "line-color": palette.gridLine,
        // Hair-thin while grids are small on screen, whatever the zoom that happens at.
        "line-width": [
          "interpolate",
          ["linear"],
          ["zoom"],
          zooms.gridTail - 3,
          0.25,
          zooms.gridTail,
          0.9,
          zooms.gridTail + 4,
          2.2,
        ],
      },
    },
    {
      id: "grid-hover",
      type: "line",
      source: "grids",
      "source-layer": "grids",
      layout: { "line-join": "round" },
      paint: {
        "line-color": palette.selected,
        "line-width": 1.8,
        "line-opacity": ["case", ["boolean", ["feature-state", "hover"], false], 0.85, 0],
      },
    },
  ];
}

function borderLayers({ palette, levels }: StyleInput): LayerSpecification[] {
  // Inner levels first, so that the heavier line of an outer one covers them where they coincide.
  return [...levels].reverse().flatMap((level, rank) => {
    const width = borderWidth(rank);
    const at = (factor: number, extra = 0): DataDrivenPropertyValueSpecification<number> => [
      "interpolate",
      ["linear"],
      ["zoom"],
      9,
      width * factor * 0.55 + extra,
      13,
      width * factor + extra,
      17,
      width * factor * 1.7 + extra,
    ];
    const base = {
      type: "line" as const,
      source: "jurisdictions",
      "source-layer": "jurisdictions",
      filter: ["==", ["get", "level"], level] as ExpressionSpecification,
      layout: { "line-join": "round" as const },
    };
    return [
      {
        ...base,
        id: `border-casing-${level}`,
        paint: {
          "line-color": palette.borderCasing,
          "line-opacity": rank === 0 ? 0.55 : 0.7,
          "line-width": at(1, rank === 0 ? 1.2 : 2.6),
        },
      },
      {
        ...base,
        id: `border-${level}`,
        paint: {
          "line-color": palette.border,
          "line-opacity": rank === 0 ? 0.62 : rank === 1 ? 0.85 : 1,
          "line-width": at(1),
        },
      },
    ];
  });
}

function markLayers({ palette }: StyleInput): LayerSpecification[] {
  const round = { "line-join": "round" as const, "line-cap": "round" as const };
  return [
    {
      id: "chosen-fill",
      type: "fill",
      source: "chosen",
      paint: { "fill-color": palette.selected, "fill-opacity": 0.06 },
    },
    {
      id: "chosen-casing",
      type: "line",
      source: "chosen",
      layout: round,
      paint: { "line-color": palette.selectedCasing, "line-width": 6.5, "line-opacity": 0.95 },
    },
    {
      id: "chosen-line",
      type: "line",
      source: "chosen",
      layout: round,
      paint: { "line-color": palette.selected, "line-width": 2.6 },
    },
    {
      id: "sample-fill",
      type: "fill",
      source: "sample",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": palette.sample, "fill-opacity": 0.22 },
    },
    {
      id: "sample-line",
      type: "line",
      source: "sample",
      layout: round,
      paint: {
        "line-color": palette.sample,
        "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.8, 16, 2.2],
      },
    },
    {
      id: "fault-fill",
      type: "fill",
      source: "fault",
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": palette.fault, "fill-opacity": 0.12 },
    },
    {
      id: "fault-line",
      type: "line",
      source: "fault",
      filter: ["==", ["geometry-type"], "Polygon"],
      layout: round,
      paint: { "line-color": palette.fault, "line-width": 2.2, "line-dasharray": [2, 2] },
    },
    {
      id: "fault-point",
      type: "circle",
      source: "fault",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": palette.fault,
        "circle-radius": 5.5,
        "circle-stroke-color": palette.selectedCasing,
        "circle-stroke-width": 2,
      },
    },
    {
      id: "flash-fill",
      type: "fill",
      source: "flash",
      paint: { "fill-color": palette.report, "fill-opacity": 0.22 },
    },
    {
      id: "flash-line",
      type: "line",
      source: "flash",
      layout: round,
      paint: { "line-color": palette.report, "line-width": 2.2 },
    },
    {
      id: "trail",
      type: "line",
      source: "trail",
      layout: round,
      paint: { "line-color": palette.report, "line-width": 2.4 },
    },
    {
      id: "report",
      type: "circle",
      source: "reports",
      paint: {
        "circle-color": palette.report,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 2.2, 14, 4, 18, 7],
        "circle-opacity": ["interpolate", ["linear"], ["get", "age"], 0, 1, 100, 0.4],
        "circle-stroke-color": palette.halo,
        "circle-stroke-width": 1.3,
      },
    },
  ];
}

/** Points of a list, over the labels: grids' labels stand just where people send points from lists of grids. */
function pointLayers({ palette }: StyleInput): LayerSpecification[] {
  return [
    {
      id: "sample-point",
      type: "circle",
      source: "sample",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-radius": 4,
        "circle-color": palette.sample,
        "circle-stroke-color": palette.selectedCasing,
        "circle-stroke-width": 1.5,
      },
    },
  ];
}

function labelLayers({ palette, levels, zooms, unit, attribute }: StyleInput): LayerSpecification[] {
  const sign: ExpressionSpecification = [
    "match",
    STATUS,
    "over",
    `${SIGN.over} `,
    "under",
    `${SIGN.under} `,
    "uninhabited",
    `${SIGN.uninhabited} `,
    "unknown",
    `${SIGN.unknown} `,
    "",
  ];
  const named: ExpressionSpecification = ["coalesce", ["get", "name"], ""];
  const title: ExpressionSpecification = [
    "case",
    ["any", ["==", named, ""], ["==", named, ["get", "code"]]],
    TAIL,
    named,
  ];
  // Tiles for strangers have no counts at all.
  const size: ExpressionSpecification = [
    "case",
    ["any", ["has", attribute], ["has", "households"]],
    ["concat", "\n", ["to-string", ["coalesce", ["get", attribute], ["get", "households"]]], " ", unit],
    "",
  ];
  const ink: ExpressionSpecification = [
    "match",
    STATUS,
    "over",
    palette.overInk,
    "under",
    palette.underInk,
    "uninhabited",
    palette.mutedInk,
    palette.ink,
  ];
  // What asks for work is placed first where labels compete for room.
  const urgency: ExpressionSpecification = ["match", STATUS, "over", 0, "under", 1, "in_band", 2, 3];
  const grids: LayerSpecification[] = [
    {
      id: "grid-label",
      type: "symbol",
      source: "grids",
      "source-layer": "grid_labels",
      minzoom: zooms.gridTail,
      layout: {
        "text-font": MEDIUM,
        "text-size": ["interpolate", ["linear"], ["zoom"], zooms.gridTail, 10.5, zooms.gridName + 1.5, 13],
        "text-line-height": 1.25,
        "text-padding": 1.5,
        "text-max-width": 12,
        "symbol-sort-key": urgency,
        "text-field": [
          "step",
          ["zoom"],
          ["concat", sign, TAIL],
          zooms.gridName,
          ["format", ["concat", sign, title], {}, size, { "font-scale": 0.88 }],
        ],
      },
      paint: {
        "text-color": ink,
        "text-halo-color": palette.halo,
        // Hatched grounds need a firmer halo than plain ones.
        "text-halo-width": ["match", STATUS, "in_band", 1.5, 2.4],
        "text-halo-blur": 0.3,
      },
    },
  ];
  const names = [...levels].reverse().map((level, rank): LayerSpecification => {
    const zoom = zooms.levels.find((one) => one.level === level);
    return {
      id: `jurisdiction-label-${level}`,
      type: "symbol",
      source: "jurisdictions",
      "source-layer": "jurisdiction_labels",
      filter: ["==", ["get", "level"], level],
      minzoom: zoom?.from ?? 0,
      maxzoom: Math.min(24, zoom?.to ?? 24),
      layout: {
        "text-font": BOLD,
        "text-field": ["get", "name"],
        "text-size": [13, 15.5, 19, 22][Math.min(rank, 3)] ?? 13,
        "text-letter-spacing": [0.04, 0.1, 0.18, 0.2][Math.min(rank, 3)] ?? 0,
        "text-padding": 4,
        "text-max-width": 9,
      },
      paint: {
        "text-color": palette.ink,
        "text-halo-color": palette.halo,
        "text-halo-width": 2,
        "text-halo-blur": 0.5,
        "text-opacity": 0.95,
      },
    };
  });
  return [...grids, ...names];
}
