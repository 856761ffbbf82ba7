import { describe, expect, it } from "vitest";
import { standing, violation } from "./band";
import { figures, form, formOf } from "./figures";
import { enclosingRadiusM, lengthMm } from "./measure";
import { UNASSIGNED } from "./plan";
import { frameOf, HOUSEHOLDS, inBlocks, kept, planOf, recount } from "./testing/frame";
import { makeTown, patches, random } from "./testing/town";
import { NONE } from "./topology";

describe("bands", () => {
  it("stand as the server says", () => {
    const both = { ...HOUSEHOLDS, other: { lower: 700, upper: 1_300 } };
    expect([299, 300, 500, 501, 0].map((size) => standing(HOUSEHOLDS, size, 9))).toEqual([
      "under",
      "in_band",
      "in_band",
      "over",
      "uninhabited",
    ]);
    expect(standing(both, 400, 1_301)).toBe("over");
    expect(standing(both, 400, 699)).toBe("under");
    expect(standing(both, 299, 1_301)).toBe("under");
    expect(standing(both, 0, 5)).toBe("under");
    expect(standing(both, 0, 0)).toBe("uninhabited");
    expect(violation(HOUSEHOLDS, 298, 0)).toBe(5_000);
    expect(violation(both, 298, 1_305)).toBe(10_000);
  });
});

describe("measures", () => {
  it("give textbook lengths and circles", () => {
    expect(lengthMm(0, 0, 10_000_000, 0)).toBe(111_319_491);
    const square = [0, 0, 10_000, 0, 10_000, 10_000, 0, 10_000];
    expect(enclosingRadiusM(square)).toBeCloseTo(Math.hypot(111.319, 110.574) / 2, 2);
    expect(enclosingRadiusM([5, 5])).toBe(0);
  });

  it("find the smallest circle that the trial of all pairs and triples finds", () => {
    const draw = random(4);
    for (let round = 0; round < 40; round++) {
      const points = Array.from({ length: 24 }, () => Math.floor(draw() * 20_000));
      const r = enclosingRadiusM(points);
      const east = enclosingRadiusM([0, 0, 20_000, 0]) / 10_000;
      const north = enclosingRadiusM([0, 0, 0, 20_000]) / 10_000;
      const at = Array.from(
        { length: 12 },
        (_, i) => [(points[2 * i] as number) * east, (points[2 * i + 1] as number) * north] as const,
      );
      let least = Number.POSITIVE_INFINITY;
      const attempt = (x: number, y: number, radius: number) => {
        if (at.every(([px, py]) => Math.hypot(px - x, py - y) <= radius + 1e-6))
          least = Math.min(least, radius);
      };
      for (const [ax, ay] of at) {
        for (const [bx, by] of at) {
          attempt((ax + bx) / 2, (ay + by) / 2, Math.hypot(ax - bx, ay - by) / 2);
          for (const [cx, cy] of at) {
            const d = 2 * ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
            if (Math.abs(d) < 1e-9) continue;
            const [b2, c2] = [(bx - ax) ** 2 + (by - ay) ** 2, (cx - ax) ** 2 + (cy - ay) ** 2];
            const x = ax + ((cy - ay) * b2 - (by - ay) * c2) / d;
            const y = ay + ((bx - ax) * c2 - (cx - ax) * b2) / d;
            attempt(x, y, Math.hypot(x - ax, y - ay));
          }
        }
      }
      expect(r).toBeCloseTo(least, 1);
    }
  });
});

