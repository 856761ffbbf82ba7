import { describe, expect, it } from "vitest";
import { inBlocks, planOf } from "../engine/testing/frame";
import { makeTown, patches, random } from "../engine/testing/town";
import { NONE } from "../engine/topology";
import {
  ACTIVE_BORDER,
  ACTIVE_WHITE,
  BORDER,
  colourGraph,
  GRID_FLAGS,
  HATCHES,
  lookTable,
  SIX,
  statusLook,
} from "./colours";
import { fold } from "./layer";
import { buildMesh, fromMercator, hilbert, isBorder, mercator, SCALE_BITS, visible } from "./mesh";
import { fillWords, Looks, writeAtoms } from "./sync";
import { AtomWords, bytesOf, ROW } from "./words";

const town = makeTown({ cols: 24, rows: 24, labels: patches(24, 24, 90, 21), street_every: 4 });
const mesh = buildMesh(town);

describe("the mesh", () => {
  it("covers every atom with triangles of its own area, and nothing else", () => {
    const area = new Float64Array(town.atoms);
    const at = (vertex: number) =>
      [mesh.places[2 * vertex] as number, mesh.places[2 * vertex + 1] as number] as const;
    for (let i = 0; i < mesh.triangles.length; i += 3) {
      const corners = [0, 1, 2].map((k) => mesh.triangles[i + k] as number) as [number, number, number];
      const atom = mesh.atoms[corners[0]] as number;
      expect(corners.map((corner) => mesh.atoms[corner])).toEqual([atom, atom, atom]);
      const [[ax, ay], [bx, by], [cx, cy]] = corners.map(at) as [
        readonly [number, number],
        readonly [number, number],
        readonly [number, number],
      ];
      area[atom] = (area[atom] as number) + Math.abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) / 2;
    }
    const all = area.reduce((sum, part) => sum + part, 0);
    const all_m2 = town.area_m2.reduce((sum, part) => sum + part, 0);
    for (let atom = 0; atom < town.atoms; atom++) {
      expect((area[atom] as number) / all / ((town.area_m2[atom] as number) / all_m2)).toBeCloseTo(1, 3);
    }
  });

  it("has every edge of every arc once, and calls those borders whose sides differ", () => {
    expect(mesh.edges.length / 4).toBe(town.points.length / 2 - town.arcs);
    const plan = planOf(town, (atom) => (atom % 5 === 4 ? null : atom % 4));
    let borders = 0;
    for (let edge = 0; edge < mesh.edges.length / 4; edge++)
      if (isBorder(mesh, edge, plan.slot_of)) borders++;
    let expected = 0;
    for (let arc = 0; arc < town.arcs; arc++) {
      const [left, right] = [town.arc_left[arc] as number, town.arc_right[arc] as number];
      if (left !== NONE && right !== NONE && plan.slot_of[left] === plan.slot_of[right]) continue;
      expected += (town.arc_points[arc + 1] as number) - (town.arc_points[arc] as number) - 1;
    }
    expect(borders).toBe(expected);
  });

  it("draws what is in view, all of it and in one run from afar", () => {
    const large = buildMesh(makeTown({ cols: 60, rows: 60 }));
    const everything: [number, number, number, number] = [-1e9, -1e9, 1e9, 1e9];
    expect(visible(large.chunks, everything)).toEqual([[0, large.triangles.length]]);
    expect(large.chunks.length).toBeGreaterThan(6);
    const extent = large.chunks.map((chunk) => chunk.box);
    const middle = [
      Math.min(...extent.map((box) => box[0])) + 1,
      Math.min(...extent.map((box) => box[1])) + 1,
    ] as const;
    const small: [number, number, number, number] = [middle[0], middle[1], middle[0], middle[1]];
    const drawn = visible(large.chunks, small).reduce((sum, [, count]) => sum + count, 0);
    expect(drawn).toBeLessThan(large.triangles.length / 2);
    for (const chunk of large.chunks) {
      const meets =
        chunk.box[0] <= middle[0] &&
        chunk.box[2] >= middle[0] &&
        chunk.box[1] <= middle[1] &&
        chunk.box[3] >= middle[1];
      const runs = visible(large.chunks, small);
      expect(runs.some(([first, count]) => chunk.first >= first && chunk.first < first + count)).toBe(meets);
    }
  });

  it("goes to Mercator and back to the same lattice point", () => {
    const draw = random(1);
    for (let i = 0; i < 1_000; i++) {
      const [x, y] = [Math.round((draw() - 0.5) * 3.6e9), Math.round((draw() - 0.5) * 1.6e9)];
      expect(fromMercator(...mercator(x, y))).toEqual([x, y]);
    }
    expect(mercator(0, 0)).toEqual([0.5, 0.5]);
  });

  it("keeps a centimetre at street zooms, where a matrix of 32 bits alone does not", () => {
    const size = 512 * 2 ** 19;
    const main = [2 * size, 0, 0, 0, 0, -2 * size, 0, 0, 0, 0, 1, 0, -2 * size * 0.83, 2 * size * 0.41, 0, 1];
    const origin = [0.83, 0.41] as const;
    const folded = fold(main, origin);
    const off_px = 3.25;
    const local = (off_px / size) * 2 ** SCALE_BITS;
    const clip = (folded[0] as number) * Math.fround(local) + (folded[12] as number);
    expect(clip / 2).toBeCloseTo(off_px, 2);
    const coarse =
      Math.fround(main[0] as number) * Math.fround(0.83 + off_px / size) + Math.fround(main[12] as number);
    expect(Math.abs(coarse / 2 - off_px)).toBeGreaterThan(0.5);
  });

  it("walks the Hilbert curve cell by cell", () => {
    const cells = Array.from({ length: 256 }, (_, i) => [i % 16, Math.floor(i / 16)] as const);
    cells.sort((a, b) => hilbert(a[0], a[1], 4) - hilbert(b[0], b[1], 4));
    expect(new Set(cells.map(([x, y]) => hilbert(x, y, 4))).size).toBe(256);
    for (let i = 1; i < 256; i++) {
      const [[ax, ay], [bx, by]] = [cells[i - 1], cells[i]] as [
        readonly [number, number],
        readonly [number, number],
      ];
      expect(Math.abs(ax - bx) + Math.abs(ay - by)).toBe(1);
    }
  });
});

