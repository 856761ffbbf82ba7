/** The address bar holds the tab, the view, the selection and the hidden statuses, so that a link shows the same. */
import type { Status } from "../api/types";
import { STATUSES } from "../status";

export const TABS = ["lookup", "reports", "coverage", "import", "plan"] as const;
export type Tab = (typeof TABS)[number];

export interface View {
  zoom: number;
  lat: number;
  lon: number;
}

/** What is chosen on the map: a point (its owner is asked), or a thing by its code. */
export type Selection =
  | { kind: "point"; lon: number; lat: number; crs: string }
  | { kind: "grid"; code: string }
  | { kind: "jurisdiction"; code: string }
  | { kind: "finding"; code: string };

/** What the tab of plans shows: enough for a link to show the same. */
export interface PlanPlace {
  plan: number | null;
  /** An earlier revision that is looked at; null for the newest. */
  rev: number | null;
  /** Code of the chosen grid, or its id while it has none. */
  grid: string | null;
  tool: string | null;
  colour: "status" | "six";
}

export const NO_PLAN: PlanPlace = { plan: null, rev: null, grid: null, tool: null, colour: "status" };

export interface PageState {
  tab: Tab;
  view: View | null;
  selection: Selection | null;
  hidden: Status[];
  plan: PlanPlace;
}

/** Decimal places of a zoom in the address. */
const ZOOM_PLACES = 2;
/** Decimal places of a map centre in the address: about a metre. */
const CENTRE_PLACES = 5;

function writeSelection(selection: Selection): string {
  return selection.kind === "point"
    ? `point:${selection.lon},${selection.lat},${selection.crs}`
    : `${selection.kind}:${selection.code}`;
}

function readSelection(text: string | null): Selection | null {
  const match = /^(point|grid|jurisdiction|finding):(.+)$/.exec(text ?? "");
  if (!match) return null;
  const [, kind, rest = ""] = match;
  if (kind !== "point") return { kind: kind as "grid" | "jurisdiction" | "finding", code: rest };
  const [lon, lat, crs] = rest.split(",");
  const point = { lon: Number(lon), lat: Number(lat) };
  if (!crs || !Number.isFinite(point.lon) || !Number.isFinite(point.lat)) return null;
  return { kind: "point", ...point, crs };
}

function readView(text: string | null): View | null {
  const [zoom, lat, lon] = (text ?? "").split("/").map(Number);
  const fine = [zoom, lat, lon].every((n) => n !== undefined && Number.isFinite(n));
  if (!fine || Math.abs(lat as number) > 90) return null;
  return { zoom: zoom as number, lat: lat as number, lon: lon as number };
}

function writePlan({ plan, rev, grid, tool, colour }: PlanPlace): string[] {
  if (plan === null) return [];
  const parts = [`plan=${plan}`];
  if (rev !== null) parts.push(`rev=${rev}`);
  if (grid !== null) parts.push(`grid=${encodeURIComponent(grid)}`);
  if (tool !== null) parts.push(`tool=${tool}`);
  if (colour !== "status") parts.push(`colour=${colour}`);
  return parts;
}

function readPlan(query: URLSearchParams): PlanPlace {
  const number = (name: string) => {
    const text = query.get(name) ?? "";
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  };
  const plan = number("plan");
  if (plan === null) return NO_PLAN;
  const tool = query.get("tool");
  return {
    plan,
    rev: number("rev"),
    grid: query.get("grid") || null,
    tool: tool && /^[a-z]{1,12}$/.test(tool) ? tool : null,
    colour: query.get("colour") === "six" ? "six" : "status",
  };
}

/** The page state as a location hash, `#` included. */
export function writeHash({ tab, view, selection, hidden, plan }: PageState): string {
  const parts = [`tab=${tab}`];
  if (view) {
    parts.push(
      `view=${view.zoom.toFixed(ZOOM_PLACES)}/${view.lat.toFixed(CENTRE_PLACES)}/${view.lon.toFixed(CENTRE_PLACES)}`,
    );
  }
  if (selection)
    parts.push(
      `sel=${encodeURIComponent(writeSelection(selection)).replace(/%(2C|3A)/g, decodeURIComponent)}`,
    );
  if (hidden.length > 0) parts.push(`hide=${hidden.join(",")}`);
  parts.push(...writePlan(plan));
  return `#${parts.join("&")}`;
}

/** Reads a hash anyone may have typed: what is not understood falls back to the start. */
export function readHash(hash: string): PageState {
  const query = new URLSearchParams(hash.replace(/^#/, "").replace(/\+/g, "%2B"));
  const tab = TABS.find((one) => one === query.get("tab")) ?? "lookup";
  const hide = (query.get("hide") ?? "").split(",");
  return {
    tab,
    view: readView(query.get("view")),
    selection: readSelection(query.get("sel")),
    hidden: STATUSES.filter((status) => hide.includes(status)),
    plan: readPlan(query),
  };
}
