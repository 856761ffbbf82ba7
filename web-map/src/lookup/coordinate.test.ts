import { describe, expect, it } from "vitest";
import type { Envelope } from "../api/types";
import { epsgCode, readLine, swapped } from "./coordinate";

const SUZHOU: Envelope = [120.6, 31.3, 120.66, 31.34];
const NAIROBI: Envelope = [36.7, -1.4, 36.9, -1.2];
const point = (line: string, envelope: Envelope | null = SUZHOU, crs = "wgs84") => {
  const reading = readLine(line, crs, envelope);
  if (reading.kind !== "point") throw new Error(`${line} read as ${reading.kind}`);
  return reading;
};

describe("reading a coordinate", () => {
  it("tells the order by range where only one is possible", () => {
    expect(point("120.61, 31.32")).toEqual({
      kind: "point",
      lon: 120.61,
      lat: 31.32,
      order: "lon_lat",
      ground: "range",
    });
    expect(point("31.32 120.61")).toEqual({
      kind: "point",
      lon: 120.61,
      lat: 31.32,
      order: "lat_lon",
      ground: "range",
    });
  });

  it("tells the order by the workspace where both are possible", () => {
    expect(point("-1.3,36.8", NAIROBI)).toMatchObject({
      lon: 36.8,
      lat: -1.3,
      order: "lat_lon",
      ground: "envelope",
    });
    expect(point("36.8,-1.3", NAIROBI)).toMatchObject({
      lon: 36.8,
      lat: -1.3,
      order: "lon_lat",
      ground: "envelope",
    });
  });

  it("falls back to longitude first and says so", () => {
    expect(point("10,20", null)).toMatchObject({ lon: 10, lat: 20, ground: "default" });
    expect(point("10,20", SUZHOU)).toMatchObject({ lon: 10, lat: 20, ground: "default" });
  });

  it("obeys hemisphere letters, labels and Chinese words", () => {
    for (const line of [
      "N31.32 E120.61",
      "31.32N, 120.61E",
      "E120.61 N31.32",
      "北纬31.32度，东经120.61度",
      "东经120.61 北纬31.32",
      "经度：120.61 纬度：31.32",
      "lat: 31.32, lng: 120.61",
      "POINT(120.61 31.32)",
      "POINT (120.61 31.32)",
      "geo:31.32,120.61?z=16",
    ]) {
      expect(point(line), line).toMatchObject({ lon: 120.61, lat: 31.32, ground: "marked" });
    }
    expect(point("33.45S 70.66W", null)).toMatchObject({ lon: -70.66, lat: -33.45 });
  });

  it("reads degrees, minutes and seconds", () => {
    for (const line of [
      "31°19'12\"N 120°36'36\"E",
      "120°36′36″ 31°19′12″",
      "东经120°36′36″，北纬31°19′12″",
      "东经120度36分36秒 北纬31度19分12秒",
      "31°19.2'N, 120°36.6'E",
    ]) {
      const { lon, lat } = point(line);
      expect(lon, line).toBeCloseTo(120.61, 9);
      expect(lat, line).toBeCloseTo(31.32, 9);
    }
  });

  it("takes full-width digits and commas", () => {
    expect(point("１２０.６１，３１.３２")).toMatchObject({ lon: 120.61, lat: 31.32 });
  });

  it("keeps every digit of a lattice coordinate", () => {
    expect(point("120.6312345,31.3201234")).toMatchObject({ lon: 120.6312345, lat: 31.3201234 });
  });

  it("leaves codes and names alone", () => {
    for (const line of [
      "320599003004-006",
      "56",
      "永安社区",
      "平江第6网格",
      "A-12",
      "区块 12",
      "1 2 3",
      "",
    ]) {
      expect(readLine(line, "wgs84", SUZHOU), line).toMatchObject({ kind: "words" });
    }
  });

  it("refuses numbers no degrees can be, unless an EPSG code makes them metres", () => {
    expect(readLine("512345, 3467890", "wgs84", SUZHOU)).toEqual({
      kind: "out_of_range",
      first: 512345,
      second: 3467890,
    });
    expect(readLine("512345, 3467890", "EPSG:4549", SUZHOU)).toEqual({
      kind: "projected",
      x: 512345,
      y: 3467890,
    });
    expect(readLine("N120 E31", "wgs84", SUZHOU).kind).toBe("out_of_range");
  });

  it("never throws on noise", () => {
    for (const line of ["((((", "°'\"", ",,,", "NNN EEE", "1e400,2", "😀", "POINT(a b)", "@lon @lat"]) {
      expect(() => readLine(line, "wgs84", null)).not.toThrow();
    }
  });
});

describe("a code that names a cell", () => {
  it("is a plus code, whole or short of its beginning, with words behind it", () => {
    expect(readLine("8FVC2222+22", "gcj02", null)).toMatchObject({
      kind: "code",
      system: "plus",
      lon: 8.0000625,
      lat: 47.0000625,
    });
    const short = readLine("8J7C+QX 苏州市", "wgs84", SUZHOU);
    expect(short).toMatchObject({ kind: "code", system: "plus" });
    if (short.kind !== "code") return;
    expect(Math.abs(short.lon - 120.63)).toBeLessThan(0.5);
    expect(Math.abs(short.lat - 31.32)).toBeLessThan(0.5);
    expect(readLine("8J7C+QX", "wgs84", null).kind, "without a place near it").toBe("words");
  });

  it("is a BeiDou grid code from a minute's cell on", () => {
    expect(readLine("N50J47539B825534", "wgs84", null)).toMatchObject({ kind: "code", system: "beidou" });
    expect(readLine("n50j47539", "wgs84", null)).toMatchObject({ kind: "code", system: "beidou" });
    expect(readLine("N50J475", "wgs84", null).kind).toBe("words");
  });
});

describe("the other order", () => {
  it("is there where both are possible and nothing is marked", () => {
    const taken = readLine("10,20", "wgs84", null);
    expect(swapped(taken)).toEqual({ kind: "point", lon: 20, lat: 10, order: "lat_lon", ground: "asked" });
    expect(swapped(swapped(taken) as never)).toMatchObject({ lon: 10, lat: 20, order: "lon_lat" });
    expect(swapped(readLine("120.61, 31.32", "wgs84", SUZHOU))).toBeNull();
    expect(swapped(readLine("N10 E20", "wgs84", null))).toBeNull();
    expect(swapped(readLine("永安社区", "wgs84", null))).toBeNull();
  });
});

describe("an EPSG code", () => {
  it("is read with or without its prefix", () => {
    expect(epsgCode("4547")).toBe("EPSG:4547");
    expect(epsgCode(" epsg:4326 ")).toBe("EPSG:4326");
    expect(epsgCode("EPSG：4490")).toBe("EPSG:4490");
    expect(epsgCode("abc")).toBeNull();
  });
});
