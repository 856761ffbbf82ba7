/**
 * A planner's desk: the session of one draft, what is chosen on it, and what is shown. Panels read its signals; the map is
 * told by `View`, where there is one. Knows nothing of Preact.
 */
import { computed, effect, signal } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import type { Mode } from "../draw/colours";
import type { PlanLayer } from "../draw/layer";
import type { Mesh } from "../draw/mesh";
import { fillWords, writeAtoms } from "../draw/sync";
import { AtomWords } from "../draw/words";
import { newId, type Op, OpError } from "../engine/ops";
import { type Grid, type Plan, UNASSIGNED } from "../engine/plan";
import { type Officers, type Problem, problems } from "../engine/problems";
import { AtomIndex, boxOf, type Reach } from "../engine/spatial";
import { assignOp } from "../engine/tools";
import { Brush } from "./brushing";
import { Marks } from "./marks";
import { movedBy, type Offer, type OfferKind, type Offers } from "./offers";
import type { Draft, PlanServer } from "./server";
import type { PlanSession } from "./session";

export const TOOLS = ["pick", "brush", "erase", "pull", "lasso", "box"] as const;
export type Tool = (typeof TOOLS)[number];

/** What the panel shows below the active grid. */
export const VIEWS = ["problems", "grids", "history", "compare", "publish", "table"] as const;
export type View = (typeof VIEWS)[number];
export const shownView = signal<View>("problems");

/** An earlier revision, or another plan, that is looked at in place of the newest. */
export interface Viewed {
  rev: number;
  plan: Plan;
}

/** Something that a planner is told once. */
export type Told =
  | { kind: "clash"; atoms: number }
  | { kind: "nothing" }
  | { kind: "locked" }
  | { kind: "trouble"; why: string };

/** Another plan to the left of a line over the map. */
export interface Split {
  before: Plan;
  /** Where the line is, in pixels from the left of the map. */
  x(): number;
}

/** What is drawn and pointed at; absent where the browser cannot draw. */
export interface Drawn {
  readonly map: MapLibre;
  readonly mesh: Mesh;
  readonly layer: PlanLayer;
  /** Whose labels are on which side; null for those of the plan everywhere. */
  split(next: Split | null): void;
  /** Words or looks have changed. */
  draw(): void;
  /** Shows these atoms. */
  show(west: number, south: number, east: number, north: number): void;
  close(): void;
}

/** Rest after the last change before lists are made anew. */
const CALM_MS = 180;
export const BRUSH_M = { least: 5, most: 2_000, step: 1.35 };

export class Editor {
  readonly words: AtomWords;
  readonly index: AtomIndex;
  readonly brush: Brush;
  readonly marks: Marks;
  readonly active = signal<string | null>(null);
  readonly tool = signal<Tool>("pick");
  readonly mode = signal<Mode>("status");
  readonly radius_m = signal(60);
  readonly reach = signal<Reach>("touch");
  /** The atom under the keyboard's cursor; -1 for none. */
  readonly cursor = signal(-1);
  /** Atoms chosen by lasso, box or cursor. */
  readonly chosen = signal<ReadonlySet<number>>(new Set());
  /** Id of the problem that is worked on. */
  readonly problem = signal<string | null>(null);
  readonly offers = signal<Offers | null>(null);
  readonly viewed = signal<Viewed | null>(null);
  /** Whether a line is being drawn over the active grid. */
  readonly slicing = signal(false);
  readonly told = signal<Told | null>(null);
  /** Ids of grids that nobody looks after. */
  readonly officers = signal<Officers>({ without: new Set() });
  /** Counts what changed, at most once a frame. */
  readonly beat = signal(0);
  /** The same, once nothing has changed for a moment: for lists. */
  readonly calm = signal(0);
  /** Whether anything may be changed now. */
  readonly editable = computed(
    () => this.draft.can_edit && this.viewed.value === null && this.session.save.value.kind !== "refused",
  );
  readonly problems = computed<Problem[]>(() => {
    void this.calm.value;
    return problems(this.shown, this.officers.value);
  });
  drawn: Drawn | null = null;
  private frame = 0;
  private rest: ReturnType<typeof setTimeout> | undefined;
  private readonly stops: (() => void)[] = [];

  constructor(
    readonly id: number,
    readonly draft: Draft,
    readonly session: PlanSession,
    readonly server: PlanServer,
  ) {
    this.words = new AtomWords(session.topology.atoms);
    this.index = new AtomIndex(session.topology);
    this.brush = new Brush(session, this.index, null, this.radius_m.peek());
    this.marks = new Marks(this.words);
    fillWords(session.plan, this.words);
    this.stops.push(
      effect(() => {
        this.brush.grid = this.tool.value === "erase" ? null : this.active.value;
        this.brush.radius_m = this.radius_m.value;
      }),
      effect(() => {
        const question = this.brush.question.value;
        const item = this.offers.value?.items[this.offers.value.at];
        const stranded = question?.dab.stranded ?? item?.stranded ?? [];
        this.marks.set("stranded", [...stranded.flatMap((piece) => piece.atoms)]);
        const going = item ? movedBy(item.op) : [];
        this.marks.set("preview", [...this.brush.withheld.value, ...going]);
        this.drawn?.draw();
      }),
      effect(() => {
        const cursor = this.cursor.value;
        this.marks.set("selected", cursor < 0 ? this.chosen.value : [...this.chosen.value, cursor]);
        this.drawn?.draw();
      }),
      effect(() => {
        void this.active.value;
        void this.mode.value;
        this.drawn?.draw();
      }),
      effect(() => session.announce(this.active.value)),
    );
  }

