/** A picture of one grid as the map draws it, in light colours, made beside the page's own map: nothing there moves. */
import type { Geometry } from "geojson";
import {
  type GeoJSONSource,
  Map as MapLibre,
  type RequestTransformFunction,
  type StyleSpecification,
} from "maplibre-gl";
import type { Envelope } from "../api/types";
import { type Drawn, drawOverlays } from "./overlays";
import { LIGHT } from "./palette";
import { bytesOf, drawHatch, HATCH_RATIO, type Hatch } from "./pattern";
import { hatchName } from "./style";

export interface Still {
  style: StyleSpecification;
  overlays: Drawn;
  hatches: readonly Hatch[];
  envelope: Envelope;
  outline: Geometry;
  width: number;
  height: number;
  transformRequest: RequestTransformFunction;
}

/** Sharp enough for paper. */
const RATIO = 2;
const MARGIN_PX = 40;
/** How long tiles are waited for. */
const WAIT_MS = 15_000;

export interface Taken {
  canvas: HTMLCanvasElement;
  /** Metres of one CSS pixel. */
  metres_px: number;
}

export function takeStill(of: Still): Promise<Taken> {
  const container = document.createElement("div");
  container.className = "still";
  container.setAttribute("aria-hidden", "true");
  container.style.width = `${of.width}px`;
  container.style.height = `${of.height}px`;
  document.body.append(container);
  const map = new MapLibre({
    container,
    style: of.style,
    interactive: false,
    attributionControl: false,
    fadeDuration: 0,
    pixelRatio: RATIO,
    localIdeographFontFamily: "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif",
    transformRequest: of.transformRequest,
    bounds: of.envelope,
    fitBoundsOptions: { padding: MARGIN_PX, maxZoom: 18 },
  });
  for (const hatch of of.hatches) {
    const raster = drawHatch(hatch, bytesOf(LIGHT[`${hatch}Hatch`]));
    map.addImage(hatchName(hatch, "light"), raster, { pixelRatio: HATCH_RATIO });
  }
  return new Promise<Taken>((done, failed) => {
    const timer = setTimeout(() => failed(new Error("the map of the sheet is not drawn in time")), WAIT_MS);
    map.once("style.load", () => {
      drawOverlays(map, of.overlays, LIGHT, "light", false);
      (map.getSource("chosen") as GeoJSONSource | undefined)?.setData({
        type: "FeatureCollection",
        features: [{ type: "Feature", properties: {}, geometry: of.outline }],
      });
      map.once("idle", () => {
        clearTimeout(timer);
        const from = map.getCanvas();
        const canvas = document.createElement("canvas");
        canvas.width = from.width;
        canvas.height = from.height;
        canvas.getContext("2d")?.drawImage(from, 0, 0);
        const around = 40_075_016.7 * Math.cos((map.getCenter().lat * Math.PI) / 180);
        done({ canvas, metres_px: around / (512 * 2 ** map.getZoom()) });
      });
    });
  }).finally(() => {
    map.remove();
    container.remove();
  });
}
