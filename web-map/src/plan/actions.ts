/** What a planner can do beside drawing; the same for keys, buttons and the table. */
import { type Arrow, middleOf, nextGrid, stepFrom } from "../engine/cursor";
import { newId } from "../engine/ops";
import { UNASSIGNED } from "../engine/plan";
import type { Problem } from "../engine/problems";
import {
  acceptOp,
  assignOp,
  changeOp,
  createOp,
  dab,
  erase,
  lockOp,
  mergeOp,
  nextBest,
  removeOp,
  steps,
} from "../engine/tools";
import { t } from "../i18n";
import { BRUSH_M, type Editor } from "./editor";
import { gainOf, type Offer, offerOf } from "./offers";
import { takePull } from "./pointer";
import { pt } from "./words";

/** Offers that are shown of many. */
const MOST_OFFERS = 6;

/** A name that no grid of the plan has yet. */
export function freshName(editor: Editor, also: readonly string[] = []): string {
  const taken = new Set(editor.plan.liveSlots().map((slot) => editor.plan.grid(slot)?.name));
  for (const name of also) taken.add(name);
  // Of one more name than are taken, one is free.
  for (let i = 1; i <= taken.size + 1; i++) {
    const name = pt("plan.new_name", { n: i });
    if (!taken.has(name)) return name;
  }
  return newId();
}

/** Makes a grid, of the chosen atoms if there are any, and takes it up. */
export function create(editor: Editor): void {
  const grid = { id: newId(), name: freshName(editor) };
  const op = createOp(grid, newId());
  const atoms = [...editor.chosen.peek()].filter((atom) => editor.plan.movable(atom));
  if (atoms.length > 0) {
    const moves = assignOp(editor.plan, atoms, grid.id, op.id).moves;
    editor.offer("create", [offerOf(editor.plan, { ...op, moves })]);
    return;
  }
  if (!editor.do(op)) return;
  editor.active.value = grid.id;
  editor.tool.value = "brush";
}

type Dividing = typeof import("./dividing");
let dividing: Dividing | null = null;

/** Fetches what divides grids. Asked for ahead of the first time, it is there without the server, too. */
export async function fetchDividing(): Promise<void> {
  dividing ??= await import("./dividing");
}

/** Does something with what divides grids, at once where it is there. */
function divide(editor: Editor, run: (by: Dividing) => void): void {
  if (dividing) run(dividing);
  else
    fetchDividing().then(
      () => dividing && run(dividing),
      () => {
        editor.told.value = { kind: "trouble", why: t("app.part.failed") };
      },
    );
}

/** Divides the active grid in two, in several ways. */
export const split = (editor: Editor, slot = editor.slot): void =>
  divide(editor, (by) => by.split(editor, slot));

/** Begins to draw a line along which the active grid is divided: what is drawn with comes when it is asked for. */
export function beginSlice(editor: Editor): void {
  if (!editor.drawn || !free(editor, editor.slot)) return;
  editor.offers.value = null;
  editor.slicing.value = true;
}

/** Evens the active grid out with one of its neighbours. */
export const even = (editor: Editor, slot = editor.slot): void =>
  divide(editor, (by) => by.even(editor, slot));

/** Gives everything in no grid to one. */
export const fillRest = (editor: Editor): void => divide(editor, (by) => by.fillRest(editor));

/** Whether a grid is there and may be changed; a locked one is told. */
export function free(editor: Editor, slot: number): boolean {
  const grid = editor.plan.grid(slot);
  if (grid?.locked) editor.told.value = { kind: "locked" };
  return editor.editable.peek() && grid !== null && !grid.locked;
}

export const partners = (editor: Editor, slot: number) =>
  [...editor.plan.beside(slot).keys()].filter(
    (other) => other !== UNASSIGNED && editor.plan.home(other) === editor.plan.home(slot),
  );

export const best = (offers: readonly Offer[]): Offer[] =>
  [...offers]
    .sort((a, b) => gainOf(a) - gainOf(b) || a.border_change_mm - b.border_change_mm)
    .slice(0, MOST_OFFERS);

