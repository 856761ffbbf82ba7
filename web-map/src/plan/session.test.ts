import { describe, expect, it, vi } from "vitest";
import { History } from "../engine/history";
import { emptyOp, isEmpty, movesTo, type Op } from "../engine/ops";
import { UNASSIGNED } from "../engine/plan";
import {
  inBlocks,
  kept,
  planOf,
  randomOp,
  recount,
  stateOf,
  frameOf as townFrame,
} from "../engine/testing/frame";
import { random, writeTown } from "../engine/testing/town";
import { readTopology } from "../engine/topology";
import { spread } from "./load";
import { type PlanServer, ServerError } from "./server";
import { openSession, type PlanSession, type SessionPorts } from "./session";
import { memoryStore, type OpStore } from "./store";
import { assignmentOf, CALM, connect, MemoryDraft, runsOf, type Weather } from "./testing/memory";

vi.setConfig({ testTimeout: 60_000 });

const SIDE = 8;
function makeDraft(): MemoryDraft {
  const bytes = writeTown({ cols: SIDE, rows: SIDE, units: 2 });
  const topology = readTopology(bytes);
  const frame = townFrame(topology);
  const plan = planOf(topology, inBlocks(SIDE, 4));
  return new MemoryDraft(
    bytes,
    {
      plan: 1,
      rev: 0,
      can_edit: true,
      topology: { hash: "h", href: "/v1/topologies/h", bytes: bytes.byteLength },
      counted: frame.counted,
      has: frame.has,
      nests: [...frame.nests],
      nest_runs: runsOf(frame.nest_of),
      links: [],
    },
    assignmentOf(plan, 0),
  );
}

/** A world where whatever waits goes on in an order of chance, and clocks move by hand. */
function world(seed: number) {
  const draw = random(seed);
  const waiting: (() => void)[] = [];
  const timers = new Set<() => void>();
  const turn = () => new Promise<void>((resolve) => waiting.push(resolve));
  const settle = async () => {
    for (let i = 0; i < 12; i++) await Promise.resolve();
  };
  return {
    draw,
    turn,
    after(_delay_ms: number, run: () => void) {
      timers.add(run);
      return () => timers.delete(run);
    },
    /** Lets one thing happen; false when nothing is left. */
    async step(): Promise<boolean> {
      await settle();
      if (waiting.length === 0) {
        const due = [...timers];
        timers.clear();
        for (const run of due) run();
        await settle();
        return due.length > 0 || waiting.length > 0;
      }
      const pick = Math.floor(draw() * waiting.length);
      const [next] = waiting.splice(pick, 1);
      next?.();
      await settle();
      return true;
    },
    async quiet(most = 20_000): Promise<void> {
      for (let i = 0; i < most; i++) if (!(await this.step())) return;
      throw new Error("it never comes to rest");
    },
  };
}

type World = ReturnType<typeof world>;

interface Opened {
  session: PlanSession;
  server: PlanServer;
}

async function open(
  of: World,
  draft: MemoryDraft,
  by: string,
  store: OpStore,
  weather: () => Weather = () => CALM,
  changed: SessionPorts["changed"] = () => undefined,
  over: (server: PlanServer) => PlanServer = (server) => server,
): Promise<Opened> {
  const server = over(connect(draft, by, of.draw, of.turn, weather));
  let made = 0;
  const newId = () => `${by}-u${made++}-${Math.floor(of.draw() * 1e9)}`;
  for (;;) {
    const opening = openSession(1, { server, store, newId, after: of.after, changed });
    let opened: PlanSession | null | undefined;
    opening.then(
      (session) => {
        opened = session;
      },
      () => {
        opened = null;
      },
    );
    while (opened === undefined) await of.step();
    if (opened) return { session: opened, server };
  }
}

const move = (session: PlanSession, atoms: number[], to: string | null, id: string): Op => ({
  ...emptyOp("assign", id),
  moves: movesTo(session.plan, atoms, to),
});

/** Whether a page shows what the log says at its revision. */
const same = (session: PlanSession, draft: MemoryDraft) =>
  JSON.stringify(stateOf(session.plan)) === JSON.stringify(stateOf(draft.at(session.rev)));

