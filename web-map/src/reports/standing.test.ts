import { describe, expect, it } from "vitest";
import type { Report } from "../api/types";
import { isNewer, justCame, lateHours, placed, sameStanding, stageOf } from "./standing";

const CAME = "2026-05-01T00:00:00Z";
const report = (change: Partial<Report> = {}): Report =>
  ({ id: "b", state: "routed", state_at: CAME, received_at: CAME, answer: null, ...change }) as Report;
const after = (hours: number) => Date.parse(CAME) + hours * 3_600_000;

describe("how a report stands", () => {
  it("is open until somebody answers it, wherever it went", () => {
    expect(
      (["routed", "outside", "answered", "closed"] as const).map((state) => stageOf(report({ state }))),
    ).toEqual(["open", "open", "answered", "closed"]);
  });

  it("is late after more than a day and more than three, while it is open", () => {
    expect([23, 24, 25, 72, 73].map((hours) => lateHours(report(), after(hours)))).toEqual([
      null,
      null,
      24,
      24,
      72,
    ]);
    expect(lateHours(report({ state: "answered" }), after(500))).toBeNull();
  });

  it("waits anew from when it was taken up again", () => {
    const again = report({ state_at: new Date(after(40)).toISOString() });
    expect(lateHours(again, after(60))).toBeNull();
    expect(lateHours(again, after(65))).toBe(24);
    expect(justCame(again)).toBe(false);
    expect(justCame(report())).toBe(true);
  });

  it("is told by the later of two, whichever comes first", () => {
    const closed = report({ state: "closed", state_at: new Date(after(1)).toISOString() });
    expect(isNewer(closed, report())).toBe(true);
    expect(isNewer(report(), closed)).toBe(false);
    expect(sameStanding(report(), report())).toBe(true);
    expect(sameStanding(report(), report({ answer: "mended" }))).toBe(false);
  });

  it("is put into its place in the list, by when it came", () => {
    const list = [report({ id: "c" }), report({ id: "a" })];
    const ids = (of: Report[]) => of.map(({ id }) => id);
    expect(ids(placed(list, report()))).toEqual(["c", "b", "a"]);
    expect(ids(placed(list, report({ id: "d" })))).toEqual(["d", "c", "a"]);
    expect(ids(placed(list, report({ id: "0" })))).toEqual(["c", "a", "0"]);
    expect(placed(list, report({ id: "c", state: "closed" })).map(({ state }) => state)).toEqual([
      "closed",
      "routed",
    ]);
  });

  it("is open without a word of when at a server that knows no states", () => {
    const old = { id: "b", state: "routed", received_at: CAME } as Report;
    expect([stageOf(old), justCame(old), isNewer(old, old)]).toEqual(["open", true, true]);
  });
});
