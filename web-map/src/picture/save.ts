/** Hands the map over as a picture with its key: what is on the screen, whatever draws it. */
import type { Map as MapLibre } from "maplibre-gl";
import { count, day, distance } from "../format";
import { lang, t, tOr } from "../i18n";
import { drawn } from "../map/bind";
import { DARK, LIGHT, type Palette } from "../map/palette";
import { bytesOf, drawHatch, type Hatch } from "../map/pattern";
import { borderWidth } from "../map/style";
import { coverage, hidden, notice, planPlace, tab, workspace } from "../state/store";
import { listed, SIGN } from "../status";
import { compose, type Key } from "./compose";

/** How long tiles are waited for before the picture is taken of what is there. */
const WAIT_MS = 8_000;

const make = (width: number, height: number): HTMLCanvasElement => {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
};

/** What the map shows once it has drawn everything. The card's buffer holds only until the frame is over. */
export function capture(map: MapLibre): Promise<HTMLCanvasElement> {
  return new Promise((done) => {
    const take = () => {
      clearTimeout(timer);
      map.off("idle", take);
      const from = map.getCanvas();
      const canvas = make(from.width, from.height);
      canvas.getContext("2d")?.drawImage(from, 0, 0);
      done(canvas);
    };
    const timer = setTimeout(() => {
      map.off("idle", take);
      map.once("render", take);
      map.triggerRepaint();
    }, WAIT_MS);
    map.on("idle", take);
    map.triggerRepaint();
  });
}

/** A hatch as a field to repeat. */
function inkOf(hatch: Hatch, colour: string): HTMLCanvasElement {
  const { width, height, data } = drawHatch(hatch, bytesOf(colour));
  const plain = new Uint8ClampedArray(data.length);
  const [red, green, blue] = bytesOf(colour);
  for (let at = 0; at < data.length; at += 4) plain.set([red, green, blue, data[at + 3] as number], at);
  const canvas = make(width, height);
  canvas.getContext("2d")?.putImageData(new ImageData(plain, width, height), 0, 0);
  return canvas;
}

/** Statuses with how many grids have them, and what lines stand for. */
function keysOf(palette: Palette): Key[] {
  const space = workspace.peek();
  // A plan is drawn by other hands; its numbers are in its own panel.
  const totals = tab.peek() === "plan" ? undefined : coverage.peek()?.totals;
  const fills: Key[] = listed(totals)
    .filter((status) => !hidden.peek().has(status))
    .map((status) => ({
      kind: "fill",
      colour: status === "in_band" ? palette.band[1] : palette[status],
      hatch:
        status === "over" || status === "under" || status === "uninhabited"
          ? inkOf(status, palette[`${status}Hatch`])
          : undefined,
      words: `${SIGN[status]} ${t(`status.${status}`)}${totals ? ` ${count(totals[status], lang.peek())}` : ""}`,
    }));
  const levels = [...(space?.levels ?? [])].sort((a, b) => a.level - b.level);
  const lines: Key[] = levels.map(({ level_name }, at) => ({
    kind: "line",
    colour: palette.border,
    width: borderWidth(levels.length - 1 - at),
    words: tOr(`level.${level_name}`, level_name),
  }));
  return [...fills, ...lines];
}

/** Metres of one CSS pixel in the middle of the map. */
const metresOf = (map: MapLibre): number =>
  (40_075_016.7 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());

/** Takes the picture and hands it over. */
export async function savePicture(): Promise<void> {
  const map = drawn.peek()?.raw;
  const space = workspace.peek();
  if (!map || !space) return;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const palette = dark ? DARK : LIGHT;
  const { publication } = space;
  const { plan } = planPlace.peek();
  const line =
    tab.peek() === "plan" && plan !== null
      ? t("picture.plan", { n: plan })
      : publication
        ? t("app.published", {
            seq: publication.seq,
            date: day(publication.effective_from, lang.peek(), space.time_zone),
          })
        : t("app.unpublished");
  const taken = await capture(map);
  const canvas = compose(
    taken,
    map.getPixelRatio(),
    {
      title: space.name || t("app.title"),
      lines: [`${line} · ${t("picture.taken", { date: day(space.today, lang.peek()) })}`],
      keys: keysOf(palette),
      metres_px: metresOf(map),
      length: (metres) => distance(metres, lang.peek()),
      paper: palette === DARK ? "#1b2226" : "#ffffff",
      ink: palette.ink,
      muted: palette.mutedInk,
      line: palette.border,
    },
    make,
  );
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) {
    notice.value = t("picture.failed");
    return;
  }
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = `wangge-${space.today}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
