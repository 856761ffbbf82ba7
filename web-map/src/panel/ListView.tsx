/** Many points at once: pasted, typed, or from a file; their owners in a table that can be kept. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { saveText } from "../csv";
import { count, distance } from "../format";
import { addWords, type Key, lang, t } from "../i18n";
import type { listZh } from "../i18n/list-zh";
import { epsgCode } from "../lookup/coordinate";
import { MOST_LINES } from "../lookup/list";
import { openPoint } from "../state/actions";
import { forgetList, type ListState, listState, lookUpList, type Owned, tableOf } from "../state/list";
import { may } from "../state/session";
import { boxCrs, boxEpsg, listOpen, listText } from "../state/store";
import { CloseIcon } from "./parts";
import "../styles/list.css";

/** The words come with it. */
export async function openList(): Promise<typeof ListView> {
  await addWords((lang) =>
    lang === "en"
      ? import("../i18n/list-en").then((file): Record<string, string> => file.listEn)
      : import("../i18n/list-zh").then((file) => file.listZh),
  );
  return ListView;
}

const lt = (key: keyof typeof listZh, values?: Record<string, string | number>) => t(key as Key, values);
const n = (value: number) => count(value, lang.value);

/** Ten times what a thousand lines with much beside them need. */
const MOST_KIB = 1024;
/** Rows shown at first, and with each press. */
const ROWS = 100;
const refused = signal("");

async function takeFile(file: File | undefined): Promise<void> {
  if (!file) return;
  refused.value = "";
  if (file.size > MOST_KIB * 1024) {
    refused.value = lt("list.large", { name: file.name, n: n(MOST_KIB) });
    return;
  }
  listText.value = await readText(file);
}

/** UTF-8 where it is that, else GB 18030, in which spreadsheets write Chinese. */
async function readText(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}

/** What is wrong with a line, in words. */
export const faultWords = ({ how, why, refusal }: Owned): string =>
  how !== "bad" ? "" : why ? lt(`list.why.${why}`) : refusal;

function Row({ row }: { row: Owned }) {
  const { line, text, label, point, grid, how, border_m } = row;
  return (
    <tr class={how} data-line={line}>
      <th scope="row">
        {point && how !== "bad" ? (
          <button
            type="button"
            class="link"
            aria-label={lt("list.show", { n: line })}
            onClick={() => openPoint(point)}
          >
            {n(line)}
          </button>
        ) : (
          n(line)
        )}
      </th>
      <td>
        {grid && <code>{grid}</code>}
        <span class="list-text">{how === "bad" ? text : label}</span>
      </td>
      <td class="number">{border_m === null ? "–" : distance(border_m, lang.value)}</td>
      <td>{how === "bad" ? <b class="ink-over">{faultWords(row)}</b> : lt(`list.how.${how}`)}</td>
    </tr>
  );
}

function Answers({ of }: { of: Extract<ListState, { kind: "there" }> }) {
  const [most, setMost] = useState(ROWS);
  const [onlyBad, setOnlyBad] = useState(false);
  const of_ = (...hows: Owned["how"][]) => of.rows.filter(({ how }) => hows.includes(how)).length;
  const bad = of_("bad");
  const shown = onlyBad ? of.rows.filter(({ how }) => how === "bad") : of.rows;
  return (
    <div class="list-answers">
      <p role="status">
        {lt("list.done", {
          n: n(of.rows.length),
          owned: n(of_("interior", "edge_tie", "gap_fill")),
          outside: n(of_("outside")),
          bad: n(bad),
        })}{" "}
        <span class="muted">{lt("list.took", { n: n(Math.round(of.took_ms)) })}</span>
      </p>
      {of.list.order && <p class="note">{lt(`list.order.${of.list.order}`)}</p>}
      {of.list.left > 0 && (
        <p class="note warn">{lt("list.left", { most: n(MOST_LINES), n: n(of.list.left) })}</p>
      )}
      <div class="actions">
        <button
          type="button"
          class="small"
          onClick={() => saveText(tableOf(of.rows, faultWords), "wangge-locate.csv")}
        >
          {lt("list.save")}
        </button>
        {bad > 0 && (
          <label class="check">
            <input
              type="checkbox"
              checked={onlyBad}
              onChange={(event) => setOnlyBad(event.currentTarget.checked)}
            />{" "}
            {lt("list.only_bad")}
          </label>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section class="list-rows" tabIndex={0} aria-label={lt("list.answers")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{lt("list.col.line")}</th>
              <th scope="col">{lt("list.col.grid")}</th>
              <th scope="col">{lt("list.col.border")}</th>
              <th scope="col">{lt("list.col.how")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, most).map((row) => (
              <Row key={row.line} row={row} />
            ))}
          </tbody>
        </table>
        {shown.length > most && (
          <button type="button" class="small" onClick={() => setMost(most + ROWS)}>
            {lt("list.more", { n: n(Math.min(ROWS, shown.length - most)) })}
          </button>
        )}
      </section>
    </div>
  );
}

export function ListView() {
  const chooser = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    field.current?.focus();
    return forgetList;
  }, []);
  const now = listState.value;
  const epsg = boxCrs.value === "epsg" ? epsgCode(boxEpsg.value) : null;
  const crs = boxCrs.value === "epsg" ? epsg : boxCrs.value;
  const lines = listText.value.split(/[\r\n]+/).filter((line) => line.trim() !== "").length;
  return (
    <section
      class="list"
      aria-label={lt("list.title")}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void takeFile(event.dataTransfer?.files[0]);
      }}
    >
      <div class="section-head">
        <h2>{lt("list.title")}</h2>
        <button
          type="button"
          class="icon"
          aria-label={lt("list.close")}
          onClick={() => {
            listOpen.value = false;
          }}
        >
          <CloseIcon />
        </button>
      </div>
      {!may("POST /v1/locate:batch") ? (
        <p class="note">{lt("list.role")}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (crs && lines > 0) void lookUpList(listText.value, crs);
          }}
        >
          <p class="muted" id="list-help">
            {lt("list.help", { n: n(MOST_LINES) })}
          </p>
          <textarea
            ref={field}
            rows={5}
            spellcheck={false}
            aria-label={lt("list.text")}
            aria-describedby="list-help"
            value={listText.value}
            onInput={(event) => {
              listText.value = event.currentTarget.value;
            }}
          />
          <div class="actions">
            <button type="submit" class="primary" disabled={lines === 0 || !crs || now.kind === "asking"}>
              {lt("list.go", { n: n(Math.min(lines, MOST_LINES)) })}
            </button>
            <button type="button" onClick={() => chooser.current?.click()}>
              {lt("list.file")}
            </button>
            <input
              ref={chooser}
              type="file"
              accept=".csv,.tsv,.txt,text/csv,text/plain"
              hidden
              onChange={(event) => {
                void takeFile(event.currentTarget.files?.[0]);
                event.currentTarget.value = "";
              }}
            />
          </div>
          {!crs && <p class="note warn">{lt("list.epsg")}</p>}
          {refused.value && <p class="note bad">{refused.value}</p>}
        </form>
      )}
      {now.kind === "asking" && <p class="muted">{lt("list.asking", { n: n(now.lines) })}</p>}
      {now.kind === "failed" && <p class="note bad">{lt("list.failed", { why: now.why })}</p>}
      {now.kind === "there" && <Answers key={now.took_ms} of={now} />}
    </section>
  );
}
