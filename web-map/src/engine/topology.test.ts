import { describe, expect, it } from "vitest";
import { aligned, BYTES_OF, COUNTS, type Counts, HEADER_BYTES, NONE, sections } from "./layout";
import { lengthMm } from "./measure";
import { makeTown, patches, writeTown } from "./testing/town";
import { across, arcsOf, cornersOf, neighboursOf, readTopology, TopologyError } from "./topology";

/** Where a section begins in the bytes. */
function sectionAt(buffer: ArrayBuffer, wanted: string): number {
  const view = new DataView(buffer);
  const counts = Object.fromEntries(
    COUNTS.map((name, i) => [name, view.getUint32(8 + 4 * i, true)]),
  ) as unknown as Counts;
  let at = HEADER_BYTES;
  for (const [name, type, length] of sections(counts)) {
    if (name === wanted) return at;
    at += aligned(BYTES_OF[type] * length);
  }
  throw new Error(wanted);
}

/** What reading says after one value was changed. */
function faultOf(section: string, index: number, value: number, bytes: 1 | 4 | 8 = 4): string {
  const buffer = writeTown({ cols: 3, rows: 2 });
  const view = new DataView(buffer);
  const at = sectionAt(buffer, section) + index * bytes;
  if (bytes === 8) view.setFloat64(at, value, true);
  else if (bytes === 4) view.setUint32(at, value, true);
  else view.setUint8(at, value);
  try {
    readTopology(buffer);
  } catch (error) {
    expect(error).toBeInstanceOf(TopologyError);
    return (error as Error).message;
  }
  return "";
}

describe("reading a topology", () => {
  it("gives back what was written", () => {
    const town = makeTown({ cols: 3, rows: 2, units: 3, links: [{ from: 0, to: 5, kind: 2 }] });
    expect(town.atoms).toBe(6);
    expect(town.codes).toEqual(["A00000", "A00001", "A00002", "A00003", "A00004", "A00005"]);
    expect(town.unit_names).toEqual(["街道", "第1社区", "第2社区", "第3社区"]);
    expect([...town.unit_level]).toEqual([1, 2, 2, 2]);
    expect([...neighboursOf(town, 0)]).toEqual([1, 3, 5]);
    expect([...cornersOf(town, 0)]).toEqual([4]);
    expect([...cornersOf(town, 1)]).toEqual([3, 5]);
    expect(arcsOf(town, 1).length).toBe(4);
    expect([...arcsOf(town, 1)].map((arc) => across(town, arc, 1)).sort()).toEqual([0, 2, 4, NONE]);
  });

  it("has arc lengths that are the sums of their edges' rounded lengths", () => {
    const town = makeTown({ cols: 20, rows: 20, labels: patches(20, 20, 40, 5) });
    for (let arc = 0; arc < town.arcs; arc++) {
      let mm = 0;
      const [from, to] = [town.arc_points[arc] as number, town.arc_points[arc + 1] as number];
      for (let p = from; p < to - 1; p++) {
        const [ax, ay, bx, by] = town.points.subarray(2 * p, 2 * p + 4) as unknown as [
          number,
          number,
          number,
          number,
        ];
        mm += lengthMm(ax, ay, bx, by);
      }
      expect(mm).toBe(town.arc_length_mm[arc]);
    }
  });

  it("finds neighbours and corner contacts as a look at every pair of arcs does", () => {
    const town = makeTown({ cols: 16, rows: 16, labels: patches(16, 16, 30, 9) });
    for (let atom = 0; atom < town.atoms; atom++) {
      const own = [...arcsOf(town, atom)];
      const beside = new Set(own.map((arc) => across(town, arc, atom)).filter((other) => other !== NONE));
      expect([...neighboursOf(town, atom)]).toEqual([...beside].sort((a, b) => a - b));
      const nodes = new Set(own.flatMap((arc) => [town.arc_start[arc], town.arc_end[arc]]));
      const meeting = new Set<number>();
      for (let arc = 0; arc < town.arcs; arc++) {
        if (!nodes.has(town.arc_start[arc]) && !nodes.has(town.arc_end[arc])) continue;
        for (const side of [town.arc_left[arc] as number, town.arc_right[arc] as number]) {
          if (side !== NONE && side !== atom && !beside.has(side)) meeting.add(side);
        }
      }
      expect([...cornersOf(town, atom)]).toEqual([...meeting].sort((a, b) => a - b));
    }
  });

  it("says what is wrong and where", () => {
    expect(faultOf("unit", 2, 7)).toContain("unit[2] is 7, of 2");
    expect(faultOf("area_m2", 1, Number.NaN, 8)).toContain("area_m2[1] is NaN");
    expect(faultOf("flags", 3, 6, 1)).toContain("flags[3] is 6");
    expect(faultOf("unit_parent", 1, 1)).toContain("parents stand before");
    expect(faultOf("arc_left", 0, 99)).toContain("arc_left[0] is 99");
    expect(faultOf("arc_class", 4, 9, 1)).toContain("arc_class[4] is 9");
    expect(faultOf("arc_points", 1, 0)).toContain("arc_points[1]");
    expect(faultOf("points", 0, 5)).toMatch(/ends at .* its node/);
    expect(faultOf("neighbour_mm", 0, 1)).toContain("their arcs are");
    expect(faultOf("neighbours", 0, 0)).toContain("its own");
    expect(faultOf("neighbour_link", 0, 1, 1)).toContain("differ by direction");
    expect(faultOf("code_offsets", 1, 99)).toContain("code_offsets");
    expect(faultOf("label", 0, 2_000_000_000)).toContain("outside -180..180");
  });

  it("refuses a file that is cut off, of another kind, or has a code twice", () => {
    const buffer = writeTown({ cols: 2, rows: 2 });
    expect(() => readTopology(buffer.slice(0, buffer.byteLength - 8))).toThrow(/cut off/);
    expect(() => readTopology(new ArrayBuffer(10))).toThrow(/shorter than the header/);
    const other = buffer.slice(0);
    new Uint8Array(other)[6] = 50;
    expect(() => readTopology(other)).toThrow(/another version/);
    const twice = buffer.slice(0);
    new Uint8Array(twice).set(
      new Uint8Array(twice, sectionAt(twice, "code_bytes"), 6),
      sectionAt(twice, "code_bytes") + 6,
    );
    expect(() => readTopology(twice)).toThrow(/"A00000" stands twice/);
  });

  it("never reads damage as if it were sound, nor fails otherwise than by saying so", () => {
    const whole = writeTown({ cols: 4, rows: 4, units: 2 });
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      const damaged = whole.slice(0);
      const at = (i * 7919) % whole.byteLength;
      const bytes = new Uint8Array(damaged);
      bytes[at] = (bytes[at] as number) ^ (1 << (i % 8));
      try {
        readTopology(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(TopologyError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