describe("the words of atoms", () => {
  it("hold slot and flags apart", () => {
    const words = new AtomWords(10);
    words.setSlot(3, 70_000);
    words.setFlag(3, "stranded", 1);
    words.setFlag(3, "selected", 1);
    words.setSlot(3, 5);
    words.setFlag(3, "selected", 0);
    expect([words.slotOf(3), words.has(3, "stranded"), words.has(3, "selected")]).toEqual([5, true, false]);
    expect(words.slotOf(4)).toBe(-1);
  });

  it("upload what changed and nothing twice, whatever changed", () => {
    const draw = random(3);
    const words = new AtomWords(50_176);
    const card = new Uint32Array(words.words.length);
    const upload = () => {
      const spans = words.take();
      for (const { x, y, width, height } of spans) {
        for (let row = y; row < y + height; row++) {
          card.set(words.words.subarray(row * ROW + x, row * ROW + x + width), row * ROW + x);
        }
      }
      return bytesOf(spans);
    };
    expect(upload()).toBe(4 * words.words.length);
    expect(upload()).toBe(0);
    for (let round = 0; round < 200; round++) {
      const many = round % 20 === 0 ? 3_000 : 15;
      for (let i = 0; i < many; i++)
        words.setSlot(Math.floor(draw() * words.atoms), Math.floor(draw() * 999));
      const bytes = upload();
      if (many === 15) expect(bytes).toBeLessThanOrEqual(16 * 1024);
      expect(Buffer.compare(Buffer.from(card.buffer), Buffer.from(words.words.buffer))).toBe(0);
    }
    words.setSlot(7, words.slotOf(7));
    expect(words.take()).toEqual([]);
    words.invalidate();
    expect(upload()).toBe(4 * words.words.length);
  });

  it("say of every atom what the plan says", () => {
    const plan = planOf(town, (atom) => (atom % 5 === 4 ? null : atom % 4));
    const words = new AtomWords(town.atoms);
    plan.lockAtom(8, 1);
    fillWords(plan, words);
    plan.move(9, 2);
    writeAtoms(plan, words, [9]);
    for (let atom = 0; atom < town.atoms; atom++) {
      const slot = plan.slot_of[atom] as number;
      expect(words.slotOf(atom)).toBe(slot === NONE ? -1 : slot);
      expect(words.has(atom, "locked")).toBe(atom === 8);
    }
  });
});

