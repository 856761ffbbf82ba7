/** Whether the reader's system asks for dark colours: the plan is drawn in them, as the map around it is. */
import { signal } from "@preact/signals";
import type { Scheme } from "../draw/colours";

const asked = typeof matchMedia === "undefined" ? null : matchMedia("(prefers-color-scheme: dark)");
const now = (): Scheme => (asked?.matches ? "dark" : "light");

export const scheme = signal<Scheme>(now());
asked?.addEventListener("change", () => {
  scheme.value = now();
});