describe("a session", () => {
  it("says saved only once the server has everything", async () => {
    const [of, draft] = [world(1), makeDraft()];
    const { session } = await open(of, draft, "a", memoryStore());
    expect(session.save.value).toEqual({ kind: "saved", rev: 0 });
    await session.do(move(session, [0, 1], "g1", "one"));
    expect(session.save.value.kind).toBe("queued");
    expect(draft.log).toHaveLength(0);
    await of.quiet();
    expect(session.save.value).toEqual({ kind: "saved", rev: 1 });
    expect(draft.log.map(({ op }) => op.id)).toEqual(["one"]);
  });

  it("keeps what was done offline through a reload, and sends it under the same id", async () => {
    const [of, draft, store] = [world(2), makeDraft(), memoryStore()];
    let weather: Weather = CALM;
    const first = await open(of, draft, "a", store, () => weather);
    weather = { ...CALM, lost: 1 };
    await first.session.do(move(first.session, [0, 1], "g1", "one"));
    await first.session.do(move(first.session, [2], "g1", "two"));
    for (let i = 0; i < 40; i++) await of.step();
    expect(first.session.save.value).toMatchObject({ kind: "offline", count: 2 });
    first.session.close();
    weather = CALM;
    const { session } = await open(of, draft, "a", store);
    await of.quiet();
    expect(session.save.value).toEqual({ kind: "saved", rev: 2 });
    expect(draft.log.map(({ op }) => op.id)).toEqual(["one", "two"]);
    expect(await store.load(1)).toEqual([]);
    expect(session.history.undo_depth).toBe(2);
    session.undo();
    await of.quiet();
    expect([0, 1, 2].map((atom) => session.plan.slot_of[atom])).toEqual([1, 1, 0]);
  });

  it("says that the server is full, keeps all in order over a reload, and sends it by itself when there is room", async () => {
    const [of, draft, store] = [world(21), makeDraft(), memoryStore()];
    let full = true;
    const over = (server: PlanServer): PlanServer => ({
      ...server,
      post: async (base_rev, ops) => {
        if (full) throw new ServerError("there is no room to keep it", true, 5, true);
        return server.post(base_rev, ops);
      },
    });
    const first = await open(of, draft, "a", store, () => CALM, undefined, over);
    await first.session.do(move(first.session, [0, 1], "g1", "one"));
    await of.step();
    await first.session.do(move(first.session, [2], "g1", "two"));
    for (let i = 0; i < 40; i++) await of.step();
    expect(first.session.save.value).toMatchObject({ kind: "offline", full: true, count: 2 });
    first.session.close();
    const { session } = await open(of, draft, "a", store, () => CALM, undefined, over);
    for (let i = 0; i < 40; i++) await of.step();
    expect(session.save.value).toMatchObject({ kind: "offline", full: true, count: 2 });
    expect(draft.log).toEqual([]);
    full = false;
    await of.quiet();
    expect(session.save.value).toEqual({ kind: "saved", rev: 2 });
    expect(draft.log.map(({ op }) => op.id)).toEqual(["one", "two"]);
  });

  it("does nothing twice when an answer is lost or a request arrives twice", async () => {
    const [of, draft, store] = [world(3), makeDraft(), memoryStore()];
    let weather: Weather = CALM;
    const { session } = await open(of, draft, "a", store, () => weather);
    weather = { ...CALM, unanswered: 0.6, twice: 0.6, unheard: 1 };
    for (let i = 0; i < 20; i++) {
      await session.do(move(session, [i], i % 2 ? "g3" : "g2", `op${i}`));
      if (i === 12) weather = CALM;
    }
    await of.quiet();
    expect(session.save.value.kind).toBe("saved");
    expect(draft.log.map(({ op }) => op.id)).toEqual(Array.from({ length: 20 }, (_, i) => `op${i}`));
  });

  it("puts others' changes under its own, and tells only of the same atom", async () => {
    const [of, draft] = [world(4), makeDraft()];
    let weather: Weather = CALM;
    const mine = await open(of, draft, "a", memoryStore(), () => weather);
    const theirs = await open(of, draft, "b", memoryStore());
    weather = { ...CALM, lost: 1, unheard: 1 };
    await mine.session.do(move(mine.session, [0, 1, 2], "g1", "mine"));
    await theirs.session.do(move(theirs.session, [2, 3], "g2", "theirs"));
    for (let i = 0; i < 60; i++) await of.step();
    expect(theirs.session.save.value.kind).toBe("saved");
    weather = CALM;
    mine.session.retry();
    await of.quiet();
    expect(mine.session.clashes.value).toEqual([
      { op: "mine", conflicts: [{ kind: "atom", atom: 2, expected: "g0", found: "g2", wanted: "g1" }] },
    ]);
    for (const { session } of [mine, theirs]) {
      expect([0, 1, 2, 3].map((atom) => session.plan.grid(session.plan.slot_of[atom] as number)?.id)).toEqual(
        ["g1", "g1", "g2", "g2"],
      );
      expect(session.save.value).toEqual({ kind: "saved", rev: 2 });
    }
  });

  it("stops sending and says why where the draft is published, and keeps what waits", async () => {
    const [of, draft, store] = [world(5), makeDraft(), memoryStore()];
    const { session, server } = await open(of, draft, "a", store);
    server.post = async () => {
      throw new Error("plan 1 is published and takes no more operations");
    };
    await session.do(move(session, [0], "g1", "late"));
    await of.quiet();
    expect(session.save.value).toMatchObject({
      kind: "refused",
      count: 1,
      why: expect.stringContaining("published"),
    });
    expect(await store.load(1)).toHaveLength(1);
  });

  it("takes back what the server says does not fit", async () => {
    const [of, draft, store] = [world(6), makeDraft(), memoryStore()];
    const { session, server } = await open(of, draft, "a", store);
    const post = server.post;
    server.post = async (base_rev, ops) =>
      ops.some((op) => op.id === "bad") ? { kind: "unfit", op: "bad", why: "" } : post(base_rev, ops);
    await session.do(move(session, [0], "g1", "bad"));
    await session.do(move(session, [1], "g1", "good"));
    await of.quiet();
    expect(session.clashes.value).toEqual([{ op: "bad", conflicts: [] }]);
    expect(draft.log.map(({ op }) => op.id)).toEqual(["good"]);
    expect([0, 1].map((atom) => session.plan.slot_of[atom])).toEqual([0, 1]);
    expect(await store.load(1)).toEqual([]);
  });

  it("of two pages over one store keep apart what each of them does", async () => {
    const [of, draft, store] = [world(10), makeDraft(), memoryStore()];
    let weather: Weather = CALM;
    const first = await open(of, draft, "a", store, () => weather);
    const second = await open(of, draft, "a", store, () => weather);
    weather = { ...CALM, lost: 1, unheard: 1 };
    await first.session.do(move(first.session, [0], "g1", "here"));
    await second.session.do(move(second.session, [1], "g1", "there"));
    expect((await store.load(1)).map((row) => [row.seq, row.op.id])).toEqual([
      [1, "here"],
      [1, "there"],
    ]);
    // Both die; a third takes up what both left.
    first.session.close();
    second.session.close();
    weather = CALM;
    const third = await open(of, draft, "a", store, () => weather);
    await of.quiet();
    expect(draft.log.map(({ op }) => op.id).sort()).toEqual(["here", "there"]);
    expect(third.session.save.value).toEqual({ kind: "saved", rev: 2 });
    expect(await store.load(1)).toEqual([]);
  });

  it("loses nothing that is done while the draft is read anew", async () => {
    for (let seed = 11; seed < 26; seed++) {
      const [of, draft, store] = [world(seed), makeDraft(), memoryStore()];
      const { session } = await open(of, draft, "a", store);
      const other = await open(of, draft, "b", memoryStore());
      for (let i = 0; i < 4; i++) {
        void session.do(move(session, [i], "g1", `mine${i}`));
        void other.session.do(move(other.session, [60 + (i % 4)], i % 2 ? "g2" : "g0", `theirs${i}`));
        void session.reload();
        for (let k = 0; k < 5; k++) await of.step();
        void session.do(move(session, [8 + i], "g1", `late${i}`));
        for (let k = 0; k < 3; k++) await of.step();
      }
      await of.quiet();
      const ids = new Set(draft.log.map(({ op }) => op.id));
      for (let i = 0; i < 4; i++) expect([ids.has(`mine${i}`), ids.has(`late${i}`)]).toEqual([true, true]);
      for (const one of [session, other.session]) {
        expect(one.save.value).toEqual({ kind: "saved", rev: draft.log.length });
        expect(stateOf(one.plan)).toEqual(stateOf(draft.at(draft.log.length)));
      }
      expect(await store.load(1)).toEqual([]);
    }
  });

  it("says so where the browser keeps nothing, and sends all the same", async () => {
    const [of, draft, store] = [world(9), makeDraft(), memoryStore()];
    let full = false;
    const put = store.put;
    const full_disk: OpStore = {
      ...store,
      put: (plan, rows) => (full ? Promise.reject(new Error("QuotaExceededError")) : put(plan, rows)),
      remove: (plan, seqs) =>
        full ? Promise.reject(new Error("QuotaExceededError")) : store.remove(plan, seqs),
    };
    const { session } = await open(of, draft, "a", full_disk);
    full = true;
    await expect(session.do(move(session, [0], "g1", "one"))).rejects.toThrow("Quota");
    expect(session.unkept.value).toContain("Quota");
    await of.quiet();
    expect(session.save.value).toEqual({ kind: "saved", rev: 1 });
    full = false;
    await session.do(move(session, [1], "g1", "two"));
    expect(session.unkept.value).toBeNull();
    await of.quiet();
    expect(draft.log).toHaveLength(2);
  });

  it("makes a stroke one operation, whatever others do meanwhile, and leaves nothing of one given up", async () => {
    const [of, draft] = [world(8), makeDraft()];
    const mine = await open(of, draft, "a", memoryStore());
    const theirs = await open(of, draft, "b", memoryStore());
    const { session } = mine;
    session.extend([0, 1], "g1");
    session.extend([1, 2, 8], "g1");
    expect([session.drawing, session.waiting, session.save.value.kind]).toEqual([true, 0, "saved"]);
    await theirs.session.do(move(theirs.session, [2, 9], "g2", "theirs"));
    await of.quiet();
    expect([0, 1, 2, 8, 9].map((atom) => session.plan.slot_of[atom])).toEqual([1, 1, 2, 1, 2]);
    await session.finish();
    await of.quiet();
    expect(draft.log.map(({ op }) => op.moves)).toEqual([
      [{ from: "g0", to: "g2", atoms: [2, 1, 6, 1] }],
      [{ from: "g0", to: "g1", atoms: [0, 2, 6, 1] }],
    ]);
    expect(session.history.undo_depth).toBe(1);
    const before = stateOf(session.plan);
    session.extend([20, 21], null);
    session.cancel();
    expect(stateOf(session.plan)).toEqual(before);
    expect(() => {
      session.extend([3], "g1");
      session.extend([21], "g2");
    }).toThrow("a stroke goes to one grid");
  });

  it("tells others again and again where it is, until it is closed", async () => {
    const [of, draft] = [world(12), makeDraft()];
    const { session, server } = await open(of, draft, "a", memoryStore());
    const told: unknown[] = [];
    server.presence = async (page, grid) => {
      told.push([page, grid]);
      throw new Error("nobody listens");
    };
    session.announce("g1");
    session.announce("g2");
    await of.step();
    await of.step();
    session.close();
    await of.step();
    expect(told).toEqual(["g1", "g2", "g2", "g2"].map((grid) => [session.page, grid]));
  });

  it("tells which atoms to draw anew", async () => {
    const [of, draft] = [world(7), makeDraft()];
    const drawn: (number[] | null)[] = [];
    const { session } = await open(
      of,
      draft,
      "a",
      memoryStore(),
      () => CALM,
      (atoms) => {
        drawn.push(atoms && [...atoms].sort((a, b) => a - b));
      },
    );
    const other = await open(of, draft, "b", memoryStore());
    await session.do(move(session, [4, 5], "g0", "x"));
    await of.quiet();
    await other.session.do(move(other.session, [60], "g0", "y"));
    await of.quiet();
    expect(drawn).toEqual([null, [4, 5], [60]]);
  });

  it("of several planners with reloads, in any weather, loses no stroke that was said to be saved and ends up the same for all", async () => {
    let sent = 0;
    let strokes = 0;
    let clashed = 0;
    // Nothing was left of these to do: all of it clashed, or another had done the very same.
    const spent = new Set<string>();
    const replace = History.prototype.replace;
    vi.spyOn(History.prototype, "replace").mockImplementation(function (this: History, id, op) {
      if (!op) spent.add(id);
      replace.call(this, id, op);
    });
    for (let seed = 100; seed < 107; seed++) {
      const [of, draft] = [world(seed), makeDraft()];
      let weather: Weather = { lost: 0.15, unanswered: 0.15, twice: 0.2, echoed: 0.3, unheard: 0.1, late: 9 };
      const stores = ["a", "b", "c"].map(memoryStore);
      const opened = await Promise.all([]).then(async () => {
        const all: Opened[] = [];
        for (const [i, by] of ["a", "b", "c"].entries()) {
          all.push(await open(of, draft, by, stores[i] as OpStore, () => weather));
        }
        return all;
      });
      const done = new Set<string>();
      const dropped = new Set<string>();
      const savedThen = new Set<string>();
      const mine = [new Set<string>(), new Set<string>(), new Set<string>()];
      let next = 0;
      for (let i = 0; i < 120; i++) {
        const who = Math.floor(of.draw() * 3);
        const { session } = opened[who] as Opened;
        const what = of.draw();
        if (what < 0.5) {
          const op = randomOp(session.plan, of.draw, `${seed}-${next++}`);
          if (!isEmpty(op)) {
            void session.do(op);
            done.add(op.id);
            mine[who]?.add(op.id);
            sent++;
          }
        } else if (what < 0.54) {
          // A stroke of several dabs, others' changes in between; now and then given up.
          const live = session.plan.liveSlots();
          const to = session.plan.grid(live[Math.floor(of.draw() * live.length)] as number)?.id ?? null;
          for (let dabs = 1 + Math.floor(of.draw() * 4); dabs > 0; dabs--) {
            if (to !== null && session.plan.slotById(to) === UNASSIGNED) break;
            session.extend([Math.floor(of.draw() * SIDE * SIDE), Math.floor(of.draw() * SIDE * SIDE)], to);
            for (let k = Math.floor(of.draw() * 4); k > 0; k--) await of.step();
          }
          if (of.draw() < 0.3) session.cancel();
          else void session.finish();
          strokes++;
        } else if (what < 0.62) session.undo();
        else if (what < 0.65) session.redo();
        else if (what < 0.68) {
          for (const clash of session.clashes.value) dropped.add(clash.op);
          session.close();
          opened[who] = await open(of, draft, "abc"[who] as string, stores[who] as OpStore, () => weather);
        }
        for (let k = Math.floor(of.draw() * 6); k > 0; k--) await of.step();
        // What a page calls saved is in the log at that moment, and what is not in the log waits in the browser.
        for (const [one, { session }] of opened.entries()) {
          const log = new Set(draft.log.map(({ op }) => op.id));
          for (const id of log) savedThen.add(id);
          const waits = new Set((await (stores[one] as OpStore).load(1)).map((row) => row.op.id));
          for (const id of mine[one] as Set<string>) {
            if (spent.has(id) || log.has(id)) continue;
            expect(waits.has(id) || session.save.value.kind !== "saved").toBe(true);
          }
          if (session.save.value.kind === "saved") expect(same(session, draft)).toBe(true);
        }
      }
      weather = CALM;
      for (const { session } of opened) session.retry();
      await of.quiet();
      const truth = draft.at(draft.log.length);
      for (const { session } of opened) {
        expect(session.save.value).toEqual({ kind: "saved", rev: draft.log.length });
        expect(stateOf(session.plan)).toEqual(stateOf(truth));
        expect(kept(session.plan).grids.length).toBe(recount(session.plan).grids.length);
        expect(kept(session.plan)).toEqual(recount(session.plan));
        for (const clash of session.clashes.value) dropped.add(clash.op);
      }
      clashed += dropped.size;
      const log = new Map(draft.log.map(({ op }) => [op.id, op]));
      expect(log.size).toBe(draft.log.length);
      for (const id of savedThen) expect(log.has(id)).toBe(true);
      for (const store of stores) expect(await store.load(1)).toEqual([]);
      // What is not in the log was told as a clash, or was already so by another's doing.
      for (const id of done) if (!log.has(id)) dropped.add(id);
      for (const { op } of draft.log)
        expect(op.undoes ? log.has(op.undoes) || dropped.has(op.undoes) : true).toBe(true);
    }
    vi.restoreAllMocks();
    expect(sent).toBeGreaterThan(250);
    expect(strokes).toBeGreaterThan(15);
    expect(spent.size).toBeLessThan(sent / 2);
    expect(clashed).toBeGreaterThan(0);
  });
});

describe("runs", () => {
  it("cover all atoms or are refused with what is wrong", () => {
    expect([...spread([0, 2, -1, 1, 1, 1], 4, 2, "runs")]).toEqual([0, 0, 0xffffffff, 1]);
    expect(() => spread([0, 2], 4, 2, "runs")).toThrow("runs tell of 2 atoms, the topology of 4");
    expect(() => spread([2, 4], 4, 2, "runs")).toThrow("is of 2, of 2");
    expect(() => spread([0, 5], 4, 2, "runs")).toThrow("has 5 atoms, 4 are left");
    expect(() => spread([0, 0], 4, 2, "runs")).toThrow("has 0 atoms");
  });
});
