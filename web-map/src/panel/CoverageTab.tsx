/** Is everything covered once and only once, and is every grid in the band? Problems first, each one click away. */
import { computed, signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Coverage, CoverageRow, Status } from "../api/types";
import {
  allClear,
  officerFindings,
  seamless,
  treeOrder,
  withDescendants,
  worstFindings,
  worstGrids,
  worstRows,
} from "../coverage/problems";
import { area, count } from "../format";
import { inLang, lang, t, tOr } from "../i18n";
import { loadWorkspace, openFinding, openGrid, openJurisdiction, openOfficerFinding } from "../state/actions";
import { may, session } from "../state/session";
import { attribute, coverage, coverageError, jurisdictions, workspace } from "../state/store";
import { listed, SIGN } from "../status";
import { sizeOf, ZoomButton } from "./parts";

/** Rows shown at first in each list, and added by each press. */
const PAGE = 40;

const within = signal<string>("");
const scope = computed(() => (within.value ? withDescendants(within.value, jurisdictions.value) : null));
const scopeEnvelope = computed(
  () => jurisdictions.value.find((one) => one.code === within.value)?.envelope ?? null,
);

function ScopeFilter() {
  const tree = treeOrder(jurisdictions.value);
  if (tree.length < 2) return null;
  return (
    <label class="scope">
      <span>{t("coverage.filter")}</span>
      <select
        value={within.value}
        onChange={(event) => {
          within.value = event.currentTarget.value;
        }}
      >
        <option value="">{t("coverage.filter.all")}</option>
        {tree.map(({ item, depth }) => (
          <option key={item.code} value={item.code}>
            {`${"\u3000".repeat(depth)}${item.name}`}
          </option>
        ))}
      </select>
    </label>
  );
}

type Totals = Coverage["totals"] | CoverageRow;

