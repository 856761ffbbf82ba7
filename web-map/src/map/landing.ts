/** Shows a report landing: a pin drops on its place, a line runs to its grid, and the grid lights up. */
import type { FeatureCollection, Geometry } from "geojson";
import { type Map as MapLibre, Marker } from "maplibre-gl";
import type { Report } from "../api/types";

export interface Landing {
  /** Takes everything of this landing away. */
  stop(): void;
}

const DROP_MS = 420;
const RUN_MS = 520;
/** How long the finished picture stays. */
const STAY_MS = 4_200;
const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

const line = (from: [number, number], to: [number, number]): FeatureCollection => ({
  type: "FeatureCollection",
  features: [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: [from, to] } }],
});

const shape = (geometry: Geometry): FeatureCollection => ({
  type: "FeatureCollection",
  features: [{ type: "Feature", properties: {}, geometry }],
});

const ease = (share: number) => 1 - (1 - share) ** 3;

/** Starts the landing; with `still` nothing moves, the line and the ring are simply there for a while. */
export function landReport(
  map: MapLibre,
  report: Report,
  grid: Promise<Geometry | null>,
  setData: (source: string, data: FeatureCollection) => void,
  still: boolean,
): Landing {
  const from: [number, number] = [report.position.lon, report.position.lat];
  const to = report.grid?.label ?? null;
  const marks: Marker[] = [];
  const timers: ReturnType<typeof setTimeout>[] = [];
  let frame = 0;
  let stopped = false;

  const put = (className: string, at: [number, number], anchor: "bottom" | "center") => {
    const element = document.createElement("div");
    element.className = still ? `${className} still` : className;
    element.setAttribute("aria-hidden", "true");
    // The outer element belongs to the map, which moves it; the inner one is free to be animated.
    element.append(document.createElement("i"));
    marks.push(new Marker({ element, anchor }).setLngLat(at).addTo(map));
  };

  const arrive = () => {
    if (!to) return;
    setData("trail", line(from, to));
    put("pulse", to, "center");
    void grid.then((geometry) => {
      if (geometry && !stopped) setData("flash", shape(geometry));
    });
  };

  put("drop", from, "bottom");
  if (to) {
    if (still) arrive();
    else {
      timers.push(
        setTimeout(() => {
          const begun = performance.now();
          const step = (now: number) => {
            const share = Math.min(1, (now - begun) / RUN_MS);
            const reach = ease(share);
            setData(
              "trail",
              line(from, [from[0] + (to[0] - from[0]) * reach, from[1] + (to[1] - from[1]) * reach]),
            );
            if (share < 1) frame = requestAnimationFrame(step);
            else arrive();
          };
          frame = requestAnimationFrame(step);
        }, DROP_MS),
      );
    }
  }

  const stop = () => {
    stopped = true;
    cancelAnimationFrame(frame);
    for (const timer of timers) clearTimeout(timer);
    for (const mark of marks) mark.remove();
    setData("trail", EMPTY);
    setData("flash", EMPTY);
  };
  timers.push(setTimeout(stop, DROP_MS + RUN_MS + STAY_MS));
  return { stop };
}
