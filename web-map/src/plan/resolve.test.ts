import { expect, it } from "vitest";
import { diff, snapshot } from "../engine/diff";
import { apply, conflicts, type Op } from "../engine/ops";
import { inBlocks, planOf } from "../engine/testing/frame";
import { makeTown } from "../engine/testing/town";
import { byCode, sides } from "./compare";
import { proposalOp, refusal } from "./resolve";

const town = makeTown({ cols: 12, rows: 12 });
const fresh = () => planOf(town, inBlocks(12, 4));
const first = snapshot(fresh());
const made = (n: number) => ({ id: `made-${n}`, name: `made ${n}` });

it("locked grids and atoms cannot be divided anew, and none is nothing to divide", () => {
  const plan = fresh();
  expect(refusal(plan, [])).toBe("none");
  expect(refusal(plan, [0, 1])).toBeNull();
  plan.lockAtom(plan.atomsOf(0)[0] as number, 1);
  expect(refusal(plan, [0, 1])).toBe("locked");
  expect(refusal(plan, [1])).toBeNull();
});

const id = (slot: number) => fresh().grid(slot)?.id ?? "";

it("a proposal moves what the server said, new grids made and the rest of the draft left alone", () => {
  const plan = fresh();
  const [a, b, c] = plan.atomsOf(0) as [number, number, number];
  // redrawn before: the server was asked on that revision
  plan.move(a, 1);
  const proposal = {
    grids: [{ grid: id(0) }, { grid: id(1) }, { grid: "new:1" }],
    changed: [
      { atom: town.codes[a] as string, from: id(1), to: id(0) },
      { atom: town.codes[b] as string, from: id(0), to: id(1) },
      { atom: town.codes[c] as string, from: id(0), to: "new:1" },
    ],
  };
  const op = proposalOp(plan, [id(0), id(1)], proposal, made, "op") as Op;
  expect(conflicts(plan, op)).toEqual([]);
  apply(plan, op);
  const at = (atom: number) => plan.grid(plan.slot_of[atom] as number)?.id;
  expect([at(a), at(b), at(c)]).toEqual([id(0), id(1), "made-0"]);
  expect(plan.atomsOf(2)).toEqual(fresh().atomsOf(2));
});

it("a grid that a proposal leaves empty is taken away, unless somebody has put more into it", () => {
  const plan = fresh();
  const changed = plan
    .atomsOf(0)
    .map((atom) => ({ atom: town.codes[atom] as string, from: id(0), to: id(1) }));
  const proposal = { grids: [{ grid: id(1) }], changed };
  const op = proposalOp(plan, [id(0), id(1)], proposal, made, "op") as Op;
  apply(plan, op);
  expect(plan.grid(0)).toBeNull();
  expect(plan.totals(1).atoms).toBe(32);
  const meanwhile = fresh();
  meanwhile.move(meanwhile.atomsOf(4)[0] as number, 0);
  expect(proposalOp(meanwhile, [id(0), id(1)], proposal, made, "op")).toBe("ground");
});

it("a proposal for ground that others redrew meanwhile is not pressed on the draft", () => {
  const plan = fresh();
  const [a] = plan.atomsOf(0) as [number];
  const proposal = {
    grids: [{ grid: id(0) }, { grid: id(1) }],
    changed: [{ atom: town.codes[a] as string, from: id(0), to: id(1) }],
  };
  plan.move(a, 3);
  expect(proposalOp(plan, [id(0), id(1)], proposal, made, "op")).toBe("ground");
});

it("plans with other ids are compared by their codes", () => {
  const other = {
    labels: first.labels,
    grids: first.grids.map((grid) => ({ ...grid, id: `other ${grid.id}` })),
  };
  expect(diff(town, byCode(other, first), first).moved).toEqual([]);
  expect(diff(town, other, first).moved).toHaveLength(144);
});

it("with a grid chosen, what came to it and what left it are drawn apart", () => {
  const plan = fresh();
  const [out] = plan.atomsOf(0) as [number];
  const [came] = plan.atomsOf(1) as [number];
  const [other] = plan.atomsOf(5) as [number];
  plan.move(out, 1);
  plan.move(came, 0);
  plan.move(other, 4);
  const found = {
    base: { kind: "revision", rev: 0 } as const,
    before: first,
    diff: diff(town, first, snapshot(plan)),
  };
  const id = (slot: number) => plan.grid(slot)?.id ?? null;
  expect(sides(found, plan, id(0), null)).toEqual({ gained: [came], lost: [out] });
  expect(sides(found, plan, null, null).gained.sort((a, b) => a - b)).toEqual(
    [out, came, other].sort((a, b) => a - b),
  );
  expect(sides(found, plan, id(0), { from: id(5), to: id(4) })).toEqual({ gained: [other], lost: [] });
});
