/** What the page asks of the server for editing a plan: CONTRACT.md as types. */
import type { Counted } from "../engine/band";
import type { GridData } from "../engine/plan";
import type { WireOp } from "../engine/wire";

export interface Draft {
  plan: number;
  rev: number;
  can_edit: boolean;
  topology: { hash: string; href: string; bytes: number };
  counted: Counted;
  has: { households: boolean; population: boolean };
  nests: { code: string; name: string; counted: Counted | null; exclusive: boolean }[];
  /** Pairs of a nest (-1 = outside) and how many atoms in a row. */
  nest_runs: number[];
  links: [number, number][];
}

export interface Assignment {
  rev: number;
  grids: (GridData & { id: string })[];
  /** Pairs of a position in `grids` (-1 = none) and how many atoms in a row. */
  atom_runs: number[];
  /** Skips and takes of locked atoms. */
  locked: number[];
  accepted: Record<string, string>;
}

/** An operation in the log. */
export interface Recorded {
  rev: number;
  by: string;
  /** RFC 3339. */
  at: string;
  op: WireOp;
}

export interface OpsPage {
  rev: number;
  ops: Recorded[];
  more: boolean;
}

/** How a posting of operations went; anything else is a thrown `ServerError`. */
export type Posted =
  | { kind: "done"; rev: number; revs: number[] }
  | { kind: "behind"; rev: number; missed: Recorded[]; more: boolean }
  | { kind: "unfit"; op: string; why: string };

export interface Here {
  session: string;
  name: string;
  grid: string | null;
}

export interface PlanEvents {
  op(recorded: Recorded): void;
  presence(here: Here[]): void;
  published(publication: string): void;
  /** The feed broke; it is being opened again. */
  lost(): void;
  /** The feed is open. */
  open(): void;
}

/** Why there is no answer, or one that helps nobody. */
export class ServerError extends Error {
  constructor(
    message: string,
    /** True when sending the same once more may go better. */
    readonly again: boolean,
    /** Seconds to wait, where the server says so. */
    readonly retry_s: number = 0,
    /** True when the server has no room to keep more. */
    readonly full: boolean = false,
  ) {
    super(message);
    this.name = "ServerError";
  }
}

export interface PlanServer {
  draft(): Promise<Draft>;
  topology(of: Draft["topology"]): Promise<ArrayBuffer>;
  /** The newest without `rev`. */
  assignment(rev?: number): Promise<Assignment>;
  ops(since: number, by?: "me"): Promise<OpsPage>;
  post(base_rev: number, ops: WireOp[]): Promise<Posted>;
  /** Listens from a revision on. Returns what stops it. */
  listen(since: () => number, events: PlanEvents): () => void;
  presence(session: string, grid: string | null): Promise<void>;
}
