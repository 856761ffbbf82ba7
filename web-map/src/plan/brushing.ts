/**
 * The safe brush in the hand of a planner: pointer places and keys come in, the stroke of a session comes out. Knows
 * nothing of the page or the map.
 *
 * 1. Between two places of the pointer the brush is put down often enough that a fast stroke leaves no gap.
 * 2. What would cut a grid is not taken; when the stroke ends, the planner is asked, and the stroke waits for the answer.
 * 3. One stroke is one operation. Escape leaves nothing of it.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { distanceM } from "../engine/measure";
import type { AtomIndex } from "../engine/spatial";
import { type Answer, answered, type Dab, dab, erase } from "../engine/tools";
import type { PlanSession } from "./session";

/** What is asked when a stroke ends over something that it would cut off. */
export interface Question {
  /** What taking the held-back atoms means. */
  dab: Dab;
  /** Households that would be cut off, by the id of their grid. */
  stranded: { grid: string; households: number; atoms: number }[];
  /** Ids of grids that would be left without any atom. */
  empties: string[];
}

/** Whether cutting is asked about, or done (Alt held). */
export type Care = "ask" | "cut";

export class Brush {
  /** Atoms that the brush passed over and held back, for drawing. */
  readonly withheld: ReadonlySignal<ReadonlySet<number>>;
  readonly question: ReadonlySignal<Question | null>;
  private readonly held = signal<ReadonlySet<number>>(new Set());
  private readonly asked = signal<Question | null>(null);
  private last: readonly [number, number] | null = null;

  constructor(
    private readonly session: PlanSession,
    private readonly index: AtomIndex,
    /** The grid that is painted; null erases. By id, as a reload may renumber slots. */
    public grid: string | null,
    public radius_m: number,
  ) {
    this.withheld = this.held;
    this.question = this.asked;
  }

  /** Puts the brush down at a lattice point, or draws it there from where it was. */
  draw(x: number, y: number, care: Care = "ask"): void {
    // A new stroke leaves what the last one asked about.
    if (this.asked.peek()) this.answer("leave");
    const [fromX, fromY] = this.last ?? [x, y];
    const steps = Math.max(1, Math.ceil(distanceM(fromX, fromY, x, y) / Math.max(1, this.radius_m / 2)));
    for (let k = this.last ? 1 : steps; k <= steps; k++) {
      const at = (from: number, to: number) => Math.round(from + ((to - from) * k) / steps);
      this.touch(this.index.disc(at(fromX, x), at(fromY, y), this.radius_m), care);
    }
    this.last = [x, y];
  }

  /** Paints atoms chosen otherwise: by lasso, by box, or the one under the keyboard's cursor. */
  touch(atoms: readonly number[], care: Care = "ask"): void {
    const { plan } = this.session;
    if (this.grid === null) {
      this.session.extend(erase(plan, atoms).take, null);
      return;
    }
    const found = dab(plan, plan.slotById(this.grid), atoms);
    this.session.extend(care === "cut" ? answered(found, "strand") : found.take, this.grid);
    if (care === "ask" && found.withheld.length > 0) {
      this.held.value = new Set([...this.held.peek(), ...found.withheld]);
    }
  }

  /** Ends the stroke. It is done at once, or waits for the answer to `question`. */
  lift(): void {
    this.last = null;
    const { plan } = this.session;
    const left = [...this.held.peek()];
    if (left.length === 0 || this.grid === null) {
      this.end();
      return;
    }
    // With all of the stroke taken some of it may cut no more.
    const found = dab(plan, plan.slotById(this.grid), left);
    this.session.extend(found.take, this.grid);
    if (found.withheld.length === 0) {
      this.end();
      return;
    }
    this.held.value = new Set(found.withheld);
    const idOf = (slot: number) => plan.grid(slot)?.id ?? "";
    this.asked.value = {
      dab: found,
      stranded: found.stranded.map(({ slot, households, atoms }) => ({
        grid: idOf(slot),
        households,
        atoms: atoms.length,
      })),
      empties: found.empties.map(idOf),
    };
  }

  /** Answers the question; the stroke is done then. Without one nothing happens. */
  answer(answer: Answer): void {
    if (!this.asked.peek() || this.grid === null) return;
    const { plan } = this.session;
    // Found again, as others may have changed the plan while the question stood.
    const now = dab(plan, plan.slotById(this.grid), this.held.peek());
    this.session.extend(answered(now, answer), this.grid);
    this.end();
  }

  /** Escape: a question is answered with leave; a stroke under way leaves nothing. */
  escape(): void {
    if (this.asked.peek()) {
      this.answer("leave");
      return;
    }
    this.session.cancel();
    this.last = null;
    this.held.value = new Set();
  }

  private end(): void {
    this.last = null;
    this.held.value = new Set();
    this.asked.value = null;
    void this.session.finish();
  }
}
