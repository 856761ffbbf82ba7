/** A picture of the map with what is needed to read it away from the page: title, key, scale. Pure but for the canvas given. */

/** A sample in the key: a filled field, maybe hatched, or a line. */
export interface Key {
  kind: "fill" | "line";
  colour: string;
  /** A repeating field of ink. */
  hatch?: CanvasImageSource | undefined;
  width?: number;
  words: string;
}

export interface Caption {
  title: string;
  /** Under the title. */
  lines: string[];
  keys: Key[];
  /** Metres that one CSS pixel of the map stands for, and how a length is said. */
  metres_px: number;
  length: (metres: number) => string;
  paper: string;
  ink: string;
  muted: string;
  line: string;
}

const MARGIN = 14;
const SAMPLE = { width: 26, height: 15 };
const ROW = 24;
/** Between two samples of the key. */
const GAP = 20;
/** A scale bar is at most this long. */
const SCALE_PX = 120;
const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';

/** The longest round length (1, 2 or 5 with zeros) that fits. */
export function scaleOf(metres_px: number, most_px = SCALE_PX): { metres: number; px: number } {
  const most = metres_px * most_px;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((one) => one * power <= most) ?? 1) * power;
  return { metres, px: metres / metres_px };
}

/** Where things of some widths go in rows of a width: left to right, then the next row. */
export function flow(widths: readonly number[], most: number, gap = GAP): { x: number; row: number }[] {
  let [x, row] = [0, 0];
  return widths.map((width) => {
    if (x > 0 && x + width > most) [x, row] = [0, row + 1];
    const place = { x, row };
    x += width + gap;
    return place;
  });
}

/** Draws the map with its caption; `ratio` is device pixels of the map per CSS pixel. */
export function compose(
  map: CanvasImageSource & { width: number; height: number },
  ratio: number,
  { title, lines, keys, metres_px, length, ...colours }: Caption,
  make: (width: number, height: number) => HTMLCanvasElement,
): HTMLCanvasElement {
  const width = map.width / ratio;
  const height = map.height / ratio;
  const measure = make(1, 1).getContext("2d") as CanvasRenderingContext2D;
  measure.font = `13px ${FONT}`;
  const widths = keys.map(({ words }) => SAMPLE.width + 7 + measure.measureText(words).width);
  const places = flow(widths, width - 2 * MARGIN - SCALE_PX - GAP);
  const rows = 1 + Math.max(0, ...places.map(({ row }) => row));
  const head = 2 * MARGIN + 20 + 18 * lines.length - 4;
  const foot = 2 * MARGIN + ROW * rows - 6;
  const canvas = make(map.width, Math.round((head + height + foot) * ratio));
  const on = canvas.getContext("2d") as CanvasRenderingContext2D;
  on.scale(ratio, ratio);
  on.fillStyle = colours.paper;
  on.fillRect(0, 0, width, head + height + foot);
  on.textBaseline = "middle";
  on.fillStyle = colours.ink;
  on.font = `600 17px ${FONT}`;
  on.fillText(title, MARGIN, MARGIN + 9);
  on.font = `13px ${FONT}`;
  on.fillStyle = colours.muted;
  lines.forEach((line, at) => {
    on.fillText(line, MARGIN, MARGIN + 30 + 18 * at);
  });
  on.drawImage(map, 0, head, width, height);
  on.strokeStyle = colours.line;
  on.lineWidth = 1;
  on.strokeRect(0.5, head + 0.5, width - 1, height - 1);

  keys.forEach((key, at) => {
    const place = places[at] ?? { x: 0, row: 0 };
    const x = MARGIN + place.x;
    const y = head + height + MARGIN + ROW * place.row;
    sample(on, key, x, y, colours.line);
    on.fillStyle = colours.ink;
    on.fillText(key.words, x + SAMPLE.width + 7, y + SAMPLE.height / 2 + 1);
  });

  const { metres, px } = scaleOf(metres_px);
  const [right, base] = [width - MARGIN, head + height + MARGIN + SAMPLE.height - 2];
  on.strokeStyle = colours.ink;
  on.lineWidth = 1.6;
  on.beginPath();
  on.moveTo(right - px, base - 6);
  on.lineTo(right - px, base);
  on.lineTo(right, base);
  on.lineTo(right, base - 6);
  on.stroke();
  on.fillStyle = colours.ink;
  on.textAlign = "right";
  on.fillText(length(metres), right - 5, base - 10);
  return canvas;
}

function sample(on: CanvasRenderingContext2D, key: Key, x: number, y: number, line: string): void {
  const { width, height } = SAMPLE;
  if (key.kind === "line") {
    on.strokeStyle = key.colour;
    on.lineWidth = key.width ?? 1;
    on.beginPath();
    on.moveTo(x, y + height / 2);
    on.lineTo(x + width, y + height / 2);
    on.stroke();
    return;
  }
  on.fillStyle = key.colour;
  on.fillRect(x, y, width, height);
  const ink = key.hatch && on.createPattern(key.hatch, "repeat");
  if (ink) {
    on.save();
    on.beginPath();
    on.rect(x, y, width, height);
    on.clip();
    on.translate(x, y);
    on.scale(0.5, 0.5);
    on.fillStyle = ink;
    on.fillRect(0, 0, 2 * width, 2 * height);
    on.restore();
  }
  on.strokeStyle = line;
  on.lineWidth = 1;
  on.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}
