import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { newId } from "../engine/ops";
import { planOf, stateOf, frameOf as townFrame } from "../engine/testing/frame";
import { writeTown } from "../engine/testing/town";
import { NONE, readTopology } from "../engine/topology";
import { fetchDividing } from "./actions";
import { type Drawn, Editor } from "./editor";
import { press } from "./keys";
import { bringBack, goTo } from "./logbook";
import { openSession } from "./session";
import { memoryStore } from "./store";
import { assignmentOf, CALM, connect, MemoryDraft, runsOf } from "./testing/memory";
import { fetchPlanWords } from "./words";

/** A town of 12 × 12 cells in nine grids of 16, and a planner's desk over it. */
async function desk() {
  const bytes = writeTown({ cols: 12, rows: 12, jitter: 0, households: () => 25 });
  const topology = readTopology(bytes);
  const frame = townFrame(topology, {
    nests: [{ code: "A", name: "A", counted: null, exclusive: false }],
    nest_of: new Uint32Array(topology.atoms),
  });
  const block = (atom: number) => Math.floor(Math.floor(atom / 12) / 4) * 3 + Math.floor((atom % 12) / 4);
  const first = planOf(topology, (atom) => (atom < 3 ? null : block(atom)), frame);
  const draft = new MemoryDraft(
    bytes,
    {
      plan: 1,
      rev: 0,
      can_edit: true,
      topology: { hash: "h", href: "/h", bytes: bytes.byteLength },
      counted: frame.counted,
      has: frame.has,
      nests: [...frame.nests],
      nest_runs: runsOf(frame.nest_of),
      links: [],
    },
    assignmentOf(first, 0),
  );
  const server = connect(
    draft,
    "a",
    () => 0.5,
    async () => undefined,
    () => CALM,
  );
  let made: Editor | null = null;
  const session = await openSession(1, {
    server,
    store: memoryStore(),
    newId,
    after: () => () => undefined,
    changed: (atoms) => made?.changed(atoms),
  });
  const editor = new Editor(1, { ...draft.draft }, session, server);
  made = editor;
  return { editor, draft };
}

const key = (editor: Editor, name: string, more: Partial<KeyboardEvent> = {}) =>
  press(editor, { key: name, target: null, ...more } as KeyboardEvent);

beforeEach(async () => {
  await fetchPlanWords();
  await fetchDividing();
  vi.stubGlobal("requestAnimationFrame", (run: () => void) => setTimeout(run, 0));
  vi.stubGlobal("cancelAnimationFrame", (timer: number) => clearTimeout(timer));
  vi.stubGlobal("HTMLElement", class {});
  vi.stubGlobal("HTMLCanvasElement", class {});
});
afterEach(() => vi.unstubAllGlobals());

it("begins a line over a grid that may be divided, where there is a map to draw on", async () => {
  const { editor } = await desk();
  const shifted = { shiftKey: true };
  key(editor, "j");
  key(editor, "S", shifted);
  expect(editor.slicing.value, "without a map there is nothing to draw on").toBe(false);
  editor.drawn = { draw: () => undefined, show: () => undefined, close: () => undefined } as unknown as Drawn;
  key(editor, "S", shifted);
  expect(editor.slicing.value).toBe(true);
  editor.slicing.value = false;
  key(editor, "q");
  key(editor, "S", shifted);
  expect(editor.slicing.value).toBe(false);
  expect(editor.told.value).toEqual({ kind: "locked" });
});

it("every offer changes nothing until it is taken, is one operation then, and one undo takes it back", async () => {
  const { editor, draft } = await desk();
  for (const [letter, shift, kind] of [
    ["s", false, "split"],
    ["m", false, "merge"],
    ["B", true, "fill"],
    [".", false, "best"],
  ] as const) {
    editor.active.value = editor.plan.grid(4)?.id ?? null;
    const before = stateOf(editor.plan);
    expect(key(editor, letter, { shiftKey: shift })).toBe(true);
    expect(editor.offers.value?.kind, letter).toBe(kind);
    expect(stateOf(editor.plan)).toEqual(before);
    const depth = editor.session.history.undo_depth;
    expect(key(editor, "Enter")).toBe(true);
    expect(editor.session.history.undo_depth).toBe(depth + 1);
    expect(stateOf(editor.plan)).not.toEqual(before);
    expect(key(editor, "z", { ctrlKey: true })).toBe(true);
    expect(stateOf(editor.plan)).toEqual(before);
  }
  await vi.waitFor(() => expect(editor.session.save.value.kind).toBe("saved"));
  expect(stateOf(draft.at(draft.log.length))).toEqual(stateOf(editor.plan));
  editor.close();
});

