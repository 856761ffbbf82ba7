/** The named streets, rivers and railways around a grid, read from the tiles of streets. */
import { fetchTiles, send } from "../api/client";
import type { GridDetail } from "../api/types";
import { readLines } from "../api/vector";
import { type Bound, boundsOf, type NamedLine, type Side } from "../lookup/bounds";

/** The zoom at which every line is there; a coarser one where the grid is so large that it would take many tiles. */
const ZOOM = 16;
const MOST_TILES = 36;

/** Numbers of tiles at a zoom, from the north-west to the south-east. */
function tilesOf([west, south, east, north]: GridDetail["envelope"], zoom: number) {
  const size = 2 ** zoom;
  const column = (lon: number) => Math.floor(((lon + 180) / 360) * size);
  const row = (lat: number) =>
    Math.floor((0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)) * size);
  const found: [number, number][] = [];
  for (let y = row(north); y <= row(south); y++)
    for (let x = column(west); x <= column(east); x++) found.push([x, y]);
  return found;
}

async function linesOf(template: string, zoom: number, x: number, y: number): Promise<NamedLine[]> {
  const address = template.replace("{z}", `${zoom}`).replace("{x}", `${x}`).replace("{y}", `${y}`);
  const response = await send(address);
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const { extent, lines } = readLines(await response.arrayBuffer(), "streets");
  const size = 2 ** zoom;
  return lines.flatMap(({ properties, points }) => {
    if (!properties.name) return [];
    const degrees = points.map((value, i) =>
      i % 2 === 0
        ? ((x + value / extent) / size) * 360 - 180
        : (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + value / extent)) / size))) * 180) / Math.PI,
    );
    return [{ name: properties.name, points: degrees }];
  });
}

/** What bounds a grid on each side; null where nothing around it has a name. */
export async function boundsAround(of: GridDetail): Promise<Record<Side, Bound[]> | null> {
  const template = await fetchTiles("streets");
  let zoom = ZOOM;
  while (zoom > 9 && tilesOf(of.envelope, zoom).length > MOST_TILES) zoom--;
  const tiles = await Promise.all(tilesOf(of.envelope, zoom).map(([x, y]) => linesOf(template, zoom, x, y)));
  const found = boundsOf(of.geometry, tiles.flat());
  return Object.values(found).some((names) => names.length > 0) ? found : null;
}
