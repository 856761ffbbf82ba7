/**
 * A planner's draft, with what they did and the server does not have yet.
 *
 * 1. An operation is in the browser's store before it is sent, and leaves it only when the server has it.
 * 2. `saved` is said only when everything done is acknowledged.
 * 3. Others' operations are put under the waiting ones. What clashes is dropped from those and told, atom for atom; nothing else is
 *    lost.
 * 4. A stroke under way is shown and counted but not done: `finish` makes it one operation, `cancel` leaves nothing of it.
 * 5. Sending twice, answers that get lost, events that come twice, late or out of order change nothing.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { History } from "../engine/history";
import { apply, type Conflict, emptyOp, inverse, isEmpty, movesTo, type Op, rebase } from "../engine/ops";
import type { Plan, PlanFrame } from "../engine/plan";
import { readTopology, type Topology } from "../engine/topology";
import { fromWire, toWire } from "../engine/wire";
import { frameOf, planOf } from "./load";
import { type Assignment, type Here, type PlanServer, type Recorded, ServerError } from "./server";
import type { OpStore, Waiting } from "./store";

export type SaveState =
  /** Everything is acknowledged. */
  | { kind: "saved"; rev: number }
  /** So many operations wait for the server, which answers. */
  | { kind: "queued"; count: number }
  /** So many wait, and the server does not answer, or has no room for them. */
  | { kind: "offline"; count: number; retry_in_ms: number; full: boolean }
  /** The server takes no operations: published meanwhile, no right to, or a fault. What waits is kept in the browser. */
  | { kind: "refused"; count: number; why: string };

/** Something of ours that gave way to what somebody else did. */
export interface Clash {
  op: string;
  conflicts: Conflict[];
}

export interface SessionPorts {
  server: PlanServer;
  store: OpStore;
  newId(): string;
  after(delay_ms: number, run: () => void): () => void;
  /** Told which atoms are drawn anew; null = all. */
  changed(atoms: ReadonlySet<number> | null): void;
}

/** Operations in one request. */
const BATCH = 100;
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 30_000;
/** The server forgets who was not heard of for 45 s. */
const ANNOUNCE_MS = 20_000;

interface Pending extends Waiting {
  own: Op;
  /** In the browser's store. */
  durable: Promise<void>;
}

/** Opens a draft: reads it, and takes up what an earlier page could not send. */
export async function openSession(plan: number, ports: SessionPorts): Promise<PlanSession> {
  // Asked for at once: it takes as long as all the rest.
  const ahead = ports.server.assignment();
  ahead.catch(() => undefined);
  const draft = await ports.server.draft();
  const topology = readTopology(await ports.server.topology(draft.topology));
  const session = new PlanSession(plan, topology, frameOf(topology, draft), ports, ahead);
  await session.reload();
  session.start();
  return session;
}

export class PlanSession {
  plan: Plan;
  rev = 0;
  history: History;
  readonly save: ReadonlySignal<SaveState>;
  readonly clashes = signal<Clash[]>([]);
  readonly here = signal<Here[]>([]);
  /** Whether others' changes arrive as they happen. */
  readonly live = signal(false);
  /** Why the browser keeps nothing, such as a full disk: what waits would not survive a reload then. Null while it does keep. */
  readonly unkept = signal<string | null>(null);
  private readonly state = signal<SaveState>({ kind: "saved", rev: 0 });
  private pending: Pending[] = [];
  /** The stroke under way, on top of what waits. */
  private open: Op | null = null;
  private next = 1;
  private loaded = false;
  private reading: Promise<void> = Promise.resolve();
  private fetchAgain = false;
  private sending = false;
  private fetching = false;
  private retry_ms = RETRY_FIRST_MS;
  private cancelRetry: (() => void) | null = null;
  private stopListening: (() => void) | null = null;
  private stopAnnouncing: (() => void) | null = null;
  private closed = false;
  /** This page among those that are here. */
  readonly page: string;

