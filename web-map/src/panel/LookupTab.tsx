/** The answer to a lookup: the owner, or that there is none and what is nearest. */
import type { GridDetail, JurisdictionDetail, LocateAnswer, Point } from "../api/types";
import { area, count, degrees, distance } from "../format";
import { inLang, lang, t, tOr } from "../i18n";
import { closeSelection, openGrid, openJurisdiction, placeOf } from "../state/actions";
import { openAddress } from "../state/box";
import { answer, listOpen, look } from "../state/store";
import { GridCard } from "./GridCard";
import { Lazy } from "./Lazy";
import { Accuracy, CurlButton, DatumToggle } from "./PointDetails";
import { CloseIcon, Figure, levelWord } from "./parts";

const crsWord = (crs: string) => tOr(`crs.${crs.toLowerCase()}`, crs);

function PointLine({ point }: { point: Point }) {
  return (
    <p class="point-line">
      <code>
        {degrees(point.lon)}, {degrees(point.lat)}
      </code>
      <span class="muted">{crsWord(point.crs)}</span>
    </p>
  );
}

function Located({
  located,
  detail,
  asWgs84,
}: {
  located: LocateAnswer;
  detail: GridDetail | null;
  asWgs84: LocateAnswer | null;
}) {
  const { grid, nearest, resolution, point, beidou, edge_distance_m } = located;
  const shifted = !/^(wgs84|epsg:4326)$/i.test(point.crs);
  return (
    <>
      <PointLine point={point} />
      {beidou && (
        <p class="point-line">
          <span class="muted">{t("lookup.beidou")}</span>
          <code>{beidou}</code>
        </p>
      )}
      <DatumToggle located={located} asWgs84={asWgs84} />
      {shifted && (
        <p class="muted">
          {placeOf(located) ? t("lookup.shift", { crs: crsWord(point.crs) }) : t("lookup.unplaced")}
        </p>
      )}
      {resolution === "edge_tie" && <p class="note edge">{t("lookup.edge")}</p>}
      {resolution === "interior" && edge_distance_m !== null && (
        <p class="muted">{t("lookup.border", { distance: distance(edge_distance_m, lang.value) })}</p>
      )}
      {resolution === "gap_fill" && <p class="note edge">{t("lookup.gap")}</p>}
      <Accuracy located={located} />
      {grid ? (
        <GridCard
          grid={grid}
          detail={detail}
          chain={located.chain}
          officers={detail?.officers ?? { primary: located.officer, deputies: [] }}
          validFrom={detail?.valid_from ?? null}
          canReport
        />
      ) : (
        <article class="card outside">
          <header>
            <h3>{t("lookup.outside")}</h3>
          </header>
          <p>{t("lookup.outside.help")}</p>
          {nearest && (
            <p>
              <button type="button" class="link" onClick={() => openGrid(nearest.code)}>
                {t("lookup.nearest", {
                  code: nearest.code,
                  distance: distance(nearest.distance_m, lang.value),
                })}
              </button>
            </p>
          )}
        </article>
      )}
      <CurlButton located={located} />
    </>
  );
}

function JurisdictionCard({ detail }: { detail: JurisdictionDetail }) {
  return (
    <article class="card" data-jurisdiction={detail.code}>
      <header>
        <h3>{detail.name}</h3>
        <span class="chip plain">{levelWord(detail.level_name)}</span>
      </header>
      <div class="code-line">
        <code>{detail.code}</code>
      </div>
      <dl class="figures">
        <Figure name={t("coverage.col.grids")}>{count(detail.grids, lang.value)}</Figure>
        {detail.households !== null && (
          <>
            <Figure name={t("grid.households")}>{count(detail.households, lang.value)}</Figure>
            <Figure name={t("grid.population")}>{count(detail.population, lang.value)}</Figure>
          </>
        )}
      </dl>
    </article>
  );
}

function title(): string {
  const now = answer.value;
  if (now.kind === "jurisdiction") return t("coverage.filter");
  if (now.kind === "finding") return tOr(`finding.${now.finding.kind}`, now.finding.kind);
  if (now.kind === "grid") return t("lookup.grid");
  return t("lookup.owner");
}

