import { describe, expect, it } from "vitest";
import type { Jurisdiction } from "../api/types";
import { matchJurisdictions } from "./jurisdiction";

const one = (code: string, name: string, level: number) => ({ code, name, level }) as Jurisdiction;
const ALL = [
  one("1", "临江区", 1),
  one("101", "临江街道", 2),
  one("101001", "永安社区", 3),
  one("102001", "永安社区", 3),
];

describe("finding a jurisdiction", () => {
  it("prefers the code, then the whole name, then a part of it", () => {
    expect(matchJurisdictions("101", ALL).map((found) => found.code)).toEqual(["101"]);
    expect(matchJurisdictions("永安社区", ALL).map((found) => found.code)).toEqual(["101001", "102001"]);
    expect(matchJurisdictions("临江", ALL).map((found) => found.code)).toEqual(["1", "101"]);
  });

  it("finds nothing in nothing", () => {
    expect(matchJurisdictions("  ", ALL)).toEqual([]);
    expect(matchJurisdictions("xyz", ALL)).toEqual([]);
  });
});
