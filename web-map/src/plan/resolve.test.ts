import { expect, it } from "vitest";
import { diff, snapshot } from "../engine/diff";
import { apply, conflicts } from "../engine/ops";
import { inBlocks, planOf } from "../engine/testing/frame";
import { makeTown } from "../engine/testing/town";
import { byCode, sides } from "./compare";
import { locksFor, proposalOp } from "./resolve";

const town = makeTown({ cols: 12, rows: 12 });
const fresh = () => planOf(town, inBlocks(12, 4));
const first = snapshot(fresh());
const made = (n: number) => ({ id: `made-${n}`, name: `made ${n}` });
const code = (slot: number) => fresh().grid(slot)?.code ?? "";

it("every other grid stays, and grids redrawn among themselves may still be divided anew", () => {
  const plan = fresh();
  expect(locksFor(plan, first, [0, 1])).toEqual(
    first.grids.map((grid) => grid.code).filter((one) => one !== code(0) && one !== code(1)),
  );
  for (const atom of plan.atomsOf(0).slice(0, 3)) plan.move(atom, 1);
  expect(locksFor(plan, first, [0, 1])).toHaveLength(7);
});

it("ground that went to other grids, new grids and locks cannot be divided anew by the server", () => {
  const plan = fresh();
  const [one] = plan.atomsOf(0);
  plan.move(one as number, 3);
  expect(locksFor(plan, first, [0, 1])).toBe("ground");
  expect(locksFor(plan, first, [3])).toBe("ground");
  expect(locksFor(plan, first, [0, 3])).toHaveLength(7);
  expect(locksFor(plan, first, [])).toBe("none");
  plan.lockAtom(one as number, 1);
  expect(locksFor(plan, first, [0, 3])).toBe("locked");
  const slot = plan.add("new", { code: "", name: "new", locked: false });
  plan.move(plan.atomsOf(5)[0] as number, slot);
  expect(locksFor(plan, first, [slot])).toBe("new");
});

it("a proposal is what the server said, whatever the draft was meanwhile", () => {
  const plan = fresh();
  const [a, b, c] = plan.atomsOf(0) as [number, number, number];
  plan.move(a, 1);
  plan.move(c, 1);
  const changed = [
    { atom: town.codes[b] as string, from: code(0), to: code(1) },
    { atom: town.codes[c] as string, from: code(0), to: "G-new" },
  ];
  const op = proposalOp(plan, first, [0, 1], changed, made, "op");
  expect(conflicts(plan, op)).toEqual([]);
  apply(plan, op);
  const at = (atom: number) => plan.grid(plan.slot_of[atom] as number)?.id;
  expect([at(a), at(b), at(c)]).toEqual([fresh().grid(0)?.id, fresh().grid(1)?.id, "made-0"]);
  expect(plan.atomsOf(2)).toEqual(fresh().atomsOf(2));
});

it("a grid that a proposal leaves empty is taken away", () => {
  const plan = fresh();
  const changed = plan
    .atomsOf(0)
    .map((atom) => ({ atom: town.codes[atom] as string, from: code(0), to: code(1) }));
  const op = proposalOp(plan, first, [0, 1], changed, made, "op");
  apply(plan, op);
  expect(plan.grid(0)).toBeNull();
  expect(plan.totals(1).atoms).toBe(32);
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
