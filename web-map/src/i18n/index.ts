/**
 * Which language is shown, and the words of it. Switching needs no reload: the language is a signal. Each dictionary is a
 * file of its own, and only those of languages that are shown are fetched.
 */
import { effect, signal } from "@preact/signals";
import type { zh } from "./zh";

export type Lang = "zh-CN" | "en";
export type Key = keyof typeof zh;

type Words = Record<string, string>;
/** Fetches the words of one part of the page in a language. */
type Source = (lang: Lang) => Promise<Words>;

const sources: Source[] = [
  (lang) =>
    lang === "en" ? import("./en").then((file): Words => file.en) : import("./zh").then((file) => file.zh),
];
const words: Record<Lang, Words> = { "zh-CN": {}, en: {} };
const read: Record<Lang, Set<Source>> = { "zh-CN": new Set(), en: new Set() };
const STORED = "wangge.lang";

/** Fetches what is not there yet of a language. */
export async function fetchWords(of: Lang): Promise<void> {
  await Promise.all(
    sources.map(async (source) => {
      if (read[of].has(source)) return;
      const found = await source(of);
      read[of].add(source);
      Object.assign(words[of], found);
    }),
  );
}

/** Adds the words of a part of the page that is fetched later, in the shown language. */
export function addWords(source: Source): Promise<void> {
  if (!sources.includes(source)) sources.push(source);
  return fetchWords(lang.peek());
}

/** The stored choice, else the first of the browser's languages we speak, else English. */
export function firstLang(stored: string | null, preferred: readonly string[]): Lang {
  if (stored === "zh-CN" || stored === "en") return stored;
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

export const lang = signal<Lang>(
  typeof navigator === "undefined" ? "en" : firstLang(stored(), navigator.languages ?? [navigator.language]),
);

/** Chooses a language and remembers it; shown once its words are there. Where they cannot be fetched, nothing changes. */
export async function setLang(next: Lang): Promise<void> {
  try {
    await fetchWords(next);
  } catch {
    return;
  }
  lang.value = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // Private windows may refuse storage; the choice then lasts for this page.
  }
}

/** Keeps the document's own language and title true, for screen readers and font choice. */
export function mirrorLang(workspaceName: () => string): void {
  effect(() => {
    document.documentElement.lang = lang.value;
    const name = workspaceName();
    document.title = name ? `${name} · ${t("app.title")}` : t("app.title");
  });
}

/** Fills `{name}` places of a sentence; an unknown place stays visible, so that it is noticed. */
export function fill(sentence: string, values: Record<string, string | number> = {}): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** The sentence of `key` in the shown language. */
export function t(key: Key, values?: Record<string, string | number>): string {
  return fill(words[lang.value][key] ?? key, values);
}

/** The sentence of a key made at run time (a level, a category), or `fallback` when the field has its own word. */
export function tOr(key: string, fallback: string): string {
  return words[lang.value][key] ?? fallback;
}

/** Picks the shown language of a text the server sends in both. */
export const inLang = (text: { en: string; zh: string }): string => (lang.value === "en" ? text.en : text.zh);
