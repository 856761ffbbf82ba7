import { expect, it } from "vitest";
import { parseTable } from "../csv";
import { apply, conflicts } from "../engine/ops";
import { inBlocks, planOf } from "../engine/testing/frame";
import { makeTown } from "../engine/testing/town";
import { NONE } from "../engine/topology";
import { readForeign, readTable, writeTable } from "./csv";

const town = makeTown({ cols: 12, rows: 12 });
const fresh = () => planOf(town, inBlocks(12, 4));

it("a table that was written is read as what is so already", () => {
  const plan = fresh();
  plan.move(3, NONE);
  const { rows, faults, op } = readTable(plan, writeTable(plan), "a");
  expect([rows, faults, op?.moves]).toEqual([144, [], []]);
});

it("a table brings another plan to what was written, in one operation", () => {
  const [then, now] = [fresh(), fresh()];
  for (const [atom, slot] of [
    [3, 1],
    [14, 2],
    [77, NONE],
    [100, 0],
  ] as const) {
    then.move(atom, slot);
  }
  const { op } = readTable(now, `\uFEFF${writeTable(then)}`, "a");
  expect(op).not.toBeNull();
  if (!op) return;
  expect(conflicts(now, op)).toEqual([]);
  apply(now, op);
  expect([...now.slot_of]).toEqual([...then.slot_of]);
});

it("cells may be quoted, and columns parted by comma, semicolon or tab", () => {
  expect(parseTable('a,"b ""x"", c"\r\nd,\n')).toEqual([
    ["a", 'b "x", c'],
    ["d", ""],
  ]);
  expect(parseTable("a;b;c,d\ne;f")).toEqual([
    ["a", "b", "c,d"],
    ["e", "f"],
  ]);
  expect(parseTable("a\tb")).toEqual([["a", "b"]]);
  expect(parseTable("")).toEqual([]);
});

it("what does not match is told by its row, and nothing is taken", () => {
  const plan = fresh();
  const [a, b] = [town.codes[0], town.codes[1]];
  const code = plan.grid(0)?.code;
  const text = `atom,grid\n${a},${code}\nnowhere,${code}\n\n${b},nothing\n${a},\n${b}\n`;
  const { rows, faults, more, op } = readTable(plan, text, "a");
  expect(rows).toBe(5);
  expect(more).toBe(0);
  expect(faults).toEqual([
    { row: 3, kind: "atom", text: "nowhere" },
    { row: 5, kind: "grid", text: "nothing" },
    { row: 6, kind: "twice", text: a, first: 2 },
    { row: 7, kind: "columns", found: 1 },
  ]);
  expect(op).toBeNull();
});

it("a name that several grids have names none of them; an id and a code go before a name", () => {
  const plan = fresh();
  const [first, second, third] = [0, 1, 2].map((slot) => plan.grid(slot));
  if (!first || !second || !third) throw new Error("the plan has three grids");
  for (const [slot, grid] of [
    [0, first],
    [1, second],
  ] as const) {
    plan.setGrid(slot, { ...grid, name: "twins" });
  }
  plan.setGrid(2, { ...third, name: first.code });
  const { faults } = readTable(plan, `${town.codes[9]},twins`, "a");
  expect(faults).toEqual([{ row: 1, kind: "several", text: "twins" }]);
  const { op } = readTable(plan, `${town.codes[143]},${first.code}`, "a");
  expect(op?.moves.map((move) => move.to)).toEqual([first.id]);
});

it("only some of many faults are listed, and the rest counted", () => {
  const text = Array.from({ length: 500 }, (_, i) => `x${i},y`).join("\n");
  const { faults, more } = readTable(fresh(), `atom,grid\n${text}`, "a");
  expect(faults.length + more).toBe(500);
  expect(faults.length).toBeLessThan(500);
});

it("a table of another program is read by the names of its fields, faults told by its own row numbers", () => {
  const plan = planOf(town, inBlocks(12, 4));
  const [one, other] = [plan.atomsOf(0)[0] as number, plan.atomsOf(0)[1] as number];
  const grid = plan.grid(1);
  const table = {
    fields: ["fid", "Atom", "households", "GRID", "grid_id"],
    numbers: [2, 9],
    rows: [
      ["1", town.codes[one] as string, "12", null, grid?.id ?? ""],
      ["2", town.codes[other] as string, null, grid?.code ?? "", null],
    ],
  };
  const read = readForeign(plan, table, "op");
  expect(read?.op?.moves).toEqual([{ from: plan.grid(0)?.id, to: grid?.id, atoms: [one, other] }]);
  const wrong = readForeign(
    plan,
    { ...table, rows: [table.rows[0] as string[], ["3", "nowhere", "", "", ""]] },
    "op",
  );
  expect(wrong?.op).toBeNull();
  expect(wrong?.faults).toEqual([{ row: 9, kind: "atom", text: "nowhere" }]);
  expect(readForeign(plan, { fields: ["fid", "name"], numbers: [], rows: [] }, "op")).toBeNull();
});
