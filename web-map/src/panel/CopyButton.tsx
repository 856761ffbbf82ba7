/** Copies a text, and says that it did. */
import { useState } from "preact/hooks";
import { t } from "../i18n";

export function CopyButton({ text, words }: { text: string; words: string }) {
  const [done, setDone] = useState(false);
  // The clipboard exists in secure contexts only; without it there is no button.
  if (typeof navigator.clipboard?.writeText !== "function") return null;
  return (
    <button
      type="button"
      class="quiet small"
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => setDone(true),
          () => setDone(false),
        );
      }}
    >
      {done ? t("lookup.copied") : words}
    </button>
  );
}