/** Puts the active grid together with one of its neighbours. */
export function merge(editor: Editor, slot = editor.slot): void {
  if (!free(editor, slot)) return;
  const found = partners(editor, slot).flatMap((other) => {
    const op = mergeOp(editor.plan, other, slot, newId());
    return op ? [offerOf(editor.plan, op, editor.plan.grid(other)?.id ?? null, "meant")] : [];
  });
  editor.offer("merge", best(found));
}

/** Takes a grid away; what it held is in none then, or, of a grid without atoms, nothing. */
export function remove(editor: Editor, slot = editor.slot): void {
  if (!free(editor, slot)) return;
  const op = removeOp(editor.plan, slot, newId());
  if (op && op.moves.length === 0) editor.do(op);
  else editor.offer("remove", [op && offerOf(editor.plan, op, null, "meant")]);
}

/** Locks the chosen atoms, or without any the active grid; or lets them go where all are locked. */
export function lock(editor: Editor, slot = editor.slot): void {
  const { plan } = editor;
  const chosen = [...editor.chosen.peek()];
  if (chosen.length > 0) {
    const all = chosen.every((atom) => plan.atom_locked[atom] === 1);
    editor.do(lockOp(plan, chosen, all ? "free" : "locked", newId()));
  } else if (plan.grid(slot)) {
    editor.do(changeOp(plan, slot, { locked: !plan.grid(slot)?.locked }, newId()));
  }
}

export function rename(editor: Editor, slot: number, name: string): void {
  if (editor.plan.grid(slot) && name.trim() !== "")
    editor.do(changeOp(editor.plan, slot, { name: name.trim() }, newId()));
}

/** The three best moves for the problem that is worked on, or for the first open one. */
export function bestMoves(editor: Editor, about: Problem | null = current(editor)): void {
  if (!editor.editable.peek() || !about) return;
  editor.problem.value = about.id;
  if (about.kind === "empty" && about.slot !== null) {
    remove(editor, about.slot);
    return;
  }
  editor.offer(
    "best",
    nextBest(editor.plan, about).map(({ atoms, to }) =>
      offerOf(
        editor.plan,
        assignOp(editor.plan, atoms, editor.plan.grid(to)?.id ?? null, newId(), "fix"),
        editor.plan.grid(to)?.id ?? null,
      ),
    ),
  );
}

/** The problem that is worked on, else the first that was not accepted. */
export function current(editor: Editor): Problem | null {
  const all = editor.problems.peek();
  return (
    all.find((one) => one.id === editor.problem.peek()) ?? all.find((one) => one.accepted === null) ?? null
  );
}

/** Shows a problem: its place, and its grid as the active one. */
export function openProblem(editor: Editor, problem: Problem): void {
  editor.problem.value = problem.id;
  editor.offers.value = null;
  if (problem.slot !== null) editor.active.value = editor.shown.grid(problem.slot)?.id ?? null;
  editor.chosen.value = new Set(problem.kind === "over" || problem.kind === "under" ? [] : problem.atoms);
  editor.zoomTo(problem.atoms);
}

/** Goes to the next problem that was not accepted, or the one before. */
export function nextProblem(editor: Editor, by: 1 | -1): void {
  const open = editor.problems.peek().filter((one) => one.accepted === null);
  if (open.length === 0) return;
  const at = open.findIndex((one) => one.id === editor.problem.peek());
  const next = at < 0 ? (by === 1 ? 0 : open.length - 1) : (at + by + open.length) % open.length;
  openProblem(editor, open[next] as Problem);
}

export function accept(editor: Editor, problem: string, reason: string | null): void {
  editor.do(acceptOp(editor.plan, problem, reason, newId()));
}

/** Takes up the next grid, or the one before. */
export function stepGrid(editor: Editor, by: 1 | -1): void {
  const slot = nextGrid(editor.shown, editor.slot, by);
  const grid = editor.shown.grid(slot);
  if (!grid) return;
  editor.active.value = grid.id;
  editor.zoomTo(editor.shown.atomsOf(slot));
}

/** One step of the brush's size. */
export function sizeBrush(editor: Editor, by: 1 | -1): void {
  const wanted = editor.radius_m.peek() * (by === 1 ? BRUSH_M.step : 1 / BRUSH_M.step);
  editor.radius_m.value = Math.round(Math.min(BRUSH_M.most, Math.max(BRUSH_M.least, wanted)));
}

