/** The log of the open draft, and the names that revisions have by it. */
import { signal } from "@preact/signals";
import { emptyOp, newId } from "../engine/ops";
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
  const op = restoreOp(editor.plan, then, newId(), "restore");
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
  /** The operation that gave the name. */
  op: string;
}

/** Names of revisions that hold by a log: given, and not taken back; of several by one name the last. */
export function namesIn(log: readonly Recorded[]): Named[] {
  const held = new Map<string, Named>();
  for (const { op } of log) {
    if (op.mark && !op.undoes) {
      const named = { ...op.mark, op: op.id };
      for (const [id, other] of held) if (other.name === named.name) held.delete(id);
      held.set(op.id, named);
    } else if (op.undoes) {
      // What was done again is taken back by its own id.
      held.delete(op.undoes);
    }
  }
  return [...held.values()];
}

/** Names a revision, for everybody who has the draft open. */
export function nameRevision(editor: Editor, name: string, rev: number): void {
  editor.do({ ...emptyOp("mark", newId()), mark: { name, rev } });
}

/** Takes a name back. */
export function forgetName(editor: Editor, { name, rev, op }: Named): void {
  editor.do({ ...emptyOp("mark", newId()), mark: { name, rev }, undoes: op });
}
