/** Words of the tab of plans, fetched with it, and those of its rarer parts, fetched with these. */
import { addWords, type Key, t } from "../i18n";
import type { planLateZh } from "../i18n/plan-late-zh";
import type { planZh } from "../i18n/plan-zh";

export type PlanKey = keyof typeof planZh | keyof typeof planLateZh;

/** Fetches the words in the shown language. */
export const fetchPlanWords = (): Promise<void> => addWords(source);

/** Fetches the words of comparing, publishing and tables. */
export const fetchLateWords = (): Promise<void> => addWords(late);

const source = (lang: string): Promise<Record<string, string>> =>
  lang === "en"
    ? import("../i18n/plan-en").then((file) => file.planEn)
    : import("../i18n/plan-zh").then((file) => file.planZh);

const late = (lang: string): Promise<Record<string, string>> =>
  lang === "en"
    ? import("../i18n/plan-late-en").then((file) => file.planLateEn)
    : import("../i18n/plan-late-zh").then((file) => file.planLateZh);

/** The sentence of a key of this tab. */
export const pt = (key: PlanKey, values?: Record<string, string | number>): string => t(key as Key, values);
