/** Orders and filters the coverage lists: the worst first, and only what lies in the chosen jurisdiction. */
import type {
  Bounds,
  Coverage,
  CoverageRow,
  Envelope,
  Finding,
  GridSummary,
  Jurisdiction,
  OfficerFinding,
} from "../api/types";
import { deviation } from "../status";

/** Findings that are faults of the coverage; the rest are records of what was mended. */
const FAULTS = new Set(["gap", "overlap", "noncontiguous"]);

/** The code itself and every jurisdiction under it. */
export function withDescendants(
  code: string,
  all: readonly Pick<Jurisdiction, "code" | "parent">[],
): Set<string> {
  const within = new Set([code]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const one of all) {
      if (one.parent !== null && within.has(one.parent) && !within.has(one.code)) {
        within.add(one.code);
        grew = true;
      }
    }
  }
  return within;
}

const size = (grid: GridSummary, attribute: "households" | "population") => grid[attribute] ?? 0;

/** Grids outside their band (`bounds` where they have none of their own), the farthest from it first; ties by code. */
export function worstGrids(
  grids: readonly GridSummary[],
  bounds: Bounds,
  attribute: "households" | "population",
  within: Set<string> | null,
): GridSummary[] {
  const off = (grid: GridSummary) => Math.abs(deviation(size(grid, attribute), grid.bounds ?? bounds));
  return grids
    .filter((grid) => within === null || within.has(grid.jurisdiction))
    .sort((a, b) => off(b) - off(a) || a.code.localeCompare(b.code));
}

const touches = (a: Envelope, b: Envelope) => a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

/** Findings, faults before records, each by falling area; `envelope` narrows them to a place. */
export function worstFindings(findings: readonly Finding[], envelope: Envelope | null): Finding[] {
  const rank = (finding: Finding) => (FAULTS.has(finding.kind) ? 0 : 1);
  return findings
    .filter((finding) => envelope === null || touches(finding.envelope, envelope))
    .sort((a, b) => rank(a) - rank(b) || b.area_m2 - a.area_m2);
}

/** Grids without officer first, then persons with several grids, then duties without grid; `envelope` narrows to a place. */
export function officerFindings(
  findings: readonly OfficerFinding[],
  envelope: Envelope | null,
): OfficerFinding[] {
  const rank = { no_officer: 0, two_primaries: 1, duty_without_grid: 2 };
  return findings
    .filter((one) => envelope === null || (one.envelope !== null && touches(one.envelope, envelope)))
    .sort((a, b) => rank[a.kind] - rank[b.kind]);
}

/** What is wrong in a row: grids outside the band, and places nobody owns or two own. */
export const troubles = (row: CoverageRow): number =>
  row.under + row.over + row.gaps.count + row.overlaps.count + (row.unowned_m2 > 0 ? 1 : 0);

/** Jurisdictions, the most troubled first, then by code; inner levels after outer ones when equal. */
export function worstRows(rows: readonly CoverageRow[], within: Set<string> | null): CoverageRow[] {
  return rows
    .filter((row) => within === null || within.has(row.code))
    .sort((a, b) => troubles(b) - troubles(a) || a.level - b.level || a.code.localeCompare(b.code));
}

/** No gap, no overlap, nothing unowned. */
export const seamless = ({ totals }: Coverage): boolean =>
  totals.gaps.count === 0 && totals.overlaps.count === 0 && totals.unowned_m2 === 0;

/** Seamless, every inhabited grid in the band, and no open fault among the findings. */
export const allClear = (coverage: Coverage): boolean =>
  seamless(coverage) &&
  coverage.totals.under + coverage.totals.over === 0 &&
  coverage.out_of_band.length === 0 &&
  !coverage.findings.some((finding) => FAULTS.has(finding.kind));

/** The jurisdiction tree as a flat list, each child after its parent, `depth` from 0; orphans count as roots. */
export function treeOrder<T extends Pick<Jurisdiction, "code" | "parent">>(
  all: readonly T[],
): { item: T; depth: number }[] {
  const codes = new Set(all.map((one) => one.code));
  const children = new Map<string | null, T[]>();
  for (const one of all) {
    const parent =
      one.parent !== null && codes.has(one.parent) && one.parent !== one.code ? one.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const out: { item: T; depth: number }[] = [];
  const walk = (parent: string | null, depth: number) => {
    const list = [...(children.get(parent) ?? [])].sort((a, b) => a.code.localeCompare(b.code));
    for (const item of list) {
      out.push({ item, depth });
      walk(item.code, depth + 1);
    }
  };
  walk(null, 0);
  return out;
}
