import { describe, expect, it } from "vitest";
import type { Coverage, CoverageRow, Finding, GridSummary, OfficerFinding } from "../api/types";
import {
  allClear,
  officerFindings,
  treeOrder,
  withDescendants,
  worstFindings,
  worstGrids,
  worstRows,
} from "./problems";

const grid = (code: string, households: number, jurisdiction = "d1"): GridSummary => ({
  code,
  name: code,
  status: households > 500 ? "over" : "under",
  households,
  population: null,
  jurisdiction,
  parts: 1,
  atoms: 1,
  area_m2: 1,
  envelope: [0, 0, 1, 1],
  label: [0, 0],
  reason: null,
});
const finding = (kind: string, area_m2: number, west = 0): Finding => ({
  id: `${kind}${area_m2}`,
  kind,
  area_m2,
  point: [west, 0],
  envelope: [west, 0, west + 1, 1],
  en: "",
  zh: "",
  parties: [],
});
const none = { count: 0, area_m2: 0 };
const row = (code: string, level: number, parent: string | null, over = 0): CoverageRow => ({
  code,
  name: code,
  level,
  parent,
  grids: 5,
  in_band: 5 - over,
  under: 0,
  over,
  uninhabited: 0,
  unknown: 0,
  households: 2000,
  gaps: none,
  overlaps: none,
  unowned_m2: 0,
});
const TREE = [row("d1s2", 2, "d1"), row("d1", 1, null), row("d1s1c1", 3, "d1s1", 2), row("d1s1", 2, "d1", 2)];

describe("grids outside the band", () => {
  it("come with the farthest from the band first", () => {
    const grids = [grid("a", 510), grid("b", 100), grid("c", 900)];
    const order = worstGrids(grids, { lower: 300, upper: 500 }, "households", null).map((one) => one.code);
    expect(order).toEqual(["c", "b", "a"]);
  });

  it("are as far out as their own band says, where they have one", () => {
    // 350 is 50 above a rural band and within the one of the town
    const rural = { ...grid("a", 350), bounds: { lower: 150, upper: 300 } };
    const order = worstGrids([grid("b", 520), rural], { lower: 300, upper: 500 }, "households", null);
    expect(order.map((one) => one.code)).toEqual(["a", "b"]);
  });

  it("are narrowed to a jurisdiction and everything under it", () => {
    const grids = [grid("a", 510, "d1s1c1"), grid("b", 510, "d1s2")];
    const within = withDescendants("d1s1", TREE);
    expect(
      worstGrids(grids, { lower: 300, upper: 500 }, "households", within).map((one) => one.code),
    ).toEqual(["a"]);
  });
});

describe("findings", () => {
  it("list open faults before what was mended, larger first", () => {
    const order = worstFindings([finding("gap_closed", 90), finding("gap", 5), finding("overlap", 7)], null);
    expect(order.map((one) => one.kind)).toEqual(["overlap", "gap", "gap_closed"]);
  });

  it("are narrowed by place", () => {
    expect(worstFindings([finding("gap", 1, 0), finding("gap", 2, 5)], [4, 0, 9, 9])).toHaveLength(1);
  });
});

describe("officer findings", () => {
  const officer = (kind: OfficerFinding["kind"], west: number | null): OfficerFinding => ({
    kind,
    grids: ["g"],
    officer: null,
    en: "",
    zh: "",
    envelope: west === null ? null : [west, 0, west + 1, 1],
  });

  it("list grids without officer first", () => {
    const all = [officer("duty_without_grid", null), officer("two_primaries", 0), officer("no_officer", 0)];
    expect(officerFindings(all, null).map((one) => one.kind)).toEqual([
      "no_officer",
      "two_primaries",
      "duty_without_grid",
    ]);
  });

  it("are narrowed by place, and what has none is left out then", () => {
    const all = [officer("duty_without_grid", null), officer("no_officer", 0), officer("no_officer", 8)];
    expect(officerFindings(all, [7, 0, 9, 9])).toHaveLength(1);
  });
});

describe("jurisdictions", () => {
  it("come with the most troubled first", () => {
    expect(worstRows(TREE, null).map((one) => one.code)).toEqual(["d1s1", "d1s1c1", "d1", "d1s2"]);
  });

  it("stand in the tree's order with their depth", () => {
    expect(treeOrder(TREE).map(({ item, depth }) => `${depth} ${item.code}`)).toEqual([
      "0 d1",
      "1 d1s1",
      "2 d1s1c1",
      "1 d1s2",
    ]);
  });

  it("survive a parent that is missing or itself", () => {
    expect(treeOrder([row("x", 2, "gone"), row("y", 1, "y")])).toHaveLength(2);
    expect(withDescendants("y", [row("y", 1, "y")])).toEqual(new Set(["y"]));
  });
});

describe("the all-clear", () => {
  const clear: Coverage = {
    publication: { seq: 1, scope: "d1", effective_from: "", recorded_at: "", plan: "", grids: 5 },
    totals: { ...row("t", 0, null), population: null, area_m2: 1 },
    jurisdictions: [],
    out_of_band: [],
    findings: [finding("gap_closed", 1)],
    officers: {
      officers: 0,
      primaries: 0,
      without_officer: 5,
      households_mean: null,
      households_max: null,
      findings: [],
    },
  };

  it("allows mended slivers but no fault of any kind", () => {
    expect(allClear(clear)).toBe(true);
    expect(allClear({ ...clear, findings: [finding("gap", 1)] })).toBe(false);
    expect(allClear({ ...clear, out_of_band: [grid("a", 900)] })).toBe(false);
    expect(allClear({ ...clear, totals: { ...clear.totals, unowned_m2: 3 } })).toBe(false);
  });
});
