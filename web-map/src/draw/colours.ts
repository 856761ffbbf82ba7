/**
 * How grids look: by status, or six colours of which no two neighbours share one. Hatches say the same as colours do, so
 * that colour is never the only cue.
 */
import { Heap } from "../engine/heap";
import type { Plan } from "../engine/plan";
import { UNASSIGNED } from "../engine/plan";

/** Hatches, by the number that the shader knows. */
export const HATCHES = ["plain", "falling", "rising", "dots", "level", "crossed"] as const;
export type Hatch = (typeof HATCHES)[number];

export interface Look {
  /** Red, green, blue, 0 to 255. */
  rgb: Rgb;
  hatch: Hatch;
}

/** What a grid's row in the table says beside its colour. */
export const GRID_FLAGS = { active: 16, locked: 32 } as const;

type Rgb = readonly [number, number, number];
/** What the reader's system asks for. */
export type Scheme = "light" | "dark";

/**
 * Six colours that stay apart under red, green and blue blindness (`draw.test.ts` measures them); the light ones after the hues of
 * Okabe and Ito, Color Universal Design (2008), the dark ones found by a search, dark enough for pale borders to stand out.
 */
export const SIX: Record<Scheme, readonly Rgb[]> = {
  light: [
    [229, 243, 145],
    [164, 194, 250],
    [224, 127, 46],
    [55, 151, 103],
    [248, 190, 199],
    [152, 114, 228],
  ],
  dark: [
    [46, 123, 0],
    [45, 26, 153],
    [176, 74, 97],
    [82, 3, 5],
    [143, 84, 157],
    [55, 0, 73],
  ],
};

type Standing = ReturnType<Plan["standing"]> | "none";

const HATCH_OF: Record<Standing, Hatch> = {
  in_band: "plain",
  under: "falling",
  over: "rising",
  uninhabited: "dots",
  unknown: "level",
  empty: "level",
  none: "dots",
};

/** Colours by status, those of the published map: blue below, orange above. */
const STATUS_RGB: Record<Scheme, Record<Standing, Rgb>> = {
  light: {
    in_band: [206, 222, 210],
    under: [195, 219, 240],
    over: [248, 207, 162],
    uninhabited: [239, 236, 228],
    unknown: [223, 228, 232],
    empty: [223, 228, 232],
    none: [250, 248, 244],
  },
  dark: {
    in_band: [53, 80, 74],
    under: [33, 65, 95],
    over: [94, 58, 23],
    uninhabited: [31, 36, 39],
    unknown: [43, 52, 58],
    empty: [43, 52, 58],
    none: [24, 29, 32],
  },
};

export const statusLook = (standing: Standing, scheme: Scheme): Look => ({
  rgb: STATUS_RGB[scheme][standing],
  hatch: HATCH_OF[standing],
});

/** Borders between grids, and those of the grid that is worked on; each by scheme, as the shaders mix them. */
export const BORDER: Record<Scheme, Rgb> = { light: [36, 46, 52], dark: [214, 224, 226] };
export const ACTIVE_BORDER: Record<Scheme, Rgb> = { light: [13, 40, 115], dark: [190, 226, 255] };
/** How much of white is laid over the grid that is worked on. */
export const ACTIVE_WHITE: Record<Scheme, number> = { light: 0.25, dark: 0.08 };

export type Mode = "status" | "six";

/** One byte each of red, green, blue, and hatch with flags; the first row is for atoms in no grid. */
export function lookTable(
  plan: Plan,
  mode: Mode,
  active: number,
  known?: Uint8Array,
  scheme: Scheme = "light",
): Uint8Array<ArrayBuffer> {
  const table = new Uint8Array(4 * (plan.slot_count + 1));
  const colours = mode === "six" ? (known ?? colourGraph(plan)) : null;
  writeLook(table, 0, statusLook("none", scheme), 0);
  for (let slot = 0; slot < plan.slot_count; slot++) putLook(table, plan, slot, active, colours, scheme);
  return table;
}

