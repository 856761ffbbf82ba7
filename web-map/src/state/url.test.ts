import { describe, expect, it } from "vitest";
import { type PageState, readHash, writeHash } from "./url";

const START: PageState = { tab: "lookup", view: null, selection: null, hidden: [] };

describe("the address", () => {
  it("reads back what it wrote", () => {
    const states: PageState[] = [
      START,
      { ...START, tab: "coverage", view: { zoom: 13.25, lat: 31.32, lon: 120.63 } },
      { ...START, selection: { kind: "point", lon: 120.6312345, lat: -31.3201234, crs: "EPSG:4547" } },
      { ...START, selection: { kind: "grid", code: "甲区&1=2,3:4+5 %-001" } },
      { ...START, selection: { kind: "jurisdiction", code: "320599" }, hidden: ["over", "uninhabited"] },
      { ...START, selection: { kind: "finding", code: "17" } },
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
    ]) {
      expect(readHash(hash), hash).toEqual(START);
    }
  });
});
