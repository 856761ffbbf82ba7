/** File a report at the chosen point, and the list of what came in, live. */
import { age, degrees } from "../format";
import { t, tOr } from "../i18n";
import { same } from "../reports/near";
import { outbox, placeOf } from "../state/actions";
import type { OutboxState } from "../state/outbox";
import { answer, feed, reportCategory, reports, reportText, selection } from "../state/store";
import { now_ms } from "./clock";
import { ageWords } from "./parts";
import { ReportList } from "./ReportList";
import { categoryWord, SameList } from "./ReportRow";
import { TrailCard } from "./Trail";

const CATEGORIES = [
  "sanitation",
  "facilities",
  "noise",
  "parking",
  "fire_safety",
  "water",
  "dispute",
  "other",
] as const;

function Place() {
  const chosen = selection.value;
  const now = answer.value;
  if (chosen?.kind !== "point") return <p class="place none">{t("report.place.none")}</p>;
  const located = now.kind === "located" ? now.located : null;
  return (
    <div class="place">
      <code>
        {degrees(chosen.lon)}, {degrees(chosen.lat)}
      </code>{" "}
      <span class="muted">{tOr(`crs.${chosen.crs.toLowerCase()}`, chosen.crs)}</span>
      {located && (
        <p>
          {located.grid
            ? t("report.place.to", { name: located.grid.name || located.grid.code })
            : t("report.place.outside")}
        </p>
      )}
      {now.kind === "failed" && <p class="ink-over">{now.why}</p>}
    </div>
  );
}

/** What was reported near the chosen place already, so that it need not be sent again. */
function Already() {
  const now = answer.value;
  const place = now.kind === "located" && selection.value?.kind === "point" ? placeOf(now.located) : null;
  const found = place ? same(place, reportCategory.value, now_ms.value, reports.value) : [];
  if (found.length === 0) return null;
  return (
    <div class="note already">
      <p>{t("report.already", { n: found.length })}</p>
      <SameList of={found} />
    </div>
  );
}

function OutboxNote({ state }: { state: OutboxState }) {
  if (state.kind === "sending") return <p class="note">{t("report.sending")}</p>;
  if (state.kind === "refused") {
    return (
      <div class="note bad">
        <p>{t("report.refused", { why: state.why })}</p>
        <button type="button" class="small" onClick={outbox.discard}>
          {t("report.discard")}
        </button>
      </div>
    );
  }
  if (state.kind === "waiting") {
    return (
      <div class="note warn">
        <p>{t("report.waiting", { n: Math.round(state.retry_in_ms / 1000) })}</p>
        <div class="actions">
          <button type="button" class="small" onClick={outbox.retry}>
            {t("report.retry")}
          </button>
          <button type="button" class="small quiet" onClick={outbox.discard}>
            {t("report.discard")}
          </button>
        </div>
      </div>
    );
  }
  return null;
}

/** Longest text the server takes. */
const TEXT_MOST = 4000;

function ReportForm() {
  const category = reportCategory;
  const text = reportText;
  const state = outbox.state.value;
  const busy = state.kind === "sending" || state.kind === "waiting";
  const chosen = selection.value;
  const point = chosen?.kind === "point" ? chosen : null;
  return (
    <form
      class="report-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!point || busy) return;
        const { lon, lat, crs } = point;
        outbox.submit({ category: category.value, text: text.value.trim(), lon, lat, crs });
      }}
    >
      <h2>{t("report.place")}</h2>
      <Place />
      <fieldset>
        <legend>{t("report.category")}</legend>
        <div class="categories">
          {CATEGORIES.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="category"
                value={one}
                checked={category.value === one}
                onChange={() => {
                  category.value = one;
                }}
              />
              <span>{categoryWord(one)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <label class="field">
        <span>{t("report.text")}</span>
        <textarea
          rows={2}
          maxLength={TEXT_MOST}
          placeholder={t("report.text.placeholder")}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </label>
      <Already />
      <button type="submit" class="primary wide" disabled={!point || busy}>
        {t("report.send")}
      </button>
      <OutboxNote state={state} />
    </form>
  );
}

/** The state of the live feed; while it is lost, for how long and how fresh the list is. */
function FeedLine() {
  const { state } = feed.value;
  if (state === "off") return null;
  return (
    <span class={`feed ${state}`}>
      <i aria-hidden="true" /> {state === "lost" ? "" : t(`feed.${state}`)}
    </span>
  );
}

export function FeedBanner() {
  const { state, since_ms, polled_ms, pollFailed } = feed.value;
  if (state !== "lost") return null;
  const now = now_ms.value;
  return (
    <div class="banner" role="status">
      <b>{t("feed.lost", { age: ageWords(age(now - since_ms)) })}</b>{" "}
      {polled_ms > 0 && !pollFailed && t("feed.polled", { age: ageWords(age(now - polled_ms)) })}
      {pollFailed && t("feed.stale")}
    </div>
  );
}

export function ReportsTab() {
  return (
    <>
      <ReportForm />
      <TrailCard />
      <section aria-labelledby="recent">
        <div class="section-head">
          <h2 id="recent">{t("report.recent")}</h2>
          <FeedLine />
        </div>
        <ReportList />
      </section>
    </>
  );
}
