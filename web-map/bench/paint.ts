/**
 * The page that `paint.mjs` drives: a made-up town on the real layer, painted by a real pointer. `?side=` atoms a side.
 */
import { Map as MapLibre, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { colourGraph, type Mode } from "../src/draw/colours";
import { keep, PlanLayer } from "../src/draw/layer";
import { buildMesh } from "../src/draw/mesh";
import { fillWords, Looks, writeAtoms } from "../src/draw/sync";
import { AtomWords } from "../src/draw/words";
import { History } from "../src/engine/history";
import { newId, type Op } from "../src/engine/ops";
import { AtomIndex } from "../src/engine/spatial";
import { inBlocks, planOf } from "../src/engine/testing/frame";
import { writeTown } from "../src/engine/testing/town";
import { assignOp, dab } from "../src/engine/tools";
import { readTopology } from "../src/engine/topology";
import { openStore } from "../src/plan/store";

setWorkerUrl(workerUrl);
const asked = new URLSearchParams(location.search);
const side = Number(asked.get("side") ?? 48);
const block = Number(asked.get("block") ?? 7);
const bytes = writeTown({ cols: side, rows: side, street_every: 4, river_at: 4 * Math.floor(side / 8) });
const times: Record<string, number> = {};
function timed<T>(name: string, run: () => T): T {
  const begun = performance.now();
  const made = run();
  times[name] = performance.now() - begun;
  return made;
}
const topology = timed("read_ms", () => readTopology(bytes));
const index = timed("index_ms", () => new AtomIndex(topology));
const plan = timed("plan_ms", () => planOf(topology, inBlocks(side, block)));
const mesh = timed("mesh_ms", () => buildMesh(topology));
const words = new AtomWords(topology.atoms);
fillWords(plan, words);
const layer = new PlanLayer("plan", mesh, words);
const looks = new Looks(layer);
const history = new History(newId);
const colours = timed("colour_ms", () => colourGraph(plan));
let mode: Mode = "status";
let active = 0;
let radius_m = 60;
/** Script of every dab so far: picking, checking, moving, totals, words and looks. */
const dab_ms: number[] = [];

const label = (atom: number): [number, number] => [
  (topology.label[2 * atom] as number) / 1e7,
  (topology.label[2 * atom + 1] as number) / 1e7,
];
const middle = Math.floor(side / 2) * side + Math.floor(side / 2);
const map = new MapLibre({
  container: "map",
  center: label(middle),
  zoom: Number(asked.get("zoom") ?? 13),
  fadeDuration: 0,
  attributionControl: false,
  dragPan: false,
  style: {
    version: 8,
    sources: {},
    layers: [{ id: "paper", type: "background", paint: { "background-color": "#f1efea" } }],
  },
});

function show(): void {
  looks.update(plan, mode, active, colours);
  const totals = plan.totals(active);
  const words = `${plan.grid(active)?.code}: ${totals.households} households, ${totals.persons} persons, ${totals.atoms} atoms, ${plan.parts(active).length} part(s)`;
  (document.getElementById("totals") as HTMLElement).textContent = words;
}

function done(op: Op): void {
  for (const { atoms } of op.moves) writeAtoms(plan, words, atoms);
  show();
  layer.repaint();
}

let stroke: Map<number, number> | null = null;
function paint(lng: number, lat: number): void {
  const begun = performance.now();
  const found = dab(plan, active, index.disc(Math.round(lng * 1e7), Math.round(lat * 1e7), radius_m));
  for (const atom of found.take) {
    if (!stroke?.has(atom)) stroke?.set(atom, plan.slot_of[atom] as number);
    plan.move(atom, active);
  }
  writeAtoms(plan, words, found.take);
  for (const atom of found.withheld) words.setFlag(atom, "stranded", 1);
  show();
  dab_ms.push(performance.now() - begun);
  layer.repaint();
}

/** A stroke is one operation: put back what the dabs did, then do it as one. */
function finish(): void {
  if (!stroke) return;
  const atoms = [...stroke.keys()];
  for (const [atom, slot] of stroke) plan.move(atom, slot);
  stroke = null;
  const op = assignOp(plan, atoms, plan.grid(active)?.id ?? null, newId());
  history.do(plan, op);
  for (let atom = 0; atom < topology.atoms; atom++) words.setFlag(atom, "stranded", 0);
  done(op);
}

map.on("mousedown", (event) => {
  active =
    plan.slot_of[index.at(Math.round(event.lngLat.lng * 1e7), Math.round(event.lngLat.lat * 1e7))] ?? 0;
  stroke = new Map();
  paint(event.lngLat.lng, event.lngLat.lat);
});
map.on("mousemove", (event) => {
  if (stroke) paint(event.lngLat.lng, event.lngLat.lat);
});
map.on("mouseup", finish);
addEventListener("keydown", (event) => {
  if (!event.ctrlKey || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  const stepped = event.shiftKey ? history.redo(plan) : history.undo(plan);
  if (stepped?.op) done(stepped.op);
});

const bench = {
  ready: false,
  times,
  dab_ms,
  counters: layer.counters,
  history,
  map,
  state: () => Array.from(plan.slot_of),
  totals: (slot: number) => plan.totals(slot),
  active: () => active,
  brush: (wanted_m: number) => {
    radius_m = wanted_m;
  },
  activate: (slot: number) => {
    active = slot;
    show();
  },
  recolour: (wanted: Mode): number => {
    const begun = performance.now();
    mode = wanted;
    looks.update(plan, mode, active, colours);
    return performance.now() - begun;
  },
  /** A dab of about fifteen atoms somewhere in view, with its bytes and script once it is drawn. */
  async dabAt(
    x: number,
    y: number,
  ): Promise<{ bytes: number; script_ms: number; render_ms: number; atoms: number }> {
    const { lng, lat } = map.unproject([x, y]);
    const before = layer.counters.upload_bytes;
    const frame = layer.counters.frames;
    active = plan.slot_of[index.at(Math.round(lng * 1e7), Math.round(lat * 1e7))] ?? 0;
    const had = plan.totals(active).atoms;
    paint(lng, lat);
    while (layer.counters.frames === frame) await new Promise((done) => setTimeout(done, 4));
    return {
      bytes: layer.counters.upload_bytes - before,
      script_ms: dab_ms[dab_ms.length - 1] as number,
      render_ms: layer.counters.render_ms,
      atoms: plan.totals(active).atoms - had,
    };
  },
  openStore,
  lose: () => map.painter.context.gl.getExtension("WEBGL_lose_context"),
};
export type Bench = typeof bench;
declare global {
  interface Window {
    bench: Bench;
  }
}
window.bench = bench;

map.on("load", () => {
  keep(map, layer);
  show();
  map.once("idle", () => {
    bench.ready = true;
  });
  map.triggerRepaint();
});
