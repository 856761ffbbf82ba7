/** The key to the map, which is also a filter: press a status to hide its grids or show them again. */
import { signal } from "@preact/signals";
import type { Status } from "../api/types";
import { count } from "../format";
import { lang, t } from "../i18n";
import { borderWidth } from "../map/style";
import { toggleStatus } from "../state/actions";
import { coverage, hidden, workspace } from "../state/store";
import { listed, SIGN } from "../status";
import { Overlays } from "./Overlays";
import { levelWord } from "./parts";

const open = signal(typeof innerWidth === "undefined" || innerWidth >= 720);

/** A sample of the fill and its hatch, drawn as on the map. */
function Swatch({ status }: { status: Status }) {
  const strokes: Record<Status, string> = {
    over: "M-2 8L8 -2M-2 14L14 -2M-2 20L20 -2M4 20L26 -2M10 20L32 -2M16 20L32 4",
    under: "M-4 -4L20 20M8 -4L32 20M-16 -4L8 20",
    uninhabited: "M4 4h.01M10 10h.01M16 4h.01M22 10h.01M4 16h.01M16 16h.01",
    in_band: "",
    unknown: "",
  };
  return (
    <svg class={`swatch ${status}`} viewBox="0 0 26 16" width="26" height="16" aria-hidden="true">
      {status === "in_band" && (
        // Within the band the fill deepens with size, as on the map.
        <linearGradient id="band-ramp">
          <stop offset="0" class="ramp-from" />
          <stop offset="1" class="ramp-to" />
        </linearGradient>
      )}
      <rect x=".5" y=".5" width="25" height="15" rx="2.5" />
      {strokes[status] && <path d={strokes[status]} />}
    </svg>
  );
}

export function Legend() {
  const space = workspace.value;
  if (!space?.publication) return null;
  const totals = coverage.value?.totals;
  const { lower, upper } = space.bounds;
  const range: Record<Status, string> = {
    over: `> ${count(upper, lang.value)}`,
    under: `< ${count(lower, lang.value)}`,
    in_band: `${count(lower, lang.value)}–${count(upper, lang.value)}`,
    uninhabited: "0",
    unknown: "–",
  };
  const levels = [...space.levels].sort((a, b) => a.level - b.level);
  return (
    <section class="legend" aria-label={t("legend.title")}>
      <button
        type="button"
        class="legend-head"
        aria-expanded={open.value}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {t("legend.title")}
        <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" class={open.value ? "open" : ""}>
          <path d="M3 7.5l3-3 3 3" fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
      </button>
      {open.value && (
        <>
          <ul title={t("legend.filter")}>
            {listed(totals).map((status) => (
              <li key={status}>
                <button
                  type="button"
                  class="legend-row"
                  aria-pressed={!hidden.value.has(status)}
                  onClick={() => toggleStatus(status)}
                >
                  <Swatch status={status} />
                  <span class="legend-name">
                    <i class={`ink-${status}`} aria-hidden="true">
                      {SIGN[status]}
                    </i>{" "}
                    {t(`status.${status}`)}
                  </span>
                  <span class="legend-range">{range[status]}</span>
                  <span class="legend-count">{totals ? count(totals[status], lang.value) : ""}</span>
                </button>
              </li>
            ))}
          </ul>
          <Overlays />
          {levels.length > 0 && (
            <ul class="legend-lines" aria-label={t("legend.lines")}>
              {levels.map(({ level, level_name }, i) => (
                <li key={level}>
                  <svg viewBox="0 0 26 8" width="26" height="8" aria-hidden="true">
                    <path
                      d="M0 4h26"
                      stroke="var(--border-ink)"
                      stroke-width={borderWidth(levels.length - 1 - i)}
                    />
                  </svg>
                  {levelWord(level_name)}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}