it("Escape gives up the nearest thing first", async () => {
  const { editor } = await desk();
  editor.active.value = editor.plan.grid(4)?.id ?? null;
  editor.chosen.value = new Set([7]);
  editor.cursor.value = 9;
  key(editor, "s");
  expect(editor.offers.value).not.toBeNull();
  expect(key(editor, "Escape")).toBe(true);
  expect([editor.offers.value, editor.chosen.value.size, editor.cursor.value]).toEqual([null, 1, 9]);
  key(editor, "Escape");
  expect([editor.chosen.value.size, editor.cursor.value]).toEqual([0, 9]);
  key(editor, "Escape");
  expect(editor.cursor.value).toBe(-1);
  expect(key(editor, "Escape")).toBe(false);
  editor.close();
});

it("an earlier revision is looked at and not changed, and comes back as one operation", async () => {
  const { editor } = await desk();
  const first = stateOf(editor.plan);
  editor.give(editor.plan.atomsOf(0).slice(0, 2), editor.plan.grid(1)?.id ?? null);
  key(editor, "a");
  await vi.waitFor(() => expect(editor.session.save.value.kind).toBe("saved"));
  await goTo(editor, 0);
  expect(editor.viewed.value?.rev).toBe(0);
  expect(stateOf(editor.shown)).toEqual(first);
  const now = stateOf(editor.plan);
  for (const letter of ["s", "a", "q", "m", "b"]) key(editor, letter);
  key(editor, "z", { ctrlKey: true });
  expect(stateOf(editor.plan)).toEqual(now);
  bringBack(editor);
  expect(editor.viewed.value).toBeNull();
  expect(editor.offers.value?.kind).toBe("restore");
  key(editor, "Enter");
  expect(stateOf(editor.plan)).toEqual(first);
  key(editor, "z", { ctrlKey: true });
  expect(stateOf(editor.plan)).toEqual(now);
  editor.close();
});

it("the words of the map say what the plan says, with marks on top, whatever is done", async () => {
  const { editor } = await desk();
  const check = () => {
    for (let atom = 0; atom < 144; atom++) {
      const slot = editor.shown.slot_of[atom] as number;
      expect(editor.words.slotOf(atom)).toBe(slot === NONE ? -1 : slot);
      expect(editor.words.has(atom, "selected")).toBe(
        editor.chosen.value.has(atom) || editor.cursor.value === atom,
      );
    }
  };
  check();
  editor.active.value = editor.plan.grid(4)?.id ?? null;
  editor.tool.value = "brush";
  editor.chosen.value = new Set([64, 65]);
  editor.brush.touch([51, 39]);
  check();
  editor.brush.lift();
  key(editor, "z", { ctrlKey: true });
  editor.cursor.value = 100;
  check();
  key(editor, "s");
  const going = editor.offers.value?.items[0]?.op.moves.flatMap((move) => move.atoms) ?? [];
  expect(going.length).toBeGreaterThan(0);
  for (let atom = 0; atom < 144; atom++) expect(editor.words.has(atom, "preview")).toBe(going.includes(atom));
  key(editor, "Enter");
  check();
  for (let atom = 0; atom < 144; atom++) expect(editor.words.has(atom, "preview")).toBe(false);
  editor.close();
});

it("who may only read changes nothing", async () => {
  const { editor } = await desk();
  const before = stateOf(editor.plan);
  editor.active.value = editor.plan.grid(4)?.id ?? null;
  const reader = new Editor(1, { ...editor.draft, can_edit: false }, editor.session, editor.server);
  reader.active.value = editor.active.value;
  for (const letter of ["s", "m", "b", "B", "a", "q", "t", "p", "e"])
    key(reader, letter, { shiftKey: letter === "B" });
  expect(reader.tool.value).toBe("pick");
  expect(reader.offers.value).toBeNull();
  expect(stateOf(editor.plan)).toEqual(before);
  editor.close();
});
