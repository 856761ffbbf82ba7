/** One grid on one page: its map, who looks after it, its numbers, what lies around it; to be read on paper. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { GridDetail } from "../api/types";
import { area, count, day, distance } from "../format";
import { lang, t } from "../i18n";
import { type Bound, SIDES, type Side } from "../lookup/bounds";
import type { Neighbour } from "../lookup/neighbours";
import { drawn } from "../map/bind";
import { scaleOf } from "../picture/compose";
import { gridDetail } from "../state/actions";
import { boundsAround } from "../state/bounds";
import { neighboursOf } from "../state/neighbours";
import { may } from "../state/session";
import { sheet, workspace } from "../state/store";
import { Officer } from "./Officers";
import { levelWord, StatusChip } from "./parts";
import "../styles/sheet.css";

/** Of the map on paper, in CSS pixels of the sheet. */
const MAP = { width: 680, height: 440 };

interface Beside extends Neighbour {
  detail: GridDetail | null;
}

/** The neighbours with their names and officers; null while they are asked for, empty where they cannot be. */
function useBeside(of: GridDetail): Beside[] | null {
  const [found, setFound] = useState<Beside[] | null>(null);
  useEffect(() => {
    if (!may("POST /v1/locate:batch")) return setFound([]);
    neighboursOf(of)
      .then((all) =>
        Promise.all(
          all.map(async (one) => ({
            ...one,
            detail: one.code === null ? null : await gridDetail(one.code).catch(() => null),
          })),
        ),
      )
      .then(setFound, () => setFound([]));
  }, [of]);
  return found;
}

function SheetMap({ of }: { of: GridDetail }) {
  const [taken, setTaken] = useState<{ url: string; metres_px: number } | null>(null);
  const [why, setWhy] = useState("");
  useEffect(() => {
    let url = "";
    let gone = false;
    drawn
      .peek()
      ?.still(of.envelope, of.geometry, MAP)
      .then(async ({ canvas, metres_px }) => {
        const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
        if (!blob || gone) return;
        url = URL.createObjectURL(blob);
        setTaken({ url, metres_px });
      })
      .catch((error: Error) => setWhy(error.message));
    return () => {
      gone = true;
      URL.revokeObjectURL(url);
    };
  }, [of]);
  if (!drawn.peek()) return <p class="note">{t("map.webgl")}</p>;
  if (why) return <p class="note bad">{why}</p>;
  if (!taken) return <p class="sheet-map waiting">{t("sheet.drawing")}</p>;
  const { metres, px } = scaleOf(taken.metres_px);
  return (
    <figure class="sheet-map">
      <img src={taken.url} alt={t("sheet.map", { name: of.name || of.code })} />
      <figcaption>
        <span class="sheet-scale" style={{ width: `${((px / MAP.width) * 100).toFixed(2)}%` }}>
          {distance(metres, lang.value)}
        </span>
        <span class="sheet-north" aria-hidden="true">
          N ↑
        </span>
      </figcaption>
    </figure>
  );
}

/** What bounds it, by name, where the streets that were imported have names. */
function Bounds({ of }: { of: GridDetail }) {
  const [found, setFound] = useState<Record<Side, Bound[]> | null>(null);
  useEffect(() => {
    let gone = false;
    setFound(null);
    // A sheet without them is a sheet still.
    boundsAround(of).then(
      (bounds) => !gone && setFound(bounds),
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [of]);
  if (!found) return null;
  return (
    <div class="sheet-bounds">
      <h3>{t("sheet.bounds")}</h3>
      <dl>
        {SIDES.map((side) => (
          <div key={side} data-side={side}>
            <dt>{t(`direction.${side}`)}</dt>
            <dd>
              {found[side].length === 0
                ? t("sheet.bounds.none")
                : found[side]
                    .map(({ name, border_m }) => `${name} ${distance(border_m, lang.value)}`)
                    .join(t("sheet.bounds.and"))}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Around({ of }: { of: readonly Beside[] | null }) {
  if (of === null) return <p class="muted">{t("lookup.asking")}</p>;
  if (of.length === 0) return null;
  return (
    <table>
      <caption>{t("lookup.neighbours")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("sheet.direction")}</th>
          <th scope="col">{t("coverage.col.grid")}</th>
          <th scope="col">{t("sheet.border")}</th>
          <th scope="col">{t("officer.title")}</th>
        </tr>
      </thead>
      <tbody>
        {of.map(({ code, towards, border_m, detail }) => (
          <tr key={code ?? ""}>
            <td>{t(`direction.${towards}`)}</td>
            <td>
              {code ? (
                <>
                  {detail?.name || ""} <code>{code}</code>
                </>
              ) : (
                t("lookup.nowhere")
              )}
            </td>
            <td class="number">{distance(border_m, lang.value)}</td>
            <td>
              {detail?.officers.primary ? <Officer officer={detail.officers.primary} /> : code ? "–" : ""}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Numbers({ of }: { of: GridDetail }) {
  const zone = workspace.value?.time_zone;
  const rows: [string, string][] = [
    ...(of.households === null
      ? []
      : ([
          [t("grid.households"), count(of.households, lang.value)],
          [t("grid.population"), count(of.population, lang.value)],
        ] as [string, string][])),
    [t("grid.area"), area(of.area_m2, lang.value)],
    [t("grid.atoms"), count(of.atoms, lang.value)],
    ...(of.bounds
      ? ([
          [t("sheet.band"), `${count(of.bounds.lower, lang.value)}–${count(of.bounds.upper, lang.value)}`],
        ] as [string, string][])
      : []),
    [t("sheet.since"), day(of.valid_from, lang.value, zone)],
  ];
  return (
    <dl class="sheet-numbers">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Sheet() {
  const dialog = useRef<HTMLDialogElement>(null);
  const of = sheet.value as GridDetail;
  const beside = useBeside(of);
  const space = workspace.value;
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="sheet-title"
      onClose={() => {
        sheet.value = null;
      }}
    >
      <div class="sheet-acts">
        <button type="button" class="primary" onClick={() => print()}>
          {t("sheet.print")}
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          {t("sheet.close")}
        </button>
      </div>
      <header>
        <div>
          <h2 id="sheet-title">{of.name || of.code}</h2>
          <p>
            <code>{of.code}</code> <StatusChip status={of.status} />
          </p>
        </div>
        <p class="muted">
          {space?.name}
          <br />
          {of.publication && t("sheet.publication", { seq: of.publication.seq })} ·{" "}
          {space && t("picture.taken", { date: day(space.today, lang.value) })}
        </p>
      </header>
      <SheetMap key={of.code} of={of} />
      <div class="sheet-columns">
        <section>
          <h3>{t("officer.title")}</h3>
          {of.officers.primary ? (
            <p>
              <Officer officer={of.officers.primary} />
            </p>
          ) : (
            <p>{t("officer.none")}</p>
          )}
          {of.officers.deputies.length > 0 && (
            <p>
              <span class="muted">{t("officer.deputies")}</span>{" "}
              {of.officers.deputies.map((one) => (
                <Officer key={`${one.name}/${one.desk}`} officer={one} />
              ))}
            </p>
          )}
          <p class="sheet-chain">
            {of.chain
              .slice(1)
              .reverse()
              .map((link) => `${levelWord(link.level_name)} ${link.name || link.code}`)
              .join(" › ")}
          </p>
          <Bounds of={of} />
        </section>
        <Numbers of={of} />
      </div>
      <Around of={beside} />
    </dialog>
  );
}