  constructor(
    private readonly id: number,
    readonly topology: Topology,
    private readonly frame: PlanFrame,
    private readonly ports: SessionPorts,
    /** What was asked for before the topology was there. */
    private ahead: Promise<Assignment> | null = null,
  ) {
    this.save = this.state;
    this.plan = planOf(topology, frame, {
      rev: 0,
      grids: [],
      atom_runs: empty(topology),
      locked: [],
      accepted: {},
    });
    this.history = new History(ports.newId);
    this.page = ports.newId();
  }

  /** Reads the draft anew and puts what waits on top of it. One reading at a time. */
  reload(): Promise<void> {
    const next = this.reading.catch(() => undefined).then(() => this.read());
    this.reading = next;
    return next;
  }

  private async read(): Promise<void> {
    const { server, store } = this.ports;
    const ahead = this.ahead;
    this.ahead = null;
    const assignment = await (ahead ?? server.assignment());
    const plan = planOf(this.topology, this.frame, assignment);
    const stored = this.loaded ? [] : await this.fromStore(store);
    // Some of what waits may have arrived though its answer did not.
    const known = new Set<string>();
    const before = this.loaded ? this.pending : stored;
    const least = Math.min(assignment.rev, ...before.map((row) => row.base_rev));
    if (before.length > 0) for (const { op } of await all(server, least)) known.add(op.id);
    const own = (await all(server, 0, "me")).map(({ op }) => fromWire(op, this.topology.atoms));
    for (const op of own) known.add(op.id);
    if (this.closed) return;
    // What was done while this was read waits too.
    const waiting = [...stored, ...this.pending];
    this.loaded = true;
    this.plan = plan;
    this.rev = assignment.rev;
    this.history = History.replay(own, this.ports.newId);
    this.pending = [];
    const gone: string[] = [];
    for (const row of waiting) {
      this.next = Math.max(this.next, row.seq + 1);
      if (known.has(row.op.id)) gone.push(row.op.id);
      else this.putOnTop(row, gone);
    }
    for (const row of this.pending) this.history.note(row.own);
    this.redraw();
    if (gone.length > 0) await this.dropLocally(gone);
    this.ports.changed(null);
    this.say();
    // What was heard while this was read is older than what was read, or newer: either way the log knows.
    if (this.stopListening) void this.fetchMissed();
  }

  /** Listens, and sends what waits. */
  start(): void {
    this.stopListening?.();
    this.stopListening = this.ports.server.listen(() => this.rev, {
      op: (recorded) => this.receive([recorded]),
      presence: (here) => {
        this.here.value = here;
      },
      published: (publication) => {
        this.refuse(`published as ${publication}`);
      },
      lost: () => {
        this.live.value = false;
      },
      open: () => {
        this.live.value = true;
        void this.send();
      },
    });
    void this.send();
  }

  /** Stops listening and sending; what waits stays in the browser's store. */
  close(): void {
    this.closed = true;
    this.stopAnnouncing?.();
    this.cancelRetry?.();
    this.stopListening?.();
  }

  /** Does an operation; one that changes nothing is passed over. Throws `OpError` where it does not fit. Resolves when it cannot be lost by a crash of the page. */
  do(op: Op): Promise<void> {
    void this.finish();
    if (isEmpty(op)) return Promise.resolve();
    this.history.do(this.plan, op);
    return this.queue(op);
  }

  /** Draws on: atoms go to a grid (null = none) as part of the stroke under way, or of a new one. */
  extend(atoms: Iterable<number>, to: string | null): void {
    const more = movesTo(this.plan, atoms, to);
    if (more.length === 0) return;
    const kind = to === null ? "erase" : "assign";
    const open = this.open ?? emptyOp(kind, this.ports.newId());
    if (open.moves.some((move) => move.to !== to)) throw new Error("a stroke goes to one grid");
    const delta: Op = { ...emptyOp(kind, open.id), moves: more };
    apply(this.plan, delta);
    const moves = open.moves.map((move) => ({ ...move }));
    for (const { from, atoms: taken } of more) {
      const known = moves.find((move) => move.from === from);
      if (known) known.atoms = [...known.atoms, ...taken].sort((a, b) => a - b);
      else moves.push({ from, to, atoms: taken });
    }
    this.open = { ...open, moves };
    this.ports.changed(atomsOf([delta]));
  }

