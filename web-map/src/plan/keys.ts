/** The keys of the tab of plans. */
import { batch } from "@preact/signals";
import { writing } from "../keys";
import {
  beginSlice,
  bestMoves,
  create,
  even,
  fillRest,
  giveChosen,
  lock,
  merge,
  moveCursor,
  nextProblem,
  sizeBrush,
  split,
  stepBorder,
  stepGrid,
  takeOut,
  useCursor,
} from "./actions";
import { type Editor, shownView, type Tool } from "./editor";

export const TOOL_KEYS: Record<Tool, string> = {
  pick: "I",
  brush: "P",
  erase: "E",
  pull: "G",
  lasso: "O",
  box: "R",
};

const TOOL_BY_KEY: Record<string, Tool> = {
  i: "pick",
  p: "brush",
  e: "erase",
  g: "pull",
  o: "lasso",
  r: "box",
};
const ARROWS = { ArrowRight: "east", ArrowUp: "north", ArrowLeft: "west", ArrowDown: "south" } as const;

/** What single keys do; capital letters are those with Shift. */
const KEYS: Record<string, (editor: Editor) => void> = {
  "[": (editor) => sizeBrush(editor, -1),
  "]": (editor) => sizeBrush(editor, 1),
  j: (editor) => stepGrid(editor, 1),
  k: (editor) => stepGrid(editor, -1),
  q: (editor) => lock(editor),
  s: (editor) => split(editor),
  S: beginSlice,
  m: (editor) => merge(editor),
  a: (editor) => create(editor),
  b: (editor) => even(editor),
  B: (editor) => fillRest(editor),
  n: (editor) => nextProblem(editor, 1),
  N: (editor) => nextProblem(editor, -1),
  t: giveChosen,
  c: () => {
    shownView.value = "compare";
  },
  v: (editor) => {
    editor.mode.value = editor.mode.peek() === "six" ? "status" : "six";
  },
  f: (editor) => {
    const chosen = editor.chosen.peek();
    editor.zoomTo(chosen.size > 0 ? chosen : editor.shown.atomsOf(editor.slot));
  },
};

/** Whether a key press belongs to a control rather than to the map. */
const onControl = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.closest("button, a, select, input, textarea, summary, [role=tab]") !== null;

/** Does what a key press means; whether it means anything. */
export function press(editor: Editor, event: KeyboardEvent): boolean {
  const { key } = event;
  if (event.ctrlKey || event.metaKey) {
    if (key.toLowerCase() === "z") editor.undo(event.shiftKey ? "redo" : "undo");
    else if (key.toLowerCase() === "y") editor.undo("redo");
    else return false;
    return true;
  }
  if (key === "Escape") return editor.escape();
  const arrow = ARROWS[key as keyof typeof ARROWS];
  if (arrow) {
    if (onControl(event.target) || !(event.target instanceof HTMLCanvasElement)) return false;
    if (editor.tool.peek() === "pull" && (arrow === "east" || arrow === "west"))
      stepBorder(editor, arrow === "east" ? 1 : -1);
    else moveCursor(editor, arrow);
    return true;
  }
  if (key === "Enter") {
    if (onControl(event.target)) return false;
    return enter(editor, event.altKey);
  }
  if (event.altKey) return false;
  if (key === "Delete" || key === "Backspace") {
    if (editor.chosen.peek().size === 0) return false;
    takeOut(editor);
    return true;
  }
  if (key === ".") {
    // Once they are shown, the same key shows the next of them.
    if (editor.offers.peek()) editor.turn(1);
    else bestMoves(editor);
    return true;
  }
  const tool = TOOL_BY_KEY[key.toLowerCase()];
  if (tool && !event.shiftKey) {
    if (tool === "pick" || editor.editable.peek()) editor.tool.value = tool;
    return true;
  }
  const run = KEYS[event.shiftKey ? key : key.toLowerCase()];
  if (!run) return false;
  run(editor);
  return true;
}

/** Says yes to what is asked or offered, the nearest thing first. */
function enter(editor: Editor, alt: boolean): boolean {
  if (editor.brush.question.peek()) editor.brush.answer(alt ? "strand" : "take_stranded");
  else if (editor.offers.peek()) editor.take();
  else if (editor.cursor.peek() >= 0) useCursor(editor, alt ? "cut" : "ask");
  else if (editor.chosen.peek().size > 0) giveChosen(editor);
  else return false;
  return true;
}

/** Listens for the keys; the returned function stops that. */
export function bindPlanKeys(of: () => Editor | null, help: () => void): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.isComposing || writing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const editor = of();
    let done = false;
    if (event.key === "?") {
      help();
      done = true;
    } else if (editor) done = batch(() => press(editor, event));
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("keydown", listen, true);
  return () => document.removeEventListener("keydown", listen, true);
}