describe("a plan", () => {
  it("has all atoms in none at first, and figures that a recount finds", () => {
    const plan = planOf(makeTown({ cols: 5, rows: 4 }), () => null);
    expect(kept(plan)).toEqual(recount(plan));
    expect(plan.totals(UNASSIGNED).atoms).toBe(20);
    expect(plan.totals(UNASSIGNED).border_mm).toBe(0);
  });

  it("keeps figures through moves that a recount finds, with holes, corners and land outside", () => {
    const town = makeTown({
      cols: 18,
      rows: 18,
      labels: patches(18, 18, 60, 3),
      street_every: 3,
      river_at: 9,
    });
    const draw = random(8);
    const plan = planOf(town, (atom) => (atom % 7 === 6 ? null : atom % 7));
    expect(kept(plan)).toEqual(recount(plan));
    for (let i = 0; i < 300; i++) {
      const to = Math.floor(draw() * 7);
      plan.move(Math.floor(draw() * town.atoms), to === 6 ? UNASSIGNED : to);
      if (i % 30 === 0) expect(kept(plan)).toEqual(recount(plan));
    }
    expect(kept(plan)).toEqual(recount(plan));
  });

  it("hangs together by borders and links, not by corners", () => {
    const town = makeTown({ cols: 3, rows: 3 });
    const diagonal = (atom: number) => ([0, 4, 8].includes(atom) ? 0 : 1);
    const plan = planOf(town, diagonal);
    expect(
      plan
        .parts(0)
        .map((part) => part.atoms[0])
        .sort(),
    ).toEqual([0, 4, 8]);
    const linked = makeTown({ cols: 3, rows: 3, links: [{ from: 0, to: 4, kind: 1 }] });
    expect(planOf(linked, diagonal).parts(0)).toHaveLength(2);
    expect(planOf(linked, diagonal, { links: [[4, 8]] }).parts(0)).toHaveLength(1);
  });

  it("leaves what is out of scope alone", () => {
    const town = makeTown({ cols: 4, rows: 1, units: 2 });
    const nest_of = town.unit.map((unit) => (unit === 1 ? 1 : NONE));
    const plan = planOf(town, (atom) => (atom < 2 ? 0 : null), { nest_of });
    expect([0, 1, 2, 3].map((atom) => plan.movable(atom))).toEqual([true, true, false, false]);
    expect(figures(plan).unassigned).toBe(0);
  });

  it("knows who holds most of a grid, by households and then by the first", () => {
    const town = makeTown({ cols: 4, rows: 1, units: 2, households: (atom) => (atom === 3 ? 9 : 1) });
    expect(planOf(town, () => 0).home(0)).toBe(2);
    const even = makeTown({ cols: 4, rows: 1, units: 2, households: () => 1 });
    expect(planOf(even, () => 0).home(0)).toBe(1);
    expect(planOf(even, (atom) => (atom === 0 ? null : 0)).home(0)).toBe(2);
  });

  it("says unknown where the source counts nobody, and empty of a grid without atoms", () => {
    const town = makeTown({ cols: 2, rows: 1, households: (atom) => (atom === 0 ? null : 0) });
    const plan = planOf(town, (atom) => atom);
    expect([plan.standing(0), plan.standing(1)]).toEqual(["unknown", "uninhabited"]);
    plan.move(0, 1);
    expect([plan.standing(0), plan.standing(1)]).toEqual(["empty", "uninhabited"]);
  });

  it("follows the band of a nest where it has one", () => {
    const town = makeTown({ cols: 2, rows: 1, units: 2, households: () => 200 });
    const frame = frameOf(town);
    const nests = frame.nests.map((nest, i) =>
      i === 2 ? { ...nest, counted: { ...HOUSEHOLDS, band: { lower: 100, upper: 250 } } } : nest,
    );
    const plan = planOf(town, (atom) => atom, { nests });
    expect([plan.standing(0), plan.standing(1)]).toEqual(["under", "in_band"]);
  });

  it("refuses to take a grid away that still has atoms", () => {
    const plan = planOf(makeTown({ cols: 2, rows: 1 }), () => 0);
    expect(() => plan.remove(0)).toThrow(/still has atoms/);
  });
});

describe("figures", () => {
  it("are those that a walk over a small town by hand finds", () => {
    // Four by four squares without jitter, a street along the middle column; grids by column pair.
    const town = makeTown({
      cols: 4,
      rows: 4,
      jitter: 0,
      street_every: 2,
      origin: [0, 0],
      cell_e7: [10_000, 10_000],
      households: () => 50,
    });
    const plan = planOf(town, (atom) => (atom % 4 < 2 ? 0 : 1));
    const found = figures(plan);
    expect(found).toMatchObject({ grids: 2, in_bounds: 2, contiguous: 2, unassigned: 0, outside: 0 });
    expect(found.border_on_streets_percent).toBe(100);
    const mm = [0, 1, 2, 3].reduce(
      (sum, y) => sum + lengthMm(20_000, y * 10_000, 20_000, (y + 1) * 10_000),
      0,
    );
    expect(found.border_m).toEqual({ street: Math.floor(mm / 1000) });
    const [w, h] = [222.639, 442.296];
    expect(found.polsby_popper_mean).toBeCloseTo((4 * Math.PI * w * h) / (2 * (w + h)) ** 2, 3);
    expect(found.reock_mean).toBeCloseTo((w * h) / (Math.PI * ((w * w + h * h) / 4)), 3);
  });

  it("keep forms of grids that did not change, and find those that did", () => {
    const plan = planOf(makeTown({ cols: 6, rows: 6 }), inBlocks(6, 3));
    const before = [0, 1, 2, 3].map((slot) => formOf(plan, slot));
    plan.move(2, 1);
    expect(formOf(plan, 0)).not.toEqual(before[0]);
    for (const slot of [0, 1, 2, 3]) expect(formOf(plan, slot)).toEqual(form(plan, slot));
    plan.move(2, 0);
    expect([0, 1, 2, 3].map((slot) => formOf(plan, slot))).toEqual(before);
  });
});
