/**
 * Dividing the ground of some grids anew, by the server. It searches from the revision that the page has when everything drawn is
 * saved; all other ground stays as it is.
 */
import { effect, signal } from "@preact/signals";
import { sendKnown } from "../api/client";
import { createParser } from "../api/sse";
import { emptyOp, movesTo, newId, type Op } from "../engine/ops";
import { type Plan, UNASSIGNED } from "../engine/plan";
import { NONE } from "../engine/topology";
import { freshName } from "./actions";
import type { Editor } from "./editor";
import { offerOf } from "./offers";

export interface Search {
  step: string;
  done: number;
  total: number;
  proposals: number;
}

/** Why grids cannot be divided anew: none are named, one is locked, what was drawn is not saved, others redrew the same ground. */
export type Refusal = "none" | "locked" | "unsaved" | "ground";

export const searching = signal<Search | null>(null);
export const searchTrouble = signal("");
let stop: AbortController | null = null;

/** How long strokes may take to be saved before a search. */
const SAVED_MS = 10_000;

/** A better division: ids of the grids there would be, new ones as `new:1` …, and the atoms that would change theirs. */
export interface Proposal {
  grids: readonly { grid: string }[];
  changed: readonly { atom: string; from: string; to: string }[];
}

/** Why these grids cannot be divided as they are now. */
export function refusal(plan: Plan, slots: readonly number[]): Refusal | null {
  if (slots.length === 0) return "none";
  const locked = (slot: number) =>
    plan.grid(slot)?.locked || plan.atomsOf(slot).some((atom) => plan.atom_locked[atom]);
  return slots.some(locked) ? "locked" : null;
}

/** A proposal as an operation on the draft as it is now; or why it does not fit it any more. */
export function proposalOp(
  plan: Plan,
  grids: readonly string[],
  proposal: Proposal,
  made: (n: number) => { id: string; name: string },
  id: string,
): Op | Refusal {
  const atoms = new Map(plan.topology.codes.map((code, atom) => [code, atom]));
  const op = emptyOp("suggest", id);
  const wanted = new Map<string, number[]>();
  for (const { atom: code, from, to } of proposal.changed) {
    const atom = atoms.get(code) ?? NONE;
    if (atom === NONE || plan.grid(plan.slot_of[atom] as number)?.id !== from) return "ground";
    const list = wanted.get(to);
    if (list) list.push(atom);
    else wanted.set(to, [atom]);
  }
  let fresh = 0;
  for (const [word, list] of [...wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    let to = word;
    if (word.startsWith("new:")) {
      const grid = made(fresh++);
      op.grids.push({ id: grid.id, from: null, to: { code: "", name: grid.name, locked: false } });
      to = grid.id;
    } else if (plan.slotById(word) === UNASSIGNED) return "ground";
    op.moves.push(...movesTo(plan, list, to));
  }
  const stays = new Set(proposal.grids.map(({ grid }) => grid));
  for (const one of grids) {
    const slot = plan.slotById(one);
    const grid = plan.grid(slot);
    if (!grid || stays.has(one)) continue;
    // Somebody may have put more into it meanwhile.
    if (plan.atomsOf(slot).some((atom) => !isWanted(wanted, atom))) return "ground";
    op.grids.push({ id: grid.id, from: { code: grid.code, name: grid.name, locked: grid.locked }, to: null });
  }
  return op;
}

function isWanted(wanted: ReadonlyMap<string, readonly number[]>, atom: number): boolean {
  for (const list of wanted.values()) if (list.includes(atom)) return true;
  return false;
}

export function stopSearch(): void {
  stop?.abort();
  stop = null;
  searching.value = null;
}

/** The revision that holds everything drawn here; null where it is not saved in time, or the search is stopped. */
function savedRev(editor: Editor, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    let end = () => {};
    const done = (rev: number | null) => {
      clearTimeout(timer);
      queueMicrotask(() => end());
      resolve(rev);
    };
    const timer = setTimeout(() => done(null), SAVED_MS);
    signal.addEventListener("abort", () => done(null), { once: true });
    end = effect(() => {
      const save = editor.session.save.value;
      if (save.kind === "saved") done(save.rev);
    });
  });
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
  const slots = grids.map((id) => editor.plan.slotById(id)).filter((slot) => slot !== UNASSIGNED);
  const own = new AbortController();
  stop = own;
  let offered = false;
  try {
    const why = refusal(editor.plan, slots);
    if (why) throw new Error(refused(why));
    searching.value = { step: "waiting", done: 0, total: 0, proposals: 0 };
    const rev = await savedRev(editor, own.signal);
    if (rev === null) throw new Error(refused("unsaved"));
    const response = await sendKnown(`/v1/plans/${editor.id}/suggest`, {
      method: "POST",
      headers: { accept: "text/event-stream", "content-type": "application/json" },
      body: JSON.stringify({ divide: grids, rev, seconds, seed: 1 }),
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
          const names: string[] = [];
          const made = () => {
            names.push(freshName(editor, names));
            return { id: newId(), name: names[names.length - 1] as string };
          };
          const op = proposalOp(editor.plan, grids, body as Proposal, made, newId());
          // Others have redrawn the same ground while it was searched.
          if (typeof op === "string") throw new Error(refused(op));
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
