/** What the one box does with what is written in it: a coordinate, a code, a name or an address. */
import { geocode, RequestError } from "../api/client";
import type { AddressCandidate } from "../api/types";
import { t } from "../i18n";
import { epsgCode, readLine, swapped } from "../lookup/coordinate";
import { matchJurisdictions } from "../lookup/jurisdiction";
import { ask, gridDetail } from "./actions";
import { words } from "./session";
import {
  answer,
  boxCrs,
  boxEpsg,
  boxReading,
  boxText,
  jurisdictions,
  selection,
  tab,
  workspace,
} from "./store";

/** Takes the line in the box: a coordinate, a grid code, or a jurisdiction's name. */
export async function submitBox(): Promise<void> {
  const text = boxText.value.trim();
  if (!text) return;
  tab.value = tab.value === "reports" ? "reports" : "lookup";
  const epsg = boxCrs.value === "epsg" ? epsgCode(boxEpsg.value) : null;
  const crs = boxCrs.value === "epsg" ? (epsg ?? "epsg") : boxCrs.value;
  const reading = readLine(text, crs, workspace.value?.envelope ?? null);
  boxReading.value = reading;
  if (reading.kind === "words") return submitWords(reading.text);
  if (reading.kind === "out_of_range") {
    answer.value = { kind: "misread", reading };
    return;
  }
  if (crs === "epsg") {
    answer.value = { kind: "failed", why: t("read.no_epsg") };
    return;
  }
  if (reading.kind === "code") {
    // A grid may be called so itself.
    const own = reading.system === "beidou" ? await gridDetail(text).catch(() => null) : null;
    if (own) return ask({ kind: "grid", code: own.code }, "go");
    return ask({ kind: "point", lon: reading.lon, lat: reading.lat, crs: "wgs84" }, "go");
  }
  const [lon, lat] = reading.kind === "point" ? [reading.lon, reading.lat] : [reading.x, reading.y];
  await ask({ kind: "point", lon, lat, crs }, "go");
}

/** Takes the two numbers in the box the other way round. */
export function swapBox(): void {
  const now = selection.peek();
  const reading = boxReading.peek();
  const next = reading && swapped(reading);
  if (next?.kind !== "point" || now?.kind !== "point") return;
  boxReading.value = next;
  void ask({ ...now, lon: next.lon, lat: next.lat }, "go");
}

async function submitWords(text: string): Promise<void> {
  tab.value = "lookup";
  const matches = matchJurisdictions(text, jurisdictions.value);
  const [only] = matches;
  if (only && (matches.length === 1 || only.code === text))
    return ask({ kind: "jurisdiction", code: only.code }, "go");
  const detail = await gridDetail(text).catch((error: unknown) => {
    if (error instanceof RequestError && error.status === 404) return null;
    if (error instanceof RequestError && error.status === 400) return null;
    answer.value = { kind: "failed", why: words(error) };
    return undefined;
  });
  if (detail === undefined) return;
  if (detail) return ask({ kind: "grid", code: detail.code }, "go");
  if (matches.length > 0) {
    selection.value = null;
    answer.value = { kind: "choose", matches };
    return;
  }
  await submitAddress(text);
}

/** The longest address the server looks up, in letters. */
const ADDRESS_LETTERS = 200;

/** Asks for an address; one that is not sure enough is never taken, its candidates are shown. */
async function submitAddress(text: string): Promise<void> {
  selection.value = null;
  if ([...text].length > ADDRESS_LETTERS) {
    answer.value = { kind: "nothing", text };
    return;
  }
  try {
    const found = await geocode(text);
    const [first] = found.candidates;
    if (first && (found.state === "exact" || found.state === "confident")) return await openAddress(first);
    answer.value = first ? { kind: "addresses", candidates: found.candidates } : { kind: "nothing", text };
  } catch (error) {
    answer.value = { kind: "failed", why: words(error) };
  }
}

/** Shows the place of an address, and says which one it is. */
export async function openAddress(address: AddressCandidate): Promise<void> {
  boxReading.value = null;
  boxText.value = address.address;
  await ask({ kind: "point", lon: address.lon, lat: address.lat, crs: "wgs84" }, "go");
}
