/** Which language is shown, and the words of it. Switching needs no reload: the language is a signal. */
import { effect, signal } from "@preact/signals";
import { en } from "./en";
import { zh } from "./zh";

export type Lang = "zh-CN" | "en";
export type Key = keyof typeof zh;

const DICTIONARIES: Record<Lang, Record<Key, string>> = { "zh-CN": zh, en };
const STORED = "wangge.lang";

/** The stored choice, else the first of the browser's languages we speak, else English. */
export function firstLang(stored: string | null, preferred: readonly string[]): Lang {
  if (stored === "zh-CN" || stored === "en") return stored;
  for (const tag of preferred) {
    if (/^zh\b/i.test(tag)) return "zh-CN";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

function read(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

export const lang = signal<Lang>(
  typeof navigator === "undefined" ? "en" : firstLang(read(), navigator.languages ?? [navigator.language]),
);

/** Chooses a language and remembers it. */
export function setLang(next: Lang): void {
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
  return fill(DICTIONARIES[lang.value][key], values);
}

/** The sentence of a key made at run time (a level, a category), or `fallback` when the field has its own word. */
export function tOr(key: string, fallback: string): string {
  return (DICTIONARIES[lang.value] as Record<string, string>)[key] ?? fallback;
}

/** Picks the shown language of a text the server sends in both. */
export const inLang = (text: { en: string; zh: string }): string => (lang.value === "en" ? text.en : text.zh);
