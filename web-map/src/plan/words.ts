/** Words of the tab of plans, fetched with it. */
import { addWords, type Key, t } from "../i18n";
import type { planZh } from "../i18n/plan-zh";

export type PlanKey = keyof typeof planZh;

/** Fetches the words in the shown language. */
export const fetchPlanWords = (): Promise<void> => addWords(source);

const source = (lang: string): Promise<Record<string, string>> =>
  lang === "en"
    ? import("../i18n/plan-en").then((file) => file.planEn)
    : import("../i18n/plan-zh").then((file) => file.planZh);

/** The sentence of a key of this tab. */
export const pt = (key: PlanKey, values?: Record<string, string | number>): string => t(key as Key, values);
