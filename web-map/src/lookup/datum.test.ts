import { describe, expect, it } from "vitest";
import { gcj02ToBd09, type Place, shift_m, toGcj02 } from "./datum";

const near = (got: Place, [lon, lat]: readonly [number, number]) => {
  expect(got.lon).toBeCloseTo(lon, 11);
  expect(got.lat).toBeCloseTo(lat, 11);
};

describe("the public formulas", () => {
  // The same vectors as `src/geom/datum.rs` holds to.
  it.each([
    [116.404, 39.915, 116.41024449916938, 39.91640428150164],
    [121.5272106, 31.1774276, 121.531541859215, 31.17530398364597],
    [113.912316, 22.543847, 113.9171764808363, 22.540796131694766],
    [116.377817, 39.911954, 116.38404722455657, 39.91334545536069],
  ])("take %f, %f in WGS 84 to its GCJ-02", (lon, lat, toLon, toLat) => {
    near(toGcj02({ lon, lat }), [toLon, toLat]);
  });

  it("take GCJ-02 to BD-09", () => {
    near(gcj02ToBd09({ lon: 116.404, lat: 39.915 }), [116.41036949371029, 39.92133699351021]);
  });
});

describe("the shift", () => {
  it("is some hundred metres in GCJ-02, more in BD-09, and none in the others", () => {
    const beijing = { lon: 116.404, lat: 39.915 };
    // 116.404, 39.915 in GCJ-02 is 116.39775575457, 39.91359623561 in WGS 84.
    expect(shift_m("gcj02", beijing)).toBeGreaterThan(550);
    expect(shift_m("gcj02", beijing)).toBeLessThan(557);
    expect(shift_m("bd09", beijing)).toBeGreaterThan(1200);
    expect(shift_m("bd09", beijing)).toBeLessThan(1500);
    expect(shift_m("wgs84", beijing)).toBe(0);
    expect(shift_m("cgcs2000", beijing)).toBe(0);
  });

  it("is a number wherever the numbers lie", () => {
    for (const place of [
      { lon: 0, lat: 0 },
      { lon: -179.9, lat: -60 },
      { lon: 180, lat: 85 },
    ]) {
      expect(Number.isFinite(shift_m("gcj02", place))).toBe(true);
      expect(Number.isFinite(shift_m("bd09", place))).toBe(true);
    }
  });
});
