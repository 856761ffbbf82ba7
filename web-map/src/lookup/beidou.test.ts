import { describe, expect, it } from "vitest";
import { beidouCell } from "./beidou";

const degrees = (d: number, m: number, s: number) => d + m / 60 + s / 3600;

describe("a BeiDou grid code", () => {
  // The examples of GB/T 39409-2020, annex B: what is coded must lie in the cell.
  it.each([
    ["N50J47539", 35.38, 18, 45.37],
    ["N50J47539B8", 35.38, 18, 45.37],
    ["N50J47539B82", 35.38, 18, 45.37],
    ["N50J47539B8255", 35.38, 18, 45.37],
    ["N50J47539B825534", 35.38, 18, 45.37],
    ["N50J475493E", 56.1444, 19, 14.3184],
    ["N50J475491E", 59.7012, 19, 5.9808],
    ["N50J475492E", 56.526, 19, 9.354],
  ])("%s holds the place of the standard", (code, north, minute, east) => {
    const cell = beidouCell(code);
    const [lat, lon] = [degrees(39, 59, north), degrees(116, minute, east)];
    expect(cell).not.toBeNull();
    if (!cell) return;
    expect(cell.lat_low).toBeLessThanOrEqual(lat);
    expect(cell.lat_high).toBeGreaterThan(lat);
    expect(cell.lon_low).toBeLessThanOrEqual(lon);
    expect(cell.lon_high).toBeGreaterThan(lon);
  });

  it("has a metre's cell at its eighth level, and each level lies in the one before", () => {
    const [outer, inner] = [beidouCell("N50J47539B8255"), beidouCell("N50J47539B825534")];
    expect((inner?.lat_high ?? 0) - (inner?.lat_low ?? 0)).toBeCloseTo(1 / 32 / 3600, 12);
    expect(inner?.lat_low).toBeGreaterThanOrEqual(outer?.lat_low ?? 90);
    expect(inner?.lat_high).toBeLessThanOrEqual((outer?.lat_high ?? -90) + 1e-12);
  });

  it("is mirrored in the south and in the west", () => {
    const [north, south] = [beidouCell("N31M51234"), beidouCell("S31M51234")];
    expect(south?.lat_high).toBe(-(north?.lat_low ?? 0));
    const west = beidouCell("N30M51234");
    expect(west?.lon_high).toBe(-(north?.lon_low ?? 1));
  });

  it.each([
    "",
    "N50J",
    "N50J475",
    "N61J47539",
    "N00J47539",
    "N50J4753",
    "N50J4753G",
    "N50JC7539",
    "320599003004-006",
  ])("is not %s", (text) => {
    expect(beidouCell(text)).toBeNull();
  });
});
