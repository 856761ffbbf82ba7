import { describe, expect, it } from "vitest";
import { NO_PLAN, type PageState, readHash, writeHash } from "./url";

const START: PageState = { tab: "lookup", view: null, selection: null, hidden: [], plan: NO_PLAN };

describe("the address", () => {
  it("reads back what it wrote", () => {
    const states: PageState[] = [
      START,
      { ...START, tab: "coverage", view: { zoom: 13.25, lat: 31.32, lon: 120.63 } },
      { ...START, selection: { kind: "point", lon: 120.6312345, lat: -31.3201234, crs: "EPSG:4547" } },
      { ...START, selection: { kind: "grid", code: "甲区&1=2,3:4+5 %-001" } },
      { ...START, selection: { kind: "jurisdiction", code: "320599" }, hidden: ["over", "uninhabited"] },
      { ...START, selection: { kind: "finding", code: "17" } },
      { ...START, tab: "plan", plan: { ...NO_PLAN, plan: 12 } },
      {
        ...START,
        tab: "plan",
        plan: { plan: 3, rev: 0, grid: "甲区&1=2-001", tool: "brush", colour: "six" },
      },
    ];
    for (const state of states) expect(readHash(writeHash(state))).toEqual(state);
  });

  it("falls back to the start for what it does not understand", () => {
    for (const hash of [
      "",
      "#",
      "#tab=nope",
      "#view=a/b/c",
      "#view=3",
      "#view=3/95/1",
      "#sel=point:1",
      "#sel=cat:9",
      "#hide=x",
      "#plan=x",
      "#rev=3",
      "#plan=-1",
    ]) {
      expect(readHash(hash), hash).toEqual(START);
    }
  });
});
