/**
 * One 32-bit word an atom, as the shaders read it: the slot of its grid plus one in the lower 24 bits, flags above. Knows
 * which words changed since they were last uploaded, so that a dab of the brush uploads what it touched and no more.
 */

/** Words in a row of the texture. */
export const ROW = 1024;
/** Bits for the slot; 16.7 million grids. */
export const SLOT_BITS = 24;
const SLOT_MASK = 2 ** SLOT_BITS - 1;

/** What is drawn over an atom. */
export const FLAGS = {
  /** Under the cursor or selected. */
  selected: 1,
  /** Would be taken. */
  preview: 2,
  /** Would be cut off. */
  stranded: 4,
  locked: 8,
  /** Outside the plan's scope. */
  outside: 16,
  /** Compared with another plan: came to a grid. */
  gained: 32,
  /** Left it. */
  lost: 64,
} as const;
export type Flag = keyof typeof FLAGS;

/** Changed words less than this apart are uploaded together: a call costs more than the words between. */
const JOIN = 16;
/** More spans than this, and the rows between the first and the last go up whole. */
const MOST_SPANS = 192;

/** Words to upload: a run within one row, or whole rows. */
export interface Span {
  x: number;
  y: number;
  width: number;
  height: number;
}

export class AtomWords {
  /** Padded to whole rows. */
  readonly words: Uint32Array;
  readonly rows: number;
  private dirty = new Set<number>();
  private all = true;

  constructor(readonly atoms: number) {
    this.rows = Math.max(1, Math.ceil(atoms / ROW));
    this.words = new Uint32Array(this.rows * ROW);
  }

  slotOf(atom: number): number {
    return ((this.words[atom] as number) & SLOT_MASK) - 1;
  }

  setSlot(atom: number, slot: number): void {
    this.put(atom, ((this.words[atom] as number) & ~SLOT_MASK) | ((slot + 1) & SLOT_MASK));
  }

  setFlag(atom: number, flag: Flag, on: 0 | 1): void {
    const bit = FLAGS[flag] << SLOT_BITS;
    const word = this.words[atom] as number;
    this.put(atom, on ? word | bit : word & ~bit);
  }

  has(atom: number, flag: Flag): boolean {
    return (((this.words[atom] as number) >>> SLOT_BITS) & FLAGS[flag]) !== 0;
  }

  /** Everything is to be uploaded again, as after a lost context. */
  invalidate(): void {
    this.all = true;
  }

  /** What is to be uploaded now, and forgets it. O(changed · log changed). */
  take(): Span[] {
    if (this.all) {
      this.all = false;
      this.dirty.clear();
      return [{ x: 0, y: 0, width: ROW, height: this.rows }];
    }
    if (this.dirty.size === 0) return [];
    const changed = Uint32Array.from(this.dirty).sort();
    this.dirty.clear();
    const spans: Span[] = [];
    for (const atom of changed) {
      const [x, y] = [atom % ROW, Math.floor(atom / ROW)];
      const last = spans[spans.length - 1];
      if (last && last.y === y && x - (last.x + last.width) < JOIN) last.width = x + 1 - last.x;
      else spans.push({ x, y, width: 1, height: 1 });
    }
    if (spans.length <= MOST_SPANS) return spans;
    const [first, last] = [spans[0] as Span, spans[spans.length - 1] as Span];
    return [{ x: 0, y: first.y, width: ROW, height: last.y - first.y + 1 }];
  }

  private put(atom: number, word: number): void {
    const next = word >>> 0;
    if (this.words[atom] === next) return;
    this.words[atom] = next;
    if (!this.all) this.dirty.add(atom);
  }
}

/** Bytes of spans. */
export const bytesOf = (spans: readonly Span[]): number =>
  spans.reduce((sum, { width, height }) => sum + 4 * width * height, 0);
