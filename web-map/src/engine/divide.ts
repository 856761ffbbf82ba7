/**
 * Dividing atoms in two: along a line, or evenly. Both halves hang together wherever the whole did.
 *
 * The even division draws spanning trees and cuts each at its best edge (DeFord, Duchin and Solomon, Recombination, Harvard
 * Data Science Review 3.1, 2021), trees by random weights that run inside blocks rather than across streets, so that cuts
 * fall on streets. Same seed, same division.
 */
import { violation } from "./band";
import { borderChange, partsWithout, sizesOf } from "./cuts";
import { less } from "./heap";
import { type Plan, UNASSIGNED } from "./plan";
import { random } from "./random";
import { across, arcsOf, LINE_CLASSES, NONE } from "./topology";

export interface Halves {
  /** Stay: the half with more of what the plan counts. Ascending. */
  stay: number[];
  /** Go. Ascending. */
  go: number[];
}

/** How many trees are tried. */
const TREES = 48;
/** How much likelier a tree runs where nothing divides than across each class of line. */
const ACROSS: Record<(typeof LINE_CLASSES)[number], number> = {
  none: 0,
  path: 0.5,
  wall: 1,
  street: 1,
  arterial: 2,
  rail: 3,
  river: 3,
};

/** Divides the atoms of a grid evenly; null where fewer than two may move, or the grid is locked. */
export function splitEvenly(plan: Plan, slot: number, seed = 1): Halves | null {
  if (plan.grid(slot)?.locked) return null;
  const atoms = plan.atomsOf(slot);
  return halves(plan, atoms, bisect(plan, atoms, slot, seed));
}

/** Divides a grid along a line of x, y pairs, both ends drawn on to infinity; pieces that the line cuts off stay with what they touch. */
export function splitByLine(plan: Plan, slot: number, line: readonly number[]): Halves | null {
  if (plan.grid(slot)?.locked || line.length < 4) return null;
  const atoms = plan.atomsOf(slot);
  const { label } = plan.topology;
  let right = new Set(
    atoms.filter((atom) => sideOf(line, label[2 * atom] as number, label[2 * atom + 1] as number) < 0),
  );
  const inSlot = new Set(atoms);
  for (let round = 0; round < 8; round++) {
    const before = right.size;
    const next = new Set(right);
    for (const [own, side] of [
      [right, true],
      [new Set(atoms.filter((atom) => !right.has(atom))), false],
    ] as const) {
      const pieces = plan.pieces(own, (atom) => own.has(atom));
      for (const piece of pieces.slice(1)) {
        const meets = piece.atoms.some((atom) =>
          plan.neighbours(atom).some((other) => inSlot.has(other) && !own.has(other)),
        );
        if (!meets) continue;
        for (const atom of piece.atoms) {
          if (side) next.delete(atom);
          else next.add(atom);
        }
      }
    }
    right = next;
    if (right.size === before) break;
  }
  return halves(plan, atoms, right);
}

/** Left of the nearest piece of a line is positive, right is negative; both ends are drawn on to infinity. */
export function sideOf(line: readonly number[], x: number, y: number): number {
  let [best, side] = [Number.POSITIVE_INFINITY, 1];
  const last = line.length - 2;
  for (let i = 0; i < last; i += 2) {
    const [ax, ay, bx, by] = line.slice(i, i + 4) as [number, number, number, number];
    const [dx, dy] = [bx - ax, by - ay];
    const length_2 = dx * dx + dy * dy;
    if (length_2 === 0) continue;
    let t = ((x - ax) * dx + (y - ay) * dy) / length_2;
    if (i > 0) t = Math.max(0, t);
    if (i + 2 < last) t = Math.min(1, t);
    const far = (ax + t * dx - x) ** 2 + (ay + t * dy - y) ** 2;
    if (far < best) [best, side] = [far, dx * (y - ay) - dy * (x - ax)];
  }
  return side;
}

/** Sorts two sides into what stays and what goes; atoms that may not move stay, or it is no division. */
export function halves(
  plan: Plan,
  atoms: readonly number[],
  side: ReadonlySet<number> | null,
): Halves | null {
  if (!side || side.size === 0 || side.size === atoms.length) return null;
  const one = atoms.filter((atom) => side.has(atom));
  const other = atoms.filter((atom) => !side.has(atom));
  const fixed = (of: number[]) => of.some((atom) => !plan.movable(atom));
  const [a, b] = [sizesOf(plan, one)[0], sizesOf(plan, other)[0]];
  const first =
    fixed(one) || (!fixed(other) && (a > b || (a === b && (one[0] as number) < (other[0] as number))));
  const [stay, go] = first ? [one, other] : [other, one];
  return fixed(go) ? null : { stay, go };
}

