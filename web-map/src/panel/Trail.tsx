/** The way of the report that was sent last: what happened to it, and whom to ask. */
import { inLang, lang, t, tOr } from "../i18n";
import { trail } from "../state/store";
import { Officer } from "./Officers";
import { CloseIcon } from "./parts";

export function TrailCard() {
  const now = trail.value;
  if (!now) return null;
  return (
    <section class="trail" aria-label={t("trail.title")} data-trail={now.id}>
      <div class="section-head">
        <h2>{t("trail.title")}</h2>
        <button
          type="button"
          class="icon"
          aria-label={t("trail.close")}
          onClick={() => {
            trail.value = null;
          }}
        >
          <CloseIcon />
        </button>
      </div>
      <p class="muted">
        {tOr(`category.${now.category}`, now.category)} · <code>{now.id}</code>
      </p>
      <ol class="steps">
        {now.steps.map((step) => (
          <li key={`${step.at}/${step.kind}`}>
            <time dateTime={step.at}>{new Date(step.at).toLocaleString(lang.value)}</time>{" "}
            <span>{inLang(step)}</span>
          </li>
        ))}
      </ol>
      {now.responsible ? (
        <p class="officer">
          <span class="muted">{t("trail.ask")}</span> <Officer officer={now.responsible} />
        </p>
      ) : (
        now.grid && <p class="officer none">{t("officer.none")}</p>
      )}
    </section>
  );
}
