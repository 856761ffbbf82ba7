import { describe, expect, it, vi } from "vitest";
import { AtomIndex } from "../engine/spatial";
import { planOf, stateOf, frameOf as townFrame } from "../engine/testing/frame";
import { writeTown } from "../engine/testing/town";
import { readTopology } from "../engine/topology";
import { Brush } from "./brushing";
import { openSession, type PlanSession } from "./session";
import { memoryStore } from "./store";
import { assignmentOf, CALM, connect, MemoryDraft, runsOf } from "./testing/memory";

vi.setConfig({ testTimeout: 30_000 });

/** A town of 12 × 6 cells: grid 0 in the west, grid 1 in the east with a neck of one cell at (6, 0). */
async function bench() {
  const bytes = writeTown({ cols: 12, rows: 6, jitter: 0, households: () => 10 });
  const topology = readTopology(bytes);
  const frame = townFrame(topology);
  const plan = planOf(topology, (atom) => (atom % 12 < 6 ? 0 : 1));
  const draft = new MemoryDraft(
    bytes,
    {
      plan: 1,
      rev: 0,
      can_edit: true,
      topology: { hash: "h", href: "/h", bytes: bytes.byteLength },
      counted: frame.counted,
      has: frame.has,
      nests: [...frame.nests],
      nest_runs: runsOf(frame.nest_of),
      links: [],
    },
    assignmentOf(plan, 0),
  );
  const server = connect(
    draft,
    "a",
    () => 0.5,
    async () => undefined,
    () => CALM,
  );
  let ids = 0;
  const session: PlanSession = await openSession(1, {
    server,
    store: memoryStore(),
    newId: () => `op${ids++}`,
    after: () => () => undefined,
    changed: () => undefined,
  });
  const index = new AtomIndex(session.topology);
  const at = (atom: number): [number, number] => [
    session.topology.label[2 * atom] as number,
    session.topology.label[2 * atom + 1] as number,
  ];
  const saved = async () => {
    for (let i = 0; i < 200; i++) await Promise.resolve();
    expect(session.save.value.kind).toBe("saved");
    return draft.log;
  };
  return { session, index, at, saved, draft };
}

describe("a stroke of the brush", () => {
  it("leaves no gap however fast the pointer goes, and is one operation", async () => {
    const { session, index, at, saved } = await bench();
    const brush = new Brush(session, index, "g0", 5);
    brush.draw(...at(29));
    brush.draw(...at(34));
    expect(session.plan.slot_of.slice(30, 35)).toEqual(new Uint32Array([0, 0, 0, 0, 0]));
    expect(session.drawing).toBe(true);
    brush.lift();
    expect(brush.question.value).toBeNull();
    expect((await saved()).map(({ op }) => op.moves)).toEqual([[{ from: "g1", to: "g0", atoms: [30, 5] }]]);
  });

  it("asks when it would cut, and does as it is told", async () => {
    for (const answer of ["leave", "take_stranded", "strand"] as const) {
      const { session, index, at, saved } = await bench();
      const brush = new Brush(session, index, "g0", 5);
      // Along row 2 to the eastern rim: the last cell would part grid 1 in two.
      brush.draw(...at(29));
      brush.draw(...at(35));
      expect([...brush.withheld.value]).toEqual([35]);
      brush.lift();
      expect(brush.question.value).toMatchObject({
        stranded: [{ grid: "g1", households: 120, atoms: 12 }],
        empties: [],
      });
      expect(session.drawing).toBe(true);
      brush.answer(answer);
      const { plan } = session;
      expect([plan.parts(0).length, plan.parts(1).length]).toEqual([1, answer === "strand" ? 2 : 1]);
      expect(plan.totals(0).atoms).toBe({ leave: 41, take_stranded: 54, strand: 42 }[answer]);
      expect(brush.question.value).toBeNull();
      expect(brush.withheld.value.size).toBe(0);
      expect(await saved()).toHaveLength(1);
    }
  });

  it("cuts without asking where it is told so, leaves nothing after Escape, and erases", async () => {
    const { session, index, at, saved } = await bench();
    const before = stateOf(session.plan);
    const brush = new Brush(session, index, "g0", 5);
    brush.draw(...at(29));
    brush.draw(...at(35), "cut");
    expect(session.plan.parts(1)).toHaveLength(2);
    brush.escape();
    expect(stateOf(session.plan)).toEqual(before);
    expect(await saved()).toHaveLength(0);
    brush.grid = null;
    brush.touch([0, 1]);
    brush.lift();
    expect((await saved()).map(({ op }) => [op.kind, op.moves])).toEqual([
      ["erase", [{ from: "g0", to: null, atoms: [0, 2] }]],
    ]);
  });

  it("answers by the plan as it is, not as it was when it asked", async () => {
    const { session, index, at, draft, saved } = await bench();
    const brush = new Brush(session, index, "g0", 5);
    brush.draw(...at(29));
    brush.draw(...at(35));
    brush.lift();
    expect(brush.question.value).not.toBeNull();
    // Meanwhile another gives all that would be stranded to grid 0.
    draft.post("b", 0, [
      { id: "theirs", kind: "assign", moves: [{ from: "g1", to: "g0", atoms: [6, 6, 6, 6] }] },
    ]);
    for (let i = 0; i < 50; i++) await Promise.resolve();
    expect(session.rev).toBe(1);
    brush.answer("take_stranded");
    expect(session.plan.totals(0).atoms).toBe(54);
    expect(session.plan.parts(1)).toHaveLength(1);
    expect((await saved()).map(({ op }) => op.moves?.map((move) => move.atoms))).toEqual([
      [[6, 6, 6, 6]],
      [[30, 6]],
    ]);
  });
});