  /** The draft as it is now, with what waits. */
  get plan(): Plan {
    return this.session.plan;
  }

  /** What is shown: the draft, or the revision that is looked at. */
  get shown(): Plan {
    return this.viewed.peek()?.plan ?? this.session.plan;
  }

  /** The slot of the active grid in what is shown. */
  get slot(): number {
    return this.shown.slotById(this.active.peek());
  }

  get grid(): Grid | null {
    return this.shown.grid(this.slot);
  }

  /** Told by the session which atoms are drawn anew. */
  changed(atoms: ReadonlySet<number> | null): void {
    if (!this.viewed.peek()) {
      if (atoms) writeAtoms(this.plan, this.words, atoms);
      else fillWords(this.plan, this.words);
      this.drawn?.draw();
    }
    const id = this.active.peek();
    if (id !== null && this.shown.slotById(id) === UNASSIGNED) this.active.value = null;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.beat.value++;
    });
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.calm.value++;
    }, CALM_MS);
  }

  /** Shows another revision, or the newest again. */
  view(next: Viewed | null): void {
    this.offers.value = null;
    this.chosen.value = new Set();
    this.viewed.value = next;
    fillWords(this.shown, this.words);
    if (this.active.peek() !== null && this.slot === UNASSIGNED) this.active.value = null;
    this.drawn?.draw();
    this.beat.value++;
    this.calm.value++;
  }

  /** Does an operation; where the plan is another by now, nothing is done and that is told. */
  do(op: Op): boolean {
    if (!this.editable.peek()) return false;
    try {
      void this.session.do(op).catch(() => undefined);
      return true;
    } catch (error) {
      if (!(error instanceof OpError)) throw error;
      this.told.value = { kind: "clash", atoms: error.conflicts.length };
      return false;
    }
  }

  /** Gives atoms to the active grid, or to none, as one operation. */
  give(atoms: Iterable<number>, to: string | null): boolean {
    return this.do(assignOp(this.plan, atoms, to, newId()));
  }

  undo(way: "undo" | "redo"): void {
    if (!this.editable.peek()) return;
    this.offers.value = null;
    const conflicts = this.session[way]();
    if (conflicts.length > 0) this.told.value = { kind: "clash", atoms: conflicts.length };
  }

  /** Shows offers; none at all is told. */
  offer(kind: OfferKind, items: readonly (Offer | null)[]): void {
    const found = items.filter((item) => item !== null);
    if (found.length === 0) this.told.value = { kind: "nothing" };
    this.offers.value = found.length > 0 ? { kind, items: found, at: 0 } : null;
  }

  /** Takes the offer that is shown. */
  take(): void {
    const now = this.offers.peek();
    const item = now?.items[now.at];
    if (!item) return;
    this.offers.value = null;
    const made = item.op.grids.find((grid) => grid.from === null);
    if (!this.do(item.op)) return;
    if (made && (now.kind === "split" || now.kind === "create")) this.active.value = made.id;
    this.chosen.value = new Set();
  }

  /** Shows the next of several offers. */
  turn(by: 1 | -1): void {
    const now = this.offers.peek();
    if (now) this.offers.value = { ...now, at: (now.at + by + now.items.length) % now.items.length };
  }

  /** Gives up what is under way, the nearest thing first; whether there was anything. */
  escape(): boolean {
    if (this.brush.question.peek() || this.session.drawing) this.brush.escape();
    else if (this.offers.peek()) this.offers.value = null;
    else if (this.chosen.peek().size > 0) this.chosen.value = new Set();
    else if (this.cursor.peek() >= 0) this.cursor.value = -1;
    else if (this.viewed.peek()) this.view(null);
    else return false;
    return true;
  }

  /** Brings atoms into view. */
  zoomTo(atoms: Iterable<number>): void {
    const box: [number, number, number, number] = [
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ];
    for (const atom of atoms) {
      const own = boxOf(this.session.topology, atom);
      box[0] = Math.min(box[0], own[0]);
      box[1] = Math.min(box[1], own[1]);
      box[2] = Math.max(box[2], own[2]);
      box[3] = Math.max(box[3], own[3]);
    }
    if (Number.isFinite(box[0])) this.drawn?.show(...box);
  }

  close(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    for (const stop of this.stops) stop();
    this.brush.escape();
    this.drawn?.close();
    this.session.close();
  }
}
