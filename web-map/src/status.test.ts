import { describe, expect, it } from "vitest";
import { bandBar, deviation, SIGN, STATUSES } from "./status";

const BOUNDS = { lower: 300, upper: 500 };

describe("a status", () => {
  it("has a sign of its own", () => {
    expect(new Set(STATUSES.map((status) => SIGN[status])).size).toBe(STATUSES.length);
  });
});

describe("the deviation", () => {
  it("is zero on both ends of the band", () => {
    expect([299, 300, 500, 501].map((size) => deviation(size, BOUNDS))).toEqual([-1, 0, 0, 1]);
  });
});

describe("the band bar", () => {
  it("keeps value and band inside its width for any size", () => {
    for (const size of [0, 1, 299, 300, 500, 501, 98_000]) {
      const bar = bandBar(size, BOUNDS);
      for (const share of Object.values(bar)) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThan(1);
      }
      expect(bar.lower).toBeLessThan(bar.upper);
    }
  });
});
