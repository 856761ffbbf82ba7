import { describe, expect, it } from "vitest";
import { bytesOf, drawHatch, type Hatch, type Raster } from "./pattern";

const HATCHES: Hatch[] = ["under", "over", "uninhabited"];
const alpha = ({ data, width }: Raster, x: number, y: number) => data[(y * width + x) * 4 + 3] ?? 0;
const cover = (raster: Raster) =>
  raster.data.filter((_, i) => i % 4 === 3).reduce((sum, a) => sum + a, 0) / 255;

describe("a hatch", () => {
  it("repeats without a seam", () => {
    for (const hatch of HATCHES) {
      const raster = drawHatch(hatch, [0, 0, 0]);
      const step = (a: [number, number], b: [number, number]) =>
        Math.abs(alpha(raster, ...a) - alpha(raster, ...b));
      let inner = 0;
      let seam = 0;
      for (let i = 0; i < raster.width; i++) {
        for (let x = 1; x < raster.width; x++) inner = Math.max(inner, step([x - 1, i], [x, i]));
        seam = Math.max(seam, step([raster.width - 1, i], [0, i]));
      }
      expect(seam, hatch).toBeLessThanOrEqual(inner);
    }
  });

  it("differs in form from the others, not only in colour", () => {
    const drawn = HATCHES.map((hatch) => drawHatch(hatch, [1, 2, 3]).data.join());
    expect(new Set(drawn).size).toBe(HATCHES.length);
  });

  it("leaves most of the ground clear but is plain to see", () => {
    for (const hatch of HATCHES) {
      const raster = drawHatch(hatch, [0, 0, 0]);
      const share = cover(raster) / (raster.width * raster.height);
      expect(share, hatch).toBeGreaterThan(0.02);
      expect(share, hatch).toBeLessThan(0.45);
    }
  });
});

describe("a colour", () => {
  it("falls apart into its bytes", () => {
    expect(bytesOf("#2f6fae")).toEqual([0x2f, 0x6f, 0xae]);
  });
});
