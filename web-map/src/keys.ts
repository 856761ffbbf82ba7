/** Keys that work anywhere on the page, and the address that follows it. */
import { effect } from "@preact/signals";
import { lang, setLang } from "./i18n";
import { closeSelection, followAddress, openTab } from "./state/actions";
import { shownTabs } from "./state/session";
import { hidden, notice, planPlace, selection, tab, view } from "./state/store";
import { writeHash } from "./state/url";

/** Whether a key goes into something that is being written. */
export const writing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(textarea|select)$/i.test(target.tagName) || isTextInput(target));

const isTextInput = (target: HTMLElement) =>
  target instanceof HTMLInputElement && !["radio", "checkbox", "file"].includes(target.type);

/** `/` the box, Esc closes, 1-5 the tabs, L the language; never while something is being written. */
export function bindKeys(): void {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (writing(event.target)) (event.target as HTMLElement).blur();
      else closeSelection();
      return;
    }
    if (writing(event.target)) return;
    const wanted = shownTabs.value[Number(event.key) - 1];
    if (wanted) {
      openTab(wanted);
      document.getElementById(`tab-${wanted}`)?.focus();
    } else if (event.key === "/") {
      event.preventDefault();
      const box = document.getElementById("box") as HTMLInputElement | null;
      box?.focus();
      box?.select();
    } else if (event.key === "l" || event.key === "L") {
      void setLang(lang.value === "en" ? "zh-CN" : "en");
    }
  });
}

/** Pause after the map moved before the address is written, so that dragging does not flood it. */
const ADDRESS_REST_MS = 250;
/** How long a short message stays. */
const NOTICE_MS = 5_000;

/** Keeps the address true to tab, view, selection and filter; only the view waits, so that a reload finds what was chosen. */
export function bindAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let chosen = "";
  // Our own writing raises no such event: this is a link or a pasted address.
  addEventListener("hashchange", () => followAddress(location.hash));
  effect(() => {
    const state = {
      tab: tab.value,
      view: view.value,
      selection: selection.value,
      hidden: [...hidden.value],
      plan: planPlace.value,
    };
    const hash = writeHash(state);
    const write = () => {
      if (hash !== location.hash) history.replaceState(null, "", hash);
    };
    clearTimeout(timer);
    const now = writeHash({ ...state, view: null });
    if (now === chosen) timer = setTimeout(write, ADDRESS_REST_MS);
    else write();
    chosen = now;
  });
}

/** Takes a short message away after a while. */
export function bindNotices(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    if (!notice.value) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      notice.value = "";
    }, NOTICE_MS);
  });
}
