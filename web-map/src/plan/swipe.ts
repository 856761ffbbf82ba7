/**
 * Two plans on one map with a line between them: left what is compared with, right the draft. The draft's layer is clipped, the
 * other plan gets a layer of its own for as long as this lasts.
 */
import { effect } from "@preact/signals";
import { keep, PlanLayer } from "../draw/layer";
import { fillWords, Looks } from "../draw/sync";
import { AtomWords } from "../draw/words";
import type { Snapshot } from "../engine/diff";
import { Plan, type PlanFrame, UNASSIGNED } from "../engine/plan";
import { NONE, type Topology } from "../engine/topology";
import { lang } from "../i18n";
import type { Drawn, Editor } from "./editor";
import { scheme } from "./scheme";
import { pt } from "./words";

const LAYER = "plan-before";
/** Steps of the keyboard, in percent of the width. */
const STEP = 2;
const LEAP = 10;

/** A snapshot as a plan, for its totals and colours. Ground outside the frame stays without a grid. */
export function planOfSnapshot(topology: Topology, frame: PlanFrame, { labels, grids }: Snapshot): Plan {
  const plan = new Plan(topology, frame);
  const used = new Set<string>();
  const slots = grids.map(({ id, code, name, locked }, at) => {
    const own = used.has(id) ? `${id}/${at}` : id;
    used.add(own);
    return plan.add(own, { code, name, locked });
  });
  labels.forEach((label, atom) => {
    if (label !== NONE && plan.inScope(atom)) plan.move(atom, slots[label] ?? UNASSIGNED);
  });
  return plan;
}

/** Where a key moves the line, in percent; null for keys that do not. */
export function keyed(key: string, shift: boolean, at: number): number | null {
  const by = shift ? LEAP : STEP;
  const next: Record<string, number> = {
    ArrowLeft: at - by,
    ArrowDown: at - by,
    ArrowRight: at + by,
    ArrowUp: at + by,
    PageDown: at - LEAP,
    PageUp: at + LEAP,
    Home: 0,
    End: 100,
  };
  const found = next[key];
  return found === undefined ? null : Math.min(100, Math.max(0, found));
}

/** Draws both; the returned function leaves the draft alone on the map again. */
export function swipe(editor: Editor, drawn: Drawn, snapshot: Snapshot): () => void {
  const { map, mesh, layer } = drawn;
  const { topology, plan } = editor.session;
  const before = planOfSnapshot(topology, plan.frame, snapshot);
  const words = new AtomWords(topology.atoms);
  fillWords(before, words);
  const left = new PlanLayer(LAYER, mesh, words);
  // Of another plan no grid is worked on.
  const looks = new Looks(left);
  const stopInk = effect(() => {
    left.dark = scheme.value === "dark";
    looks.update(before, "status", UNASSIGNED, undefined, scheme.value);
  });
  const stopKeeping = keep(map, left, layer.id);
  const container = map.getContainer();
  const line = divider();
  container.append(line.root);

  let percent = 50;
  const place = () => {
    left.clip = [0, percent / 100];
    layer.clip = [percent / 100, 1];
    line.root.style.left = `${percent}%`;
    line.handle.setAttribute("aria-valuenow", String(Math.round(percent)));
    drawn.split({ before, x: () => (container.clientWidth * percent) / 100 });
    map.triggerRepaint();
  };
  const put = (next: number) => {
    percent = Math.min(100, Math.max(0, next));
    place();
  };

  const { handle } = line;
  handle.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = keyed(event.key, event.shiftKey, percent);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    put(next);
  });
  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    handle.focus();
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = container.getBoundingClientRect();
    put(((event.clientX - box.left) / box.width) * 100);
  });
  const stopWords = effect(() => {
    void lang.value;
    handle.setAttribute("aria-label", pt("plan.swipe.line"));
    line.left.textContent = pt("plan.swipe.left");
    line.right.textContent = pt("plan.swipe.right");
  });
  place();
  return () => {
    stopWords();
    stopInk();
    line.root.remove();
    stopKeeping();
    layer.clip = null;
    drawn.split(null);
    map.triggerRepaint();
  };
}

/** The line, what it is grasped by, and the words on both sides of it. */
function divider() {
  const part = (name: string) => {
    const made = document.createElement("div");
    made.className = name;
    return made;
  };
  const [root, handle] = [part("swipe"), part("swipe-handle")];
  const [left, right] = [part("swipe-word left"), part("swipe-word right")];
  handle.tabIndex = 0;
  for (const [name, value] of [
    ["role", "slider"],
    ["aria-orientation", "horizontal"],
    ["aria-valuemin", "0"],
    ["aria-valuemax", "100"],
  ] as const)
    handle.setAttribute(name, value);
  root.append(left, right, handle);
  return { root, handle, left, right };
}
