/** A queue that gives the least first, by lists of numbers compared in turn; of equals the one put in first. */
export class Heap<T> {
  private readonly rows: { order: readonly number[]; turn: number; item: T }[] = [];
  private turns = 0;

  get size(): number {
    return this.rows.length;
  }

  /** O(log n). */
  push(order: readonly number[], item: T): void {
    const { rows } = this;
    rows.push({ order, turn: this.turns++, item });
    let at = rows.length - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!this.before(at, up)) break;
      this.swap(at, up);
      at = up;
    }
  }

  /** O(log n). */
  pop(): { order: readonly number[]; item: T } | null {
    const { rows } = this;
    const first = rows[0];
    const last = rows.pop();
    if (!first || !last) return null;
    if (rows.length > 0) {
      rows[0] = last;
      for (let at = 0; ; ) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2]) {
          if (child < rows.length && this.before(child, least)) least = child;
        }
        if (least === at) break;
        this.swap(at, least);
        at = least;
      }
    }
    return first;
  }

  private before(a: number, b: number): boolean {
    const [x, y] = [this.rows[a], this.rows[b]];
    if (!x || !y) return false;
    return less(x.order, y.order) || (!less(y.order, x.order) && x.turn < y.turn);
  }

  private swap(a: number, b: number): void {
    const [x, y] = [this.rows[a], this.rows[b]];
    if (x && y) [this.rows[a], this.rows[b]] = [y, x];
  }
}

/** Whether a list of numbers comes before another of the same length. */
export function less(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) {
    if ((a[i] as number) !== (b[i] as number)) return (a[i] as number) < (b[i] as number);
  }
  return false;
}
