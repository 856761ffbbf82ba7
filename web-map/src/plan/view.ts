/** The open plan on the map: the layer, labels of grids, and what the pointer draws. */
import { effect } from "@preact/signals";
import type { FeatureCollection } from "geojson";
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { colourGraph } from "../draw/colours";
import { keep, PlanLayer } from "../draw/layer";
import { buildMesh } from "../draw/mesh";
import { Looks } from "../draw/sync";
import { middleOf } from "../engine/cursor";
import { UNITS_PER_DEGREE } from "../engine/measure";
import type { Plan } from "../engine/plan";
import { count, shortTail } from "../format";
import { lang } from "../i18n";
import { DARK, LIGHT } from "../map/palette";
import { MEDIUM } from "../map/style";
import { look, planAwaited } from "../state/store";
import { SIGN } from "../status";
import type { Drawn, Editor, Split } from "./editor";
import { Overlay } from "./overlay";
import { bindPointer } from "./pointer";
import { scheme } from "./scheme";
import { pt } from "./words";

const LAYER = "plan";
const LABELS = "plan-label";
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
/** Colours of all grids are found this long after the plan is first seen, should nobody have asked for them. */
const COLOURS_MS = 1_000;
/** What is drawn around a plan, and its labels, come this long after it: by then it is on the screen, without a graphics card, too. */
const REST_MS = 700;
/** Labels are moved at most this often. */
const LABELS_MS = 250;
/** Their places are found for so long at a time. */
const SLICE_MS = 8;

