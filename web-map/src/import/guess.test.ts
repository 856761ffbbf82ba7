import { describe, expect, it } from "vitest";
import type { UploadedLayer } from "../api/types";
import { fits, guessFields, guessKind, guessLevels } from "./guess";

const layer = (name: string, fields: string[], over: Partial<UploadedLayer> = {}): UploadedLayer => ({
  name,
  geometry: "Polygon",
  features: 1,
  fields,
  crs: "EPSG:4490",
  polygons: true,
  lines: false,
  ...over,
});
const TOWN = [
  "code",
  "kind",
  "name",
  "address",
  "compound",
  "building",
  "units",
  "households",
  "population",
  "district",
  "district_name",
  "street_office",
  "street_office_name",
  "community",
  "community_name",
];

describe("guessing", () => {
  it("finds the fields of the bundled town", () => {
    expect(guessFields("atoms", TOWN)).toEqual({
      id: "code",
      name: "name",
      households: "households",
      population: "population",
    });
    expect(guessLevels(TOWN)).toEqual({
      codes: ["district", "street_office", "community"],
      names: ["district_name", "street_office_name", "community_name"],
    });
    expect(guessFields("streets", ["name", "class", "structure"])).toEqual({ name: "name", class: "class" });
    expect(
      guessFields("buildings", [
        "code",
        "parcel",
        "compound",
        "name",
        "levels",
        "units",
        "households",
        "use",
      ]),
    ).toEqual({
      id: "code",
      name: "name",
      class: "use",
      households: "households",
      levels: "levels",
      units: "units",
      compound: "compound",
    });
  });

  it("reads Chinese names, and names in any case or spelling", () => {
    expect(
      guessFields("buildings", ["编号", "小区名称", "楼号", "总户数", "层数", "单元数", "地址"]),
    ).toEqual({
      id: "编号",
      compound: "小区名称",
      number: "楼号",
      households: "总户数",
      levels: "层数",
      units: "单元数",
      address: "地址",
    });
    expect(guessFields("buildings", ["OSM_ID", "Building:Levels", "addr:housenumber"])).toEqual({
      id: "OSM_ID",
      levels: "Building:Levels",
      number: "addr:housenumber",
    });
    expect(guessLevels(["社区编码", "街道编码", "社区名称"])).toEqual({
      codes: ["街道编码", "社区编码"],
      names: [],
    });
  });

  it("takes no field twice and invents none", () => {
    expect(guessFields("totals", [])).toEqual({});
    const taken = Object.values(guessFields("buildings", ["小区名称", "building", "street"]));
    expect(new Set(taken).size).toBe(taken.length);
    expect(guessFields("atoms", ["x", "y"])).toEqual({});
  });

  it("says what a layer is, by its shapes, its name, its fields", () => {
    const lines = { polygons: false, lines: true, geometry: "Line String" };
    expect(guessKind(layer("anything", [], lines))).toBe("streets");
    expect(guessKind(layer("渡口", [], lines))).toBe("links");
    expect(guessKind(layer("bridges", []))).toBe("buildings");
    expect(guessKind(layer("buildings", []))).toBe("buildings");
    expect(guessKind(layer("建筑物", []))).toBe("buildings");
    expect(guessKind(layer("jurisdictions", []))).toBe("jurisdictions");
    expect(guessKind(layer("parcels", TOWN))).toBe("atoms");
    expect(guessKind(layer("x", ["层数"]))).toBe("buildings");
    expect(guessKind(layer("x", ["社区编码"]))).toBe("atoms");
    expect(guessKind(layer("officers", [], { polygons: false, geometry: null }))).toBeNull();
  });

  it("keeps lines from becoming areas", () => {
    const street = layer("streets", [], { polygons: false, lines: true });
    expect(fits("streets", street)).toBe(true);
    expect(fits("buildings", street)).toBe(false);
    expect(fits("links", street)).toBe(true);
    expect(fits("links", layer("shores", []))).toBe(false);
    expect(fits("streets", layer("shores", []))).toBe(true);
  });
});
