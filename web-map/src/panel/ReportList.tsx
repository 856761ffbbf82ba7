/** What came in, live: in queues, gone through by keys, with what may be the same beside each. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Report } from "../api/types";
import { age, count, distance } from "../format";
import { lang, t, tOr } from "../i18n";
import { writing } from "../keys";
import type { Same } from "../reports/near";
import { may } from "../state/session";
import { landed, reports } from "../state/store";
import {
  aside,
  asideCurrent,
  borders,
  current,
  doubts,
  lookAt,
  type Queue,
  queue,
  sameAs,
  showAside,
  shown,
  step,
  toggleAside,
  watchBorders,
} from "../state/triage";
import { now_ms } from "./clock";
import { ageWords, CloseIcon, TargetIcon } from "./parts";

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

function Row({ report }: { report: Report }) {
  const row = useRef<HTMLLIElement>(null);
  const { id } = report;
  const on = current.value === id;
  const away = aside.value.has(id);
  const why = doubts.value.get(id);
  const others = sameAs.value.get(id);
  const received = new Date(report.received_at);
  useLayoutEffect(() => {
    if (!on) return;
    row.current?.scrollIntoView({ block: "nearest" });
    row.current?.focus({ preventScroll: true });
  }, [on]);
  const words = ["report"];
  if (landed.value?.report.id === id) words.push("fresh");
  if (on) words.push("current");
  if (away) words.push("aside");
  return (
    <li
      ref={row}
      class={words.join(" ")}
      data-report={id}
      tabIndex={-1}
      aria-current={on ? "true" : undefined}
    >
      <div class="report-main">
        <b>
          {categoryWord(report.category)}
          {away && <span class="muted"> · {t("report.aside.word")}</span>}
        </b>
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
        {why && why !== "outside" && (
          <span class="doubt">
            {t(`report.doubt.${why}`, { distance: distance(borders.value.get(id) ?? 0, lang.value) })}
          </span>
        )}
        {others && <SameFold of={others} />}
      </div>
      <div class="report-side">
        <time dateTime={report.received_at} title={received.toLocaleString(lang.value)}>
          {since(report)}
        </time>
        <span class="report-acts">
          <button
            type="button"
            class="icon"
            aria-label={t("report.zoom", { id: shortId(id) })}
            onClick={() => lookAt(report)}
          >
            <TargetIcon />
          </button>
          <button
            type="button"
            class="icon"
            aria-pressed={away}
            aria-label={t(away ? "report.aside.back" : "report.aside", { id: shortId(id) })}
            aria-keyshortcuts="a"
            onClick={() => toggleAside(id)}
          >
            <CloseIcon />
          </button>
        </span>
      </div>
    </li>
  );
}

/** J and K go through the list, A puts aside; never while something is being written. */
function bindListKeys(): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (key === "a" && current.peek() !== null) asideCurrent();
    else return;
    event.preventDefault();
  };
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}

const QUEUES: readonly Queue[] = ["all", "doubt"];

export function ReportList() {
  useEffect(() => {
    const stops = [bindListKeys(), watchBorders()];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
  const list = shown.value;
  const n = (value: number) => count(value, lang.value);
  const put = reports.value.filter(({ id }) => aside.value.has(id)).length;
  if (reports.value.length === 0)
    return <p class="muted">{t(may("GET /v1/reports") ? "report.none" : "session.reports")}</p>;
  return (
    <>
      <div class="queues">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame round two buttons */}
        <div class="choices-row" role="group" aria-label={t("report.queues")}>
          {QUEUES.map((one) => (
            <button
              key={one}
              type="button"
              class="small"
              aria-pressed={queue.value === one}
              onClick={() => {
                queue.value = one;
              }}
            >
              {t(`report.queue.${one}`)} {n(one === "all" ? reports.value.length : doubts.value.size)}
            </button>
          ))}
        </div>
        <span class="muted">{t("report.keys")}</span>
      </div>
      {put > 0 && (
        <label class="check">
          <input
            type="checkbox"
            checked={showAside.value}
            onChange={(event) => {
              showAside.value = event.currentTarget.checked;
            }}
          />{" "}
          {t("report.aside.show", { n: n(put) })}
        </label>
      )}
      {list.length === 0 ? (
        <p class="muted">{t("report.queue.none")}</p>
      ) : (
        <ol class="reports">
          {list.map((report) => (
            <Row key={report.id} report={report} />
          ))}
        </ol>
      )}
    </>
  );
}
