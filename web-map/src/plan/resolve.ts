/**
 * Dividing the ground of some grids anew, by the server. It searches from the plan as it was made (revision 0), with all other
 * grids locked; so the chosen grids must cover the same ground now as then, however they were redrawn among themselves.
 */
import { signal } from "@preact/signals";
import { sendKnown } from "../api/client";
import { createParser } from "../api/sse";
import type { Snapshot } from "../engine/diff";
import { emptyOp, movesTo, newId, type Op } from "../engine/ops";
import { type Plan, UNASSIGNED } from "../engine/plan";
import { NONE } from "../engine/topology";
import { freshName } from "./actions";
import { snapshotOf } from "./compare";
import type { Editor } from "./editor";
import { offerOf } from "./offers";

export interface Search {
  step: string;
  done: number;
  total: number;
  proposals: number;
}

/** Why grids cannot be divided anew. */
export type Refusal = "new" | "ground" | "locked" | "none";

export const searching = signal<Search | null>(null);
export const searchTrouble = signal("");
let stop: AbortController | null = null;

/** An atom that a proposal moves: codes of grids in the plan as it was made. */
export interface Changed {
  atom: string;
  from: string | null;
  to: string | null;
}

/** Codes of all other grids, which stay; or why it cannot be asked. */
export function locksFor(plan: Plan, first: Snapshot, slots: readonly number[]): string[] | Refusal {
  if (slots.length === 0) return "none";
  const chosen = new Set(slots);
  const codes = new Set<string>();
  for (const slot of slots) {
    const grid = plan.grid(slot);
    const known = first.grids.find((one) => one.id === grid?.id);
    if (!grid || !known || known.code === "") return "new";
    if (grid.locked) return "locked";
    codes.add(known.code);
  }
  for (let atom = 0; atom < plan.topology.atoms; atom++) {
    const code = first.grids[first.labels[atom] as number]?.code;
    const was = code !== undefined && codes.has(code);
    const is = chosen.has(plan.slot_of[atom] as number);
    if (was !== is) return "ground";
    if (is && plan.atom_locked[atom]) return "locked";
  }
  return first.grids.map((grid) => grid.code).filter((code) => !codes.has(code));
}

/** A proposal as an operation on the draft as it is now. Throws where it does not fit it. */
export function proposalOp(
  plan: Plan,
  first: Snapshot,
  slots: readonly number[],
  changed: readonly Changed[],
  made: (n: number) => { id: string; name: string },
  id: string,
): Op {
  const atoms = new Map(plan.topology.codes.map((code, atom) => [code, atom]));
  const moved = new Map(changed.map(({ atom, to }) => [atoms.get(atom) ?? NONE, to]));
  const ids = new Map(first.grids.map((grid) => [grid.code, grid.id]));
  const op = emptyOp("suggest", id);
  const wanted = new Map<string, number[]>();
  for (const slot of slots) {
    for (const atom of plan.atomsOf(slot)) {
      const code = moved.has(atom) ? moved.get(atom) : first.grids[first.labels[atom] as number]?.code;
      if (!code) throw new Error(`atom ${plan.topology.codes[atom]} would be in no grid`);
      const list = wanted.get(code);
      if (list) list.push(atom);
      else wanted.set(code, [atom]);
    }
  }
  let fresh = 0;
  for (const [code, list] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let to = ids.get(code);
    if (to === undefined) {
      const grid = made(fresh++);
      op.grids.push({ id: grid.id, from: null, to: { code: "", name: grid.name, locked: false } });
      to = grid.id;
    }
    op.moves.push(...movesTo(plan, list, to));
  }
  for (const slot of slots) {
    const grid = plan.grid(slot);
    const code = first.grids.find((one) => one.id === grid?.id)?.code ?? "";
    if (!grid || wanted.has(code)) continue;
    op.grids.push({ id: grid.id, from: { code: grid.code, name: grid.name, locked: grid.locked }, to: null });
  }
  return op;
}

export function stopSearch(): void {
  stop?.abort();
  stop = null;
  searching.value = null;
}

/** The plan as it was made, read once for each that is open. */
const firsts = new WeakMap<Editor, Promise<Snapshot>>();
export function firstOf(editor: Editor): Promise<Snapshot> {
  let known = firsts.get(editor);
  if (!known) {
    known = editor.server.assignment(0).then((one) => snapshotOf(editor.session.topology, one));
    known.catch(() => firsts.delete(editor));
    firsts.set(editor, known);
  }
  return known;
}

/** Searches better divisions of some grids for so many seconds; each better one is offered as it comes. */
export async function resolve(
  editor: Editor,
  grids: readonly string[],
  seconds: number,
  refused: (why: Refusal) => string,
): Promise<void> {
  stopSearch();
  searchTrouble.value = "";
  const slotsNow = () => grids.map((id) => editor.plan.slotById(id)).filter((slot) => slot !== UNASSIGNED);
  const own = new AbortController();
  stop = own;
  let offered = false;
  try {
    const first = await firstOf(editor);
    const lock = locksFor(editor.plan, first, slotsNow());
    if (typeof lock === "string") throw new Error(refused(lock));
    searching.value = { step: "waiting", done: 0, total: 0, proposals: 0 };
    const response = await sendKnown(`/v1/plans/${editor.id}/suggest`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json" },
      body: JSON.stringify({ lock, seconds, seed: 1 }),
      signal: own.signal,
    });
    if (!response.ok || !response.body) {
      const body = await response.json().catch(() => null);
      throw new Error(body?.detail || body?.title || `${response.status} ${response.statusText}`);
    }
    const parse = createParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      for (const { event, data } of parse(decoder.decode(value, { stream: true }))) {
        const body = JSON.parse(data);
        const before = searching.peek() ?? { step: "", done: 0, total: 0, proposals: 0 };
        if (event === "progress") {
          searching.value = { ...before, step: body.step, done: body.done ?? 0, total: body.total ?? 0 };
        } else if (event === "proposal") {
          // Who took or left an offer has chosen: what comes after it is not pressed on them.
          if (offered && editor.offers.peek()?.kind !== "suggest") return;
          searching.value = { ...before, proposals: body.number };
          // Others may have redrawn the same ground while it was searched.
          const still = locksFor(editor.plan, first, slotsNow());
          if (typeof still === "string") throw new Error(refused(still));
          const names: string[] = [];
          const made = () => {
            names.push(freshName(editor, names));
            return { id: newId(), name: names[names.length - 1] as string };
          };
          const op = proposalOp(editor.plan, first, slotsNow(), body.changed as Changed[], made, newId());
          if (op.moves.length === 0) continue;
          editor.offer("suggest", [offerOf(editor.plan, op, null, "meant")]);
          offered = true;
        } else if (event === "error") throw new Error(body.detail || body.title);
      }
    }
    if (!offered) editor.told.value = { kind: "nothing" };
  } catch (error) {
    if (!own.signal.aborted) searchTrouble.value = (error as Error).message;
  } finally {
    own.abort();
    if (stop === own) {
      stop = null;
      searching.value = null;
    }
  }
}
