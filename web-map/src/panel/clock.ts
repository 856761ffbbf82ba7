import { signal } from "@preact/signals";

/** The page's clock, in milliseconds, moving once a second: ages on screen follow it. */
export const now_ms = signal(Date.now());

if (typeof window !== "undefined") {
  setInterval(() => {
    if (document.visibilityState === "visible") now_ms.value = Date.now();
  }, 1000);
}