  /** Whether a stroke is under way. */
  get drawing(): boolean {
    return this.open !== null;
  }

  /** Ends the stroke: it becomes one operation. Resolves when it cannot be lost by a crash of the page. */
  finish(): Promise<void> {
    const { open } = this;
    this.open = null;
    if (!open) return Promise.resolve();
    this.history.note(open);
    return this.queue(open);
  }

  /** Leaves nothing of the stroke. */
  cancel(): void {
    const { open } = this;
    this.open = null;
    if (!open) return;
    apply(this.plan, inverse(open, open.id));
    this.ports.changed(atomsOf([open]));
  }

  /** Takes the planner's last operation back; tells what others have changed since and therefore stays. */
  undo(): Conflict[] {
    return this.step("undo");
  }

  redo(): Conflict[] {
    return this.step("redo");
  }

  /** Tells others which grid is worked on (null = none), now and every `ANNOUNCE_MS` until `close`. */
  announce(grid: string | null): void {
    this.stopAnnouncing?.();
    if (this.closed) return;
    // Presence is no more than a courtesy: where it does not arrive, the next one does.
    this.ports.server.presence(this.page, grid).catch(() => undefined);
    this.stopAnnouncing = this.ports.after(ANNOUNCE_MS, () => this.announce(grid));
  }

  /** Sends what waits now. */
  retry(): void {
    this.retry_ms = RETRY_FIRST_MS;
    void this.send();
  }

  /** Forgets clashes that were read. */
  seen(): void {
    this.clashes.value = [];
  }

  /** How many operations wait. */
  get waiting(): number {
    return this.pending.length;
  }

  private step(way: "undo" | "redo"): Conflict[] {
    void this.finish();
    const stepped = this.history[way](this.plan);
    if (stepped?.op) void this.queue(stepped.op);
    return stepped?.conflicts ?? [];
  }

  private queue(op: Op): Promise<void> {
    const row: Waiting = { seq: this.next++, base_rev: this.rev, op: toWire(op) };
    const durable = this.keepLocally(row);
    this.pending.push({ ...row, own: op, durable });
    this.ports.changed(atomsOf([op]));
    this.say();
    void durable.then(
      () => this.send(),
      // Without a store the operation still goes to the server, only it would not survive a reload before that.
      () => this.send(),
    );
    return durable;
  }

  /** Puts an operation into the browser's store. A failure is told, and nobody has to catch it. */
  private keepLocally(row: Waiting): Promise<void> {
    const durable = this.ports.store.put(this.id, [row]);
    durable.then(
      () => {
        this.unkept.value = null;
      },
      (error: Error) => {
        this.unkept.value = error.message;
      },
    );
    return durable;
  }

  /** Takes rows out of the browser's store. One that stays is sent once more after a reload, and the server knows its id. */
  private dropLocally(ids: readonly string[]): Promise<void> {
    return this.ports.store.remove(this.id, ids).catch(() => undefined);
  }

  private async fromStore(store: OpStore): Promise<Pending[]> {
    return (await store.load(this.id)).map((row) => ({
      ...row,
      own: fromWire(row.op, this.topology.atoms),
      durable: Promise.resolve(),
    }));
  }

