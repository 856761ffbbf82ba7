/** What putting a draft in force would change: for whom, which reports, which officers, which codes; before anybody says yes. */
import { useEffect, useState } from "preact/hooks";
import { count, day, percent } from "../../format";
import { lang, tOr } from "../../i18n";
import type { Editor } from "../../plan/editor";
import {
  askImpact,
  fated,
  fates,
  foreseen,
  forgetImpact,
  heavier,
  type Impact,
  impactPath,
  overloaded,
  type Table,
} from "../../plan/impact";
import { pt } from "../../plan/words";
import { workspace } from "../../state/store";
import "../../styles/plan-late.css";

/** Rows of a table that are shown at first, and when more are asked for. */
const SHOWN = { few: 5, more: 200 };

const n = (value: number) => count(value, lang.value);
const grid = (code: string | null) => code ?? pt("plan.none");
/** What is now and what would be, once where they are the same. */
const pair = ([now, then]: [number, number]) => (now === then ? n(now) : `${n(now)} → ${n(then)}`);

/** The whole in sentences, as a planner would tell it. */
export function impactWords(impact: Impact): string[] {
  const { households, population } = impact;
  const found = fates(impact.codes);
  const share = households.of === 0 ? 0 : households.changing / households.of;
  const heavy = overloaded(impact.officers);
  return [
    households.changing === 0
      ? pt("plan.impact.nobody", { of: n(households.of) })
      : pt("plan.impact.people", {
          n: n(households.changing),
          of: n(households.of),
          share: percent(share, lang.value),
          persons: n(population.changing),
        }),
    pt("plan.impact.reports", { n: n(impact.reports_rerouted), of: n(impact.reports_looked_at) }),
    ...(impact.officers.length > 0 ? [pt("plan.impact.officers", { n: n(heavy) })] : []),
    pt("plan.impact.codes", {
      kept: n(found.kept),
      changed: n(found.changed),
      made: n(found.new),
      gone: n(found.gone),
    }),
  ];
}

/** Some rows of a table, the rest on request, and the whole as a file. */
function Rows({
  impact,
  table,
  heads,
  rows,
  all,
}: {
  impact: Impact;
  table: Table;
  heads: string[];
  rows: string[][];
  /** How many there are, those that the answer left out among them. */
  all: number;
}) {
  const [most, setMost] = useState(SHOWN.few);
  const title = pt(`plan.impact.table.${table}`);
  if (all === 0) return null;
  return (
    <section class="impact-table" data-table={table}>
      <table class="rows">
        <caption>{pt("plan.impact.caption", { title, n: n(all) })}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, most).map((row) => (
            <tr key={row.join("/")}>
              {row.map((cell, at) => (
                <td key={at}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div class="actions">
        {rows.length > most && most === SHOWN.few && (
          <button type="button" class="small" onClick={() => setMost(SHOWN.more)}>
            {pt("plan.more", { n: n(Math.min(rows.length, SHOWN.more) - most) })}
          </button>
        )}
        <a
          class="file-link"
          href={impactPath(impact.plan, impact.rev, table)}
          download={`plan-${impact.plan}-rev-${impact.rev}-${table}.csv`}
          aria-label={pt("plan.impact.csv", { title })}
        >
          CSV
        </a>
      </div>
    </section>
  );
}

function Tables({ impact }: { impact: Impact }) {
  const zone = workspace.value?.time_zone;
  const [officers, codes] = [heavier(impact.officers), fated(impact.codes)];
  return (
    <>
      <Rows
        impact={impact}
        table="crossings"
        all={impact.crossings.length}
        heads={[pt("plan.diff.from"), pt("plan.diff.to"), pt("plan.unit.households"), pt("plan.atoms.word")]}
        rows={impact.crossings.map((row) => [grid(row.from), grid(row.to), n(row.households), n(row.atoms)])}
      />
      <Rows
        impact={impact}
        table="reports"
        all={impact.reports.length}
        heads={[pt("plan.impact.report"), pt("plan.diff.from"), pt("plan.diff.to")]}
        rows={impact.reports.map((row) => [
          `${tOr(`category.${row.category}`, row.category)} · ${day(row.received_at, lang.value, zone)} · ${row.report.slice(0, 8)}`,
          grid(row.from),
          grid(row.to),
        ])}
      />
      <Rows
        impact={impact}
        table="officers"
        all={officers.length}
        heads={[
          pt("plan.impact.officer"),
          pt("plan.diff.grids"),
          pt("plan.unit.households"),
          pt("plan.impact.over"),
        ]}
        rows={officers.map((row) => [
          `${row.name} ${row.officer}`,
          pair(row.grids),
          pair(row.households),
          pair(row.over),
        ])}
      />
      <Rows
        impact={impact}
        table="codes"
        all={codes.length}
        heads={[pt("plan.impact.code"), pt("plan.impact.fate"), pt("plan.unit.households")]}
        rows={codes.map((row) => [row.code, pt(`plan.impact.fate.${row.fate}`), pair(row.households)])}
      />
    </>
  );
}

/** The revision that would be published: what is on the server now. */
function useImpact(of: Editor): void {
  const rev = of.viewed.value?.rev ?? of.session.rev;
  const saved = of.session.save.value.kind === "saved" || of.viewed.value !== null;
  useEffect(() => {
    if (saved) void askImpact(of.id, rev);
  }, [of, rev, saved]);
  useEffect(() => forgetImpact, [of]);
}

/** The sentences alone, for the last question before publishing. */
export function ImpactShort() {
  const now = foreseen.value;
  if (now.kind === "asking") return <p class="muted">{pt("plan.impact.asking")}</p>;
  if (now.kind !== "there") return <p class="note warn">{pt("plan.impact.unknown")}</p>;
  return (
    <ul class="impact-words">
      {impactWords(now.impact).map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

export function ImpactView({ of }: { of: Editor }) {
  useImpact(of);
  const now = foreseen.value;
  const again = () => void askImpact(of.id, of.viewed.peek()?.rev ?? of.session.rev, true);
  return (
    <section class="impact" aria-label={pt("plan.blast")} data-impact={now.kind}>
      <h2>{pt("plan.blast")}</h2>
      {now.kind === "asking" && (
        <p class="muted" role="status">
          <i class="spinner" aria-hidden="true" /> {pt("plan.impact.asking")}
        </p>
      )}
      {now.kind === "failed" && (
        <div class="note warn" role="alert">
          <p>{pt("plan.impact.failed", { why: now.why })}</p>
          <button type="button" class="small" onClick={again}>
            {pt("plan.retry")}
          </button>
        </div>
      )}
      {now.kind === "there" && (
        <>
          <p class="muted">{pt("plan.impact.of", { rev: n(now.impact.rev) })}</p>
          <ImpactShort />
          <Tables impact={now.impact} />
        </>
      )}
    </section>
  );
}
