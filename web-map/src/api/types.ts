/** The shapes of the HTTP API, version 1, by hand after its contract. Coordinates are degrees, areas m². */
import type { FeatureCollection } from "geojson";

/** A grid's standing against the workspace's band. */
export type Status = "in_band" | "under" | "over" | "uninhabited" | "unknown";

/** How a point met the coverage. */
export type Resolution = "interior" | "edge_tie" | "gap_fill" | "outside";

/** West, south, east, north in WGS84 degrees. */
export type Envelope = [west: number, south: number, east: number, north: number];

/** Why a grid stands outside the band. */
export interface Reason {
  kind: string;
  en: string;
  zh: string;
}

export interface GridSummary {
  code: string;
  name: string;
  status: Status;
  /** The band it should keep to; null for an exclusive grid of any size, absent from servers that have one band for all. */
  bounds?: Bounds | null;
  households: number | null;
  population: number | null;
  jurisdiction: string;
  parts: number;
  atoms: number;
  area_m2: number;
  envelope: Envelope;
  label: [lon: number, lat: number];
  reason: Reason | null;
}

/** One step of the owner chain, from the grid (level 0) upward. */
export interface ChainLink {
  level: number;
  level_name: string;
  code: string;
  name: string;
}

export interface Publication {
  seq: number;
  /** Code of the jurisdiction it covers; null for the whole import. */
  scope: string | null;
  effective_from: string;
  recorded_at: string;
  plan: number | string;
  grids: number;
}

export interface Bounds {
  lower: number;
  upper: number;
}

export interface Workspace {
  /** `none`: nobody signs in here; absent from servers that know of no login. */
  login?: "none" | "required";
  name: string;
  language: string;
  time_zone: string;
  today: string;
  attribute: "households" | "population";
  bounds: Bounds;
  levels: { level: number; level_name: string }[];
  envelope: Envelope | null;
  counts: { atoms: number; jurisdictions: number; grids: number; reports: number };
  publication: Publication | null;
  /** Changes with what the tiles show; null when nothing is in force. */
  tiles_version?: string | null;
}

export interface Point {
  lon: number;
  lat: number;
  crs: string;
}

/** What anybody may know of an officer. */
export interface OfficerCard {
  name: string;
  kind: "person" | "team";
  team: string | null;
  desk: string | null;
}

/** Who looks after a grid; nobody is responsible when `primary` is null. */
export interface OfficerCards {
  primary: OfficerCard | null;
  deputies: OfficerCard[];
}

export interface LocateAnswer {
  grid: GridSummary | null;
  chain: ChainLink[];
  /** Who is responsible for the grid. */
  officer: OfficerCard | null;
  point: Point;
  /** Where the point sits on the map, WGS84. */
  position?: { lon: number; lat: number };
  /** The BeiDou grid code of the metre that holds it. */
  beidou: string | null;
  resolution: Resolution;
  /** To the nearest border of the grid, or outside of the nearest grid. */
  edge_distance_m: number | null;
  /** Every position nearer than so many metres has the same answer. */
  stable_within_m?: number | null;
  /** Where the true place may be, most likely first, where an accuracy was given. */
  candidates?: Candidate[] | null;
  publication: Publication | null;
  nearest: { code: string; distance_m: number } | null;
}

/** A grid that may hold the true place; null is outside of all. */
export interface Candidate {
  grid: string | null;
  p: number;
}

/** Owners of many points, in columns. */
export interface BatchAnswer {
  generation: string;
  located: number;
  grids: string[];
  /** Position in `grids`; null outside and for bad rows. */
  grid: (number | null)[];
  edge_ties: number[];
  gap_fills: number[];
  errors: { row: number; reason: string }[];
  edge_distance_m: (number | null)[] | null;
}

/** GeoJSON geometry as the API sends it. */
export interface MultiPolygon {
  type: "MultiPolygon";
  coordinates: number[][][][];
}

export interface GridDetail extends GridSummary {
  chain: ChainLink[];
  geometry: MultiPolygon;
  publication: Publication | null;
  valid_from: string;
  valid_to: string | null;
  officers: OfficerCards;
}

export interface Jurisdiction {
  code: string;
  name: string;
  level: number;
  level_name: string;
  parent: string | null;
  households: number | null;
  population: number | null;
  grids: number;
  envelope: Envelope;
}

export interface JurisdictionDetail extends Jurisdiction {
  geometry: MultiPolygon;
  children: string[];
}

export interface CountArea {
  count: number;
  area_m2: number;
}

interface CoverageFigures {
  grids: number;
  in_band: number;
  under: number;
  over: number;
  uninhabited: number;
  /** Grids of which the source does not say how many live there. */
  unknown: number;
  households: number | null;
  gaps: CountArea;
  overlaps: CountArea;
  unowned_m2: number;
}

export interface CoverageRow extends CoverageFigures {
  code: string;
  name: string;
  level: number;
  parent: string | null;
}

export interface Finding {
  id: number | string;
  kind: string;
  area_m2: number;
  point: [lon: number, lat: number];
  envelope: Envelope;
  en: string;
  zh: string;
  parties: string[];
}

