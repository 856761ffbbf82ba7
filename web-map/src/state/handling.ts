/** Answering reports, closing them, taking them up again. Nothing is shown as done before the server has said so. */
import { batch, signal } from "@preact/signals";
import { fetchReport, postStep, RequestError } from "../api/client";
import type { Report, StepBody } from "../api/types";
import { t } from "../i18n";
import { stageOf } from "../reports/standing";
import { takeReport } from "./reports";
import { mayHandle, words } from "./session";
import { notice, reports } from "./store";
import { current, shown } from "./triage";

/** Longest answer that the server takes, in letters. */
export const ANSWER_MOST = 1000;

/** Id of the report whose answer is being written. */
export const answering = signal<string | null>(null);
/** What is being written, by id: kept until the server has it, also while other reports are looked at. */
export const written = signal<ReadonlyMap<string, string>>(new Map());
/** Ids of reports that the server was asked about and has not answered for. */
export const underway = signal<ReadonlySet<string>>(new Set());
/** What went wrong last, by id. */
export const troubles = signal<ReadonlyMap<string, string>>(new Map());

const without = <Value>(map: ReadonlyMap<string, Value>, id: string): ReadonlyMap<string, Value> =>
  new Map([...map].filter(([one]) => one !== id));

export function write(id: string, text: string): void {
  written.value = new Map(written.peek()).set(id, text);
}

/** Opens the answer of a report, with what it was told before to go on from. */
export function openAnswer(report: Report): void {
  if (!mayHandle.peek()) return;
  // A closed one is taken up again before it is answered.
  if (stageOf(report) === "closed") return;
  batch(() => {
    if (!written.peek().has(report.id)) write(report.id, report.answer ?? "");
    current.value = report.id;
    answering.value = report.id;
  });
}

/** Folds the answer away; what was written anew stays. */
export function foldAnswer(report: Report): void {
  batch(() => {
    answering.value = null;
    if (written.peek().get(report.id)?.trim() === (report.answer ?? ""))
      written.value = without(written.peek(), report.id);
  });
}

const DONE = {
  answered: "report.done.answered",
  closed: "report.done.closed",
  open: "report.done.open",
} as const;

/** Asks the server to let a report stand so; whether it does now. */
async function stepTo(id: string, body: StepBody): Promise<boolean> {
  if (underway.peek().has(id)) return false;
  batch(() => {
    underway.value = new Set(underway.peek()).add(id);
    troubles.value = without(troubles.peek(), id);
  });
  try {
    const report = await postStep(id, body);
    batch(() => {
      takeReport(report);
      if (answering.peek() === id) answering.value = null;
      if (body.answer) written.value = without(written.peek(), id);
      notice.value = "";
      notice.value = t(DONE[body.state], { id: id.slice(-6) });
    });
    return true;
  } catch (error) {
    // Somebody else was faster: how it stands now is shown beside why.
    if (error instanceof RequestError && error.status === 409)
      await fetchReport(id).then(takeReport, () => undefined);
    troubles.value = new Map(troubles.peek()).set(id, words(error));
    return false;
  } finally {
    underway.value = new Set([...underway.peek()].filter((one) => one !== id));
  }
}

/** Goes on to the next of the list where the looked-at report is not in it any more. */
async function goOn(id: string, step: Promise<boolean>): Promise<void> {
  const before = shown.peek();
  if (!(await step) || current.peek() !== id) return;
  const list = shown.peek();
  if (list.some((report) => report.id === id)) return;
  const at = before.findIndex((report) => report.id === id);
  const rest = [...before.slice(at + 1), ...before.slice(0, Math.max(0, at)).reverse()];
  current.value = rest.find((one) => list.some((report) => report.id === one.id))?.id ?? null;
}

/** Sends what was written, and closes the report with it if asked to. */
export function sendAnswer(id: string, close: boolean): Promise<void> {
  const answer = (written.peek().get(id) ?? "").trim();
  if (answer === "" && !close) return Promise.resolve();
  return goOn(
    id,
    stepTo(id, { state: close ? "closed" : "answered", answer: answer === "" ? null : answer }),
  );
}

const looked = (): Report | undefined => reports.peek().find(({ id }) => id === current.peek());

/** Closes a report as it stands, without another word. */
export function closeReport(report: Report): Promise<void> {
  if (!mayHandle.peek() || stageOf(report) === "closed") return Promise.resolve();
  return goOn(report.id, stepTo(report.id, { state: "closed", answer: null }));
}

/** Takes an answered or closed report up again. */
export function reopen(report: Report): Promise<void> {
  if (!mayHandle.peek() || stageOf(report) === "open") return Promise.resolve();
  return goOn(report.id, stepTo(report.id, { state: "open" }));
}

/** What a key does with the report that is looked at; whether it is such a key. */
export function handleKey(key: string): boolean {
  const act = { a: openAnswer, x: closeReport, u: reopen }[key];
  const report = looked();
  if (!act || !report || !mayHandle.peek()) return false;
  void act(report);
  return true;
}
