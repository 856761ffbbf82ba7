/** What is known of a grid: the card after a click, and the smaller one under the pointer. */
import type { ChainLink, GridDetail, GridSummary, OfficerCards } from "../api/types";
import { area, count, day } from "../format";
import { inLang, lang, t } from "../i18n";
import { openJurisdiction } from "../state/actions";
import { answer, hover, hoverDetail, look, sheet, tab, workspace } from "../state/store";
import { CopyButton } from "./CopyButton";
import { Neighbours } from "./Neighbours";
import { Officers } from "./Officers";
import { BandBar, Chain, Figure, StatusChip, sizeOf } from "./parts";

export function Figures({ grid }: { grid: GridSummary }) {
  return (
    <dl class="figures">
      {grid.households !== null && (
        <>
          <Figure name={t("grid.households")}>
            {count(grid.status === "unknown" ? null : grid.households, lang.value)}
          </Figure>
          <Figure name={t("grid.population")}>{count(grid.population, lang.value)}</Figure>
        </>
      )}
      <Figure name={t("grid.area")}>{area(grid.area_m2, lang.value)}</Figure>
    </dl>
  );
}

export function GridCard({
  grid,
  detail,
  chain,
  officers,
  validFrom,
  canReport,
}: {
  grid: GridSummary;
  /** With its shape, once that is known. */
  detail: GridDetail | null;
  chain: readonly ChainLink[];
  officers: OfficerCards;
  validFrom: string | null;
  canReport: boolean;
}) {
  const named = grid.name !== "" && grid.name !== grid.code;
  return (
    <article class="card" data-grid={grid.code}>
      <header>
        <h3>{named ? grid.name : grid.code}</h3>
        <StatusChip status={grid.status} />
      </header>
      <div class="code-line">
        {named && <code>{grid.code}</code>}
        <CopyButton key={grid.code} text={grid.code} words={t("lookup.copy")} />
      </div>
      <Figures grid={grid} />
      {grid.status !== "unknown" && grid.households !== null && (
        <BandBar size={sizeOf(grid)} own={grid.bounds} />
      )}
      {grid.reason && (
        <p class={`reason ${grid.status}`}>
          <b>{t("grid.reason")}</b> {inLang(grid.reason)}
        </p>
      )}
      <Officers officers={officers} />
      <h4>{t("grid.chain")}</h4>
      <Chain links={chain} onOpen={(link) => openJurisdiction(link.code)} />
      {detail && <Neighbours key={detail.code} of={detail} />}
      <footer>
        <span class="muted">
          {t("grid.atoms")} {count(grid.atoms, lang.value)}
          {grid.parts > 1 && ` · ${t("grid.parts", { n: grid.parts })}`}
          {validFrom &&
            ` · ${t("grid.valid", { date: day(validFrom, lang.value, workspace.value?.time_zone) })}`}
        </span>
        <div class="actions">
          <button
            type="button"
            onClick={() => {
              look.value = { kind: "envelope", envelope: grid.envelope };
            }}
          >
            {t("lookup.zoom")}
          </button>
          {detail && (
            <button
              type="button"
              onClick={() => {
                sheet.value = detail;
              }}
            >
              {t("sheet.open")}
            </button>
          )}
          {canReport && (
            <button
              type="button"
              onClick={() => {
                tab.value = "reports";
              }}
            >
              {t("lookup.report")}
            </button>
          )}
        </div>
      </footer>
    </article>
  );
}

/** Room kept between pointer and card, and the card's greatest size, in pixels. */
const AWAY_PX = 16;
const CARD_PX = { width: 280, height: 190 };

/** The grid whose card the panel shows. */
function shownCode(): string | null {
  const now = answer.value;
  if (now.kind === "located") return now.located.grid?.code ?? null;
  return now.kind === "grid" ? now.detail.code : null;
}

/** The card under the pointer. It shows what is drawn there; who owns a point is for a click to ask. */
export function HoverCard() {
  const at = hover.value;
  if (!at) return null;
  // Its full card is open in the panel already.
  if (tab.value === "lookup" && shownCode() === at.code) return null;
  const known = hoverDetail.value?.code === at.code ? hoverDetail.value : null;
  const width = document.querySelector(".map")?.clientWidth ?? innerWidth;
  const height = document.querySelector(".map")?.clientHeight ?? innerHeight;
  const left = at.x + AWAY_PX + CARD_PX.width > width ? at.x - AWAY_PX - CARD_PX.width : at.x + AWAY_PX;
  const top = Math.max(8, Math.min(at.y + AWAY_PX, height - CARD_PX.height - 8));
  return (
    <aside
      class="hover"
      style={{ left: `${Math.max(8, left)}px`, top: `${top}px`, width: `${CARD_PX.width}px` }}
      aria-hidden="true"
    >
      <header>
        <b>{at.name || at.code}</b>
        <StatusChip status={at.status} />
      </header>
      {at.name && at.name !== at.code && <code>{at.code}</code>}
      <dl class="figures">
        {at.households !== null && (
          <>
            <Figure name={t("grid.households")}>{count(at.households, lang.value)}</Figure>
            <Figure name={t("grid.population")}>{count(at.population, lang.value)}</Figure>
          </>
        )}
        <Figure name={t("grid.area")}>{known ? area(known.area_m2, lang.value) : "…"}</Figure>
      </dl>
      {known?.reason && <p class={`reason ${at.status}`}>{inLang(known.reason)}</p>}
      {known && (
        <p class="muted chain-inline">
          {known.chain
            .slice(1)
            .map((link) => link.name || link.code)
            .join(" › ")}
        </p>
      )}
    </aside>
  );
}
