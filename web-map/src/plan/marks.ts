/** What is drawn over atoms: each mark is a set of atoms, and only what changes is written. */
import type { AtomWords, Flag } from "../draw/words";

export class Marks {
  private readonly sets = new Map<Flag, ReadonlySet<number>>();

  constructor(private readonly words: AtomWords) {}

  /** Marks exactly these atoms; whether anything changed. O(before + after). */
  set(flag: Flag, atoms: Iterable<number>): boolean {
    const before = this.sets.get(flag) ?? new Set<number>();
    const next = new Set(atoms);
    let changed = false;
    for (const atom of before) {
      if (next.has(atom)) continue;
      this.words.setFlag(atom, flag, 0);
      changed = true;
    }
    for (const atom of next) {
      if (before.has(atom)) continue;
      this.words.setFlag(atom, flag, 1);
      changed = true;
    }
    this.sets.set(flag, next);
    return changed;
  }
}
