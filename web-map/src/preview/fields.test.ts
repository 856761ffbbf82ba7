import { describe, expect, it } from "vitest";
import { LIGHT } from "../map/palette";
import { langOf, plainLayers, wordsOf } from "./fields";

describe("the words of a field", () => {
  it("are those of the language, without the kind", () => {
    const given = "String: code of the grid / 网格编码";
    expect(wordsOf(given, "en")).toBe("code of the grid");
    expect(wordsOf(given, "zh")).toBe("网格编码");
    expect(wordsOf("Number: level", "zh")).toBe("level");
  });
  it("the language is the one chosen on the map, else the browser's", () => {
    expect(langOf("en", ["zh-CN"])).toBe("en");
    expect(langOf("zh-CN", ["en"])).toBe("zh");
    expect(langOf(null, ["ru", "zh-TW", "en"])).toBe("zh");
    expect(langOf(null, ["ru"])).toBe("en");
  });
});

it("every layer is drawn whatever it holds, under names of its own", () => {
  const layers = ["grids", "grid_labels"].map((id) => ({ id, minzoom: 3, maxzoom: 16, fields: {} }));
  const drawn = plainLayers("tiles", layers, LIGHT);
  expect(new Set(drawn.map((layer) => layer.id)).size).toBe(6);
  expect(drawn.every((layer) => layer.minzoom === 3)).toBe(true);
});