/** The statuses as one bar and a figure each. */
function StatusBar({ totals }: { totals: Totals }) {
  const share = (status: Status) => (totals.grids > 0 ? totals[status] / totals.grids : 0);
  return (
    <>
      <div class="status-bar" aria-hidden="true">
        {listed(totals).map((status) => (
          <i key={status} class={status} style={{ flexGrow: share(status) }} hidden={totals[status] === 0} />
        ))}
      </div>
      <ul class="status-figures">
        {listed(totals).map((status) => (
          <li key={status} class={totals[status] === 0 ? "zero" : ""}>
            <b>{count(totals[status], lang.value)}</b>
            <span>
              <i class={`ink-${status}`} aria-hidden="true">
                {SIGN[status]}
              </i>{" "}
              {t(`status.${status}`)}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function TotalsBlock({ all }: { all: Coverage }) {
  const row = all.jurisdictions.find((one) => one.code === within.value);
  const totals: Totals = row ?? all.totals;
  const inhabited = totals.grids - totals.uninhabited - totals.unknown;
  const holes: [string, number, number][] = [
    [t("coverage.gaps"), totals.gaps.count, totals.gaps.area_m2],
    [t("coverage.overlaps"), totals.overlaps.count, totals.overlaps.area_m2],
  ];
  return (
    <section class="totals" aria-label={t("coverage.totals")}>
      <p class="headline">
        <b>{t("app.grids", { n: count(totals.grids, lang.value) })}</b>
        <span class="muted">
          {t("grid.households")} {count(totals.households, lang.value)}
          {inhabited > 0 &&
            totals.households !== null &&
            ` · ${t("coverage.mean", { n: count(totals.households / inhabited, lang.value) })}`}
        </span>
      </p>
      <StatusBar totals={totals} />
      <dl class="figures holes">
        {holes.map(([name, n, area_m2]) => (
          <div key={name} class={n > 0 ? "figure bad" : "figure good"}>
            <dt>{name}</dt>
            <dd>
              {count(n, lang.value)} {n > 0 && <small>{area(area_m2, lang.value)}</small>}
            </dd>
          </div>
        ))}
        <div class={totals.unowned_m2 > 0 ? "figure bad" : "figure good"}>
          <dt>{t("coverage.unowned")}</dt>
          <dd>{area(totals.unowned_m2, lang.value)}</dd>
        </div>
      </dl>
    </section>
  );
}

/** A table that shows its first rows and more on request. */
function Listing<T>({
  caption,
  heads,
  rows,
  none,
  children,
}: {
  caption: string;
  heads: string[];
  rows: readonly T[];
  none: string;
  children: (row: T) => ComponentChildren;
}) {
  const shown = useShown(caption);
  return (
    <section class="listing">
      <h2>
        {caption} <span class="tally">{count(rows.length, lang.value)}</span>
      </h2>
      {rows.length === 0 ? (
        <p class="good-line">{none}</p>
      ) : (
        <table aria-label={caption}>
          <thead>
            <tr>
              {heads.map((head, i) => (
                <th key={head} scope="col" class={i === heads.length - 1 ? "last" : ""}>
                  {i === heads.length - 1 ? <span class="sr">{head}</span> : head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{rows.slice(0, shown.value).map((row) => children(row))}</tbody>
        </table>
      )}
      {rows.length > shown.value && (
        <button
          type="button"
          class="quiet wide"
          onClick={() => {
            shown.value += PAGE;
          }}
        >
          {t("coverage.more", { n: Math.min(PAGE, rows.length - shown.value) })}
        </button>
      )}
    </section>
  );
}

const shownRows = new Map<string, ReturnType<typeof signal<number>>>();
function useShown(key: string): { value: number } {
  let shown = shownRows.get(key);
  if (!shown) {
    shown = signal<number>(PAGE);
    shownRows.set(key, shown);
  }
  return shown as { value: number };
}

function OutsideGrids({ all }: { all: Coverage }) {
  const space = workspace.value;
  if (!space) return null;
  const rows = worstGrids(all.out_of_band, space.bounds, space.attribute, scope.value);
  return (
    <Listing
      caption={t("coverage.outside")}
      none={t("coverage.outside.none")}
      heads={[t("coverage.col.grid"), t("coverage.col.size"), t("coverage.col.show")]}
      rows={rows}
    >
      {(grid) => (
        <tr key={grid.code}>
          <td>
            <span class={`ink-${grid.status}`} role="img" aria-label={t(`status.${grid.status}`)}>
              {SIGN[grid.status]}
            </span>{" "}
            <b>{grid.name || grid.code}</b>
            {grid.name !== grid.code && <code class="under-name">{grid.code}</code>}
            {grid.reason && <span class="why">{inLang(grid.reason)}</span>}
          </td>
          <td class="number">
            <b class={`ink-${grid.status}`}>{count(sizeOf(grid), lang.value)}</b>
          </td>
          <td class="last">
            <ZoomButton name={grid.name || grid.code} onClick={() => openGrid(grid.code)} />
          </td>
        </tr>
      )}
    </Listing>
  );
}

function Findings({ all }: { all: Coverage }) {
  return (
    <>
      <Listing
        caption={t("coverage.findings")}
        none={t("coverage.findings.none")}
        heads={[t("coverage.col.kind"), t("coverage.col.area"), t("coverage.col.show")]}
        rows={worstFindings(all.findings, scopeEnvelope.value)}
      >
        {(finding) => (
          <tr key={finding.id} data-finding={finding.id}>
            <td>
              <b>{tOr(`finding.${finding.kind}`, finding.kind)}</b>
              <span class="why">{inLang(finding)}</span>
            </td>
            <td class="number">{area(finding.area_m2, lang.value)}</td>
            <td class="last">
              <ZoomButton
                name={`${tOr(`finding.${finding.kind}`, finding.kind)} ${finding.id}`}
                onClick={() => openFinding(finding)}
              />
            </td>
          </tr>
        )}
      </Listing>
      {within.value && all.findings.length > 0 && (
        <p class="muted fine-print">{t("coverage.findings.scope")}</p>
      )}
    </>
  );
}

function OfficerFindings({ all }: { all: Coverage }) {
  const { officers } = all;
  const unused = officers.officers === 0 && officers.findings.length === 0;
  const figures: [string, string][] = [
    [t("officer.figure.on_duty"), count(officers.officers, lang.value)],
    [t("officer.figure.without"), count(officers.without_officer, lang.value)],
  ];
  if (officers.households_mean !== null) {
    figures.push([t("officer.figure.mean"), count(Math.round(officers.households_mean), lang.value)]);
  }
  if (officers.households_max !== null) {
    figures.push([t("officer.figure.max"), count(officers.households_max, lang.value)]);
  }
  return (
    <>
      <Listing
        caption={t("officer.findings")}
        none={unused ? t("officer.findings.unused") : t("officer.findings.none")}
        heads={[t("coverage.col.kind"), t("coverage.col.show")]}
        rows={officerFindings(officers.findings, scopeEnvelope.value)}
      >
        {(finding) => (
          <tr key={`${finding.kind}/${finding.officer}/${finding.grids}`} data-officer-finding={finding.kind}>
            <td>
              <b>{t(`finding.${finding.kind}`)}</b>
              <span class="why">{inLang(finding)}</span>
            </td>
            <td class="last">
              {finding.envelope && (
                <ZoomButton
                  name={`${t(`finding.${finding.kind}`)} ${finding.grids.join(" ")}`}
                  onClick={() => openOfficerFinding(finding)}
                />
              )}
            </td>
          </tr>
        )}
      </Listing>
      {!unused && (
        <dl class="figures officer-figures">
          {figures.map(([name, value]) => (
            <div key={name} class="figure">
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function Rows({ all }: { all: Coverage }) {
  return (
    <Listing
      caption={t("coverage.rows")}
      none="–"
      heads={[
        t("coverage.col.name"),
        t("coverage.col.grids"),
        t("coverage.col.outside"),
        t("coverage.col.holes"),
        t("coverage.col.show"),
      ]}
      rows={worstRows(all.jurisdictions, scope.value)}
    >
      {(row) => {
        const outside = row.under + row.over;
        const holes = row.gaps.count + row.overlaps.count;
        return (
          <tr key={row.code}>
            <td>
              <b>{row.name}</b>
              <code class="under-name">{row.code}</code>
            </td>
            <td class="number">{count(row.grids, lang.value)}</td>
            <td class="number">
              {row.over > 0 && (
                <span class="ink-over nowrap">
                  {SIGN.over}
                  {row.over}
                </span>
              )}{" "}
              {row.under > 0 && (
                <span class="ink-under nowrap">
                  {SIGN.under}
                  {row.under}
                </span>
              )}
              {outside === 0 && <span class="muted">0</span>}
            </td>
            <td class="number">
              {holes > 0 ? <span class="ink-bad">{holes}</span> : <span class="muted">0</span>}
            </td>
            <td class="last">
              <ZoomButton name={row.name} onClick={() => openJurisdiction(row.code)} />
            </td>
          </tr>
        );
      }}
    </Listing>
  );
}

export function CoverageTab() {
  const all = coverage.value;
  if (session.value && !may("GET /v1/coverage")) return <p class="note">{t("session.coverage")}</p>;
  if (coverageError.value) {
    return (
      <div class="note bad">
        <p>
          <b>{t("coverage.failed")}</b> {coverageError.value}
        </p>
        <button type="button" class="small" onClick={() => void loadWorkspace()}>
          {t("app.retry")}
        </button>
      </div>
    );
  }
  if (!all) {
    return (
      <p class="muted">{workspace.value?.publication ? t("coverage.loading") : t("app.unpublished.help")}</p>
    );
  }
  return (
    <div class="coverage" data-attribute={attribute.value}>
      <ScopeFilter />
      {allClear(all) ? (
        <p class="all-clear">
          <span aria-hidden="true">✓</span> {t("coverage.clear")}{" "}
          {t("coverage.checked", { seq: all.publication?.seq ?? "–" })}
        </p>
      ) : (
        seamless(all) && (
          <p class="good-line">
            {t("coverage.clear.gaps")} {t("coverage.checked", { seq: all.publication?.seq ?? "–" })}
          </p>
        )
      )}
      <TotalsBlock all={all} />
      <OutsideGrids all={all} />
      <Findings all={all} />
      <Rows all={all} />
      <OfficerFindings all={all} />
    </div>
  );
}
