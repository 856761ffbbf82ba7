/** The log of the open draft, and the names that were given to revisions in this browser. */
import { signal } from "@preact/signals";
import { newId } from "../engine/ops";
import { viewRevision } from "./desk";
import type { Editor } from "./editor";
import { offerOf } from "./offers";
import { restoreOp } from "./restore";
import type { Recorded } from "./server";

export const log = signal<Recorded[]>([]);
export const logTrouble = signal("");
/** A revision on its way. */
export const turning = signal<number | null>(null);

let reading: { editor: Editor; upTo: number } | null = null;

/** Reads what the log has beyond what is known of it. */
export async function readLog(editor: Editor): Promise<void> {
  if (reading?.editor !== editor) {
    reading = { editor, upTo: 0 };
    log.value = [];
  }
  const mine = reading;
  try {
    for (;;) {
      const page = await editor.server.ops(mine.upTo);
      if (reading !== mine) return;
      const fresh = page.ops.filter((one) => one.rev > mine.upTo);
      const last = fresh[fresh.length - 1];
      if (last) {
        mine.upTo = last.rev;
        log.value = [...log.peek(), ...fresh];
      }
      logTrouble.value = "";
      if (!page.more || !last) return;
    }
  } catch (error) {
    logTrouble.value = (error as Error).message;
  }
}

let wanted = 0;

/** Shows a revision; of several that are asked for in a row only the last. */
export async function goTo(editor: Editor, rev: number): Promise<void> {
  const mine = ++wanted;
  if (rev === editor.session.rev && editor.session.waiting === 0) {
    editor.view(null);
    return;
  }
  turning.value = rev;
  // A hand on the scrubber asks for many.
  await new Promise((rest) => setTimeout(rest, 90));
  if (mine !== wanted) return;
  try {
    await viewRevision(editor, rev);
  } catch (error) {
    logTrouble.value = (error as Error).message;
  }
  if (mine === wanted) turning.value = null;
}

/** Offers the revision that is looked at as the newest: one operation, which can be taken back. */
export function bringBack(editor: Editor): void {
  const then = editor.viewed.peek()?.plan;
  if (!then) return;
  const op = restoreOp(editor.plan, then, newId());
  editor.view(null);
  editor.offer(
    "restore",
    op.moves.length + op.grids.length + op.locks.length + op.accepts.length > 0
      ? [offerOf(editor.plan, op, null, "meant")]
      : [],
  );
}

export interface Named {
  name: string;
  rev: number;
}

const keyOf = (plan: number) => `wangge.plan.${plan}.names`;

/** Names of revisions. They are kept in this browser alone: the server has no place for them. */
export function namesOf(plan: number): Named[] {
  try {
    const rows = JSON.parse(localStorage.getItem(keyOf(plan)) ?? "[]");
    if (!Array.isArray(rows)) return [];
    return rows.filter((row) => typeof row?.name === "string" && Number.isInteger(row?.rev));
  } catch {
    return [];
  }
}

/** Keeps names; false where the browser keeps nothing. */
export function keepNames(plan: number, names: readonly Named[]): boolean {
  try {
    localStorage.setItem(keyOf(plan), JSON.stringify(names));
    return true;
  } catch {
    return false;
  }
}
