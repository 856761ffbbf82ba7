/** Trying things out: a draft of the plan in force with three faults in it, which is put away when it is left. */
import { effect } from "@preact/signals";
import { newId } from "../engine/ops";
import { workspace } from "../state/store";
import { openProblem } from "./actions";
import { closePlan, editor } from "./desk";
import { plant } from "./faults";
import { forkInForce, forking } from "./fork";
import { mayPutAway, putAway } from "./putaway";
import type { Faults } from "./trial";
import { note, trial } from "./trial";
import { fetchLateWords, pt } from "./words";

/** Makes the draft, opens it, and plants the faults once it is there. */
export async function begin(): Promise<void> {
  const force = Number(workspace.peek()?.publication?.plan);
  if (!Number.isInteger(force)) return;
  await Promise.all([forkInForce(force), fetchLateWords()]);
  const of = editor.peek();
  if (!of || forking.peek().why !== "") return;
  const found = plant(of.plan, newId());
  if (!found || !of.do(found.op)) {
    of.told.value = { kind: "trouble", why: pt("plan.try.room") };
    return;
  }
  note({ plan: of.id, begun_ms: Date.now(), faults: found.faults });
}

/** Shows where a fault is; only because it was asked for. */
export function show(fault: keyof Faults): void {
  const [of, faults] = [editor.peek(), trial.peek()?.faults];
  if (!of || !faults) return;
  const kind = ({ gap: "unassigned", over: "over", parts: "parts" } as const)[fault];
  const id = fault === "gap" ? null : faults[fault];
  const problem = of.problems
    .peek()
    .find((one) => one.kind === kind && (id === null || of.plan.grid(one.slot ?? -1)?.id === id));
  if (problem) openProblem(of, problem);
}

/** Closes the draft and puts it away; where that cannot be done it stays among the drafts, where it harms nothing. */
export async function leave(): Promise<void> {
  const left = trial.peek()?.plan;
  note(null);
  closePlan();
  if (left !== undefined && mayPutAway()) await putAway(left, { quiet: true });
}

/** Ends a trial whose draft was put in force or is not to be changed any more. */
export const watch = (): (() => void) =>
  effect(() => {
    const of = editor.value;
    if (of && trial.value?.plan === of.id && of.session.save.value.kind === "refused") note(null);
  });
