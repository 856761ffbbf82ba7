/**
 * How long the plan engine takes on a town of 50,176 atoms. Prints; claims nothing.
 *
 *   node bench/run.mjs engine
 */

import { diff, snapshot } from "../src/engine/diff";
import { figures, formOf } from "../src/engine/figures";
import { apply } from "../src/engine/ops";
import { problems } from "../src/engine/problems";
import { random } from "../src/engine/random";
import { AtomIndex } from "../src/engine/spatial";
import { inBlocks, planOf } from "../src/engine/testing/frame";
import { writeTown } from "../src/engine/testing/town";
import * as tools from "../src/engine/tools";
import { readTopology } from "../src/engine/topology";

const SIDE = 224;

/** Prints how long a run takes by the clock, and the mean of processor time, which a busy machine does not falsify. */
function time(name: string, rounds: number, run: (round: number) => unknown): void {
  for (let i = 0; i < Math.min(3, rounds); i++) run(i);
  const before = process.cpuUsage();
  const took_ms = Array.from({ length: rounds }, (_, i) => {
    const begun = performance.now();
    run(i);
    return performance.now() - begun;
  }).sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(before);
  const at = (share: number) => (took_ms[Math.floor(share * (rounds - 1))] as number).toFixed(3).padStart(9);
  const cpu_ms = ((user + system) / 1000 / rounds).toFixed(3).padStart(9);
  console.log(`${name.padEnd(60)} cpu ${cpu_ms} ms   p50 ${at(0.5)} ms   p95 ${at(0.95)} ms`);
}

const bytes = writeTown({ cols: SIDE, rows: SIDE, street_every: 4, units: 4 });
console.log(`${SIDE * SIDE} atoms, ${(bytes.byteLength / 2 ** 20).toFixed(1)} MiB of topology`);
time("read and check the topology", 5, () => readTopology(bytes));
const town = readTopology(bytes);
time("index of atoms", 5, () => new AtomIndex(town));
const index = new AtomIndex(town);
time("a plan of 1,024 grids from nothing", 5, () => planOf(town, inBlocks(SIDE, 7)));
const plan = planOf(town, inBlocks(SIDE, 7));
const draw = random(1);
const place = () => Math.floor(draw() * town.atoms);
const at = (atom: number) => [town.label[2 * atom] as number, town.label[2 * atom + 1] as number] as const;
time("atom under the pointer", 2_000, () => index.at(...at(place())));
time("atoms under a brush of 100 m", 1_000, () => index.disc(...at(place()), 100));
time("safe dab of 100 m: look, take, totals, parts of all touched", 300, (i) => {
  const atom = place();
  const slot = plan.slot_of[atom] as number;
  const dab = tools.dab(plan, slot, index.disc(...at(atom), 100));
  apply(plan, tools.assignOp(plan, dab.take, plan.grid(slot)?.id ?? null, `d${i}`));
  for (const touched of new Set(dab.take.map((taken) => plan.slot_of[taken] as number))) {
    plan.totals(touched);
    plan.parts(touched);
  }
});
time("one atom moved", 20_000, () => plan.move(place(), Math.floor(draw() * 1_024)));
const clean = planOf(town, inBlocks(SIDE, 7));
const first = snapshot(clean);
time("pieces of all 1,024 grids", 20, () => {
  for (const slot of clean.liveSlots())
    clean.pieces(clean.members(slot), (atom) => clean.slot_of[atom] === slot);
});
time("all problems, nothing known", 5, (i) => problems(i ? planOf(town, inBlocks(SIDE, 7)) : clean));
time("all problems after one atom moved", 100, () => {
  clean.move(place(), Math.floor(draw() * 1_024));
  return problems(clean);
});
time("form of one grid", 200, (i) => {
  clean.move(place(), i % 1_024);
  return formOf(clean, i % 1_024);
});
time("figures of the plan after one atom moved", 30, () => {
  clean.move(place(), Math.floor(draw() * 1_024));
  return figures(clean);
});
time("difference of two plans", 30, () => diff(town, first, snapshot(clean)));
const other = planOf(town, inBlocks(SIDE, 7));
time("pull a border", 200, () => {
  const atom = place();
  const slot = other.slot_of[atom] as number;
  const beside = [...other.beside(slot).keys()][0] as number;
  return tools.pull(other, slot, beside, atom);
});
time("split a grid evenly", 30, (i) => tools.splitEvenly(other, i, i));
time("balance two neighbours", 30, (i) =>
  tools.balance(other, i, [...other.beside(i).keys()][0] as number, i),
);
time("next best move for one problem", 30, (i) => {
  const problem = problems(other)[i];
  return problem && tools.nextBest(other, problem);
});
const half = planOf(town, (atom) => (atom % 100 === 0 ? null : inBlocks(SIDE, 7)(atom)));
time("the rest of the plan: 502 atoms", 5, () => tools.fill(half));
const tenth = planOf(town, (atom) => (atom % 10 === 0 ? null : inBlocks(SIDE, 7)(atom)));
time("the rest of the plan: 5,018 atoms", 3, () => tools.fill(tenth));
