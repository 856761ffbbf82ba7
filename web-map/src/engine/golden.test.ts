/**
 * One small town with a plan, as files that the server's tests can read too: its atoms and lines as GeoJSON, the bytes of its topology, an
 * assignment, and the figures that both sides must tell. `GOLDEN=write npx vitest run src/engine/golden` writes them anew.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { figures } from "./figures";
import type { Plan } from "./plan";
import { problems } from "./problems";
import { polygonsOf } from "./rings";
import { planOf } from "./testing/frame";
import { patches, writeTown } from "./testing/town";
import { LINE_CLASSES, NONE, readTopology, type Topology } from "./topology";

const file = (name: string) => fileURLToPath(new URL(`./testing/golden/${name}`, import.meta.url));

const bytes = writeTown({
  cols: 14,
  rows: 12,
  seed: 7,
  labels: patches(14, 12, 60, 7),
  street_every: 2,
  river_at: 7,
  units: 2,
  households: (atom, draw) => (atom % 17 === 0 ? null : Math.floor(draw() * 60)),
  population: (_, draw) => Math.floor(draw() * 160),
  links: [{ from: 3, to: 41, kind: 1 }],
});
const topology = readTopology(bytes);
const plan = planOf(
  topology,
  // The west in three grids all over each other, the east in two halves.
  (atom) => {
    if (atom % 19 === 0) return null;
    if (topology.unit[atom] === 1) return atom % 3;
    return (topology.label[2 * atom + 1] as number) < 313_022_000 ? 3 : 4;
  },
  {
    counted: {
      attribute: "households",
      band: { lower: 200, upper: 330 },
      other: { lower: 600, upper: 900 },
    },
  },
);

const degrees = (ring: number[]) => {
  const points = Array.from({ length: ring.length / 2 }, (_, i) => [
    (ring[2 * i] as number) / 1e7,
    (ring[2 * i + 1] as number) / 1e7,
  ]);
  return [...points, points[0]];
};

function geojson(of: Topology, on: Plan) {
  const known = (value: number) => (value === NONE ? null : value);
  const atoms = of.codes.map((code, atom) => ({
    type: "Feature",
    properties: {
      code,
      households: known(of.households[atom] as number),
      population: known(of.population[atom] as number),
      community: of.unit_codes[of.unit[atom] as number],
      grid: on.grid(on.slot_of[atom] as number)?.code ?? null,
    },
    geometry: {
      type: "MultiPolygon",
      coordinates: polygonsOf(of, atom).map(({ outer, holes }) => [outer, ...holes].map(degrees)),
    },
  }));
  const lines = Array.from({ length: of.arcs }, (_, arc) => arc)
    .filter((arc) => of.arc_class[arc])
    .map((arc) => ({
      type: "Feature",
      properties: { class: LINE_CLASSES[of.arc_class[arc] as number] },
      geometry: {
        type: "LineString",
        coordinates: degrees([
          ...of.points.subarray(2 * (of.arc_points[arc] as number), 2 * (of.arc_points[arc + 1] as number)),
        ]).slice(0, -1),
      },
    }));
  return {
    atoms: { type: "FeatureCollection", features: atoms },
    lines: { type: "FeatureCollection", features: lines },
    links: [{ from: of.codes[3], to: of.codes[41], kind: "bridge" }],
  };
}

const told = {
  figures: figures(plan),
  grids: plan.liveSlots().map((slot) => ({
    code: plan.grid(slot)?.code,
    ...plan.totals(slot),
    area_m2: Math.round(plan.totals(slot).area_m2),
    parts: plan.parts(slot).length,
    status: plan.standing(slot),
  })),
  problems: problems(plan).map(({ id, households }) => ({ id, households })),
};

const golden: [string, string | Buffer][] = [
  ["town.topology", Buffer.from(bytes)],
  ["town.input.golden", `${JSON.stringify(geojson(topology, plan))}\n`],
  ["town.figures.golden", `${JSON.stringify(told, null, 1)}\n`],
];

describe("the golden town", () => {
  if (process.env.GOLDEN === "write")
    for (const [name, content] of golden) writeFileSync(file(name), content);

  it.each(golden)("is kept as %s, byte for byte", (name, content) => {
    expect(existsSync(file(name)), `write it with GOLDEN=write`).toBe(true);
    expect(Buffer.compare(readFileSync(file(name)), Buffer.from(content))).toBe(0);
  });

  it("has something of everything", () => {
    expect(told.figures).toMatchObject({ grids: 5 });
    expect(told.figures.unassigned).toBeGreaterThan(0);
    expect(told.figures.contiguous).toBeLessThan(5);
    expect(told.figures.contiguous).toBeGreaterThan(0);
    expect(Object.keys(told.figures.border_m)).toEqual(["none", "river", "arterial", "street"]);
    expect(new Set(told.grids.map((grid) => grid.status)).size).toBeGreaterThan(1);
    expect([...topology.households].filter((value) => value === NONE).length).toBeGreaterThan(1);
  });
});
