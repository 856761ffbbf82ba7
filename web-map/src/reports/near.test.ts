import { describe, expect, it } from "vitest";
import type { Report } from "../api/types";
import { doubt, metres, same } from "./near";

const NOW = Date.parse("2026-05-01T00:00:00Z");
/** A report so many metres east of 114, 30. */
const report = (id: string, east_m: number, change: Partial<Report> = {}): Report =>
  ({
    id,
    category: "noise",
    position: { lon: 114 + east_m / (111_195 * Math.cos(Math.PI / 6)), lat: 30 },
    received_at: "2026-04-30T00:00:00Z",
    resolution: "interior",
    grid: { code: "A" },
    ...change,
  }) as Report;
const PLACE = { lon: 114, lat: 30 };

describe("what may be the same", () => {
  it("is of the same kind within 250 m and two weeks, the nearest first", () => {
    const all = [
      report("far", 260),
      report("edge", 249),
      report("near", 20),
      report("other", 5, { category: "water" }),
      report("old", 5, { received_at: "2026-04-01T00:00:00Z" }),
    ];
    const found = same(PLACE, "noise", NOW, all);
    expect(found.map((one) => one.report.id)).toEqual(["near", "edge"]);
    expect(found[0]?.distance_m).toBeCloseTo(20, 1);
  });

  it("is never a report itself", () => {
    expect(same(PLACE, "noise", NOW, [report("me", 0)], "me")).toEqual([]);
  });

  it("is measured in metres on the ground", () => {
    expect(metres({ lon: 114, lat: 30 }, { lon: 114, lat: 30.001 })).toBeCloseTo(111.2, 1);
  });
});

describe("where a report went", () => {
  it("is to be looked at outside all grids, on a border and close to one", () => {
    expect(doubt(report("x", 0, { grid: null, resolution: "outside" }), null)).toBe("outside");
    expect(doubt(report("x", 0, { resolution: "edge_tie" }), 0)).toBe("edge");
    expect(doubt(report("x", 0), 9.9)).toBe("near");
    expect(doubt(report("x", 0), 10)).toBeNull();
    expect(doubt(report("x", 0), undefined)).toBeNull();
  });
});