/** Moves the cursor to the atom beside it; without one it begins in the active grid, or in the first. */
export function moveCursor(editor: Editor, arrow: Arrow): void {
  const at = editor.cursor.peek();
  if (at >= 0) {
    const next = stepFrom(editor.session.topology, at, arrow);
    if (next >= 0) editor.cursor.value = next;
    return;
  }
  const slot = editor.slot === UNASSIGNED ? (editor.shown.liveSlots()[0] ?? UNASSIGNED) : editor.slot;
  editor.cursor.value = middleOf(editor.shown, slot);
}

/** What Enter does at the cursor: what the tool does under the pointer. */
export function useCursor(editor: Editor, care: "ask" | "cut" = "ask"): void {
  const atom = editor.cursor.peek();
  if (atom < 0) return;
  const tool = editor.tool.peek();
  const here = editor.shown.grid(editor.shown.slot_of[atom] as number);
  if (tool === "pick" || !editor.editable.peek()) editor.active.value = here?.id ?? null;
  else if (tool === "lasso" || tool === "box") {
    const next = new Set(editor.chosen.peek());
    if (!next.delete(atom) && editor.plan.inScope(atom)) next.add(atom);
    editor.chosen.value = next;
  } else if (tool === "brush" || tool === "erase") {
    if (tool === "brush" && editor.active.peek() === null) editor.active.value = here?.id ?? null;
    else {
      editor.brush.touch([atom], care);
      editor.brush.lift();
    }
  }
}

/** Gives the chosen atoms to the active grid by the rules of the brush. */
export function giveChosen(editor: Editor): void {
  if (!editor.editable.peek() || editor.active.peek() === null) return;
  const chosen = [...editor.chosen.peek()];
  const tool = editor.tool.peek();
  // The brush of an eraser gives to none.
  if (tool === "erase") editor.tool.value = "brush";
  editor.chosen.value = new Set();
  editor.brush.touch(chosen);
  editor.brush.lift();
}

/** Takes the chosen atoms out of their grids; what that cuts off is shown first. */
export function takeOut(editor: Editor): void {
  if (!editor.editable.peek()) return;
  const { take, stranded } = erase(editor.plan, editor.chosen.peek());
  if (take.length === 0) return;
  const op = assignOp(editor.plan, take, null, newId());
  if (stranded.length > 0) editor.offer("erase", [offerOf(editor.plan, op)]);
  else if (editor.do(op)) editor.chosen.value = new Set();
}

/** Moves the border of the active grid one street outward (1) or inward (-1), where that is best. */
export function stepBorder(editor: Editor, by: 1 | -1): void {
  const { slot } = editor;
  if (!free(editor, slot)) return;
  const found = partners(editor, slot)
    .filter((other) => !editor.plan.grid(other)?.locked)
    .flatMap((other) => (by === 1 ? steps(editor.plan, slot, other) : steps(editor.plan, other, slot)));
  found.sort(
    (x, y) =>
      x.empties.length - y.empties.length ||
      x.stranded.length - y.stranded.length ||
      x.border_change_mm - y.border_change_mm ||
      (x.atoms[0] as number) - (y.atoms[0] as number),
  );
  const [first] = found;
  if (first) takePull(editor, first);
  else editor.told.value = { kind: "nothing" };
}

/** Atoms beside a grid that it can take at once, cutting nothing; those with the longest border to it first. */
export function reachable(editor: Editor, slot: number): number[] {
  const { plan } = editor;
  const { offsets, targets, mm } = plan.graph;
  const border = new Map<number, number>();
  for (const atom of plan.members(slot)) {
    for (let k = offsets[atom] as number; k < (offsets[atom + 1] as number); k++) {
      const other = targets[k] as number;
      if (plan.slot_of[other] !== slot) border.set(other, (border.get(other) ?? 0) + (mm[k] as number));
    }
  }
  // Each by itself: taken together some might cut what they do not cut alone.
  return [...border]
    .sort(([a, x], [b, y]) => y - x || a - b)
    .map(([atom]) => atom)
    .filter((atom) => dab(plan, slot, [atom]).take.length === 1);
}

/** Puts the cursor on an atom. */
export function cursorTo(editor: Editor, atom: number): void {
  editor.cursor.value = atom;
  editor.zoomTo([atom]);
}
