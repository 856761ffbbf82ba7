/** Who lies beside a grid, asked of the server. */
import { locateBatch } from "../api/client";
import type { GridDetail } from "../api/types";
import { type Neighbour, probes, tally } from "../lookup/neighbours";

export async function neighboursOf(detail: GridDetail): Promise<Neighbour[]> {
  const asked = probes(detail.geometry);
  const answer = await locateBatch({ lon: asked.lon, lat: asked.lat, crs: "wgs84" });
  return tally(asked, answer, detail.code, detail.label);
}
