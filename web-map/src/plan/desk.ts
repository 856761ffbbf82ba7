/** Which plans there are, which one is open, and opening it: the only part that the page's address and session reach into. */
import { batch, effect, signal, untracked } from "@preact/signals";
import { sendKnown } from "../api/client";
import type { PlanSummary } from "../api/types";
import { newId } from "../engine/ops";
import { coverage, planAwaited, planPlace, workspace } from "../state/store";
import { NO_PLAN, type PlanPlace } from "../state/url";
import { Editor, TOOLS, type Tool } from "./editor";
import { connect } from "./http";
import { frameOf, planOf } from "./load";
import type { Draft, PlanServer } from "./server";
import { openSession } from "./session";
import { memoryStore, openStore } from "./store";

/** Every plan that the caller may read; null while they are being read. */
export const plans = signal<PlanSummary[] | null>(null);
export const plansTrouble = signal("");
export const editor = signal<Editor | null>(null);
/** A plan on its way, or why it did not come. */
export const opening = signal<{ plan: number; why: string } | null>(null);
/** Why the browser keeps nothing that waits, or empty. */
export const storeless = signal("");

/** Questions for the list: the newest of them, and how many have no answer yet. */
let newest = 0;
let asking = 0;

export async function loadPlans(): Promise<void> {
  const own = ++newest;
  asking++;
  plansTrouble.value = "";
  try {
    const response = await sendKnown("/v1/plans", {
      headers: { accept: "application/json" },
      cache: "no-store",
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail || body.title);
    if (own === newest) plans.value = (body as { plans: PlanSummary[] }).plans;
  } catch (error) {
    if (own === newest) plansTrouble.value = (error as Error).message;
  } finally {
    asking--;
  }
}

/** Takes a plan into the list as the server says it is now. */
export function takePlan(plan: PlanSummary): void {
  plans.value = plans.peek()?.map((one) => (one.id === plan.id ? { ...one, ...plan } : one)) ?? null;
  // A list that is on its way may be of before.
  if (asking > 0) void loadPlans();
}

/** Connects to a plan, and notes what its draft says. */
function serverOf(plan: number, note: (draft: Draft) => void): PlanServer {
  const server = connect(plan, { send: sendKnown });
  return {
    ...server,
    draft: async () => {
      const draft = await server.draft();
      note(draft);
      return draft;
    },
  };
}

/** Opens a plan in place of the one that is open. */
export async function openPlan(id: number): Promise<void> {
  if (opening.peek()?.plan === id && opening.peek()?.why === "") return;
  editor.peek()?.close();
  batch(() => {
    editor.value = null;
    opening.value = { plan: id, why: "" };
    if (planPlace.peek().plan !== id) planPlace.value = { ...NO_PLAN, plan: id };
  });
  const wanted = planPlace.peek();
  let made: Editor | null = null;
  let draft: Draft | null = null;
  try {
    const store = await openStore().catch((error: Error) => {
      storeless.value = error.message || "IndexedDB";
      return memoryStore();
    });
    const server = serverOf(id, (told) => {
      draft = told;
    });
    const session = await openSession(id, {
      server,
      store,
      newId,
      after(delay_ms, run) {
        const timer = setTimeout(run, delay_ms);
        return () => clearTimeout(timer);
      },
      changed: (atoms) => made?.changed(atoms),
    });
    // Another plan was chosen meanwhile.
    if (opening.peek()?.plan !== id) return session.close();
    made = new Editor(id, draft as unknown as Draft, session, server);
    await takePlace(made, wanted);
    batch(() => {
      opening.value = null;
      editor.value = made;
    });
  } catch (error) {
    planAwaited.value = false;
    if (opening.peek()?.plan === id) opening.value = { plan: id, why: (error as Error).message };
  }
}

/** Closes the plan that is open. */
export function closePlan(): void {
  editor.peek()?.close();
  batch(() => {
    editor.value = null;
    opening.value = null;
    planPlace.value = NO_PLAN;
  });
}

/** The id of a grid by its code or id. */
function gridId(of: Editor, word: string | null): string | null {
  if (word === null) return null;
  for (const slot of of.shown.liveSlots()) {
    const grid = of.shown.grid(slot);
    if (grid && (grid.code === word || grid.id === word)) return grid.id;
  }
  return null;
}

/** What an address says of what is open. */
function placeOf(of: Editor): PlanPlace {
  const grid = of.shown.grid(of.shown.slotById(of.active.value));
  return {
    plan: of.id,
    rev: of.viewed.value?.rev ?? null,
    grid: grid ? grid.code || grid.id : null,
    tool: of.tool.value === "pick" ? null : of.tool.value,
    colour: of.mode.value,
  };
}

const same = (a: PlanPlace, b: PlanPlace) => JSON.stringify(a) === JSON.stringify(b);

/** Brings an opened plan to what an address says. */
async function takePlace(of: Editor, place: PlanPlace): Promise<void> {
  if (place.rev === null) {
    if (of.viewed.peek()) of.view(null);
  } else if (place.rev !== of.session.rev) await viewRevision(of, place.rev).catch(() => undefined);
  batch(() => {
    of.active.value = gridId(of, place.grid);
    const tool = TOOLS.find((one) => one === place.tool);
    if (tool && of.draft.can_edit) of.tool.value = tool as Tool;
    of.mode.value = place.colour;
  });
}

/** Reads a revision of the open plan and shows it. */
export async function viewRevision(of: Editor, rev: number): Promise<void> {
  const assignment = await of.server.assignment(rev);
  of.view({ rev, plan: planOf(of.session.topology, frameOf(of.session.topology, of.draft), assignment) });
}

/** Keeps the address true to what is open, and follows one that was pasted or stepped back to. Returns what stops it. */
export function bindPlace(): () => void {
  const stops = [
    effect(() => {
      const place = planPlace.value;
      const of = editor.peek();
      const open = of?.id ?? opening.peek()?.plan ?? null;
      if (place.plan !== null && place.plan !== open) untracked(() => void openPlan(place.plan as number));
      else if (
        of &&
        !same(
          place,
          untracked(() => placeOf(of)),
        )
      )
        untracked(() => void takePlace(of, place));
    }),
    effect(() => {
      const of = editor.value;
      if (!of) return;
      void of.beat.value;
      const next = placeOf(of);
      if (!same(next, planPlace.peek())) planPlace.value = next;
    }),
    effect(() => {
      const of = editor.value;
      if (!of) return;
      void of.calm.value;
      const codes = new Set(
        (coverage.value?.officers.findings ?? [])
          .filter((finding) => finding.kind === "no_officer")
          .flatMap((finding) => finding.grids),
      );
      const ids = of.plan
        .liveSlots()
        .map((slot) => of.plan.grid(slot))
        .filter((grid) => grid && codes.has(grid.code))
        .map((grid) => grid?.id ?? "");
      const before = of.officers.peek().without;
      if (ids.length !== before.size || ids.some((one) => !before.has(one))) {
        of.officers.value = { without: new Set(ids) };
      }
    }),
    // A plan that was put in force is in the list as such, and drafts as others have left them.
    effect(() => {
      void workspace.value?.publication?.seq;
      void editor.value;
      void loadPlans();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
