/** What a TileJSON says of its fields, and how to draw layers nothing else is known of; pure. */
import type { LayerSpecification } from "maplibre-gl";
import type { Palette } from "../map/palette";

export type Lang = "zh" | "en";

export interface VectorLayer {
  id: string;
  minzoom: number;
  maxzoom: number;
  fields: Record<string, string>;
}

/** The words of a field in one language, of `String: code of the grid / 网格编码`. */
export function wordsOf(description: string, lang: Lang): string {
  const words = description.replace(/^\w+: /, "");
  const cut = words.indexOf(" / ");
  if (cut < 0) return words;
  return lang === "en" ? words.slice(0, cut) : words.slice(cut + 3);
}

/** The stored choice of the main page, else the browser's. */
export function langOf(stored: string | null, preferred: readonly string[]): Lang {
  if (stored === "zh-CN") return "zh";
  if (stored === "en") return "en";
  return /^zh\b/i.test(preferred.find((tag) => /^(zh|en)\b/i.test(tag)) ?? "en") ? "zh" : "en";
}

/** Fills, lines and points of every layer: TileJSON does not say which of them it holds. */
export function plainLayers(source: string, layers: VectorLayer[], palette: Palette): LayerSpecification[] {
  const colours = [palette.under, palette.over, palette.counted, palette.estimated];
  return layers.flatMap((layer, rank) => {
    const base = { source, "source-layer": layer.id, minzoom: layer.minzoom };
    const colour = colours[rank % colours.length] ?? palette.under;
    const is = (kind: string): ["==", ["geometry-type"], string] => ["==", ["geometry-type"], kind];
    return [
      {
        ...base,
        id: `${layer.id}-fill`,
        type: "fill",
        filter: is("Polygon"),
        paint: { "fill-color": colour, "fill-opacity": 0.45 },
      },
      {
        ...base,
        id: `${layer.id}-line`,
        type: "line",
        filter: ["!=", ["geometry-type"], "Point"],
        layout: { "line-join": "round" },
        paint: {
          "line-color": palette.border,
          "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.4, 13, 1, 17, 2.4],
        },
      },
      {
        ...base,
        id: `${layer.id}-point`,
        type: "circle",
        filter: is("Point"),
        paint: {
          "circle-color": palette.halo,
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 1.6, 14, 3.2, 18, 6],
          "circle-stroke-color": palette.report,
          "circle-stroke-width": 1.6,
        },
      },
    ];
  });
}