/** Writes the row of one grid; of one that was removed, that of no grid. */
export function putLook(
  table: Uint8Array,
  plan: Plan,
  slot: number,
  active: number,
  colours: Uint8Array | null,
  scheme: Scheme = "light",
): void {
  const grid = plan.grid(slot);
  if (!grid) {
    writeLook(table, slot + 1, statusLook("none", scheme), 0);
    return;
  }
  const status = statusLook(plan.standing(slot), scheme);
  const colour = colours?.[slot] ?? 0;
  // The seventh and further colours are the six again, hatched level.
  const look: Look = colours
    ? { rgb: SIX[scheme][colour % 6] as Rgb, hatch: colour < 6 ? status.hatch : "level" }
    : status;
  const flags = (slot === active ? GRID_FLAGS.active : 0) | (grid.locked ? GRID_FLAGS.locked : 0);
  writeLook(table, slot + 1, look, flags);
}

function writeLook(table: Uint8Array, row: number, { rgb, hatch }: Look, flags: number): void {
  table[4 * row] = rgb[0];
  table[4 * row + 1] = rgb[1];
  table[4 * row + 2] = rgb[2];
  table[4 * row + 3] = HATCHES.indexOf(hatch) | flags;
}

/**
 * Colours for grids of which no two that share a border have the same: the grid with the most differently coloured
 * neighbours next (Brélaz, New methods to color the vertices of a graph, CACM 22, 1979). Borders of a plane map mostly need
 * four to six; more are given where they do not do. By slot. O((grids + borders) log grids).
 */
export function colourGraph(plan: Plan): Uint8Array {
  const slots = plan.liveSlots();
  const near = new Map(
    slots.map((slot) => [
      slot,
      [...plan.beside(slot)].filter(([other, mm]) => other !== UNASSIGNED && mm > 0).map(([other]) => other),
    ]),
  );
  const colours = new Uint8Array(plan.slot_count);
  const used = new Map(slots.map((slot) => [slot, new Set<number>()]));
  const degree = (slot: number) => near.get(slot)?.length ?? 0;
  // Those with the most neighbours first, as they come else: what stands first in its pile goes next.
  const order = [...slots].sort((a, b) => degree(b) - degree(a));
  const rank = new Map(order.map((slot, at) => [slot, at]));
  /** By how many colours are taken around them: heaps of ranks, with some that have gone on to the next. */
  const piles = [new Heap<number>()];
  for (const at of order.keys()) piles[0]?.push([at], at);
  const done = new Set<number>();
  const next = (): number | undefined => {
    while (piles.length > 0) {
      const first = piles[piles.length - 1]?.pop();
      if (!first) {
        piles.pop();
        continue;
      }
      const slot = order[first.item] as number;
      if (!done.has(slot) && used.get(slot)?.size === piles.length - 1) return slot;
    }
    return undefined;
  };
  const spent = new Array<number>(6).fill(0);
  for (let best = next(); best !== undefined; best = next()) {
    done.add(best);
    const taken = used.get(best) as Set<number>;
    // Of the free colours the least used one, so that all six are seen.
    const free = [0, 1, 2, 3, 4, 5].filter((colour) => !taken.has(colour));
    let colour = free.reduce((a, b) => ((spent[b] as number) < (spent[a] as number) ? b : a), free[0] ?? 6);
    while (taken.has(colour)) colour++;
    if (colour < 6) spent[colour] = (spent[colour] as number) + 1;
    colours[best] = colour;
    for (const other of near.get(best) ?? []) {
      const around = used.get(other);
      if (!around || around.has(colour) || done.has(other)) continue;
      around.add(colour);
      while (piles.length <= around.size) piles.push(new Heap());
      const at = rank.get(other) as number;
      piles[around.size]?.push([at], at);
    }
  }
  return colours;
}
