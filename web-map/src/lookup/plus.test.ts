import { describe, expect, it } from "vitest";
import { middle, plusCell, plusKind, recover } from "./plus";

// From `test_data/decoding.csv`, `validityTests.csv` and `shortCodeTests.csv` of google/open-location-code.
const DECODED: [string, number, number, number, number][] = [
  ["7FG49Q00+", 20.35, 2.75, 20.4, 2.8],
  ["7FG49QCJ+2V", 20.37, 2.782125, 20.370125, 2.78225],
  ["7FG49QCJ+2VX", 20.3701, 2.78221875, 20.370125, 2.78225],
  ["7FG49QCJ+2VXGJ", 20.370113, 2.782234375, 20.370114, 2.78223632813],
  ["8FVC2222+22", 47.0, 8.0, 47.000125, 8.000125],
  ["4VCPPQGP+Q9", -41.273125, 174.785875, -41.273, 174.786],
  ["62G20000+", 0.0, -180.0, 1, -179],
  ["22220000+", -90, -180, -89, -179],
  ["22222222+22", -90.0, -180.0, -89.999875, -179.999875],
  ["6VGX0000+", 0, 179, 1, 180],
  ["6FH32222+222", 1, 1, 1.000025, 1.00003125],
  ["CFX3X2X2+X2", 89.999875, 1, 90, 1.000125],
  ["84000000+", 30, -140, 50, -120],
  ["6FH56C22+22", 1.2, 3.4, 1.200125, 3.400125],
  ["849VGJQF+VX7QR3J7QR3J", 37.53966912, -122.3750698242, 37.53966916, -122.3750697021],
];

describe("an open location code", () => {
  it.each(DECODED)("%s is its published cell", (code, lat_low, lon_low, lat_high, lon_high) => {
    const cell = plusCell(code);
    for (const [got, wanted] of [
      [cell.lat_low, lat_low],
      [cell.lon_low, lon_low],
      [cell.lat_high, lat_high],
      [cell.lon_high, lon_high],
    ] as const)
      expect(got).toBeCloseTo(wanted, 9);
  });

  it.each([
    ["8FWC2345+G6", "full"],
    ["8FWC2345+G6G", "full"],
    ["8fwc2345+", "full"],
    ["8FWCX400+", "full"],
    ["WC2345+G6g", "short"],
    ["2345+G6", "short"],
    ["45+G6", "short"],
    ["+G6", "short"],
    ["849VGJQF+VX7QR3JW", "full"],
    ["G+", null],
    ["+", null],
    ["8FWC2345+G", null],
    ["8FWC2_45+G6", null],
    ["8FWC2η45+G6", null],
    ["8FWC2345+G6+", null],
    ["8FWC2345G6+", null],
    ["8FWC2300+G6", null],
    ["WC2300+G6g", null],
    ["WC2345+G", null],
    ["WC2300+", null],
    ["849VGJQF+VX7QR3U", null],
    ["849VGJQF+VX7QR3JU", null],
  ])("%s is %s", (code, kind) => {
    expect(plusKind(code)).toBe(kind);
  });

  it.each([
    ["9C3W9QCJ+2VX", 51.3701125, -1.217765625, "+2VX"],
    ["9C3W9QCJ+2VX", 51.3708675, -1.217765625, "CJ+2VX"],
    ["9C3W9QCJ+2VX", 51.3693575, -1.217765625, "CJ+2VX"],
    ["9C3W9QCJ+2VX", 51.3701125, -1.218520625, "CJ+2VX"],
    ["9C3W9QCJ+2VX", 51.3852125, -1.217765625, "9QCJ+2VX"],
    ["9C3W9QCJ+2VX", 51.3701125, -1.202665625, "9QCJ+2VX"],
    ["8FJFW222+", 42.899, 9.012, "22+"],
    ["796RXG22+", 14.95125, -23.5001, "22+"],
    ["8FRCXGRF+PM", 47.0, 8.55, "XGRF+PM"],
    ["CFX22222+22", 89.6, 0.0, "2222+22"],
    ["2CXXXXXX+XX", -81.0, 0.0, "XXXXXX+XX"],
  ])("%s is recovered from what is left of it", (full, lat, lon, short) => {
    expect(recover(short, { lat, lon })).toBe(full);
  });

  it("has its middle in itself", () => {
    expect(middle(plusCell("8FVC2222+22"))).toEqual({ lat: 47.0000625, lon: 8.0000625 });
  });
});
