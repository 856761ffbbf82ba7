/** A whole city at three zooms: far, middle and street. */
import assert from "node:assert/strict";
import { colourShares, openPage, visit } from "./browser.mjs";

/** A dense block of central Taipei. */
const CENTRE = { lon: 121.532, lat: 25.041 };

async function threeZooms({ browser, base, shot }) {
  const { page, faults, close } = await openPage(browser, base);
  for (const [name, hash] of [
    ["20-city-far", ""],
    ["21-city-middle", `#view=13.6/${CENTRE.lat}/${CENTRE.lon}`],
    ["22-city-street", `#view=16.1/${CENTRE.lat}/${CENTRE.lon}&sel=point:${CENTRE.lon},${CENTRE.lat},wgs84`],
  ]) {
    await visit(page, base, hash);
    const [paper] = await colourShares(page, ["#f1efea"]);
    assert.ok(paper < 0.9, `${name} is ${Math.round(paper * 100)} % empty paper`);
    await shot(page, name);
  }
  await close();
  return faults;
}

export const journeys = [["a city is drawn far, middle and near", threeZooms]];
