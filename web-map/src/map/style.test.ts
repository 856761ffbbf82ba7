import { validateStyleMin } from "@maplibre/maplibre-gl-style-spec";
import { describe, expect, it } from "vitest";
import { labelZooms } from "./label";
import { DARK, LIGHT } from "./palette";
import { borderWidth, buildStyle, type StyleInput } from "./style";

const input = (levels: number[], over: Partial<StyleInput> = {}): StyleInput => ({
  palette: LIGHT,
  scheme: "light",
  bounds: { lower: 300, upper: 500 },
  attribute: "households",
  levels,
  zooms: labelZooms(
    [120.6, 31.3, 120.66, 31.34],
    118,
    levels.map((level) => ({ level, n: 4 ** (level - 1) })),
  ),
  unit: "户",
  tiles: { grids: "http://localhost/{z}/{x}/{y}", jurisdictions: "http://localhost/{z}/{x}/{y}" },
  ...over,
});

describe("the style", () => {
  it("is valid for any number of levels, in both schemes, and for a band of one size", () => {
    for (const levels of [[], [1], [1, 2, 3], [1, 2, 3, 4, 5]]) {
      for (const over of [
        {},
        { palette: DARK, scheme: "dark" as const },
        { bounds: { lower: 7, upper: 7 } },
        { attribute: "population" as const },
      ]) {
        expect(validateStyleMin(buildStyle(input(levels, over)))).toEqual([]);
      }
    }
  });

  it("is valid for a workspace as small as a point or as large as the world", () => {
    for (const zooms of [
      labelZooms([1, 1, 1, 1], 1, [{ level: 1, n: 1 }]),
      labelZooms([-180, -85, 180, 85], 1e7, [{ level: 1, n: 1e5 }]),
    ]) {
      expect(validateStyleMin(buildStyle(input([1], { zooms })))).toEqual([]);
    }
  });

  it("asks nothing of any other host: no glyphs, no sprite, our tiles only", () => {
    const style = buildStyle(input([1, 2, 3]));
    expect(style.glyphs).toBeUndefined();
    expect(style.sprite).toBeUndefined();
    const vectors = Object.values(style.sources).filter((source) => source.type === "vector");
    expect(vectors).toHaveLength(2);
  });

  it("draws outer levels above inner ones and heavier", () => {
    const borders = buildStyle(input([1, 2, 3]))
      .layers.map(({ id }) => id)
      .filter((id) => /^border-\d/.test(id));
    expect(borders).toEqual(["border-3", "border-2", "border-1"]);
    expect(borderWidth(2)).toBeGreaterThan(borderWidth(1));
    expect(borderWidth(1)).toBeGreaterThan(borderWidth(0));
  });
});
