/** Numbers, areas, distances, times and codes as people read them. Pure: language and clock come in as arguments. */
import type { Lang } from "./i18n";

const formats = new Map<string, Intl.NumberFormat>();

function number(lang: Lang, digits: number): Intl.NumberFormat {
  const key = `${lang}/${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(lang, { maximumFractionDigits: digits });
    formats.set(key, format);
  }
  return format;
}

/** A whole number with grouping; a dash for what is not known. */
export const count = (n: number | null | undefined, lang: Lang): string =>
  n === null || n === undefined ? "–" : number(lang, 0).format(n);

/** A share of one, in percent with one place. */
export const percent = (share: number, lang: Lang): string =>
  new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 }).format(share);

/** An area: m² below a hectare, then ha (公顷), then km². */
export function area(area_m2: number, lang: Lang): string {
  if (area_m2 < 10) return `${number(lang, 2).format(area_m2)} m²`;
  if (area_m2 < 10_000) return `${number(lang, 0).format(area_m2)} m²`;
  if (area_m2 < 1_000_000) {
    return `${number(lang, area_m2 < 100_000 ? 2 : 1).format(area_m2 / 10_000)} ${lang === "en" ? "ha" : "公顷"}`;
  }
  return `${number(lang, area_m2 < 100_000_000 ? 2 : 0).format(area_m2 / 1_000_000)} km²`;
}

/** A distance: decimetres when close, metres, then km. */
export function distance(distance_m: number, lang: Lang): string {
  const metres = lang === "en" ? "m" : "米";
  if (distance_m < 10) return `${number(lang, 1).format(distance_m)} ${metres}`;
  if (distance_m < 1000) return `${number(lang, 0).format(distance_m)} ${metres}`;
  return `${number(lang, distance_m < 100_000 ? 1 : 0).format(distance_m / 1000)} ${lang === "en" ? "km" : "公里"}`;
}

/** A coordinate to the lattice's seven places, trailing zeros cut. */
export const degrees = (value: number): string => String(Number(value.toFixed(7)));

/** An elapsed time in its largest fitting unit. */
export function age(elapsed_ms: number): { unit: "seconds" | "minutes" | "hours" | "days"; n: number } {
  const seconds = Math.max(0, Math.round(elapsed_ms / 1000));
  if (seconds < 60) return { unit: "seconds", n: seconds };
  if (seconds < 3600) return { unit: "minutes", n: Math.floor(seconds / 60) };
  if (seconds < 86_400) return { unit: "hours", n: Math.floor(seconds / 3600) };
  return { unit: "days", n: Math.floor(seconds / 86_400) };
}

/** A calendar day in the language's short form; the text itself when it is no date. */
export function day(iso: string, lang: Lang, timeZone?: string): string {
  const bare = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  const date = bare
    ? new Date(Date.UTC(Number(bare[1]), Number(bare[2]) - 1, Number(bare[3])))
    : new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  try {
    return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, {
      year: "numeric",
      month: lang === "en" ? "short" : "numeric",
      day: "numeric",
      timeZone: bare ? "UTC" : timeZone,
    }).format(date);
  } catch {
    return iso;
  }
}

/** The last piece of a grid code, short enough for a label: `320599003004-006` → `006`, `56` → `56`. */
export function shortTail(code: string): string {
  const piece = code.slice(code.lastIndexOf("-") + 1);
  return piece.length <= 6 && piece !== "" ? piece : code.slice(-3);
}
