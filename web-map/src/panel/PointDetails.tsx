/** What can be asked further of a looked-up point: in another datum, with an accuracy, from a shell. */
import { useState } from "preact/hooks";
import { locatePath } from "../api/client";
import { curlOf } from "../api/curl";
import type { Candidate, LocateAnswer } from "../api/types";
import { distance, percent } from "../format";
import { lang, t } from "../i18n";
import { DATUMS, type Datum, shift_m } from "../lookup/datum";
import { askWithin, openGrid, readAs } from "../state/actions";
import { accuracy_m } from "../state/store";
import { CopyButton } from "./CopyButton";

/** The same numbers in each datum, with how far that moves them; one press reads them so. */
export function DatumToggle({ located, asWgs84 }: { located: LocateAnswer; asWgs84: LocateAnswer | null }) {
  const { point } = located;
  const crs = point.crs.toLowerCase();
  if (!DATUMS.some((one) => one === crs)) return null;
  const far = (datum: Datum) => distance(shift_m(datum, point), lang.value);
  const other = asWgs84?.grid?.code ?? null;
  return (
    <div class="datum">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame round a row of buttons */}
      <div class="segments" role="group" aria-label={t("lookup.datum")}>
        {DATUMS.map((datum) => (
          <button key={datum} type="button" aria-pressed={crs === datum} onClick={() => readAs(datum)}>
            {t(`crs.${datum}`)}
          </button>
        ))}
      </div>
      {crs === "gcj02" || crs === "bd09" ? (
        <p class="note">
          {t("lookup.datum.moved", { crs: t(`crs.${crs}`), distance: far(crs) })}{" "}
          {asWgs84 &&
            (other === (located.grid?.code ?? null)
              ? t("lookup.datum.same")
              : t("lookup.datum.other", { grid: other ?? t("lookup.nowhere") }))}
        </p>
      ) : (
        <p class="muted">{t("lookup.datum.would", { gcj02: far("gcj02"), bd09: far("bd09") })}</p>
      )}
    </div>
  );
}

function Candidates({ of }: { of: readonly Candidate[] }) {
  return (
    <ol class="candidates" aria-label={t("lookup.candidates")}>
      {of.map(({ grid, p }) => (
        <li key={grid ?? ""}>
          {grid ? (
            <button type="button" class="link" onClick={() => openGrid(grid)}>
              {grid}
            </button>
          ) : (
            <span>{t("lookup.nowhere")}</span>
          )}
          <meter min={0} max={1} value={p} aria-label={grid ?? t("lookup.nowhere")}>
            {percent(p, lang.value)}
          </meter>
          <span class="number">{percent(p, lang.value)}</span>
        </li>
      ))}
    </ol>
  );
}

/** What the server takes. */
const MOST_M = 10_000;

/** How far off the point may be, and then who may own it. */
export function Accuracy({ located }: { located: LocateAnswer }) {
  const [text, setText] = useState(accuracy_m.peek()?.toString() ?? "");
  const stable = located.stable_within_m;
  const { candidates } = located;
  const metres = Number(text.normalize("NFKC").replace(",", "."));
  const fine = text.trim() === "" || (metres > 0 && metres <= MOST_M);
  return (
    <div class="accuracy">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (fine) askWithin(text.trim() === "" ? null : metres);
        }}
      >
        <label>
          {t("lookup.accuracy")}{" "}
          <input
            type="text"
            inputMode="decimal"
            size={5}
            value={text}
            aria-invalid={!fine}
            onInput={(event) => setText(event.currentTarget.value)}
          />{" "}
          {t("unit.metres")}
        </label>
        <button type="submit" class="small" disabled={!fine}>
          {t("lookup.accuracy.ask")}
        </button>
      </form>
      {candidates ? (
        <Candidates of={candidates} />
      ) : (
        stable !== null &&
        stable !== undefined && (
          <p class="muted">{t("lookup.stable", { distance: distance(stable, lang.value) })}</p>
        )
      )}
    </div>
  );
}

/** The same question for a shell. */
export function CurlButton({ located }: { located: LocateAnswer }) {
  const line = curlOf(location.origin, locatePath(located.point, accuracy_m.value));
  return (
    <div class="actions">
      <CopyButton key={line} text={line} words={t("lookup.curl")} />
    </div>
  );
}
