/** Carries what changed in a plan over to what is drawn of it. */
import { type Plan, UNASSIGNED } from "../engine/plan";
import { lookTable, type Mode } from "./colours";
import type { PlanLayer } from "./layer";
import type { AtomWords } from "./words";

/** Words of all atoms of a plan. */
export function fillWords(plan: Plan, words: AtomWords): void {
  for (let atom = 0; atom < plan.topology.atoms; atom++) writeAtom(plan, words, atom);
}

/** Words of atoms that an operation moved or locked. O(atoms). */
export function writeAtoms(plan: Plan, words: AtomWords, atoms: Iterable<number>): void {
  for (const atom of atoms) writeAtom(plan, words, atom);
}

function writeAtom(plan: Plan, words: AtomWords, atom: number): void {
  const slot = plan.slot_of[atom] as number;
  words.setSlot(atom, slot === UNASSIGNED ? -1 : slot);
  words.setFlag(atom, "locked", plan.atom_locked[atom] ? 1 : 0);
  words.setFlag(atom, "outside", plan.inScope(atom) ? 0 : 1);
}

/** Looks of all grids, uploaded only where one differs from before. */
export class Looks {
  private last: Uint8Array = new Uint8Array(0);

  constructor(private readonly layer: PlanLayer) {}

  update(plan: Plan, mode: Mode, active: number, colours?: Uint8Array): void {
    const table = lookTable(plan, mode, active, colours);
    if (table.length === this.last.length && table.every((byte, i) => byte === this.last[i])) return;
    this.last = table;
    this.layer.setLooks(table);
  }
}
