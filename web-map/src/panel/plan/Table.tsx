/** The assignment as a table, out and in. */
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { saveText } from "../../csv";
import { newId } from "../../engine/ops";
import { count } from "../../format";
import { lang } from "../../i18n";
import { type RowFault, readTable, type TableRead, writeTable } from "../../plan/csv";
import type { Editor } from "../../plan/editor";
import { offerOf } from "../../plan/offers";
import { pt } from "../../plan/words";

const read = signal<{ name: string; found: TableRead } | null>(null);
const n = (value: number) => count(value, lang.value);
const MOST_BYTES = 32 * 1024 * 1024;

/** The table as a file, called after plan and revision. */
function save(of: Editor): void {
  saveText(writeTable(of.shown), `plan-${of.id}-rev-${of.viewed.peek()?.rev ?? of.session.rev}.csv`);
}

async function load(of: Editor, file: File): Promise<void> {
  of.offers.value = null;
  if (file.size > MOST_BYTES) {
    of.told.value = { kind: "trouble", why: pt("plan.csv.large", { name: file.name }) };
    return;
  }
  const text = new TextDecoder("utf-8").decode(await file.arrayBuffer());
  const found = readTable(of.plan, text, newId());
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
          accept=".csv,.tsv,.txt"
          hidden
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) void load(of, file);
            event.currentTarget.value = "";
          }}
        />
      </div>
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
