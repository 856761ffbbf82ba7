import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import { OVERLAYS, overlayLayers, overlaySource } from "./overlays";
import { DARK, LIGHT } from "./palette";

describe("what lies over the grids", () => {
  it("is a valid style, in both schemes, with layers of its own", () => {
    for (const [scheme, palette] of [
      ["light", LIGHT],
      ["dark", DARK],
    ] as const) {
      const layers = OVERLAYS.flatMap((overlay) => overlayLayers(overlay, palette, scheme));
      const tiles = ["http://localhost/{z}/{x}/{y}"];
      const sources = Object.fromEntries(
        OVERLAYS.map((overlay) => [overlaySource(overlay), { type: "vector" as const, tiles }]),
      );
      expect(validateStyleMin({ version: 8, sources, layers })).toEqual([]);
      expect(new Set(layers.map(({ id }) => id)).size).toBe(layers.length);
    }
  });

  it("tells every class of line apart by more than its colour", () => {
    const lines = overlayLayers("streets", LIGHT, "light").filter((layer) => layer.type === "line");
    const looks = lines
      .filter(({ id }) => !id.endsWith("casing") && id !== "streets-rail")
      .map(({ paint }) => JSON.stringify({ ...paint, "line-color": null }));
    expect(new Set(looks).size).toBe(looks.length);
  });
});
