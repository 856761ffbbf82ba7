/** The way of the report that was sent last: what happened to it, and whom to ask. */
import { useEffect } from "preact/hooks";
import { inLang, lang, t, tOr } from "../i18n";
import type { Stage } from "../reports/standing";
import { refreshTrail } from "../state/actions";
import { reports, trail } from "../state/store";
import { Officer } from "./Officers";
import { CloseIcon } from "./parts";
import { StageIcon } from "./ReportRow";

/** Who sent a report may not hear the feed: its way is read again this often. */
const AGAIN_MS = 60_000;

/** Steps that somebody took, in the signs of the list. */
const SIGNS: Readonly<Record<string, Stage>> = { answered: "answered", closed: "closed", reopened: "open" };

export function TrailCard() {
  const now = trail.value;
  const id = now?.id;
  // Where the feed is heard, it tells when the report stands otherwise.
  const stands = reports.value.find((report) => report.id === id)?.state_at;
  useEffect(() => {
    if (id === undefined) return;
    const timer = setInterval(() => void refreshTrail(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [id]);
  useEffect(() => {
    if (stands !== undefined) void refreshTrail();
  }, [stands]);
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
          <li key={`${step.at}/${step.kind}`} data-step={step.kind}>
            <time dateTime={step.at}>{new Date(step.at).toLocaleString(lang.value)}</time>{" "}
            {SIGNS[step.kind] && <StageIcon stage={SIGNS[step.kind] as Stage} />}
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
