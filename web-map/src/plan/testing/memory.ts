/** A server in memory that keeps CONTRACT.md to the letter, over connections that fail in every way there is. */
import { apply, conflicts } from "../../engine/ops";
import type { Plan } from "../../engine/plan";
import { readTopology, type Topology } from "../../engine/topology";
import { fromWire, packAtoms, toWire, type WireOp } from "../../engine/wire";
import { frameOf, planOf } from "../load";
import {
  type Assignment,
  type Draft,
  type OpsPage,
  type PlanEvents,
  type PlanServer,
  type Posted,
  type Recorded,
  ServerError,
} from "../server";

/** Values of atoms as pairs of a value and how many in a row. */
export function runsOf(values: ArrayLike<number>): number[] {
  const runs: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (runs.length > 0 && runs[runs.length - 2] === value)
      runs[runs.length - 1] = (runs[runs.length - 1] as number) + 1;
    else runs.push(value, 1);
  }
  return runs;
}

/** An assignment of a plan as the server sends it. */
export function assignmentOf(plan: Plan, rev: number): Assignment {
  const slots = plan.liveSlots();
  const position = new Map(slots.map((slot, i) => [slot, i]));
  return {
    rev,
    grids: slots.map((slot) => {
      const grid = plan.grid(slot);
      return {
        id: grid?.id ?? "",
        code: grid?.code ?? "",
        name: grid?.name ?? "",
        locked: grid?.locked ?? false,
      };
    }),
    atom_runs: runsOf(Array.from(plan.slot_of, (slot) => position.get(slot) ?? -1)),
    locked: packAtoms(Array.from(plan.atom_locked).flatMap((locked, atom) => (locked ? [atom] : []))),
    accepted: Object.fromEntries(plan.accepted),
  };
}

/** The draft that all connections share: revision 0, and the log on top of it. */
export class MemoryDraft {
  readonly log: Recorded[] = [];
  published: string | null = null;
  private readonly listeners = new Set<(recorded: Recorded) => void>();
  readonly topology: Topology;
  private head: Plan;

  constructor(
    readonly bytes: ArrayBuffer,
    readonly draft: Draft,
    readonly first: Assignment,
  ) {
    this.topology = readTopology(bytes);
    this.head = this.at(0);
  }

  /** The plan at a revision, replayed from the first. */
  at(rev: number): Plan {
    const plan = planOf(this.topology, frameOf(this.topology, this.draft), this.first);
    for (const { op } of this.log.slice(0, rev)) apply(plan, fromWire(op, this.topology.atoms));
    return plan;
  }

  page(since: number, by: string | null): OpsPage {
    const ops = this.log.slice(since).filter((recorded) => by === null || recorded.by === by);
    return { rev: this.log.length, ops: ops.slice(0, 1_000), more: ops.length > 1_000 };
  }

  post(by: string, base_rev: number, ops: readonly WireOp[]): Posted {
    const known = new Map(this.log.map(({ op, rev }) => [op.id, rev]));
    const asked = new Set(ops.map((op) => op.id));
    const since = this.log.slice(base_rev);
    if (since.some(({ op }) => !asked.has(op.id))) {
      return {
        kind: "behind",
        rev: this.log.length,
        missed: since.slice(0, 1_000),
        more: since.length > 1_000,
      };
    }
    const fresh = ops.filter((op) => !known.has(op.id));
    const trial = this.at(this.log.length);
    for (const wire of fresh) {
      const op = fromWire(wire, this.topology.atoms);
      const against = conflicts(trial, op);
      if (against.length > 0) return { kind: "unfit", op: op.id, why: JSON.stringify(against[0]) };
      apply(trial, op);
    }
    for (const op of fresh) {
      const recorded = { rev: this.log.length + 1, by, at: "2026-11-22T08:00:00Z", op: structuredClone(op) };
      this.log.push(recorded);
      known.set(op.id, recorded.rev);
      for (const tell of this.listeners) tell(recorded);
    }
    this.head = trial;
    return { kind: "done", rev: this.log.length, revs: ops.map((op) => known.get(op.id) as number) };
  }

  assignment(rev = this.log.length): Assignment {
    return assignmentOf(rev === this.log.length ? this.head : this.at(rev), rev);
  }

  listen(tell: (recorded: Recorded) => void): () => void {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  }
}

/** How badly a connection behaves: chances from 0 to 1. */
export interface Weather {
  /** A request is lost on the way. */
  lost: number;
  /** It arrives, its answer is lost. */
  unanswered: number;
  /** It arrives twice. */
  twice: number;
  /** An event is told twice. */
  echoed: number;
  /** An event is not told at all, as after a broken feed. */
  unheard: number;
  /** Events wait so long for their turn that they come after others: the most turns. */
  late: number;
}

export const CALM: Weather = { lost: 0, unanswered: 0, twice: 0, echoed: 0, unheard: 0, late: 0 };

/** One planner's connection. `turn` lets whatever waits happen, in the order of chance. */
export function connect(
  draft: MemoryDraft,
  by: string,
  draw: () => number,
  turn: () => Promise<void>,
  weather: () => Weather,
): PlanServer {
  async function over<T>(handle: () => T): Promise<T> {
    await turn();
    if (draw() < weather().lost) throw new ServerError("the request was lost", true);
    const answer = structuredClone(handle());
    if (draw() < weather().twice) handle();
    await turn();
    if (draw() < weather().unanswered) throw new ServerError("the answer was lost", true);
    return answer;
  }
  return {
    draft: () => over(() => ({ ...draft.draft, rev: draft.log.length })),
    topology: () => over(() => draft.bytes),
    assignment: (rev) => over(() => draft.assignment(rev)),
    ops: (since, me) => over(() => draft.page(since, me ? by : null)),
    post: (base_rev, ops) => over(() => draft.post(by, base_rev, ops)),
    presence: () => over(() => undefined),
    listen(since, events: PlanEvents) {
      let open = true;
      const tell = async (recorded: Recorded) => {
        for (let i = Math.floor(draw() * weather().late); i > 0; i--) await turn();
        if (!open || draw() < weather().unheard) return;
        events.op(structuredClone(recorded));
        if (draw() < weather().echoed) events.op(structuredClone(recorded));
      };
      const stop = draft.listen((recorded) => void tell(recorded));
      events.open();
      for (const recorded of draft.log.slice(since())) void tell(recorded);
      return () => {
        open = false;
        stop();
      };
    },
  };
}

export { toWire };
