/**
 * A line that is drawn over the active grid, by pointer or by keys: its points are places on the map, so that it stays where it is while the map
 * moves. Nothing is done by it: the division is offered, with its numbers.
 */
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import { UNITS_PER_DEGREE } from "../engine/measure";
import { newId } from "../engine/ops";
import { type Slice, slice } from "../engine/slice";
import { splitOp } from "../engine/tools";
import { freshName } from "./actions";
import type { Editor } from "./editor";
import { offerOf } from "./offers";

type Place = readonly [lon: number, lat: number];

/** A press that moves less than this many pixels sets a point; more moves the map. */
const CLICK_PX = 5;
/** Steps of the cross, in pixels. */
const STEP_PX = 24;
const FINE_PX = 4;
const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
const SVG = "http://www.w3.org/2000/svg";

export interface Slicing {
  /** Points that are set. */
  readonly points: ReadonlySignal<readonly Place[]>;
  /** How the line would divide if it were ended now; null below two points. */
  readonly now: ReadonlySignal<Slice | null>;
  /** Why the line that was ended divides nothing; null before that. */
  readonly refused: ReadonlySignal<Slice | "few" | null>;
  /** The atom under the cross, -1 for none; null while the pointer draws. */
  readonly cross: ReadonlySignal<number | null>;
  set(): void;
  back(): void;
  end(): void;
  cancel(): void;
  /** Lets go of map and keys. */
  close(): void;
}

/** Whether a key press belongs to a control or to something that is written. */
const onControl = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest("button, a, select, input, textarea, summary") !== null;

