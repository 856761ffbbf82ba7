/** The answer to a report, as its sender will read it. */
import { useEffect, useRef } from "preact/hooks";
import type { Report } from "../api/types";
import { count } from "../format";
import { lang, t } from "../i18n";
import { ANSWER_MOST, foldAnswer, sendAnswer, underway, write, written } from "../state/handling";

/** Letters left are told from here on. */
const TOLD_FROM = 100;

export function AnswerBox({ report }: { report: Report }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { id } = report;
  const text = written.value.get(id) ?? "";
  const busy = underway.value.has(id);
  const left = ANSWER_MOST - text.length;
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      class="answer"
      onSubmit={(event) => {
        event.preventDefault();
        void sendAnswer(id, false);
      }}
    >
      <label>
        <span>{t("report.answer.label")}</span>
        <textarea
          ref={field}
          rows={3}
          maxLength={ANSWER_MOST}
          value={text}
          readOnly={busy}
          onInput={(event) => write(id, event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || event.isComposing) return;
            // The box alone: what is chosen on the map stays.
            event.stopPropagation();
            foldAnswer(report);
          }}
        />
      </label>
      {left <= TOLD_FROM && (
        <p class="muted" role="status">
          {t("report.answer.left", { n: count(left, lang.value) })}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="small primary" disabled={busy || text.trim() === ""}>
          {t("report.answer.send")}
        </button>
        <button
          type="button"
          class="small"
          disabled={busy || text.trim() === ""}
          onClick={() => void sendAnswer(id, true)}
        >
          {t("report.answer.close")}
        </button>
        <button type="button" class="small quiet" onClick={() => foldAnswer(report)}>
          {t("report.answer.fold")}
        </button>
      </div>
    </form>
  );
}