/**
 * One side of the best of many divisions of `atoms` in two connected halves: the least outside the bands of `slot`, then
 * evenly to a twentieth, then by the shortest border. Null for fewer than two atoms. O(trees · n log n).
 */
export function bisect(plan: Plan, atoms: readonly number[], slot: number, seed: number): Set<number> | null {
  const n = atoms.length;
  if (n < 2) return null;
  const { topology } = plan;
  const place = new Map(atoms.map((atom, i) => [atom, i]));
  const edges: { a: number; b: number; mm: number; across: number }[] = [];
  const pairs = new Map<number, (typeof edges)[number]>();
  atoms.forEach((atom, a) => {
    for (const other of plan.neighbours(atom)) {
      const b = place.get(other);
      if (b === undefined || b <= a) continue;
      const edge = { a, b, mm: 0, across: Number.POSITIVE_INFINITY };
      pairs.set(a * n + b, edge);
      edges.push(edge);
    }
    for (const arc of arcsOf(topology, atom)) {
      const other = across(topology, arc, atom);
      const b = other === NONE ? undefined : place.get(other);
      const edge = b === undefined ? undefined : pairs.get(a * n + b);
      if (!edge) continue;
      edge.mm += topology.arc_length_mm[arc] as number;
      edge.across = Math.min(edge.across, ACROSS[LINE_CLASSES[topology.arc_class[arc] as number] ?? "none"]);
    }
  });
  for (const edge of edges) if (!Number.isFinite(edge.across)) edge.across = ACROSS.river;
  const { attribute } = plan.frame.counted;
  const sizes = atoms.map((atom) => plan.atomSize(atom, attribute));
  const others = atoms.map((atom) =>
    plan.atomSize(atom, attribute === "households" ? "population" : "households"),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const counted = slot === UNASSIGNED ? plan.frame.counted : plan.countedOf(slot);
  const totalOther = others.reduce((sum, size) => sum + size, 0);
  const draw = random(seed);
  let best: { score: [number, number, number]; side: Set<number> } | null = null;
  for (let tree = 0; tree < TREES; tree++) {
    const { parent, order } = spanningTree(n, edges, draw);
    // Sums below each atom, leaves first; cutting the edge above it parts these off.
    const [below, belowOther] = [sizes.slice(), others.slice()];
    const count = new Array<number>(n).fill(1);
    for (let i = n - 1; i > 0; i--) {
      const at = order[i] as number;
      const up = parent[at] as number;
      below[up] = (below[up] as number) + (below[at] as number);
      belowOther[up] = (belowOther[up] as number) + (belowOther[at] as number);
      count[up] = (count[up] as number) + (count[at] as number);
    }
    let cut = -1;
    let cutScore: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let i = 1; i < n; i++) {
      const at = order[i] as number;
      const [size, other] = [below[at] as number, belowOther[at] as number];
      const outside = violation(counted, size, other) + violation(counted, total - size, totalOther - other);
      const uneven =
        total > 0 ? Math.abs(2 * size - total) / total : Math.abs(2 * (count[at] as number) - n) / n;
      const score: [number, number] = [outside, uneven];
      if (less(score, cutScore)) [cut, cutScore] = [at, score];
    }
    const side = new Set<number>([cut]);
    for (const at of order) if (at !== cut && side.has(parent[at] as number)) side.add(at);
    const border = edges.reduce((sum, { a, b, mm }) => (side.has(a) !== side.has(b) ? sum + mm : sum), 0);
    const score: [number, number, number] = [cutScore[0], Math.floor(cutScore[1] * 20), border];
    if (!best || less(score, best.score)) best = { score, side };
  }
  return best && new Set([...best.side].map((i) => atoms[i] as number));
}

/** A spanning tree of least random weight (Kruskal), pieces joined end to end where the atoms are in several. */
function spanningTree(
  n: number,
  edges: readonly { a: number; b: number; across: number }[],
  draw: () => number,
) {
  const weights = edges.map((edge, i) => ({ i, weight: draw() + edge.across }));
  weights.sort((x, y) => x.weight - y.weight || x.i - y.i);
  const group = Array.from({ length: n }, (_, i) => i);
  const find = (i: number): number => {
    let at = i;
    while (group[at] !== at) {
      group[at] = group[group[at] as number] as number;
      at = group[at] as number;
    }
    return at;
  };
  const rows: number[][] = Array.from({ length: n }, () => []);
  const join = (a: number, b: number) => {
    if (find(a) === find(b)) return;
    group[find(a)] = find(b);
    rows[a]?.push(b);
    rows[b]?.push(a);
  };
  for (const { i } of weights) {
    const edge = edges[i] as { a: number; b: number };
    join(edge.a, edge.b);
  }
  for (let i = 1; i < n; i++) join(i - 1, i);
  const parent = new Array<number>(n).fill(-1);
  const order = [Math.floor(draw() * n)];
  const seen = new Set(order);
  for (let i = 0; i < order.length; i++) {
    for (const next of rows[order[i] as number] as number[]) {
      if (seen.has(next)) continue;
      seen.add(next);
      parent[next] = order[i] as number;
      order.push(next);
    }
  }
  return { parent, order };
}