/** Begins to draw. Ends by itself where the line was taken for a division. */
export function beginDrawing(editor: Editor, map: MapLibre): Slicing {
  const points = signal<readonly Place[]>([]);
  const now = signal<Slice | null>(null);
  const refused = signal<Slice | "few" | null>(null);
  const cross = signal<number | null>(null);
  /** Where the pointer or the cross is. */
  let at: Place | null = null;
  let pressed: { x: number; y: number } | null = null;
  let closed = false;
  const canvas = map.getCanvas();
  const container = map.getContainer();
  const drawing = drawOver(container);

  const lattice = (line: readonly Place[]) =>
    line.flatMap((place) => place.map((degrees) => Math.round(degrees * UNITS_PER_DEGREE)));
  const same = (a: Place | undefined, b: Place) => a !== undefined && a[0] === b[0] && a[1] === b[1];
  /** The line that would be ended now: what is set, and below two points the place of the pointer or cross. */
  const line = (): readonly Place[] => {
    const set = points.peek();
    return set.length < 2 && at && !same(set[set.length - 1], at) ? [...set, at] : set;
  };
  const divided = (of: readonly Place[]) =>
    of.length < 2 ? null : slice(editor.plan, editor.slot, lattice(of));

  function draw(): void {
    const onScreen = (place: Place) => map.project([place[0], place[1]]);
    const spot = at && onScreen(at);
    drawing.show(points.peek().map(onScreen), spot, cross.peek() === null ? null : spot);
    now.value = divided(line());
    const next = now.value;
    editor.marks.set("preview", next?.kind === "halves" ? next.go : []);
    editor.marks.set("stranded", next?.kind === "pieces" ? next.stray.flat() : []);
    editor.drawn?.draw();
  }

  /** Points are looked at once a frame, however often the pointer moves. */
  let frame = 0;
  function moved(): void {
    if (closed) return;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  }

  const placeOf = (x: number, y: number): Place => {
    const { lng, lat } = map.unproject([x, y]);
    return [lng, lat];
  };
  const within = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  const slicing: Slicing = {
    points,
    now,
    refused,
    cross,
    set() {
      const place = at;
      if (!place || same(points.peek()[points.peek().length - 1], place)) return;
      points.value = [...points.peek(), place];
      refused.value = null;
      moved();
    },
    back() {
      points.value = points.peek().slice(0, -1);
      refused.value = null;
      moved();
    },
    end() {
      const found = divided(line());
      if (found?.kind !== "halves") {
        refused.value = found ?? "few";
        editor.marks.set("stranded", found?.kind === "pieces" ? found.stray.flat() : []);
        editor.drawn?.draw();
        return;
      }
      const { plan } = editor;
      const op = splitOp(plan, found, { id: newId(), name: freshName(editor) }, newId());
      slicing.cancel();
      editor.offer("split", [offerOf(plan, op)]);
    },
    cancel() {
      slicing.close();
      editor.slicing.value = false;
    },
    close() {
      if (closed) return;
      closed = true;
      stop();
      cancelAnimationFrame(frame);
      for (const [name, run] of heard) container.removeEventListener(name, run as EventListener, true);
      removeEventListener("keydown", onKey, true);
      map.off("move", draw);
      drawing.remove();
      editor.marks.set("preview", []);
      editor.marks.set("stranded", []);
      editor.drawn?.draw();
    },
  };

  // Ahead of the tools, which hear the same pointer below; the map itself still pans and zooms.
  const heard: [string, (event: PointerEvent) => void][] = [
    [
      "pointerdown",
      (event) => {
        if (event.target !== canvas) return;
        event.stopPropagation();
        pressed = event.button === 0 && event.isPrimary ? within(event) : null;
      },
    ],
    [
      "pointermove",
      (event) => {
        if (event.target !== canvas) return;
        event.stopPropagation();
        const { x, y } = within(event);
        cross.value = null;
        at = placeOf(x, y);
        moved();
      },
    ],
    [
      "pointerup",
      (event) => {
        if (event.target !== canvas || !pressed) return;
        event.stopPropagation();
        const { x, y } = within(event);
        const click = Math.hypot(x - pressed.x, y - pressed.y) <= CLICK_PX;
        pressed = null;
        if (!click) return;
        at = placeOf(x, y);
        slicing.set();
      },
    ],
  ];

  function step(by: readonly [number, number], fine: boolean): void {
    const from = at ? map.project([at[0], at[1]]) : { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
    const far = fine ? FINE_PX : STEP_PX;
    const keep = (value: number, most: number) => Math.min(most - 8, Math.max(8, value));
    at = placeOf(
      keep(from.x + by[0] * far, canvas.clientWidth),
      keep(from.y + by[1] * far, canvas.clientHeight),
    );
    cross.value = editor.index.at(...(lattice([at]) as [number, number]));
    moved();
  }

  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const arrow = ARROWS[event.key];
    if (event.key === "Escape") slicing.cancel();
    else if (onControl(event.target)) return;
    else if (arrow) step(arrow, event.shiftKey);
    else if (event.key === " ") slicing.set();
    else if (event.key === "Enter") slicing.end();
    else if (event.key === "Backspace") slicing.back();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const [grid, tool] = [editor.active.peek(), editor.tool.peek()];
  const stop = effect(() => {
    void editor.beat.value;
    const other =
      editor.active.value !== grid ||
      editor.tool.value !== tool ||
      editor.offers.value !== null ||
      !editor.editable.value;
    // Something else was begun meanwhile. What others did to the grid shows at the next frame.
    if (other) queueMicrotask(slicing.cancel);
    else moved();
  });
  for (const [name, run] of heard) container.addEventListener(name, run as EventListener, true);
  addEventListener("keydown", onKey, true);
  map.on("move", draw);
  canvas.focus({ preventScroll: true });
  return slicing;
}

interface Spot {
  x: number;
  y: number;
}

/** The line and the cross over the map. */
function drawOver(container: HTMLElement) {
  const root = document.createElement("div");
  root.className = "plan-overlay plan-slice";
  // What it says is said in the panel too.
  root.setAttribute("aria-hidden", "true");
  const svg = document.createElementNS(SVG, "svg");
  const [casing, line, dots, ahead] = ["casing", "line", "dots", "ahead"].map((name) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    svg.append(path);
    return path;
  }) as [SVGPathElement, SVGPathElement, SVGPathElement, SVGPathElement];
  const cross = document.createElement("i");
  cross.className = "plan-cross";
  cross.hidden = true;
  root.append(svg, cross);
  container.append(root);
  return {
    /** Points that are set, where the next one would be, and the cross. */
    show(points: readonly Spot[], next: Spot | null, at: Spot | null) {
      const word = ({ x, y }: Spot) => `${x.toFixed(1)} ${y.toFixed(1)}`;
      const steps = points.length > 1 ? `M${points.map(word).join("L")}` : "";
      for (const path of [casing, line]) path.setAttribute("d", steps);
      // A stroke of no length with round ends is a dot.
      dots.setAttribute("d", points.map((point) => `M${word(point)}h0`).join(""));
      const last = points[points.length - 1];
      ahead.setAttribute("d", last && next ? `M${word(last)}L${word(next)}` : "");
      cross.hidden = at === null;
      if (at) cross.style.transform = `translate(${at.x}px, ${at.y}px)`;
    },
    remove: () => root.remove(),
  };
}