  private async send(): Promise<void> {
    if (this.sending || this.closed || this.pending.length === 0 || this.state.peek().kind === "refused")
      return;
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.sending = true;
    try {
      while (this.pending.length > 0 && !this.closed) {
        const batch = this.pending.slice(0, BATCH);
        await Promise.allSettled(batch.map((row) => row.durable));
        const base_rev = this.rev;
        const posted = await this.ports.server.post(
          base_rev,
          batch.map((row) => row.op),
        );
        if (this.closed) return;
        this.retry_ms = RETRY_FIRST_MS;
        if (posted.kind === "done") {
          this.acknowledge(batch, posted.revs);
          // An answer that settles nothing is waited out, not asked for again and again.
          if (batch.every((row) => this.pending.includes(row))) return this.later(0);
        }
        if (posted.kind === "behind") await this.catchUp(posted.missed, posted.more);
        if (posted.kind === "unfit") await this.dropUnfit(posted.op);
        this.say();
      }
    } catch (error) {
      if (this.closed) return;
      if (error instanceof ServerError && error.again) this.later(error.retry_s, error.full);
      else this.refuse((error as Error).message);
    } finally {
      this.sending = false;
    }
  }

  /** The server has them. The revision moves on only where nothing between is unknown; otherwise events or a 409 bring it. */
  private acknowledge(batch: readonly Pending[], revs: readonly number[]): void {
    batch.forEach((row, i) => {
      const rev = revs[i];
      if (rev === undefined || !this.pending.includes(row)) return;
      // Ours on top of what we know: the plan already holds it. Anything else comes as an event or is missed next time.
      if (rev === this.rev + 1 && this.pending[0] === row) {
        this.rev = rev;
        this.forget([row]);
      }
    });
    if (batch.some((row) => this.pending.includes(row))) void this.fetchMissed();
  }

  /** Operations from the log, in any order, any number of times. */
  receive(recorded: readonly Recorded[]): void {
    const fresh = recorded.filter(({ rev }) => rev > this.rev).sort((a, b) => a.rev - b.rev);
    const run: Recorded[] = [];
    for (const one of fresh) if (one.rev === this.rev + run.length + 1) run.push(one);
    if (fresh.some(({ rev }) => rev > this.rev + run.length)) void this.fetchMissed();
    if (run.length === 0) return;
    // Our own, in the order we did them: nothing changes but that they are acknowledged.
    const echoes = run.every(({ op }, i) => this.pending[i]?.op.id === op.id);
    if (echoes) {
      this.rev += run.length;
      this.forget(this.pending.slice(0, run.length));
    } else {
      this.putUnder(run);
    }
    this.say();
  }

  /** Takes the waiting operations off, does what the log says, and puts them back on top as far as they fit. */
  private putUnder(run: readonly Recorded[]): void {
    const touched = new Set<number>();
    const note = (ops: readonly Op[]) => {
      for (const atom of atomsOf(ops)) touched.add(atom);
    };
    const waiting = this.pending;
    const { open } = this;
    if (open) apply(this.plan, inverse(open, open.id));
    for (const row of [...waiting].reverse()) apply(this.plan, inverse(row.own, row.own.id));
    note(waiting.map((row) => row.own));
    if (open) note([open]);
    const logged = run.map(({ op }) => fromWire(op, this.topology.atoms));
    const known = new Set(logged.map((op) => op.id));
    this.pending = [];
    const gone: string[] = [];
    try {
      for (const op of logged) apply(this.plan, op);
    } catch {
      // The log does not fit what we hold: a fault somewhere. Nothing is lost by reading all of it anew.
      this.pending = waiting;
      void this.reload().catch((error: Error) => this.refuse(error.message));
      return;
    }
    note(logged);
    this.rev += run.length;
    for (const row of waiting) {
      if (known.has(row.op.id)) gone.push(row.op.id);
      else this.putOnTop(row, gone);
    }
    this.redraw();
    if (gone.length > 0) void this.dropLocally(gone);
    this.ports.changed(touched);
  }

