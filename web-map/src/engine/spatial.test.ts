import { describe, expect, it } from "vitest";
import { eastMetresPerUnit, northMetresPerUnit } from "./measure";
import { polygonsOf } from "./rings";
import { AtomIndex, brute } from "./spatial";
import { makeTown, patches, random } from "./testing/town";

const town = makeTown({ cols: 24, rows: 24, labels: patches(24, 24, 90, 21) });
const index = new AtomIndex(town);
const [x0, y0, wide, high] = [1_206_000_000, 313_000_000, 24 * 4_000, 24 * 3_600];
const draw = random(6);
const point = () =>
  [Math.floor(x0 + (draw() * 1.2 - 0.1) * wide), Math.floor(y0 + (draw() * 1.2 - 0.1) * high)] as const;

const shoelace = (ring: number[]) =>
  ring.reduce((sum, x, i) => {
    if (i % 2) return sum;
    const j = (i + 2) % ring.length;
    return (
      sum +
      (x - x0) * ((ring[j + 1] as number) - y0) -
      ((ring[j] as number) - x0) * ((ring[i + 1] as number) - y0)
    );
  }, 0) / 2;

describe("the index of atoms", () => {
  it("points at the atom that a look at every atom finds", () => {
    let hits = 0;
    for (let i = 0; i < 3_000; i++) {
      const [x, y] = point();
      const found = index.at(x, y);
      expect(found).toBe(brute.at(town, x, y));
      if (found >= 0) hits++;
    }
    expect(hits).toBeGreaterThan(1_000);
  });

  it("finds every atom at its own label", () => {
    for (let atom = 0; atom < town.atoms; atom++) {
      expect(index.at(town.label[2 * atom] as number, town.label[2 * atom + 1] as number)).toBe(atom);
    }
  });

  it("brushes the atoms that a look at every atom finds, the nearest first", () => {
    for (let i = 0; i < 300; i++) {
      const [x, y] = point();
      const radius_m = 5 + draw() * 200;
      expect(index.disc(x, y, radius_m)).toEqual(brute.disc(town, x, y, radius_m));
    }
    const [x, y] = [town.label[20] as number, town.label[21] as number];
    expect(index.disc(x, y, 0.01)).toEqual([10]);
  });

  it("lassoes the atoms that a look at every atom finds, touched or inside", () => {
    let inside = 0;
    for (let i = 0; i < 200; i++) {
      const [cx, cy] = point();
      const ring = Array.from({ length: 3 + Math.floor(draw() * 9) }, (_, k, n = 9) => {
        const angle = (k / n) * 2 * Math.PI;
        const far = 4_000 + draw() * 30_000;
        return [Math.round(cx + far * Math.cos(angle)), Math.round(cy + far * Math.sin(angle))];
      }).flat();
      const [touched, within] = [index.lasso(ring, "touch"), index.lasso(ring, "inside")];
      expect(touched).toEqual(brute.lasso(town, ring, "touch"));
      expect(within).toEqual(brute.lasso(town, ring, "inside"));
      expect(within.every((atom) => touched.includes(atom))).toBe(true);
      inside += within.length;
    }
    expect(inside).toBeGreaterThan(50);
    const small = [town.label[0] as number, town.label[1] as number];
    const [x, y] = small as [number, number];
    expect(index.lasso([x - 2, y - 2, x + 2, y - 2, x, y + 2], "touch")).toEqual([0]);
    expect(index.box(x0 - 1e5, y0 - 1e5, x0 + 2e5, y0 + 2e5, "inside")).toHaveLength(town.atoms);
    expect(index.lasso([x, y, x, y], "touch")).toEqual([]);
  }, 30_000);
});

describe("rings", () => {
  it("enclose what the arcs enclose, holes taken off", () => {
    let holes = 0;
    let pieces = 0;
    for (const atoms of [12, 40, 150]) {
      const patched = makeTown({ cols: 24, rows: 24, labels: patches(24, 24, atoms, atoms) });
      const y = patched.label[1] as number;
      const m2 = eastMetresPerUnit(y) * northMetresPerUnit(y);
      for (let atom = 0; atom < patched.atoms; atom++) {
        const polygons = polygonsOf(patched, atom);
        for (const polygon of polygons) {
          expect(shoelace(polygon.outer)).toBeGreaterThan(0);
          for (const hole of polygon.holes) expect(shoelace(hole)).toBeLessThan(0);
        }
        const area = polygons.reduce(
          (sum, { outer, holes }) =>
            sum + shoelace(outer) + holes.reduce((taken, hole) => taken + shoelace(hole), 0),
          0,
        );
        expect((area * m2) / (patched.area_m2[atom] as number)).toBeCloseTo(1, 3);
        holes += polygons.reduce((sum, polygon) => sum + polygon.holes.length, 0);
        pieces += polygons.length;
      }
    }
    expect(holes).toBeGreaterThan(0);
    // Patches hang together by edges, however they touch themselves.
    expect(pieces).toBe(202);
  });
});
