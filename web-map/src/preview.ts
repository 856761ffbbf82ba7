/** `/tiles` in a browser: any layer of the tiles on a map, with what a feature says when it is clicked. */
import {
  AttributionControl,
  type MapGeoJSONFeature,
  Map as MapLibre,
  NavigationControl,
  type StyleSpecification,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import "./styles/base.css";
import "./styles/preview.css";
import { DARK, LIGHT } from "./map/palette";
import { type Lang, langOf, plainLayers, type VectorLayer, wordsOf } from "./preview/fields";

interface TileSet {
  name: string;
  tilejson: string;
  zooms: [number, number];
  en: { title: string; text: string };
  zh: { title: string; text: string };
}

interface StyleLine {
  name: string;
  url: string;
  en: string;
  zh: string;
}

interface TileJson {
  bounds?: [number, number, number, number];
  center?: [number, number, number];
  vector_layers: VectorLayer[];
}

const WORDS = {
  title: { zh: "矢量瓦片", en: "Vector tiles" },
  layers: { zh: "图层", en: "Layers" },
  maps: { zh: "地图样式", en: "Map styles" },
  clicked: { zh: "点击处的要素", en: "Features at the click" },
  hint: { zh: "点击地图查看属性。", en: "Click the map to see attributes." },
  nothing: { zh: "此处没有要素。", en: "Nothing lies there." },
  failed: { zh: "无法读取：", en: "Cannot be read: " },
  other: { zh: "English", en: "中文" },
  zooms: { zh: "缩放级别", en: "Zooms" },
};
const STORED = "wangge.lang";
/** Features shown of one click. */
const SHOWN = 6;

setWorkerUrl(workerUrl);

const panel = document.getElementById("panel") as HTMLElement;
const container = document.getElementById("map") as HTMLElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

let stored: string | null = null;
try {
  stored = localStorage.getItem(STORED);
} catch {
  // Private windows may refuse storage.
}
let lang: Lang = langOf(stored, navigator.languages);
let tilesets: TileSet[] = [];
let styles: StyleLine[] = [];
/** `layer:grids` or `map:coverage`. */
let chosen = new URLSearchParams(location.hash.slice(1)).get("show") ?? "layer:grids";
let fields: Record<string, Record<string, string>> = {};
let clicked: MapGeoJSONFeature[] | null = null;
let failure = "";

const map = new MapLibre({
  container,
  style: { version: 8, sources: {}, layers: [] },
  attributionControl: false,
  dragRotate: false,
  maxZoom: 20,
});
map.addControl(new AttributionControl({ compact: true }), "bottom-right");
map.addControl(new NavigationControl({ showCompass: false }), "top-right");
const busy = (state: boolean) => container.setAttribute("aria-busy", String(state));
busy(true);
map.on("idle", () => busy(false));
map.on("dataloading", () => busy(true));

async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url, { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return (await response.json()) as T;
}

const layerOf = (choice: string) => tilesets.find((one) => `layer:${one.name}` === choice);
const styleOf = (choice: string) => styles.find((one) => `map:${one.name}` === choice);

/** Draws what is chosen; the view stays once there is one. */
async function show(): Promise<void> {
  busy(true);
  clicked = null;
  failure = "";
  const palette = dark.matches ? DARK : LIGHT;
  try {
    const layer = layerOf(chosen);
    const line = styleOf(chosen);
    if (layer) {
      const described = await ask<TileJson>(layer.tilejson);
      fields = Object.fromEntries(described.vector_layers.map((one) => [one.id, one.fields]));
      view(described.center);
      map.setStyle({
        version: 8,
        sources: { tiles: { type: "vector", url: layer.tilejson } },
        layers: [
          { id: "paper", type: "background", paint: { "background-color": palette.paper } },
          ...plainLayers("tiles", described.vector_layers, palette),
        ],
      });
    } else if (line) {
      const style = await ask<StyleSpecification>(`${line.url}${dark.matches ? "?scheme=dark" : ""}`);
      const described = await Promise.all(
        Object.keys(style.sources).map((name) => ask<TileJson>(`/tiles/${encodeURIComponent(name)}`)),
      );
      const all = described.flatMap((one) => one.vector_layers);
      fields = Object.fromEntries(all.map((one) => [one.id, one.fields]));
      const [lon, lat] = style.center ?? [];
      if (lon !== undefined && lat !== undefined) view([lon, lat, style.zoom ?? 10]);
      map.setStyle(style);
    }
  } catch (error) {
    failure = String(error instanceof Error ? error.message : error);
    busy(false);
  }
  draw();
}

let viewed = false;
function view(center: [number, number, number] | undefined): void {
  if (!center || viewed) return;
  viewed = true;
  map.jumpTo({ center: [center[0], center[1]], zoom: center[2] });
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  text = "",
  attributes: Record<string, string> = {},
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function choices(legend: string, options: [choice: string, title: string, about: string][]): HTMLElement {
  const set = element("fieldset");
  set.append(element("legend", legend));
  for (const [choice, title, about] of options) {
    const label = element("label", "", { title: about });
    const input = element("input", "", { type: "radio", name: "show", value: choice });
    input.checked = choice === chosen;
    input.addEventListener("change", () => {
      chosen = choice;
      history.replaceState(null, "", `#show=${encodeURIComponent(choice)}`);
      void show();
    });
    label.append(input, element("span", title));
    set.append(label);
  }
  return set;
}

function table(feature: MapGeoJSONFeature): HTMLElement[] {
  const words = fields[feature.sourceLayer ?? ""] ?? {};
  const rows = element("table");
  for (const [name, value] of Object.entries(feature.properties)) {
    const row = element("tr");
    const head = element("th", name, { scope: "row" });
    const described = words[name];
    if (described) head.append(element("small", wordsOf(described, lang)));
    row.append(head, element("td", String(value)));
    rows.append(row);
  }
  return [element("h2", `${feature.sourceLayer} ${feature.id ?? ""}`), rows];
}

/** Draws the panel anew; what had the keyboard keeps it. */
function draw(): void {
  const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : null;
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  const head = element("header");
  const other = element("button", WORDS.other[lang], { type: "button" });
  other.addEventListener("click", () => {
    lang = lang === "zh" ? "en" : "zh";
    draw();
  });
  head.append(element("h1", WORDS.title[lang]), other);
  const parts: HTMLElement[] = [
    head,
    choices(
      WORDS.layers[lang],
      tilesets.map((one) => [`layer:${one.name}`, one[lang].title, one[lang].text]),
    ),
    choices(
      WORDS.maps[lang],
      styles.map((one) => [`map:${one.name}`, one[lang], one.url]),
    ),
  ];
  const layer = layerOf(chosen);
  if (layer) {
    const about = element("p", `${layer[lang].text}. `, { class: "about" });
    about.append(
      `${WORDS.zooms[lang]} ${layer.zooms.join("–")}. `,
      element("a", "TileJSON", { href: layer.tilejson }),
    );
    parts.push(about);
  }
  if (failure) parts.push(element("p", WORDS.failed[lang] + failure, { class: "failed", role: "alert" }));
  const found = element("section", "", { "aria-live": "polite", class: "found" });
  if (clicked === null) found.append(element("p", WORDS.hint[lang], { class: "hint" }));
  else if (clicked.length === 0) found.append(element("p", WORDS.nothing[lang], { class: "hint" }));
  else found.append(...clicked.flatMap(table));
  parts.push(found);
  panel.replaceChildren(...parts);
  if (focused !== null)
    panel.querySelector<HTMLInputElement>(`input[value="${CSS.escape(focused)}"]`)?.focus();
}

map.on("click", (event) => {
  const seen = new Set<string>();
  clicked = map
    .queryRenderedFeatures(event.point)
    .filter((feature) => {
      const key = `${feature.sourceLayer}/${feature.id}`;
      return !seen.has(key) && Boolean(seen.add(key));
    })
    .slice(0, SHOWN);
  draw();
});
map.on("error", ({ error }) => {
  failure = error.message;
  draw();
});
dark.addEventListener("change", () => void show());

try {
  [{ layers: tilesets }, { styles }] = await Promise.all([
    ask<{ layers: TileSet[] }>("/tiles"),
    ask<{ styles: StyleLine[] }>("/styles"),
  ]);
} catch (error) {
  failure = String(error instanceof Error ? error.message : error);
}
if (!layerOf(chosen) && !styleOf(chosen)) chosen = "layer:grids";
draw();
await show();
