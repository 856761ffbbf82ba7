/** Who is signed in here and what they may do. The server decides; this only keeps from offering what it would refuse. */
import { batch, computed, signal } from "@preact/signals";
import { deleteSession, fetchSession, postSession, RequestError, useSession } from "../api/client";
import type { Session } from "../api/types";
import { t } from "../i18n";
import { TABS, type Tab } from "./url";

export const session = signal<Session | null>(null);
/** Whether the sign-in dialogue is open. */
export const signingIn = signal(false);
/** Why the last sign-in was refused. */
export const refusal = signal("");

/** Whether the server lets the caller do this, such as `GET /v1/coverage`. */
export const may = (line: string): boolean => session.value?.may.includes(line) ?? false;

/** What a tab is for; the others are for everybody. */
const NEEDS: Partial<Record<Tab, string>> = { import: "POST /v1/imports", plan: "GET /v1/plans/{id}/draft" };

/** The tabs of who asks: few bring files in, and few redraw plans. */
export const shownTabs = computed(() =>
  TABS.filter((one) => {
    const need = NEEDS[one];
    return need === undefined || may(need);
  }),
);

/** Whether the caller answers and closes reports. */
export const mayHandle = computed(() => may("POST /v1/reports/{id}/state"));

/** Whether reports come in live. */
export const mayListen = computed(() => may("GET /v1/events"));

/** What went wrong, in words for who sees it. */
export function words(error: unknown): string {
  if (error instanceof RequestError) {
    if (error.status === 401) return t("error.stranger");
    if (error.status === 403) return t("error.forbidden");
    if (error.status === 429) return t("error.too_often", { n: Math.max(1, error.retry_s) });
  }
  return error instanceof Error ? error.message : String(error);
}

function take(next: Session): void {
  session.value = next;
  useSession(next.csrf_token, () => void loadSession());
}

/** While it is not known who we are, it is asked again after this long. */
const ASK_AGAIN_MS = 3_000;

let loading: Promise<void> | null = null;

/** Asks the server who we are; one question at a time, and again while there has never been an answer. */
export function loadSession(): Promise<void> {
  loading ??= fetchSession()
    .then(take, () => {
      if (!session.peek()) setTimeout(() => void loadSession(), ASK_AGAIN_MS);
    })
    .finally(() => {
      loading = null;
    });
  return loading;
}

/** Done when it is known who we are: before, a change cannot bring the session's word along. */
export async function sessionKnown(): Promise<void> {
  if (!session.peek()) await loadSession();
  if (!session.peek()) throw new RequestError("/v1/session: the server cannot be reached", 0, null);
}

/** Signs in; false when refused, and `refusal` says why. */
export async function signIn(login: string, password: string): Promise<boolean> {
  refusal.value = "";
  try {
    const next = await postSession(login, password);
    batch(() => {
      take(next);
      signingIn.value = false;
    });
    return true;
  } catch (error) {
    const wrong = error instanceof RequestError && error.status === 401;
    refusal.value = wrong ? t("session.refused") : words(error);
    return false;
  }
}

/** Signs out; what the session was for is the stranger's again. */
export async function signOut(): Promise<void> {
  await deleteSession().catch(() => undefined);
  await loadSession();
}
