import { describe, expect, it } from "vitest";
import type { Envelope } from "../api/types";
import { MOST_LINES, readList } from "./list";

const SUZHOU: Envelope = [120.6, 31.3, 120.66, 31.34];
const points = (text: string, crs = "wgs84", envelope: Envelope | null = SUZHOU) =>
  readList(text, crs, envelope).rows.map(({ point }) => point && [point.lon, point.lat]);

describe("a list", () => {
  it("is read line by line, each as it is written, and keeps its line numbers over empty ones", () => {
    const { rows } = readList(
      "120.61,31.32\r\n\r\n31°19'12\"N 120°36'36\"E\n１２０.６１，３１.３２\n",
      "wgs84",
      SUZHOU,
    );
    expect(rows.map(({ line }) => line)).toEqual([1, 3, 4]);
    for (const { point } of rows) {
      expect(point?.lon).toBeCloseTo(120.61, 9);
      expect(point?.lat).toBeCloseTo(31.32, 9);
    }
  });

  it("says of every bad line why, and reads the others", () => {
    const { rows } = readList("120.61,31.32\nnothing here 7\n500,600\n120.62,31.33", "wgs84", SUZHOU);
    expect(rows.map(({ line, why }) => [line, why])).toEqual([
      [1, null],
      [2, "no_point"],
      [3, "out_of_range"],
      [4, null],
    ]);
  });

  it("takes columns by their names, in any order, with what stands beside them", () => {
    const { rows } = readList(
      '名称,纬度,备注,经度\n"东门, 1 号",31.32,,120.61\n西门,31.33,x,120.62',
      "gcj02",
      SUZHOU,
    );
    expect(rows).toEqual([
      {
        line: 2,
        text: '"东门, 1 号",31.32,,120.61',
        label: "东门, 1 号",
        point: { lon: 120.61, lat: 31.32, crs: "gcj02" },
        why: null,
      },
      {
        line: 3,
        text: "西门,31.33,x,120.62",
        label: "西门 · x",
        point: { lon: 120.62, lat: 31.33, crs: "gcj02" },
        why: null,
      },
    ]);
    expect(points("lat;lng\n31.32;120.61")).toEqual([[120.61, 31.32]]);
  });

  it("finds the numbers among other cells, and leaves a heading out", () => {
    expect(points("id,where,x1\n7,120.61,31.32")).toEqual([[120.61, 31.32]]);
    expect(points("门口\t120.61\t31.32")).toEqual([[120.61, 31.32]]);
    expect(points("name;120.61 31.32")).toEqual([[120.61, 31.32]]);
  });

  it("lets the lines that are sure decide the order of the others", () => {
    const found = readList("20,10\n10,100\n11,101", "wgs84", null);
    expect(found.order).toBe("lat_lon");
    expect(found.rows.map(({ point }) => [point?.lon, point?.lat])).toEqual([
      [10, 20],
      [100, 10],
      [101, 11],
    ]);
    expect(readList("120.61,31.32", "wgs84", SUZHOU).order, "it was never open").toBeNull();
    expect(readList("10,20", "wgs84", null).order).toBe("lon_lat");
  });

  it("takes codes of cells as WGS 84 whatever the rest is in", () => {
    const { rows } = readList("8FVC2222+22\n120.61,31.32", "gcj02", SUZHOU);
    expect(rows.map(({ point }) => point?.crs)).toEqual(["wgs84", "gcj02"]);
  });

  it("reads projected metres under an EPSG code", () => {
    expect(points("512345, 3467890", "EPSG:4549")).toEqual([[512345, 3467890]]);
  });

  it("stops at a thousand lines and says how many are left", () => {
    const many = Array.from({ length: MOST_LINES + 5 }, () => "120.61,31.32").join("\n");
    const found = readList(many, "wgs84", SUZHOU);
    expect([found.rows.length, found.left]).toEqual([MOST_LINES, 5]);
    expect(readList("", "wgs84", null)).toEqual({ rows: [], left: 0, order: null });
  });
});
