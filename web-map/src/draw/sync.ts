/** Carries what changed in a plan over to what is drawn of it. */
import { type Plan, UNASSIGNED } from "../engine/plan";
import { lookTable, type Mode, putLook, type Scheme } from "./colours";
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

/** Looks of all grids: found again only for those that changed, sent only where one differs from before. */
export class Looks {
  private table: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private versions: number[] = [];
  private last: {
    plan: Plan;
    mode: Mode;
    active: number;
    colours: Uint8Array | undefined;
    scheme: Scheme;
  } | null = null;

  constructor(private readonly layer: Pick<PlanLayer, "setLooks">) {}

  /** `colours` are those of `colourGraph`, kept while the planner works so that grids do not change colour under their hands. */
  update(plan: Plan, mode: Mode, active: number, colours?: Uint8Array, scheme: Scheme = "light"): void {
    const { last } = this;
    const same =
      last?.plan === plan && last.mode === mode && last.colours === colours && last.scheme === scheme;
    if (!same || this.table.length !== 4 * (plan.slot_count + 1)) {
      this.send(lookTable(plan, mode, active, colours, scheme));
      this.versions = Array.from({ length: plan.slot_count }, (_, slot) => plan.version(slot));
    } else {
      const next = this.table.slice();
      for (let slot = 0; slot < plan.slot_count; slot++) {
        const turned = active !== last.active && (slot === active || slot === last.active);
        if (this.versions[slot] === plan.version(slot) && !turned) continue;
        this.versions[slot] = plan.version(slot);
        putLook(next, plan, slot, active, mode === "six" ? (colours ?? null) : null, scheme);
      }
      this.send(next);
    }
    this.last = { plan, mode, active, colours, scheme };
  }

  private send(table: Uint8Array<ArrayBuffer>): void {
    if (table.length === this.table.length && table.every((byte, i) => byte === this.table[i])) return;
    this.table = table;
    this.layer.setLooks(table);
  }
}
