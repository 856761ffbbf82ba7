/** The pointer on the map, by tool. Places go to the tools as lattice points; the map itself decides nothing. */
import { effect } from "@preact/signals";
import type { Map as MapLibre } from "maplibre-gl";
import { eastMetresPerUnit, UNITS_PER_DEGREE } from "../engine/measure";
import { emptyOp, movesTo, newId } from "../engine/ops";
import { UNASSIGNED } from "../engine/plan";
import { type Pull, pull } from "../engine/tools";
import type { Editor } from "./editor";
import { askedWords, gridWord, pullWords, totalsWords } from "./lines";
import { offerOf } from "./offers";
import type { Overlay } from "./overlay";

/** A press that moves less than this many pixels is a click. */
const CLICK_PX = 5;
/** How far from a border it can be grabbed, in pixels. */
const GRAB_PX = 14;

interface Point {
  x: number;
  y: number;
}

/** Binds the pointer; the returned function lets go of it. */
export function bindPointer(map: MapLibre, editor: Editor, overlay: Overlay): () => void {
  const place = map.getCanvasContainer();
  const canvas = map.getCanvas();
  let pressed: { id: number; at: Point; panned: boolean } | null = null;
  let panning = false;
  let ring: Point[] = [];
  let grabbed: { a: number; b: number; pull: Pull | null } | null = null;
  let stroke = false;

  const at = (event: PointerEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const lattice = ({ x, y }: Point): [number, number] => {
    const { lng, lat } = map.unproject([x, y]);
    return [Math.round(lng * UNITS_PER_DEGREE), Math.round(lat * UNITS_PER_DEGREE)];
  };
  const atomAt = (point: Point) => editor.index.at(...lattice(point));
  /** Metres in a pixel at a place. */
  const metres = (point: Point) => {
    const [x, y] = lattice(point);
    const [next] = lattice({ x: point.x + 100, y: point.y });
    return ((next - x) * eastMetresPerUnit(y)) / 100;
  };
  const painting = () => editor.tool.peek() === "brush" || editor.tool.peek() === "erase";

  function hover(point: Point): void {
    const paints = painting() && editor.editable.peek() && !panning;
    overlay.brush(paints ? { ...point, radius: editor.radius_m.peek() / metres(point) } : null);
    const question = editor.brush.question.peek();
    if (question) overlay.say(askedWords(editor, question), point.x, point.y);
    else if (stroke) overlay.say(totalsWords(editor, atomAt(point)), point.x, point.y);
    else if (editor.tool.peek() === "pick" || paints) {
      const slot = editor.shown.slot_of[atomAt(point)];
      overlay.say(slot === undefined ? null : [gridWord(editor, slot)], point.x, point.y);
    } else overlay.say(null);
  }

  /** The two grids whose border is nearest to a point, the one under it first. */
  function border(point: Point): [number, number] | null {
    const { plan } = editor;
    const own = plan.slot_of[atomAt(point)] ?? UNASSIGNED;
    if (own === UNASSIGNED) return null;
    const active = editor.slot;
    const near = editor.index.disc(...lattice(point), GRAB_PX * metres(point));
    const others = near
      .map((atom) => plan.slot_of[atom] as number)
      .filter((slot) => slot !== own && slot !== UNASSIGNED);
    const [other] = own !== active && others.includes(active) ? [active] : others;
    return other === undefined ? null : [own, other];
  }

  function down(event: PointerEvent): void {
    if (event.button !== 0 || !event.isPrimary || panning) {
      // A second finger zooms: the stroke of the first is none.
      cancel();
      return;
    }
    const point = at(event);
    pressed = { id: event.pointerId, at: point, panned: false };
    if (!editor.editable.peek()) return;
    switch (editor.tool.peek()) {
      case "brush":
      case "erase": {
        if (editor.offers.peek()) editor.offers.value = null;
        // Without a grid to paint, the one under the pointer is taken up.
        if (editor.tool.peek() === "brush" && editor.active.peek() === null) pick(point);
        if (editor.tool.peek() === "brush" && editor.active.peek() === null) return;
        stroke = true;
        editor.brush.draw(...lattice(point), event.altKey ? "cut" : "ask");
        hover(point);
        break;
      }
      case "lasso":
      case "box":
        ring = [point];
        break;
      case "pull": {
        const found = border(point);
        grabbed = found && { a: found[0], b: found[1], pull: null };
        if (found) editor.active.value = editor.plan.grid(found[0])?.id ?? null;
        break;
      }
      default:
    }
    if (editor.tool.peek() !== "pick") hold(event);
  }

  /** Keeps the pointer, wherever it goes. */
  function hold(event: PointerEvent): void {
    try {
      place.setPointerCapture(event.pointerId);
    } catch {
      // A pointer that is gone already needs no holding.
    }
  }

  function pick(point: Point): void {
    const slot = editor.shown.slot_of[atomAt(point)];
    const grid = slot === undefined ? null : editor.shown.grid(slot);
    editor.active.value = grid?.id ?? null;
  }

  function move(event: PointerEvent): void {
    if (!event.isPrimary) return;
    const point = at(event);
    if (pressed && Math.hypot(point.x - pressed.at.x, point.y - pressed.at.y) > CLICK_PX)
      pressed.panned = true;
    if (stroke) editor.brush.draw(...lattice(point), event.altKey ? "cut" : "ask");
    else if (ring.length > 0 && editor.tool.peek() === "lasso") {
      ring.push(point);
      overlay.path(ring);
    } else if (ring.length > 0) {
      const [a] = ring as [Point];
      ring = [a, { x: point.x, y: a.y }, point, { x: a.x, y: point.y }];
      overlay.path(ring);
    } else if (grabbed) {
      drag(point, grabbed);
      return;
    }
    hover(point);
  }

  function drag(point: Point, held: NonNullable<typeof grabbed>): void {
    const atom = atomAt(point);
    const before = held.pull?.atoms.join();
    const next = atom < 0 ? held.pull : pull(editor.plan, held.a, held.b, atom);
    held.pull = next;
    if (next?.atoms.join() !== before) {
      editor.marks.set("preview", next?.atoms ?? []);
      editor.marks.set("stranded", next?.stranded.flatMap((piece) => piece.atoms) ?? []);
      editor.drawn?.draw();
    }
    overlay.say(next ? pullWords(editor, next) : null, point.x, point.y);
  }

  function up(event: PointerEvent): void {
    if (!pressed || event.pointerId !== pressed.id) return;
    const press = pressed;
    pressed = null;
    const point = at(event);
    if (stroke) {
      stroke = false;
      editor.brush.lift();
      hover(point);
    } else if (ring.length > 0) {
      const points = ring.flatMap(lattice);
      ring = [];
      overlay.path([]);
      const reach = event.shiftKey
        ? editor.reach.peek() === "touch"
          ? "inside"
          : "touch"
        : editor.reach.peek();
      const found = press.panned
        ? editor.index.lasso(points, reach)
        : [atomAt(point)].filter((atom) => atom >= 0);
      const chosen = found.filter((atom) => editor.plan.inScope(atom));
      editor.chosen.value = new Set(
        event.ctrlKey || event.metaKey ? [...editor.chosen.peek(), ...chosen] : chosen,
      );
    } else if (grabbed) {
      const { pull: done } = grabbed;
      drop();
      if (done) takePull(editor, done);
    } else if ((editor.tool.peek() === "pick" || !editor.editable.peek()) && !press.panned) pick(point);
  }

  function drop(): void {
    grabbed = null;
    editor.marks.set("preview", []);
    editor.marks.set("stranded", []);
    editor.drawn?.draw();
    overlay.say(null);
  }

  /** Whatever was under way is given up; whether there was anything. */
  function cancel(): boolean {
    const busy = stroke || ring.length > 0 || grabbed !== null;
    pressed = null;
    if (stroke) editor.brush.escape();
    stroke = false;
    ring = [];
    overlay.path([]);
    if (grabbed) drop();
    return busy;
  }

  const giveUp = () => void cancel();
  /** Dragging pans only with the tool that picks, or while the space bar is held. */
  function handlers(): void {
    const free = editor.tool.peek() === "pick" || panning || !editor.editable.peek() || editor.slicing.peek();
    if (free) map.dragPan.enable();
    else map.dragPan.disable();
    place.dataset.tool = editor.slicing.peek() ? "slice" : panning ? "pan" : editor.tool.peek();
  }
  const onKey = (event: KeyboardEvent) => {
    // The line that is drawn has these keys.
    if (editor.slicing.peek()) return;
    if (event.key === "Escape" && event.type === "keydown" && cancel()) event.stopPropagation();
    if (event.key !== " " || (event.target !== canvas && event.target !== document.body)) return;
    event.preventDefault();
    panning = event.type === "keydown";
    handlers();
  };

  // What stands at a place on the screen says nothing once the map has moved under it.
  const clear = () => {
    overlay.brush(null);
    if (!stroke && !grabbed) overlay.say(null);
  };
  map.on("movestart", clear);
  map.boxZoom.disable();
  map.doubleClickZoom.disable();
  map.keyboard.disable();
  place.addEventListener("pointerdown", down);
  place.addEventListener("pointermove", move);
  place.addEventListener("pointerup", up);
  place.addEventListener("pointercancel", giveUp);
  place.addEventListener("pointerleave", clear);
  // Ahead of the keys of the tab: Escape gives up what is under way first.
  addEventListener("keydown", onKey, true);
  addEventListener("keyup", onKey, true);
  const stop = effect(() => {
    void editor.tool.value;
    void editor.editable.value;
    // Another hand draws: nothing is said at the pointer.
    if (editor.slicing.value) overlay.say(null);
    handlers();
    overlay.brush(null);
  });
  return () => {
    stop();
    cancel();
    map.off("movestart", clear);
    place.removeEventListener("pointerdown", down);
    place.removeEventListener("pointermove", move);
    place.removeEventListener("pointerup", up);
    place.removeEventListener("pointercancel", giveUp);
    place.removeEventListener("pointerleave", clear);
    removeEventListener("keydown", onKey, true);
    removeEventListener("keyup", onKey, true);
    delete place.dataset.tool;
    map.boxZoom.enable();
    map.doubleClickZoom.enable();
    map.keyboard.enable();
    map.dragPan.enable();
  };
}

/** Does what a pull shows; where it would cut something off, it is asked about first. */
export function takePull(editor: Editor, done: Pull): void {
  const to = editor.plan.grid(done.taker)?.id ?? null;
  const op = { ...emptyOp("pull", newId()), moves: movesTo(editor.plan, done.atoms, to) };
  if (done.stranded.length === 0 && done.empties.length === 0) editor.do(op);
  else editor.offer("pull", [offerOf(editor.plan, op)]);
}