describe("colours", () => {
  it("of neighbours differ, and six do for maps like these", () => {
    for (const seed of [1, 2, 3, 4]) {
      const patched = makeTown({ cols: 30, rows: 30, labels: patches(30, 30, 200, seed) });
      const plan = planOf(patched, (atom) => atom);
      const colours = colourGraph(plan);
      for (const slot of plan.liveSlots()) {
        for (const [other, mm] of plan.beside(slot))
          if (mm > 0) expect(colours[slot]).not.toBe(colours[other]);
        expect(colours[slot]).toBeLessThan(6);
      }
      expect(new Set(colours).size).toBe(6);
    }
  });

  it("are given a hatch by status, in both modes, and flags for the active and the locked", () => {
    const plan = planOf(makeTown({ cols: 6, rows: 6, households: () => 12 }), inBlocks(6, 3));
    const grid = plan.grid(2);
    if (grid) plan.setGrid(2, { ...grid, locked: true });
    for (const mode of ["status", "six"] as const) {
      const table = lookTable(plan, mode, 1);
      expect(table.length).toBe(4 * 5);
      const hatch = HATCHES.indexOf("falling");
      expect([1, 2, 3, 4].map((row) => table[4 * row + 3])).toEqual([
        hatch,
        hatch | GRID_FLAGS.active,
        hatch | GRID_FLAGS.locked,
        hatch,
      ]);
    }
    const standings = ["in_band", "under", "over", "uninhabited", "unknown"] as const;
    expect(new Set(standings.map((one) => statusLook(one, "dark").hatch)).size).toBe(5);
  });

  it("brought up to date for what changed are those found from nothing, and are sent only when they differ", () => {
    const draw = random(17);
    for (const mode of ["status", "six"] as const) {
      const plan = planOf(makeTown({ cols: 12, rows: 12, households: () => 12 }), inBlocks(12, 4));
      let sent: Uint8Array = new Uint8Array(0);
      let times = 0;
      const looks = new Looks({
        setLooks(table) {
          sent = table;
          times++;
        },
      });
      const colours = colourGraph(plan);
      for (let i = 0; i < 150; i++) {
        const active = Math.floor(draw() * 9);
        plan.move(Math.floor(draw() * 144), Math.floor(draw() * (i < 60 ? 9 : 8)));
        const grid = plan.grid(active);
        if (i === 60) {
          for (const atom of plan.atomsOf(8)) plan.move(atom, 7);
          plan.remove(8);
        }
        if (grid && draw() < 0.2) plan.setGrid(active, { ...grid, locked: !grid.locked });
        const scheme = draw() < 0.5 ? "light" : "dark";
        looks.update(plan, mode, active, colours, scheme);
        expect([...sent]).toEqual([...lookTable(plan, mode, active, colours, scheme)]);
        const before = times;
        looks.update(plan, mode, active, colours, scheme);
        expect(times).toBe(before);
      }
    }
  });

  it("stay apart for colour-blind readers", () => {
    // Full dichromacy: Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009, in linear RGB.
    const seen: Record<string, number[]> = {
      all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
      protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
      deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
      tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
    };
    const linear = (byte: number) =>
      byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;
    const lab = (rgb: readonly number[], by: number[]) => {
      const [r, g, b] = rgb.map(linear) as [number, number, number];
      const [R, G, B] = [0, 3, 6].map((row) =>
        Math.max(0, (by[row] as number) * r + (by[row + 1] as number) * g + (by[row + 2] as number) * b),
      ) as [number, number, number];
      const f = (t: number) => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
      const x = f((0.4124 * R + 0.3576 * G + 0.1805 * B) / 0.95047);
      const y = f(0.2126 * R + 0.7152 * G + 0.0722 * B);
      const z = f((0.0193 * R + 0.1192 * G + 0.9505 * B) / 1.08883);
      return [116 * y - 16, 500 * (x - y), 200 * (y - z)] as const;
    };
    const pairs = Object.entries(seen).flatMap(([name, by]) =>
      (["light", "dark"] as const).map((scheme) => [`${scheme}, ${name}`, by, SIX[scheme]] as const),
    );
    for (const [name, by, six] of pairs) {
      const labs = six.map((rgb) => lab(rgb, by));
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j < i; j++) {
          const [a, b] = [labs[i], labs[j]] as [readonly number[], readonly number[]];
          const far = Math.hypot(...a.map((value, k) => value - (b[k] as number)));
          expect(far, `${name}: colours ${i} and ${j}`).toBeGreaterThan(25);
        }
      }
    }
  });

  it("of borders stand out from the ground on both sides, in either scheme", () => {
    const linear = (byte: number) =>
      byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]: readonly number[]) =>
      0.2126 * linear(r as number) + 0.7152 * linear(g as number) + 0.0722 * linear(b as number);
    // WCAG 2.2, 1.4.11: graphical objects.
    const contrast = (a: readonly number[], b: readonly number[]) => {
      const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
      return (light + 0.05) / (dark + 0.05);
    };
    const over = (below: readonly number[], above: readonly number[], share: number) =>
      below.map((byte, i) => byte + ((above[i] as number) - byte) * share);
    const PAPER = { light: [241, 239, 234], dark: [20, 25, 28] };
    const standings = ["in_band", "under", "over", "uninhabited", "unknown", "none"] as const;
    for (const scheme of ["light", "dark"] as const) {
      const looks = [...standings.map((one) => statusLook(one, scheme).rgb), ...SIX[scheme]];
      for (const rgb of looks) {
        const plain = over(PAPER[scheme], rgb, 0.9);
        const active = over(PAPER[scheme], over(rgb, [255, 255, 255], ACTIVE_WHITE[scheme]), 0.9);
        expect(contrast(BORDER[scheme], plain), `${scheme} ${rgb}`).toBeGreaterThanOrEqual(3);
        // Next to the grid that is worked on lie itself and any other.
        for (const ground of [plain, active])
          expect(contrast(ACTIVE_BORDER[scheme], ground), `${scheme} ${rgb}`).toBeGreaterThanOrEqual(3);
      }
    }
  });
});