/** One sentence for the screen reader when the answer comes. */
export function answerWords(): string {
  const now = answer.value;
  switch (now.kind) {
    case "located":
    case "grid": {
      const grid = now.kind === "located" ? now.located.grid : now.detail;
      if (!grid) return t("lookup.outside.said");
      return t("lookup.owner.said", { name: grid.name, code: grid.code, status: t(`status.${grid.status}`) });
    }
    case "jurisdiction":
      return t("jurisdiction.said", { name: now.detail.name, n: now.detail.grids });
    case "failed":
      return `${t("lookup.failed")}: ${now.why}`;
    case "nothing":
      return t("read.nothing", { text: now.text });
    case "choose":
      return t("read.many", { n: now.matches.length });
    case "addresses":
      return t("read.addresses", { n: now.candidates.length });
    case "misread":
      return now.reading.kind === "out_of_range" ? t("read.out_of_range", { ...now.reading }) : "";
    default:
      return "";
  }
}

function Body() {
  const now = answer.value;
  switch (now.kind) {
    case "asking":
      return <p class="muted">{t("lookup.asking")}</p>;
    case "located":
      return <Located located={now.located} detail={now.detail} asWgs84={now.asWgs84} />;
    case "grid":
      return (
        <GridCard
          grid={now.detail}
          detail={now.detail}
          chain={now.detail.chain}
          officers={now.detail.officers}
          validFrom={now.detail.valid_from}
          canReport={false}
        />
      );
    case "jurisdiction":
      return <JurisdictionCard detail={now.detail} />;
    case "finding":
      return (
        <article class="card">
          <p>{inLang(now.finding)}</p>
          <p class="muted">
            {area(now.finding.area_m2, lang.value)} · {degrees(now.finding.point[0])},{" "}
            {degrees(now.finding.point[1])}
          </p>
          <div class="actions">
            <button
              type="button"
              onClick={() => {
                look.value = { kind: "envelope", envelope: now.finding.envelope };
              }}
            >
              {t("coverage.col.show")}
            </button>
          </div>
        </article>
      );
    case "choose":
      return (
        <>
          <p>{t("read.many", { n: now.matches.length })}</p>
          <ul class="choices">
            {now.matches.map((match) => (
              <li key={match.code}>
                <button type="button" onClick={() => openJurisdiction(match.code)}>
                  <b>{match.name}</b> <span class="muted">{levelWord(match.level_name)}</span>{" "}
                  <code>{match.code}</code>
                </button>
              </li>
            ))}
          </ul>
        </>
      );
    case "addresses":
      return (
        <>
          <p>{t("read.addresses", { n: now.candidates.length })}</p>
          <ul class="choices">
            {now.candidates.map((one) => (
              <li key={`${one.address} ${one.lon} ${one.lat}`}>
                <button type="button" onClick={() => openAddress(one)}>
                  <b>{one.address}</b> <code>{one.grid ?? t("lookup.outside")}</code>{" "}
                  <span class="muted">{one.why.map(inLang).join(t("read.between"))}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      );
    case "failed":
      return (
        <p class="note bad">
          <b>{t("lookup.failed")}</b> {now.why}
        </p>
      );
    case "nothing":
    case "misread":
      return <p class="note bad">{answerWords()}</p>;
    default:
      return null;
  }
}

/** Many points at once: fetched when it is opened. */
const listView = () => import("./ListView").then((file) => file.openList());

export function LookupTab() {
  return (
    <>
      {listOpen.value && <Lazy of={listView} />}
      <One />
    </>
  );
}

/** The answer about one place. */
function One() {
  if (answer.value.kind === "none") {
    if (listOpen.value) return null;
    return (
      <div class="empty">
        <svg viewBox="0 0 64 48" width="96" height="72" aria-hidden="true">
          <path
            d="M4 10l18-6 20 7 18-5v32l-18 6-20-7-18 6zM22 4v33M42 11v33"
            fill="none"
            stroke="currentColor"
            stroke-width="1.6"
          />
          <path d="M33 13c-4 0-7 3-7 7 0 5 7 12 7 12s7-7 7-12c0-4-3-7-7-7z" fill="var(--accent)" />
          <circle cx="33" cy="20" r="2.6" fill="var(--surface)" />
        </svg>
        <p>{t("lookup.empty")}</p>
      </div>
    );
  }
  return (
    <section aria-label={title()}>
      <div class="section-head">
        <h2>{title()}</h2>
        <button
          type="button"
          class="icon"
          aria-label={t("lookup.close")}
          aria-keyshortcuts="Escape"
          onClick={closeSelection}
        >
          <CloseIcon />
        </button>
      </div>
      <Body />
    </section>
  );
}
