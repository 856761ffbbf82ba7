import { describe, expect, it } from "vitest";
import type { Envelope } from "../api/types";
import { labelZooms, unitZoom } from "./label";

const TOWN: Envelope = [120.6, 31.3, 120.66, 31.34];

describe("label zooms", () => {
  it("put one unit of the world on one world's width", () => {
    expect(unitZoom([-180, -85.0511, 180, 85.0511], 1, 512)).toBeCloseTo(0, 2);
    expect(unitZoom([-180, -85.0511, 180, 85.0511], 4, 512)).toBeCloseTo(1, 2);
  });

  it("grow by one when units are half as wide", () => {
    expect(unitZoom(TOWN, 400, 60) - unitZoom(TOWN, 100, 60)).toBeCloseTo(1, 6);
  });

  it("show outer levels before inner ones, and codes before names", () => {
    const zooms = labelZooms(TOWN, 118, [
      { level: 1, n: 1 },
      { level: 2, n: 3 },
      { level: 3, n: 14 },
    ]);
    const [district, office, community] = zooms.levels;
    expect(district?.from).toBe(0);
    expect(office?.from).toBeLessThan(community?.from ?? 0);
    expect(zooms.gridTail).toBeLessThan(zooms.gridName);
    for (const level of zooms.levels) expect(level.from).toBeLessThan(level.to);
  });

  it("stay within the map's zooms for a point-like or empty workspace", () => {
    for (const zoom of [unitZoom([1, 1, 1, 1], 0, 100), unitZoom(TOWN, 1e9, 100)]) {
      expect(zoom).toBeGreaterThanOrEqual(0);
      expect(zoom).toBeLessThanOrEqual(22);
    }
  });
});
