import { describe, expect, it } from "vitest";
import { hintFor } from "./hints";

describe("a refusal in plain words", () => {
  it("knows what is often wrong", () => {
    expect(hintFor('a.csv: layer "a" has no CRS: give one with --crs')).toBe("import.hint.crs");
    expect(hintFor('t.gpkg: layer "b" has no field "huhu"; its fields are "code"')).toBe("import.hint.field");
    expect(hintFor('t.gpkg: layer "streets" holds no polygons; the file has …')).toBe("import.hint.layer");
    expect(hintFor('code "A" stands a second time at feature 7')).toBe("import.hint.code");
    expect(hintFor("atom 815, ring 1: crosses itself at (120.2631042, 23.3372264): mend it")).toBe(
      "import.hint.crosses",
    );
    expect(hintFor("t.gpkg is not a vector file that GDAL can read, or it is damaged")).toBe(
      "import.hint.damaged",
    );
  });

  it("says nothing where it knows nothing", () => {
    expect(hintFor("the moon is full")).toBeNull();
  });
});