/** Something about officers that a person should look at. */
export interface OfficerFinding {
  kind: "no_officer" | "two_primaries" | "duty_without_grid";
  grids: string[];
  /** Code of the officer; null when it is that there is none. */
  officer: string | null;
  en: string;
  zh: string;
  /** Around the grids; null when none of them is in force. */
  envelope: Envelope | null;
}

/** Officers of the grids in force. */
export interface StaffFigures {
  officers: number;
  primaries: number;
  without_officer: number;
  households_mean: number | null;
  households_max: number | null;
  /** Empty while no list of officers was ever brought in. */
  findings: OfficerFinding[];
}

export interface Coverage {
  publication: Publication | null;
  totals: CoverageFigures & { population: number | null; area_m2: number };
  jurisdictions: CoverageRow[];
  out_of_band: GridSummary[];
  findings: Finding[];
  officers: StaffFigures;
}

export interface Report {
  id: string;
  /** `routed` to a grid or `outside` all of them while nobody has answered it. */
  state: "routed" | "outside" | "answered" | "closed";
  /** Since when it stands so. */
  state_at: string;
  /** What its sender was told, the newest words. */
  answer: string | null;
  category: string;
  text: string;
  point: Point;
  position: { lon: number; lat: number };
  grid: GridSummary | null;
  chain: ChainLink[];
  resolution: Resolution;
  publication_seq: number | null;
  received_at: string;
}

/** The way of a report, as its sender sees it. */
export interface Trail {
  id: string;
  category: string;
  /** Its place, rounded to a thousandth of a degree. */
  near: { lon: number; lat: number };
  grid: { code: string; name: string } | null;
  steps: { kind: string; at: string; en: string; zh: string; officer: OfficerCard | null }[];
  /** Who is responsible for the grid now. */
  responsible: OfficerCard | null;
}

/** An address that may be meant. */
export interface AddressCandidate {
  address: string;
  lon: number;
  lat: number;
  grid: string | null;
  /** 0 to 1. */
  score: number;
  why: { en: string; zh: string }[];
}

/** What an address may mean. */
export interface GeocodeAnswer {
  state: "exact" | "confident" | "ambiguous" | "none";
  candidates: AddressCandidate[];
  stated_confidence: number;
}

/** What a resident or officer sends. */
export interface ReportBody {
  category: string;
  text: string;
  lon: number;
  lat: number;
  crs: string;
}

/** Where a report is to stand; an answer needs words. */
export interface StepBody {
  state: "answered" | "closed" | "open";
  answer?: string | null;
}

/** Who asks, and what it may do. */
export interface Session {
  login: "none" | "required";
  principal: {
    id: string;
    login: string;
    name: string;
    grants: { role: string; scope: string | null }[];
  } | null;
  csrf_token: string | null;
  /** `METHOD /route`, as the server admits them. */
  may: string[];
}

/** RFC 9457 problem details. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
}

/** TileJSON, as far as the page reads it. */
export interface TileJson {
  tiles: string[];
}

/** A layer of a file that was sent. */
export interface UploadedLayer {
  name: string;
  /** Null for a table without shapes. */
  geometry: string | null;
  features: number;
  fields: string[];
  /** Null where the file states none. */
  crs: string | null;
  polygons: boolean;
  lines: boolean;
}

/** A file that was sent to be imported. */
export interface Upload {
  id: string;
  name: string;
  bytes: number;
  layers: UploadedLayer[];
}

/** What to import. */
export interface ImportBody {
  upload: string;
  as: string;
  layer: string;
  crs?: string;
  fields: Record<string, string | string[]>;
  null_households?: string;
  overlaps?: string;
  crossings?: string;
  class_is?: string;
  level?: string;
  preview: boolean;
}

/** What came of an import, or would. */
export interface ImportResult {
  dataset: number | null;
  input: number | null;
  /** The set of links it was kept as. */
  link_set: number | null;
  /** Declared links. */
  links: number;
  already: boolean;
  layer: string;
  crs: string;
  features: number;
  lines: number;
  left_out: number;
  nulls: number;
  households: number;
  population: number;
  /** Where atoms were made: households that a source counts. */
  households_counted: number | null;
  classes: Record<string, number>;
  levels: { name: string; count: number }[];
  repairs: Record<string, number>;
  warnings: string[];
  envelope: Envelope | null;
  sample: FeatureCollection | null;
}

/** A piece of long work. */
export interface Job {
  id: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  step: "read" | "build" | "cut" | "divide" | "keep" | "compare" | null;
  done: number;
  total: number;
  result: ImportResult | null;
  problem: Problem | null;
}

/** A plan in short. */
export interface PlanSummary {
  id: number;
  /** The import it is made on. */
  dataset: number;
  /** Code of the jurisdiction it covers; null for the whole import. */
  scope: string | null;
  origin: string;
  /** A draft that is put away is a draft in all but this: it is not in the list of drafts. */
  status: "draft" | "put_away" | "published";
  attribute: "households" | "population";
  bounds: Bounds;
  level: "grid" | "micro" | "area";
  redrawn_from: number | null;
  grids: number;
  in_band: number;
  outside: number;
  created_at: string;
}