/** Puts a plan on the map. Throws where the graphics card refuses. */
export function drawOn(map: MapLibre, editor: Editor): Drawn {
  const mesh = buildMesh(editor.session.topology);
  const layer = new PlanLayer(LAYER, mesh, editor.words);
  const looks = new Looks(layer);
  let colours: { plan: Plan; slots: number; found: Uint8Array } | null = null;
  const overlay = new Overlay(map.getContainer());
  let stopKeeping: (() => void) | null = null;

  /** Colours stay while the planner works; they are found again for another plan, or when there are more grids. */
  function colourAll(plan: Plan): Uint8Array {
    if (colours?.plan !== plan || colours.slots !== plan.slot_count) {
      colours = { plan, slots: plan.slot_count, found: colourGraph(plan) };
    }
    return colours.found;
  }
  const coloursOf = (plan: Plan) => (editor.mode.peek() === "six" ? colourAll(plan) : undefined);

  let split: Split | null = null;

  const drawn: Drawn = {
    map,
    mesh,
    layer,
    split(next) {
      split = next;
      relabel();
    },
    draw() {
      const plan = editor.shown;
      looks.update(plan, editor.mode.peek(), editor.slot, coloursOf(plan), scheme.peek());
      layer.repaint();
    },
    show(west, south, east, north) {
      const degrees = (value: number) => value / UNITS_PER_DEGREE;
      look.value = {
        kind: "envelope",
        envelope: [degrees(west), degrees(south), degrees(east), degrees(north)],
      };
    },
    close() {
      planAwaited.value = false;
      clearTimeout(timer);
      clearTimeout(later);
      for (const stop of stops) stop();
      overlay.remove();
      map.off("styledata", add);
      map.off("move", moved);
      stopKeeping?.();
      if (map.getLayer(LABELS)) map.removeLayer(LABELS);
      if (map.getSource(LABELS)) map.removeSource(LABELS);
    },
  };

  type Places = Map<number, { version: number; at: [number, number] }>;
  const places = new WeakMap<Plan, Places>();
  /** Where a grid's label stands; found anew only when the grid has changed. */
  function placeOf(plan: Plan, slot: number): [number, number] {
    let known = places.get(plan);
    if (!known) {
      known = new Map();
      places.set(plan, known);
    }
    let place = known.get(slot);
    if (place?.version !== plan.version(slot)) {
      const { label } = plan.topology;
      const atom = middleOf(plan, slot);
      const at = (axis: 0 | 1) => (label[2 * atom + axis] as number) / UNITS_PER_DEGREE;
      place = { version: plan.version(slot), at: [at(0), at(1)] };
      known.set(slot, place);
    }
    return place.at;
  }

  function labels(): FeatureCollection {
    const features: FeatureCollection["features"] = [];
    const x = split?.x() ?? 0;
    const write = (plan: Plan, here: (at: [number, number]) => boolean) => {
      for (const slot of plan.liveSlots()) {
        const grid = plan.grid(slot);
        if (!grid || plan.totals(slot).atoms === 0) continue;
        const at = placeOf(plan, slot);
        if (!here(at)) continue;
        const standing = plan.standing(slot);
        const sign =
          standing in SIGN && standing !== "in_band" ? `${SIGN[standing as keyof typeof SIGN]} ` : "";
        // In a word: not every system has a letter for a lock.
        const locked = grid.locked ? ` · ${pt("plan.locked")}` : "";
        const { attribute } = plan.countedOf(slot);
        features.push({
          type: "Feature",
          properties: {
            text: `${sign}${grid.code ? shortTail(grid.code) : grid.name}`,
            size: `${count(plan.size(slot, attribute), lang.peek())} ${pt(`plan.unit.${attribute}`)}${locked}`,
            rank: standing === "over" || standing === "under" ? 0 : 1,
          },
          geometry: { type: "Point", coordinates: at },
        });
      }
    };
    write(editor.shown, (at) => !split || map.project(at).x >= x);
    if (split) write(split.before, (at) => map.project(at).x < x);
    return { type: "FeatureCollection", features };
  }

  const inks = () => (scheme.peek() === "dark" ? DARK : LIGHT);

  function add(): void {
    if (!map.getSource(LABELS)) map.addSource(LABELS, { type: "geojson", data: NOTHING });
    if (!map.getLayer(LABELS)) {
      map.addLayer({
        id: LABELS,
        type: "symbol",
        source: LABELS,
        layout: {
          "text-font": MEDIUM,
          "text-size": ["interpolate", ["linear"], ["zoom"], 11, 10.5, 16, 14],
          "text-line-height": 1.2,
          "text-padding": 1.5,
          "symbol-sort-key": ["get", "rank"],
          "text-field": ["format", ["get", "text"], {}, "\n", {}, ["get", "size"], { "font-scale": 0.88 }],
        },
        paint: { "text-color": inks().ink, "text-halo-color": inks().halo, "text-halo-width": 1.8 },
      });
    }
    if (map.getLayer(LAYER)) return;
    stopKeeping?.();
    // Borders of jurisdictions, which grids may not cross, are drawn over it.
    const layers = map.getStyle().layers;
    const first = layers.find((one) => "source" in one && one.source === "jurisdictions")?.id ?? LABELS;
    stopKeeping = keep(map, layer, first);
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Letters take long to draw: they come once the grids are seen. */
  let seen = false;
  let later: ReturnType<typeof setTimeout> | undefined;
  const relabel = () => {
    if (!seen) return;
    timer ??= setTimeout(writeLabels, LABELS_MS);
  };
  /** Finds where labels stand, a slice at a time so that nothing waits for all of them, and writes them. */
  function writeLabels(): void {
    const plan = editor.shown;
    const until_ms = performance.now() + SLICE_MS;
    for (const slot of plan.liveSlots()) {
      if (plan.totals(slot).atoms > 0) placeOf(plan, slot);
      if (performance.now() > until_ms) {
        timer = setTimeout(writeLabels);
        return;
      }
    }
    timer = undefined;
    (map.getSource(LABELS) as GeoJSONSource | undefined)?.setData(labels());
  }

  function placeCursor(): void {
    const atom = editor.cursor.peek();
    const { label } = editor.session.topology;
    overlay.cursor(
      atom < 0
        ? null
        : map.project([
            (label[2 * atom] as number) / UNITS_PER_DEGREE,
            (label[2 * atom + 1] as number) / UNITS_PER_DEGREE,
          ]),
    );
  }

  /** What is not waited for. */
  const rest = () => {
    planAwaited.value = false;
    seen = true;
    relabel();
    // So that looking at the colours takes no time when it is asked for.
    later = setTimeout(() => void colourAll(editor.shown), COLOURS_MS);
  };

  const begin = () => {
    add();
    drawn.draw();
    map.once("render", () => {
      later = setTimeout(rest, REST_MS);
    });
    // Another style leaves out what it does not know.
    map.on("styledata", add);
  };
  const moved = () => {
    placeCursor();
    if (split) relabel();
  };
  if (map.style?._loaded) begin();
  else map.once("style.load", begin);
  map.on("move", moved);
  const stops = [
    effect(() => {
      layer.dark = scheme.value === "dark";
      drawn.draw();
      if (!map.getLayer(LABELS)) return;
      map.setPaintProperty(LABELS, "text-color", inks().ink);
      map.setPaintProperty(LABELS, "text-halo-color", inks().halo);
    }),
    effect(() => {
      void editor.beat.value;
      void lang.value;
      relabel();
    }),
    effect(() => {
      const atom = editor.cursor.value;
      placeCursor();
      if (atom < 0) return;
      const { label } = editor.session.topology;
      const place: [number, number] = [
        (label[2 * atom] as number) / UNITS_PER_DEGREE,
        (label[2 * atom + 1] as number) / UNITS_PER_DEGREE,
      ];
      // The cursor never leaves the view.
      if (!map.getBounds().contains(place)) map.jumpTo({ center: place });
    }),
    bindPointer(map, editor, overlay),
  ];
  return drawn;
}
