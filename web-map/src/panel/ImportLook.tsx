/** What an import found, how far it is, and why it did not work. */
import type { ImportResult } from "../api/types";
import { count } from "../format";
import { lang, t, tOr } from "../i18n";
import { hintFor } from "../import/hints";
import { job, stopJob } from "../state/imports";
import { Figure } from "./parts";

/** Classes named before the rest are only counted. */
const CLASSES = 8;

export function Progress({ words }: { words: string }) {
  const now = job.value;
  const known = now !== null && now.total > 0;
  return (
    <div class="progress" aria-live="polite">
      <p>
        {now?.state === "waiting" ? t("import.waiting") : words}
        {now?.step && <span class="muted"> · {t(`import.doing.${now.step}`)}</span>}
      </p>
      <progress {...(known ? { value: now.done, max: now.total } : {})} aria-label={words} />
      {known && (
        <p class="muted fine-print">
          {count(now.done, lang.value)} / {count(now.total, lang.value)}
        </p>
      )}
      <div class="actions">
        <button type="button" class="small" onClick={stopJob}>
          {t("import.stop")}
        </button>
      </div>
    </div>
  );
}

export function Figures({ result }: { result: ImportResult }) {
  const lines = result.lines > 0;
  const links = result.links > 0 || result.link_set !== null;
  const classes = Object.entries(result.classes).sort(([, a], [, b]) => b - a);
  const number = (n: number) => count(n, lang.value);
  return (
    <>
      <dl class="figures">
        <Figure name={t(links ? "import.links" : lines ? "import.lines" : "import.areas")}>
          {number(links ? result.links : lines ? result.lines : result.features)}
        </Figure>
        {result.households > 0 && <Figure name={t("grid.households")}>{number(result.households)}</Figure>}
        {result.households_counted !== null && result.households > 0 && (
          <Figure name={t("origin.counted")}>{number(result.households_counted)}</Figure>
        )}
        {result.population > 0 && <Figure name={t("grid.population")}>{number(result.population)}</Figure>}
        <Figure name={t("import.crs")}>{result.crs}</Figure>
        {result.left_out > 0 && <Figure name={t("import.left_out")}>{number(result.left_out)}</Figure>}
        {result.nulls > 0 && <Figure name={t("import.no_count")}>{number(result.nulls)}</Figure>}
      </dl>
      {result.levels.length > 0 && (
        <p>
          <b>{t("import.levels")}</b>{" "}
          {result.levels.map((one) => `${one.name} ${number(one.count)}`).join(" · ")}
        </p>
      )}
      {classes.length > 0 && (
        <p>
          <b>{t("import.classes")}</b>{" "}
          {classes
            .slice(0, CLASSES)
            .map(
              ([name, n]) =>
                `${tOr(`${links ? "link" : lines ? "line" : result.dataset === null ? "class" : "atom"}.${name}`, name)} ${number(n)}`,
            )
            .join(" · ")}
          {classes.length > CLASSES && " …"}
        </p>
      )}
      {Object.keys(result.repairs).length > 0 && (
        <p>
          <b>{t("import.repairs")}</b>{" "}
          {Object.entries(result.repairs)
            .map(([name, n]) => `${tOr(`finding.${name}`, name)} ${number(n)}`)
            .join(" · ")}
        </p>
      )}
      {result.warnings.length > 0 && (
        <details class="note warn">
          <summary>{t("import.warnings", { n: result.warnings.length })}</summary>
          <ul class="warnings" lang="en">
            {result.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Why it did not work: in plain words where they are known, and in the server's own. */
export function Trouble({ detail }: { detail: string }) {
  if (detail === "no-shapes") return <p class="note bad">{t("import.no_shapes")}</p>;
  const hint = hintFor(detail);
  return (
    <div class="note bad" role="alert">
      <p>
        <b>{t("import.failed")}</b> {hint && t(hint)}
      </p>
      <p class="server-words" lang="en">
        {detail}
      </p>
    </div>
  );
}
