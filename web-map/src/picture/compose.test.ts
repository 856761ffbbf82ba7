import { expect, it } from "vitest";
import { flow, scaleOf } from "./compose";

it("a scale bar is a round length that fits", () => {
  for (const metres_px of [0.03, 0.5, 1, 3.7, 42, 999, 12_345]) {
    const { metres, px } = scaleOf(metres_px);
    expect(px).toBeLessThanOrEqual(120);
    expect(px, `${metres} m`).toBeGreaterThan(120 / 2.5 - 1);
    const first = Number(String(metres.toExponential()).split("e")[0]);
    expect([1, 2, 5]).toContain(Math.round(first));
    expect(metres / metres_px).toBeCloseTo(px, 9);
  }
});

it("the key goes on in the next row where a row is full, and never overlaps", () => {
  const widths = [100, 80, 120, 60, 300, 20];
  const places = flow(widths, 260, 20);
  expect(places.map(({ row }) => row)).toEqual([0, 0, 1, 1, 2, 3]);
  for (const { x } of places) expect(x).toBeGreaterThanOrEqual(0);
  expect(places[1]?.x).toBe(120);
  expect(flow([], 100)).toEqual([]);
});
