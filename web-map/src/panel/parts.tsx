/** Small pieces the panels share. */
import type { ComponentChildren } from "preact";
import type { Bounds, ChainLink, Status } from "../api/types";
import { count } from "../format";
import { lang, t, tOr } from "../i18n";
import { attribute, workspace } from "../state/store";
import { bandBar, deviation, SIGN } from "../status";

export const levelWord = (name: string) => tOr(`level.${name}`, name);

export const ageWords = ({ unit, n }: { unit: "seconds" | "minutes" | "hours" | "days"; n: number }) =>
  t(`age.${unit}`, { n });

/** A status in sign, word and colour. */
export function StatusChip({ status }: { status: Status }) {
  return (
    <span class={`chip ${status}`}>
      <span aria-hidden="true">{SIGN[status]}</span> {t(`status.${status}`)}
    </span>
  );
}

/** A size set against the band: shaded where it should be, a tick where it is. */
export function BandBar({ size, own }: { size: number; own: Bounds | null | undefined }) {
  const bounds = own === undefined ? workspace.value?.bounds : own;
  if (!bounds) return null;
  const bar = bandBar(size, bounds);
  const off = deviation(size, bounds);
  const percent = (share: number) => `${(share * 100).toFixed(2)}%`;
  const state = size === 0 ? "uninhabited" : off > 0 ? "over" : off < 0 ? "under" : "in_band";
  const said = t("grid.band.said", {
    value: count(size, lang.value),
    lower: count(bounds.lower, lang.value),
    upper: count(bounds.upper, lang.value),
  });
  return (
    <div class="band">
      <div class={`band-bar ${state}`} role="img" aria-label={said}>
        <i class="band-zone" style={{ left: percent(bar.lower), width: percent(bar.upper - bar.lower) }} />
        <i class="band-value" style={{ width: percent(bar.value) }} />
        <i class="band-tick" style={{ left: percent(bar.value) }} />
      </div>
      <div class="band-legend">
        <span>
          {t("grid.band", { lower: count(bounds.lower, lang.value), upper: count(bounds.upper, lang.value) })}
        </span>
        {off !== 0 && size > 0 && (
          <b class={`ink-${state}`}>
            {t(off > 0 ? "grid.above" : "grid.below", { n: count(Math.abs(off), lang.value) })}
          </b>
        )}
      </div>
    </div>
  );
}

/** The owner chain, from the grid upward. */
export function Chain({
  links,
  onOpen,
}: {
  links: readonly ChainLink[];
  onOpen?: (link: ChainLink) => void;
}) {
  return (
    <ol class="chain">
      {links.map((link) => (
        <li key={`${link.level}/${link.code}`}>
          <span class="chain-level">{levelWord(link.level === 0 ? "grid" : link.level_name)}</span>
          {onOpen && link.level > 0 ? (
            <button type="button" class="link" onClick={() => onOpen(link)}>
              {link.name || link.code}
            </button>
          ) : (
            <span class="chain-name">{link.name || link.code}</span>
          )}
          {link.name !== link.code && <code>{link.code}</code>}
        </li>
      ))}
    </ol>
  );
}

/** A figure with its name over it. */
export function Figure({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The size the band is about: households, or people where there are no households. */
export const sizeOf = (grid: { households: number | null; population: number | null }): number =>
  grid[attribute.value] ?? 0;

/** A magnifier: go there. */
export function ZoomButton({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <button
      type="button"
      class="icon"
      aria-label={t("coverage.zoom", { name })}
      title={t("coverage.zoom", { name })}
      onClick={onClick}
    >
      <TargetIcon />
    </button>
  );
}

export const TargetIcon = () => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <circle cx="8" cy="8" r="4.2" fill="none" stroke="currentColor" stroke-width="1.4" />
    <path d="M8 1v4M8 11v4M1 8h4M11 8h4" stroke="currentColor" stroke-width="1.4" />
  </svg>
);

export const CloseIcon = () => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
  </svg>
);

export const MarkIcon = () => (
  <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
    <rect width="32" height="32" rx="7" fill="var(--accent)" />
    <path d="M7 7h10v7H7zM20 7h5v11h-5zM7 17h10v8H7zM20 21h5v4h-5z" fill="var(--surface)" />
  </svg>
);
