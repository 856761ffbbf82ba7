import { describe, expect, it } from "vitest";
import { age, area, count, day, degrees, distance, shortTail } from "./format";

describe("figures", () => {
  it("group thousands and dash the unknown", () => {
    expect(count(40231, "en")).toBe("40,231");
    expect(count(null, "en")).toBe("–");
    expect(count(0, "en")).toBe("0");
  });

  it("name an area in the unit that fits it", () => {
    expect(area(0.6, "en")).toBe("0.6 m²");
    expect(area(812.4, "en")).toBe("812 m²");
    expect(area(42_100, "en")).toBe("4.21 ha");
    expect(area(421_000, "zh-CN")).toBe("42.1 公顷");
    expect(area(12_340_000, "en")).toBe("12.34 km²");
  });

  it("name a distance in the unit that fits it", () => {
    expect(distance(3.24, "en")).toBe("3.2 m");
    expect(distance(345.6, "zh-CN")).toBe("346 米");
    expect(distance(12_345, "en")).toBe("12.3 km");
  });

  it("keep the lattice's seven places and no more", () => {
    expect(degrees(120.6300000001)).toBe("120.63");
    expect(degrees(31.3201234)).toBe("31.3201234");
  });
});

describe("times", () => {
  it("are told in the largest fitting unit", () => {
    expect(age(-50)).toEqual({ unit: "seconds", n: 0 });
    expect(age(59_000)).toEqual({ unit: "seconds", n: 59 });
    expect(age(61_000)).toEqual({ unit: "minutes", n: 1 });
    expect(age(2 * 3_600_000)).toEqual({ unit: "hours", n: 2 });
    expect(age(50 * 3_600_000)).toEqual({ unit: "days", n: 2 });
  });

  it("take a bare date as that day anywhere", () => {
    expect(day("2026-03-01", "en")).toBe("1 Mar 2026");
    expect(day("2026-03-01", "zh-CN")).toBe("2026/3/1");
    expect(day("2026-02-28T16:00:00Z", "en", "Asia/Shanghai")).toBe("1 Mar 2026");
    expect(day("soon", "en")).toBe("soon");
  });
});

describe("a label's short code", () => {
  it("is the piece after the last hyphen, or the last three digits", () => {
    expect(shortTail("320599003004-006")).toBe("006");
    expect(shortTail("A-B-1024")).toBe("1024");
    expect(shortTail("320599003004006")).toBe("006");
    expect(shortTail("56")).toBe("56");
    expect(shortTail("ends-")).toBe("ds-");
  });
});
