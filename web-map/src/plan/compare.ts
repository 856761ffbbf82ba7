/** What a plan is compared with: a revision of its own, or another plan on the same atoms. */
import { signal } from "@preact/signals";
import { sendKnown } from "../api/client";
import { diff, type PlanDiff, type Snapshot, snapshot } from "../engine/diff";
import type { Plan } from "../engine/plan";
import type { Topology } from "../engine/topology";
import type { Editor } from "./editor";
import { spread } from "./load";
import type { Assignment } from "./server";

/** What is compared with what is shown. */
export type Base = { kind: "revision"; rev: number } | { kind: "plan"; plan: number };

export interface Comparison {
  base: Base;
  before: Snapshot;
  diff: PlanDiff;
}

/** A pair of grids whose atoms are drawn; null for all that moved. */
export interface Picked {
  from: string | null;
  to: string | null;
}

export const compared = signal<Comparison | null>(null);
export const comparing = signal<{ busy: boolean; why: string }>({ busy: false, why: "" });
export const picked = signal<Picked | null>(null);

/** An assignment as a snapshot. Throws where it is not of this topology. */
export function snapshotOf(topology: Topology, { grids, atom_runs }: Assignment): Snapshot {
  return { labels: spread(atom_runs, topology.atoms, grids.length, "atom_runs"), grids };
}

/**
 * Names grids by their codes, so that plans whose ids differ can be compared; a grid without a code keeps its id. `own` are the
 * grids of the draft by code: the other's take their ids.
 */
export function byCode(other: Snapshot, own: Snapshot): Snapshot {
  const ids = new Map(own.grids.filter((grid) => grid.code !== "").map((grid) => [grid.code, grid.id]));
  return {
    labels: other.labels,
    grids: other.grids.map((grid) => ({ ...grid, id: ids.get(grid.code) ?? grid.id })),
  };
}

/** Reads what is compared with. */
export async function readBase(editor: Editor, base: Base): Promise<Snapshot> {
  const { topology } = editor.session;
  if (base.kind === "revision") return snapshotOf(topology, await editor.server.assignment(base.rev));
  const path = `/v1/plans/${base.plan}/assignment`;
  const response = await sendKnown(path, { headers: { accept: "application/json" }, cache: "no-store" });
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail || body.title);
  return byCode(snapshotOf(topology, body as Assignment), snapshot(editor.shown));
}

/** Compares what is shown with something, and draws what moved. */
export async function compare(editor: Editor, base: Base): Promise<void> {
  comparing.value = { busy: true, why: "" };
  picked.value = null;
  try {
    const before = await readBase(editor, base);
    compared.value = { base, before, diff: diff(editor.session.topology, before, snapshot(editor.shown)) };
    comparing.value = { busy: false, why: "" };
    draw(editor);
  } catch (error) {
    compared.value = null;
    comparing.value = { busy: false, why: (error as Error).message };
    draw(editor);
  }
}

/** Counts again after a change; what is compared with stays. */
export function recompare(editor: Editor): void {
  const now = compared.peek();
  if (!now) return;
  compared.value = { ...now, diff: diff(editor.session.topology, now.before, snapshot(editor.shown)) };
  draw(editor);
}

export function endCompare(editor: Editor): void {
  compared.value = null;
  picked.value = null;
  draw(editor);
}

/** Shows one pair of grids, or all that moved. */
export function pick(editor: Editor, next: Picked | null): void {
  picked.value = next;
  draw(editor);
}

/**
 * In two colours: what the grids gained that the active one is compared by, and what was lost. With a grid chosen, gained is
 * what came to it and lost what left it; without one, gained is all that moved to a grid and lost what is in none now.
 */
export function sides(
  { before, diff: { moved } }: Comparison,
  shown: Plan,
  active: string | null,
  only: Picked | null,
): { gained: number[]; lost: number[] } {
  const [gained, lost]: [number[], number[]] = [[], []];
  for (const atom of moved) {
    const from = before.grids[before.labels[atom] as number]?.id ?? null;
    const to = shown.grid(shown.slot_of[atom] as number)?.id ?? null;
    if (only && (only.from !== from || only.to !== to)) continue;
    if (active !== null && !only) {
      if (to === active) gained.push(atom);
      else if (from === active) lost.push(atom);
    } else (to === null ? lost : gained).push(atom);
  }
  return { gained, lost };
}

export function draw(editor: Editor): void {
  const now = compared.peek();
  const { gained, lost } = now
    ? sides(now, editor.shown, editor.active.peek(), picked.peek())
    : { gained: [], lost: [] };
  editor.marks.set("gained", gained);
  editor.marks.set("lost", lost);
  editor.drawn?.draw();
}