  /** Does a waiting operation on the plan as it is now, or what is left of it. */
  private putOnTop(row: Pending, gone: string[]): void {
    const { op, conflicts } = rebase(this.plan, row.own);
    if (conflicts.length > 0) this.clashes.value = [...this.clashes.peek(), { op: row.own.id, conflicts }];
    this.history.replace(row.own.id, op);
    if (!op) {
      gone.push(row.op.id);
      return;
    }
    apply(this.plan, op);
    const kept: Waiting = { seq: row.seq, base_rev: this.rev, op: toWire(op) };
    this.pending.push({ ...kept, own: op, durable: this.keepLocally(kept) });
  }

  /** Puts the stroke under way back on top, without the atoms that others took meanwhile. */
  private redraw(): void {
    const { open } = this;
    if (!open) return;
    this.open = rebase(this.plan, open).op;
    if (this.open) apply(this.plan, this.open);
  }

  private forget(rows: readonly Pending[]): void {
    this.pending = this.pending.filter((row) => !rows.includes(row));
    const ids = rows.map((row) => row.op.id);
    void Promise.allSettled(rows.map((row) => row.durable)).then(() => this.dropLocally(ids));
  }

  private async catchUp(missed: readonly Recorded[], more: boolean): Promise<void> {
    this.receive(missed);
    if (more) this.receive(await all(this.ports.server, this.rev));
  }

  private async fetchMissed(): Promise<void> {
    this.fetchAgain = true;
    if (this.fetching) return;
    this.fetching = true;
    try {
      while (this.fetchAgain && !this.closed) {
        this.fetchAgain = false;
        const missed = await all(this.ports.server, this.rev);
        if (!this.closed) this.receive(missed);
      }
      if (!this.closed) this.say();
    } catch {
      if (!this.closed) this.later(0);
    } finally {
      this.fetching = false;
    }
    if (!this.closed) void this.send();
  }

  /** The server says that an operation does not fit: it is taken back here too, and told. */
  private async dropUnfit(id: string): Promise<void> {
    const row = this.pending.find((row) => row.op.id === id);
    if (!row) throw new Error(`the server refuses operation ${id}, which was not sent`);
    this.clashes.value = [...this.clashes.peek(), { op: id, conflicts: [] }];
    this.pending = this.pending.filter((other) => other !== row);
    await this.dropLocally([id]);
    await this.reload();
  }

  private later(retry_s: number, full = false): void {
    const retry_in_ms = Math.max(this.retry_ms, 1000 * retry_s);
    this.retry_ms = Math.min(this.retry_ms * 2, RETRY_MOST_MS);
    this.state.value = { kind: "offline", count: this.pending.length, retry_in_ms, full };
    this.cancelRetry?.();
    this.cancelRetry = this.ports.after(retry_in_ms, () => {
      void (this.pending.length > 0 ? this.send() : this.fetchMissed());
    });
  }

  private refuse(why: string): void {
    this.state.value = { kind: "refused", count: this.pending.length, why };
  }

  private say(): void {
    const before = this.state.peek();
    if (before.kind === "refused") return;
    const count = this.pending.length;
    if (count === 0) this.state.value = { kind: "saved", rev: this.rev };
    else if (before.kind === "offline" && !this.sending) this.state.value = { ...before, count };
    else this.state.value = { kind: "queued", count };
  }
}

/** Every operation after a revision. */
async function all(server: PlanServer, since: number, by?: "me"): Promise<Recorded[]> {
  const ops: Recorded[] = [];
  for (let from = since; ; ) {
    const page = await server.ops(from, by);
    ops.push(...page.ops);
    const last = page.ops[page.ops.length - 1];
    if (!page.more || !last) return ops;
    from = last.rev;
  }
}

function atomsOf(ops: readonly Op[]): Set<number> {
  const atoms = new Set<number>();
  for (const { moves, locks } of ops) {
    for (const move of moves) for (const atom of move.atoms) atoms.add(atom);
    for (const lock of locks) for (const atom of lock.atoms) atoms.add(atom);
  }
  return atoms;
}

const empty = (topology: Topology) => (topology.atoms > 0 ? [-1, topology.atoms] : []);
