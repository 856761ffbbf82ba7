import { expect, it } from "vitest";
import { fromWire, toWire } from "../engine/wire";
import { namesIn } from "./logbook";
import type { Recorded } from "./server";

const entry = (rev: number, op: Partial<Recorded["op"]>): Recorded => ({
  rev,
  by: "somebody",
  at: "2026-03-01T00:00:00Z",
  op: { id: `o${rev}`, kind: "mark", ...op } as Recorded["op"],
});

it("a name for a revision lasts until it is taken back, given again, or given to another", () => {
  const log = [
    entry(1, { mark: { name: "before the meeting", rev: 0 } }),
    entry(2, { kind: "assign" }),
    entry(3, { mark: { name: "as agreed", rev: 2 } }),
  ];
  const names = (more: Recorded[] = []) =>
    namesIn([...log, ...more]).map(({ name, rev }) => `${name}: ${rev}`);
  expect(names()).toEqual(["before the meeting: 0", "as agreed: 2"]);
  const back = entry(4, { mark: { name: "as agreed", rev: 2 }, undoes: "o3" });
  expect(names([back])).toEqual(["before the meeting: 0"]);
  const again = entry(5, { mark: { name: "as agreed", rev: 2 }, redoes: "o4" });
  expect(names([back, again])).toEqual(["before the meeting: 0", "as agreed: 2"]);
  expect(names([back, again, entry(6, { mark: { name: "as agreed", rev: 2 }, undoes: "o5" })])).toHaveLength(
    1,
  );
  expect(names([entry(4, { mark: { name: "as agreed", rev: 3 } })])).toEqual([
    "before the meeting: 0",
    "as agreed: 3",
  ]);
});

it("a name goes over the wire and back, and no half of one does", () => {
  const wire = { id: "o1", kind: "mark", mark: { name: "as agreed", rev: 2 } };
  expect(toWire(fromWire(wire, 4))).toEqual(wire);
  for (const mark of [{ name: "x" }, { rev: 1 }, { name: "x", rev: -1 }, { name: "x", rev: 1.5 }, null]) {
    expect(() => fromWire({ ...wire, mark }, 4)).toThrow();
  }
});
