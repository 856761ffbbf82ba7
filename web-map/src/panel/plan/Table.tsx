/** The assignment as a table, out and in. */
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { sendKnown } from "../../api/client";
import { saveText } from "../../csv";
import { newId } from "../../engine/ops";
import { count } from "../../format";
import { lang } from "../../i18n";
import {
  type ForeignTable,
  type RowFault,
  readForeign,
  readTable,
  type TableRead,
  writeTable,
} from "../../plan/csv";
import type { Editor } from "../../plan/editor";
import { offerOf } from "../../plan/offers";
import { pt } from "../../plan/words";

const read = signal<{ name: string; found: TableRead } | null>(null);
const n = (value: number) => count(value, lang.value);
const MOST_BYTES = 64 * 1024 * 1024;
/** What is read here. */
const OWN = /\.(csv|tsv|txt)$/i;
const FORMATS = ["gpkg", "geojson", "shp", "csv"] as const;
const layer = signal<"atoms" | "grids">("atoms");

/** The table as a file, called after plan and revision. */
function save(of: Editor): void {
  saveText(writeTable(of.shown), `plan-${of.id}-rev-${of.viewed.peek()?.rev ?? of.session.rev}.csv`);
}

/** A file of another program, which the server reads: shapefiles in a zip, GeoPackages, spreadsheets, text that is not UTF-8. */
async function readByServer(of: Editor, file: File): Promise<TableRead> {
  const name = encodeURIComponent(file.name.replace(/\.(tsv|txt)$/i, ".csv"));
  const response = await sendKnown(`/v1/plans/${of.id}/table?name=${name}`, {
    method: "POST",
    headers: { "content-type": "application/octet-stream" },
    body: file,
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.detail || body?.title || `${response.status}`);
  const found = readForeign(of.plan, body as ForeignTable, newId());
  if (!found) throw new Error(pt("plan.csv.fields", { fields: (body as ForeignTable).fields.join(", ") }));
  return found;
}

/** Address of the revision that is shown as a file for other programs. */
function fileOf(of: Editor, layer: string, format: string): string {
  const rev = of.viewed.value?.rev ?? of.session.rev;
  return `/v1/plans/${of.id}/export?layer=${layer}&format=${format}&rev=${rev}`;
}

async function load(of: Editor, file: File): Promise<void> {
  of.offers.value = null;
  if (file.size > MOST_BYTES) {
    of.told.value = { kind: "trouble", why: pt("plan.csv.large", { name: file.name }) };
    return;
  }
  let found: TableRead;
  try {
    found = OWN.test(file.name)
      ? readTable(
          of.plan,
          new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer()),
          newId(),
        )
      : await readByServer(of, file);
  } catch (error) {
    // Text in another encoding is read by the server, too.
    const again = error instanceof TypeError ? readByServer(of, file) : Promise.reject(error);
    const read = await again.catch((why: Error) => why);
    if (read instanceof Error) {
      of.told.value = { kind: "trouble", why: read.message };
      return;
    }
    found = read;
  }
  read.value = { name: file.name, found };
  if (found.op && found.op.moves.length > 0) of.offer("import", [offerOf(of.plan, found.op)]);
}

function faultWords(fault: RowFault): string {
  switch (fault.kind) {
    case "columns":
      return pt("plan.csv.columns", { n: n(fault.found) });
    case "twice":
      return pt("plan.csv.twice", { text: fault.text, first: n(fault.first) });
    default:
      return pt(`plan.csv.${fault.kind}`, { text: fault.text });
  }
}

export function TableView({ of }: { of: Editor }) {
  const chooser = useRef<HTMLInputElement>(null);
  const now = read.value;
  return (
    <section class="csv" aria-label={pt("plan.view.table")}>
      <p class="muted">{pt("plan.csv.help")}</p>
      <div class="actions">
        <button type="button" onClick={() => save(of)}>
          {pt("plan.csv.save")}
        </button>
        <button type="button" disabled={!of.editable.value} onClick={() => chooser.current?.click()}>
          {pt("plan.csv.load")}
        </button>
        <input
          ref={chooser}
          type="file"
          accept=".csv,.tsv,.txt,.gpkg,.geojson,.fgb,.xlsx,.ods,.zip"
          hidden
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void load(of, file);
            event.currentTarget.value = "";
          }}
        />
      </div>
      <p class="actions files">
        <label>
          {pt("plan.file.for")}{" "}
          <select
            value={layer.value}
            onChange={(event) => {
              layer.value = event.currentTarget.value as "atoms" | "grids";
            }}
          >
            <option value="atoms">{pt("plan.file.atoms")}</option>
            <option value="grids">{pt("plan.file.grids")}</option>
          </select>
        </label>{" "}
        {FORMATS.map((format) => (
          <a key={format} download href={fileOf(of, layer.value, format)}>
            {pt(`plan.file.${format}`)}
          </a>
        ))}
      </p>
      {now && (
        <div role="status">
          <p>
            <b>{now.name}</b> {pt("plan.csv.rows", { n: n(now.found.rows) })}
          </p>
          {now.found.op && now.found.op.moves.length === 0 && <p class="note">{pt("plan.csv.same")}</p>}
          {now.found.op && now.found.op.moves.length > 0 && <p class="note">{pt("plan.csv.offered")}</p>}
          {now.found.faults.length > 0 && (
            <>
              <p class="note bad">
                {pt("plan.csv.faults", { n: n(now.found.faults.length + now.found.more) })}
              </p>
              <table class="rows">
                <thead>
                  <tr>
                    <th scope="col">{pt("plan.csv.row")}</th>
                    <th scope="col">{pt("plan.csv.what")}</th>
                  </tr>
                </thead>
                <tbody>
                  {now.found.faults.map((fault) => (
                    <tr key={fault.row}>
                      <th scope="row">{n(fault.row)}</th>
                      <td>{faultWords(fault)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {now.found.more > 0 && <p class="muted">{pt("plan.rows.more", { n: n(now.found.more) })}</p>}
            </>
          )}
        </div>
      )}
    </section>
  );
}
