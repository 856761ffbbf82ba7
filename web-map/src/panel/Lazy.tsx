/** A part of the page that is fetched when it is first shown. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";

export function Lazy({ of }: { of: () => Promise<ComponentType> }) {
  const [Part, setPart] = useState<ComponentType | null>(null);
  const [failed, setFailed] = useState(false);
  const fetchPart = () => {
    setFailed(false);
    of().then(
      (part) => setPart(() => part),
      () => setFailed(true),
    );
  };
  useEffect(fetchPart, []);
  if (failed) {
    return (
      <div class="note bad">
        <p>{t("app.part.failed")}</p>
        <button type="button" class="small" onClick={fetchPart}>
          {t("app.retry")}
        </button>
      </div>
    );
  }
  return Part ? <Part /> : <p class="muted">{t("app.part.loading")}</p>;
}