export interface Balanced {
  /** Atoms that go to the first and to the second of the two grids, ascending. */
  to_first: number[];
  to_second: number[];
}

/**
 * Balances two neighbouring grids: atoms at their border go over one by one while that lessens what is outside the bands,
 * then what they differ by, and strands nothing. Where that leaves one outside, both are divided anew and the better of the
 * two ways is taken. Null where nothing gets better.
 */
export function balance(plan: Plan, a: number, b: number, seed = 1): Balanced | null {
  if (a === b || !plan.grid(a) || !plan.grid(b) || plan.grid(a)?.locked || plan.grid(b)?.locked) return null;
  if (plan.home(a) !== plan.home(b)) return null;
  const counted = plan.countedOf(a);
  const start = [plan.atomsOf(a), plan.atomsOf(b)] as const;
  const score: Score = (x, y) => [violation(counted, ...x) + violation(counted, ...y), Math.abs(x[0] - y[0])];
  const scored = (one: readonly number[], other: readonly number[]) =>
    score(sizesOf(plan, one), sizesOf(plan, other));
  const begin = scored(...start);
  const flipped = flips(plan, a, b, score);
  let best = { sides: start as readonly [readonly number[], readonly number[]], score: begin };
  const flippedScore = scored(...flipped);
  if (less(flippedScore, best.score)) best = { sides: flipped, score: flippedScore };
  const all = [...start[0], ...start[1]].sort((x, y) => x - y);
  if (best.score[0] > 0 && all.every((atom) => plan.movable(atom))) {
    const side = bisect(plan, all, a, seed);
    if (side) {
      const one = all.filter((atom) => side.has(atom));
      const other = all.filter((atom) => !side.has(atom));
      // Whichever half keeps more people where they are stays the first grid.
      const stays = (half: number[]) =>
        sizesOf(
          plan,
          half.filter((atom) => plan.slot_of[atom] === a),
        )[0];
      const sides = stays(one) >= stays(other) ? ([one, other] as const) : ([other, one] as const);
      const anew = scored(...sides);
      if (less(anew, best.score)) best = { sides, score: anew };
    }
  }
  if (!less(best.score, begin)) return null;
  return {
    to_first: best.sides[0].filter((atom) => plan.slot_of[atom] !== a),
    to_second: best.sides[1].filter((atom) => plan.slot_of[atom] !== b),
  };
}

type Sizes = [size: number, other: number];
type Score = (one: Sizes, other: Sizes) => [number, number];

/** Lets atoms cross the border as long as that betters the score. O(atoms · atoms at the border · atoms) at worst. */
function flips(plan: Plan, a: number, b: number, score: Score): [number[], number[]] {
  const sides = [new Set(plan.atomsOf(a)), new Set(plan.atomsOf(b))] as const;
  const sizes: [Sizes, Sizes] = [sizesOf(plan, sides[0]), sizesOf(plan, sides[1])];
  const crossed = new Set<number>();
  for (;;) {
    const now = score(...sizes);
    const giving = sizes[0][0] >= sizes[1][0] ? 0 : 1;
    const [from, into] = giving === 0 ? [sides[0], sides[1]] : [sides[1], sides[0]];
    let best: { atom: number; order: number[]; sizes: [Sizes, Sizes] } | null = null;
    for (const atom of from) {
      if (crossed.has(atom) || !plan.movable(atom) || from.size === 1) continue;
      if (!plan.neighbours(atom).some((near) => into.has(near))) continue;
      const own = sizesOf(plan, [atom]);
      const moved = ([size, other]: Sizes, sign: number): Sizes => [
        size + sign * own[0],
        other + sign * own[1],
      ];
      const after: [Sizes, Sizes] = [
        moved(sizes[0], giving === 0 ? -1 : 1),
        moved(sizes[1], giving === 0 ? 1 : -1),
      ];
      const better = score(...after);
      if (!less(better, now)) continue;
      const mm = borderChange(plan, [{ atoms: [atom], to: giving === 0 ? b : a }]);
      const order = [...better, mm, atom];
      if (best && !less(order, best.order)) continue;
      if (partsWithout(plan, atom, (near) => from.has(near))) continue;
      best = { atom, order, sizes: after };
    }
    if (!best) break;
    from.delete(best.atom);
    into.add(best.atom);
    crossed.add(best.atom);
    [sizes[0], sizes[1]] = best.sizes;
  }
  const ascending = (of: Set<number>) => [...of].sort((x, y) => x - y);
  return [ascending(sides[0]), ascending(sides[1])];
}
