/** What is said of grids, problems and changes, in the shown language. */
import type { Standing } from "../engine/band";
import type { Op } from "../engine/ops";
import { UNASSIGNED } from "../engine/plan";
import type { Problem } from "../engine/problems";
import type { Pull } from "../engine/tools";
import { count, shortTail } from "../format";
import { lang } from "../i18n";
import { SIGN } from "../status";
import type { Question } from "./brushing";
import type { Editor, Told } from "./editor";
import type { Row } from "./offers";
import { pt } from "./words";

const n = (value: number) => count(value, lang.value);

/** What a grid is called in lists: its code, or its name while it has none. */
export function nameOf(grid: { code: string; name: string } | null): string {
  return grid ? grid.code || grid.name || "?" : pt("plan.none");
}

/** The same, short, for the pointer and for numbers side by side. */
export function shortOf(grid: { code: string; name: string } | null): string {
  if (!grid) return pt("plan.none");
  return grid.code ? shortTail(grid.code) : grid.name || "?";
}

export const shortById = (editor: Editor, id: string | null): string =>
  shortOf(id === null ? null : editor.shown.grid(editor.shown.slotById(id)));

export const signOf = (standing: Standing): string => (standing === "empty" ? "∅" : SIGN[standing]);
export const standingWord = (standing: Standing): string => pt(`plan.standing.${standing}`);

/** The count a plan is divided by, with its unit. */
export function sizeWords(editor: Editor, households: number, persons: number): string {
  const { attribute, other } = editor.draft.counted;
  const of = (what: "households" | "population") =>
    `${n(what === "households" ? households : persons)} ${pt(`plan.unit.${what}`)}`;
  const second = attribute === "households" ? "population" : "households";
  return other ? `${of(attribute)} · ${of(second)}` : of(attribute);
}

/** A grid with its size and how it stands. */
export function gridWord(editor: Editor, slot: number): string {
  const { shown } = editor;
  if (slot === UNASSIGNED) return pt("plan.none");
  const size = sizeWords(editor, shown.size(slot, "households"), shown.size(slot, "population"));
  return `${signOf(shown.standing(slot))} ${shortOf(shown.grid(slot))} ${size}`;
}

/** The totals of the active grid, as said at the pointer. */
export function totalsWords(editor: Editor, atom = -1): string[] {
  if (editor.tool.peek() === "erase") {
    const { households, atoms } = editor.plan.totals(UNASSIGNED);
    return [
      `${pt("plan.none")} ${n(households)} ${pt("plan.unit.households")} · ${pt("plan.atoms", { n: n(atoms) })}`,
    ];
  }
  const { slot } = editor;
  if (slot === UNASSIGNED) return [];
  const parts = editor.plan.parts(slot).length;
  const lines = [gridWord(editor, slot)];
  if (parts > 1) lines.push(pt("plan.parts", { n: n(parts) }));
  const held = editor.brush.withheld.peek().size;
  if (held > 0) lines.push(pt("plan.held", { n: n(held) }));
  const why = refusal(editor, atom, slot);
  if (why) lines.push(why);
  return lines;
}

/** Why the brush does not take an atom for a grid. */
function refusal({ plan }: Editor, atom: number, slot: number): string | null {
  if (atom < 0 || plan.slot_of[atom] === slot) return null;
  if (!plan.inScope(atom)) return pt("plan.refused.outside");
  const nest = plan.frame.nest_of[atom] as number;
  const { name, code } = plan.frame.nests[nest] ?? { name: "", code: "" };
  if (plan.totals(slot).atoms > 0 && nest !== plan.home(slot))
    return pt("plan.refused.nest", { nest: name || code });
  return plan.movable(atom) && !plan.grid(slot)?.locked ? null : pt("plan.refused.locked");
}

/** What a stroke would cut off. */
export function askedWords(editor: Editor, { stranded, empties }: Question): string[] {
  return [
    ...stranded.map(({ grid, households }) =>
      pt("plan.strand", { n: n(households), grid: shortById(editor, grid) }),
    ),
    ...empties.map((grid) => pt("plan.empties", { grid: shortById(editor, grid) })),
    pt("plan.strand.keys"),
  ];
}

/** Both totals of a pull, before and after. */
export function pullWords(editor: Editor, { preview, stranded, border_change_mm }: Pull): string[] {
  const { attribute } = editor.draft.counted;
  const of = (side: { households: number; persons: number }) =>
    attribute === "households" ? side.households : side.persons;
  return [
    ...preview.map(
      ({ slot, before, after }) =>
        `${shortOf(editor.plan.grid(slot))} ${n(of(before))} → ${n(of(after))} ${signOf(after.standing)}`,
    ),
    borderWords(border_change_mm),
    ...stranded.map(({ slot, households }) =>
      pt("plan.strand", { n: n(households), grid: shortOf(editor.plan.grid(slot)) }),
    ),
  ];
}

export const borderWords = (mm: number): string =>
  pt("plan.border", { n: `${mm > 0 ? "+" : mm < 0 ? "−" : "±"}${n(Math.abs(Math.round(mm / 1000)))}` });

/** The grid of a row of numbers. */
export function rowName(editor: Editor, row: Row): string {
  const grid = editor.plan.grid(editor.plan.slotById(row.grid));
  return grid ? shortOf(grid) : row.name || pt("plan.new");
}

/** What is wrong, with its numbers. */
export function problemWords(editor: Editor, problem: Problem): string {
  const { outside } = problem;
  const values = { n: n(problem.households), atoms: n(problem.atoms.length) };
  if (outside) {
    const off = problem.kind === "over" ? outside.size - outside.upper : outside.lower - outside.size;
    const unit = pt(`plan.unit.${outside.attribute}`);
    return pt(`plan.problem.${problem.kind}`, { ...values, size: n(outside.size), off: n(off), unit });
  }
  const parts = problem.kind === "parts" ? editor.shown.parts(problem.slot ?? UNASSIGNED).length : 0;
  return pt(`plan.problem.${problem.kind}`, { ...values, parts: n(parts) });
}

/** What was done, for the history. */
export function opWords(op: Op): string {
  const word = pt(`plan.op.${op.kind}`);
  if (op.undoes) return pt("plan.op.undone", { what: word });
  return op.redoes ? pt("plan.op.redone", { what: word }) : word;
}

export function toldWords(told: Told): string {
  return told.kind === "clash"
    ? pt("plan.told.clash", { n: n(told.atoms) })
    : told.kind === "trouble"
      ? told.why
      : pt(`plan.told.${told.kind}`);
}
