/** A report of the list: what it is, where it went, how it stands, what may be the same, and what can be done with it. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Report } from "../api/types";
import { age, distance } from "../format";
import { lang, t, tOr } from "../i18n";
import type { Same } from "../reports/near";
import { lateHours, type Stage, stageOf } from "../reports/standing";
import {
  answering,
  closeReport,
  foldAnswer,
  openAnswer,
  reopen,
  troubles,
  underway,
} from "../state/handling";
import { mayHandle } from "../state/session";
import { landed } from "../state/store";
import { borders, current, doubts, lookAt, sameAs } from "../state/triage";
import { AnswerBox } from "./AnswerBox";
import { now_ms } from "./clock";
import { ageWords, TargetIcon } from "./parts";

export const categoryWord = (category: string) => tOr(`category.${category}`, category);

/** Rows are told apart by their last letters; the whole id is in the trail. */
const shortId = (id: string) => id.slice(-6);

const since = (report: Report) =>
  t("age.ago", { age: ageWords(age(now_ms.value - new Date(report.received_at).getTime())) });

/** Reports near a place, each with how far off it is; one press shows it. */
export function SameList({ of }: { of: readonly Same[] }) {
  return (
    <ul class="same">
      {of.slice(0, 5).map(({ report, distance_m }) => (
        <li key={report.id}>
          <button type="button" class="link" onClick={() => lookAt(report)}>
            {report.text || categoryWord(report.category)}
          </button>{" "}
          <span class="muted">
            {distance(distance_m, lang.value)} · {since(report)}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The same, folded: what is not looked at is not on the page, so that no report is on it twice. */
function SameFold({ of }: { of: readonly Same[] }) {
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("report.same", { n: of.length })}</summary>
      {open && <SameList of={of} />}
    </details>
  );
}

/** A ring, a ring with words in it, a filled one with a tick: told apart without colour. */
const STAGE_PATHS: Record<Stage, string> = {
  open: "M8 3a5 5 0 1 0 .01 0z",
  answered: "M3 4h10v6H8l-3 3v-3H3z",
  closed: "M3.500 8.500l3 3 6-7",
};

export const StageIcon = ({ stage }: { stage: Stage }) => (
  <svg class="stage-icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
    <path
      d={STAGE_PATHS[stage]}
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linejoin="round"
      stroke-linecap="round"
    />
  </svg>
);

/** How it stands, in sign and word, and that it has waited too long. */
function Standing({ report }: { report: Report }) {
  const stage = stageOf(report);
  const late = lateHours(report, now_ms.value);
  return (
    <span class={late ? `stage ${stage} late late-${late}` : `stage ${stage}`} data-stage={stage}>
      <StageIcon stage={stage} /> {t(`report.stage.${stage}`)}
      {late && (
        <b>
          {" · "}
          <span aria-hidden="true">{late === 72 ? "‼" : "!"}</span> {t("report.late", { n: late })}
        </b>
      )}
    </span>
  );
}

/** What whoever answers reports can do with this one. */
function Acts({ report }: { report: Report }) {
  const { id } = report;
  const stage = stageOf(report);
  const busy = underway.value.has(id);
  const open = answering.value === id;
  return (
    <span class="report-handle">
      {stage !== "closed" && (
        <button
          type="button"
          class="small"
          disabled={busy}
          aria-expanded={open}
          aria-label={t("report.answer.of", { id: shortId(id) })}
          aria-keyshortcuts="a"
          onClick={() => (open ? foldAnswer(report) : openAnswer(report))}
        >
          {t("report.answer")}
        </button>
      )}
      {stage !== "closed" && (
        <button
          type="button"
          class="small"
          disabled={busy}
          aria-label={t("report.close", { id: shortId(id) })}
          aria-keyshortcuts="x"
          onClick={() => void closeReport(report)}
        >
          {t("report.close.word")}
        </button>
      )}
      {stage !== "open" && (
        <button
          type="button"
          class="small"
          disabled={busy}
          aria-label={t("report.reopen", { id: shortId(id) })}
          aria-keyshortcuts="u"
          onClick={() => void reopen(report)}
        >
          {t("report.reopen.word")}
        </button>
      )}
      {busy && (
        <span class="muted" role="status">
          {t("report.busy")}
        </span>
      )}
    </span>
  );
}

export function ReportRow({ report }: { report: Report }) {
  const row = useRef<HTMLLIElement>(null);
  const { id } = report;
  const on = current.value === id;
  const why = doubts.value.get(id);
  const others = sameAs.value.get(id);
  const trouble = troubles.value.get(id);
  const writes = answering.value === id;
  const received = new Date(report.received_at);
  useLayoutEffect(() => {
    if (!on) return;
    row.current?.scrollIntoView({ block: "nearest" });
    // The answer takes the focus itself.
    if (!writes) row.current?.focus({ preventScroll: true });
  }, [on, writes]);
  const words = ["report"];
  if (landed.value?.report.id === id) words.push("fresh");
  if (on) words.push("current");
  return (
    <li
      ref={row}
      class={words.join(" ")}
      data-report={id}
      tabIndex={-1}
      aria-current={on ? "true" : undefined}
    >
      <div class="report-main">
        <b>{categoryWord(report.category)}</b>
        {report.text && <span class="report-text">{report.text}</span>}
        <span class="report-to">
          {report.grid ? (
            <>
              <span aria-hidden="true">→</span> {report.grid.name || report.grid.code}{" "}
              <code>{report.grid.code}</code>
            </>
          ) : (
            <span class="ink-over">{t("report.outside")}</span>
          )}
        </span>
        <Standing report={report} />
        {report.answer && (
          <span class="report-answer">{t("report.answer.told", { text: report.answer })}</span>
        )}
        {why && why !== "outside" && (
          <span class="doubt">
            {t(`report.doubt.${why}`, { distance: distance(borders.value.get(id) ?? 0, lang.value) })}
          </span>
        )}
        {others && <SameFold of={others} />}
        {mayHandle.value && <Acts report={report} />}
        {trouble && (
          <span class="note bad" role="alert">
            {t("report.trouble", { why: trouble })}
          </span>
        )}
        {writes && <AnswerBox report={report} />}
      </div>
      <div class="report-side">
        <time dateTime={report.received_at} title={received.toLocaleString(lang.value)}>
          {since(report)}
        </time>
        <button
          type="button"
          class="icon"
          aria-label={t("report.zoom", { id: shortId(id) })}
          onClick={() => lookAt(report)}
        >
          <TargetIcon />
        </button>
      </div>
    </li>
  );
}
