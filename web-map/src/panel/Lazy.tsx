/** A part of the page that is fetched when it is first shown. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";

export function Lazy<Props extends object = object>({
  of,
  props,
}: {
  of: () => Promise<ComponentType<Props>>;
  props?: Props;
}) {
  const [Part, setPart] = useState<ComponentType<Props> | null>(null);
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
  return Part ? <Part {...(props as Props)} /> : <p class="muted">{t("app.part.loading")}</p>;
}
