/** What divides grids, and the rest of the ground: the larger tools, fetched once a plan is open. */
import { balance, splitEvenly } from "../engine/divide";
import { fill } from "../engine/fill";
import { newId } from "../engine/ops";
import { balanceOp, fillOp, splitOp } from "../engine/tools";
import { best, free, freshName, partners } from "./actions";
import type { Editor } from "./editor";
import { offerOf } from "./offers";

/** Divisions of a grid that are offered, by the seeds they are made with. */
const SEEDS = [1, 2, 3];

/** Divides the active grid in two, in several ways. */
export function split(editor: Editor, slot: number): void {
  if (!free(editor, slot)) return;
  const seen = new Set<string>();
  const ways = SEEDS.map((seed) => splitEvenly(editor.plan, slot, seed)).filter((halves) => {
    const key = halves?.go.join() ?? "";
    if (!halves || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  const name = freshName(editor);
  editor.offer(
    "split",
    ways.map((halves) =>
      halves ? offerOf(editor.plan, splitOp(editor.plan, halves, { id: newId(), name }, newId())) : null,
    ),
  );
}

/** Evens the active grid out with one of its neighbours. */
export function even(editor: Editor, slot: number): void {
  if (!free(editor, slot)) return;
  const found = partners(editor, slot).flatMap((other) => {
    const way = balance(editor.plan, slot, other);
    if (!way) return [];
    const op = balanceOp(editor.plan, slot, other, way, newId());
    return [offerOf(editor.plan, op, editor.plan.grid(other)?.id ?? null, "meant")];
  });
  editor.offer("balance", best(found));
}

/** Gives everything in no grid to one. */
export function fillRest(editor: Editor): void {
  if (!editor.editable.peek()) return;
  const names: string[] = [];
  const grid = () => {
    names.push(freshName(editor, names));
    return { id: newId(), name: names[names.length - 1] as string };
  };
  const op = fillOp(editor.plan, fill(editor.plan), grid, newId());
  editor.offer("fill", op.moves.length > 0 ? [offerOf(editor.plan, op)] : []);
}
