/** Drafts are put away and taken back: they leave the list, nothing of them changes, and either is one press. */
import { batch, signal } from "@preact/signals";
import { postPlanState, RequestError } from "../api/client";
import type { PlanSummary } from "../api/types";
import { may, sessionKnown, words } from "../state/session";
import { notice } from "../state/store";
import { loadPlans, plans, takePlan } from "./desk";
import { pt } from "./words";

/** What became of a draft here last, so that it can be taken back where it was done. */
export const stepped = signal<PlanSummary | null>(null);
/** Drafts whose step has no answer yet. */
export const underway = signal<ReadonlySet<number>>(new Set());
/** Why the last step came to nothing. */
export const trouble = signal<{ plan: number; why: string } | null>(null);

export const mayPutAway = (): boolean => may("POST /v1/plans/{id}/state");

/** How the list has a plan; null where it is not in it, or the list not there. */
export const standing = (id: number): PlanSummary["status"] | null =>
  plans.value?.find((one) => one.id === id)?.status ?? null;

/** The plans of the list by what is done with them, the newest first. The draft that was put away last keeps its place. */
export function sorted(all: readonly PlanSummary[], last: PlanSummary | null = null) {
  const rows = [...all].sort((a, b) => b.id - a.id);
  const away = rows.filter((one) => one.status === "put_away");
  return {
    drafts: rows.filter(
      (one) => one.status === "draft" || (one.status === "put_away" && one.id === last?.id),
    ),
    published: rows.filter((one) => one.status === "published"),
    away,
  };
}

/** Takes a draft out of the list. With `quiet`, nothing is told where that fails. Whether it is out. */
export const putAway = (id: number, how?: { quiet?: boolean }): Promise<boolean> => step(id, "put_away", how);

/** Takes a draft into the list again. */
export const takeBack = (id: number): Promise<boolean> => step(id, "draft");

async function step(
  id: number,
  state: "put_away" | "draft",
  { quiet = false }: { quiet?: boolean } = {},
): Promise<boolean> {
  if (underway.peek().has(id)) return false;
  batch(() => {
    underway.value = new Set(underway.peek()).add(id);
    trouble.value = null;
  });
  try {
    await sessionKnown();
    const plan = await postPlanState(id, state);
    batch(() => {
      takePlan(plan);
      stepped.value = plan;
      notice.value = "";
      notice.value = pt(state === "draft" ? "plan.taken_back" : "plan.put_away.done", { n: id });
    });
    return true;
  } catch (error) {
    if (!quiet) trouble.value = { plan: id, why: words(error) };
    // Published meanwhile, or gone: the list says how it is.
    if (error instanceof RequestError && (error.status === 404 || error.status === 409)) void loadPlans();
    return false;
  } finally {
    underway.value = new Set([...underway.peek()].filter((one) => one !== id));
  }
}
