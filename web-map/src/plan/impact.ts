/** What putting a draft in force would change, as the server foresees it: asked once for each revision, and again when told to. */
import { signal } from "@preact/signals";
import { sendKnown } from "../api/client";

export interface Share {
  changing: number;
  of: number;
}

/** Ground that goes from one grid to another, by codes; null is no grid. */
export interface Crossing {
  from: string | null;
  to: string | null;
  atoms: number;
  households: number;
  population: number;
}

/** A report that would go elsewhere. */
export interface Rerouted {
  report: string;
  category: string;
  received_at: string;
  from: string | null;
  to: string | null;
}

/** Pairs are now and then. */
export interface Load {
  officer: string;
  name: string;
  grids: [number, number];
  households: [number, number];
  over: [number, number];
}

export interface CodeFate {
  code: string;
  fate: "kept" | "changed" | "new" | "gone";
  officer: string | null;
  households: [number, number];
}

/** `GET /v1/plans/{id}/impact` */
export interface Impact {
  plan: number;
  rev: number;
  households: Share;
  population: Share;
  crossings: Crossing[];
  reports_looked_at: number;
  reports_rerouted: number;
  reports: Rerouted[];
  officers: Load[];
  codes: CodeFate[];
}

export const TABLES = ["crossings", "reports", "officers", "codes"] as const;
export type Table = (typeof TABLES)[number];

/** What is known of the draft that is asked about. */
export type Foreseen =
  | { kind: "none" }
  | { kind: "asking" }
  | { kind: "failed"; why: string }
  | { kind: "there"; impact: Impact };

export const foreseen = signal<Foreseen>({ kind: "none" });

/** Where a plan's impact is; with a table, that one whole as CSV. */
export const impactPath = (plan: number, rev: number, table?: Table): string =>
  `/v1/plans/${plan}/impact?rev=${rev}${table ? `&table=${table}` : ""}`;

let asking = new AbortController();
let asked = "";

/** Asks unless that is known or under way already; `again` asks in any case. */
export async function askImpact(plan: number, rev: number, again = false): Promise<void> {
  const path = impactPath(plan, rev);
  if (path === asked && !again && foreseen.peek().kind !== "failed") return;
  forgetImpact();
  asked = path;
  const { signal: gone } = asking;
  foreseen.value = { kind: "asking" };
  try {
    const headers = { accept: "application/json" };
    const response = await sendKnown(path, { headers, cache: "no-store", signal: gone });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail || body.title);
    if (!gone.aborted) foreseen.value = { kind: "there", impact: body as Impact };
  } catch (error) {
    if (!gone.aborted) foreseen.value = { kind: "failed", why: (error as Error).message };
  }
}

/** Gives up what is under way and forgets what is known. */
export function forgetImpact(): void {
  asking.abort();
  asking = new AbortController();
  asked = "";
  foreseen.value = { kind: "none" };
}

/** Officers whose work changes or who have grids above their bands; those that get most more of these first. */
export function heavier(officers: readonly Load[]): Load[] {
  const more = ([now, then]: [number, number]) => then - now;
  return officers
    .filter(({ grids, households, over }) => over[1] > 0 || more(grids) !== 0 || more(households) !== 0)
    .sort((a, b) => more(b.over) - more(a.over) || more(b.households) - more(a.households));
}

/** Officers who would have more grids above their bands than they have now. */
export const overloaded = (officers: readonly Load[]): number =>
  officers.filter(({ over: [now, then] }) => then > now).length;

/** Codes with another fate than to stay as they are: gone first, then new, then changed. */
export function fated(codes: readonly CodeFate[]): CodeFate[] {
  const order = ["gone", "new", "changed"];
  return codes
    .filter(({ fate }) => fate !== "kept")
    .sort((a, b) => order.indexOf(a.fate) - order.indexOf(b.fate));
}

/** How many codes have which fate. */
export function fates(codes: readonly CodeFate[]): Record<CodeFate["fate"], number> {
  const found = { kept: 0, changed: 0, new: 0, gone: 0 };
  for (const { fate } of codes) found[fate]++;
  return found;
}
