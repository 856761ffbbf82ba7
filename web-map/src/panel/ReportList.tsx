/** What came in, live: by how it stands, in queues, gone through by keys. */
import { useEffect } from "preact/hooks";
import { count } from "../format";
import { lang, t } from "../i18n";
import { writing } from "../keys";
import { STAGES } from "../reports/standing";
import { handleKey } from "../state/handling";
import { may, mayHandle } from "../state/session";
import { reports } from "../state/store";
import {
  type Queue,
  queue,
  queues,
  shown,
  staged,
  stages,
  step,
  toggleStage,
  watchBorders,
} from "../state/triage";
import { ReportRow, StageIcon } from "./ReportRow";

/** J and K go through the list, A answers, X closes and U takes up again; never while something is being written. */
function bindListKeys(): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "j") step(1);
    else if (key === "k") step(-1);
    else if (!handleKey(key)) return;
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
  if (reports.value.length === 0)
    return <p class="muted">{t(may("GET /v1/reports") ? "report.none" : "session.reports")}</p>;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame round three buttons */}
      <div class="choices-row stages" role="group" aria-label={t("report.stages")}>
        {STAGES.map((stage) => (
          <button
            key={stage}
            type="button"
            class="small"
            aria-pressed={stages.value.has(stage)}
            onClick={() => toggleStage(stage)}
          >
            <StageIcon stage={stage} /> {t(`report.stage.${stage}`)} {n(staged.value[stage])}
          </button>
        ))}
      </div>
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
              {t(`report.queue.${one}`)} {n(queues.value[one].length)}
            </button>
          ))}
        </div>
        <span class="muted">{t(mayHandle.value ? "report.keys.handle" : "report.keys")}</span>
      </div>
      {list.length === 0 ? (
        <p class="muted">{t("report.queue.none")}</p>
      ) : (
        <ol class="reports">
          {list.map((report) => (
            <ReportRow key={report.id} report={report} />
          ))}
        </ol>
      )}
    </>
  );
}
