/** What was done, by whom and when; any earlier revision to look at, name, link to, or bring back. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { fromWire } from "../../engine/wire";
import { count } from "../../format";
import { lang } from "../../i18n";
import type { Editor } from "../../plan/editor";
import { opWords } from "../../plan/lines";
import {
  bringBack,
  forgetName,
  goTo,
  log,
  logTrouble,
  nameRevision,
  namesIn,
  readLog,
  turning,
} from "../../plan/logbook";
import type { Recorded } from "../../plan/server";
import { pt } from "../../plan/words";
import { session } from "../../state/session";
import { workspace } from "../../state/store";

const PAGE = 50;
const shown = signal(PAGE);
const n = (value: number) => count(value, lang.value);

function when(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const zone = workspace.value?.time_zone;
  const form = { dateStyle: "short", timeStyle: "medium" } as const;
  try {
    return new Intl.DateTimeFormat(lang.value === "en" ? "en-GB" : lang.value, {
      ...form,
      timeZone: zone,
    }).format(date);
  } catch {
    return iso;
  }
}

function Names({ of }: { of: Editor }) {
  const names = namesIn(log.value);
  const [text, setText] = useState("");
  const rev = of.viewed.value?.rev ?? of.session.rev;
  const editable = of.draft.can_edit && of.session.save.value.kind !== "refused";
  return (
    <section class="names" aria-label={pt("plan.names")}>
      <h2>{pt("plan.names")}</h2>
      <p class="muted">{pt("plan.names.help")}</p>
      <form
        class="rename"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === "") return;
          nameRevision(of, text.trim(), rev);
          setText("");
        }}
      >
        <input
          type="text"
          value={text}
          maxLength={60}
          aria-label={pt("plan.names.name", { n: n(rev) })}
          placeholder={pt("plan.names.name", { n: n(rev) })}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="small" disabled={text.trim() === "" || !editable}>
          {pt("plan.names.keep")}
        </button>
      </form>
      <ul>
        {names.map((one) => (
          <li key={one.op}>
            <button type="button" class="link" onClick={() => void goTo(of, one.rev)}>
              {one.name}
            </button>{" "}
            <span class="muted">{pt("plan.rev", { n: n(one.rev) })}</span>
            <button
              type="button"
              class="quiet small"
              aria-label={pt("plan.names.forget", { name: one.name })}
              disabled={!editable}
              onClick={() => forgetName(of, one)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entry({ of, entry }: { of: Editor; entry: Recorded }) {
  const op = fromWire(entry.op, of.session.topology.atoms);
  const atoms = op.moves.reduce((sum, move) => sum + move.atoms.length, 0);
  const me = session.value?.principal?.id === entry.by;
  void of.session.save.value;
  const at = (of.viewed.value?.rev ?? of.session.rev) === entry.rev;
  return (
    <li aria-current={at ? "true" : undefined}>
      <button type="button" class="log-row" onClick={() => void goTo(of, entry.rev)}>
        <span class="muted">{n(entry.rev)}</span>
        <span>
          {opWords(op)}
          {op.mark && <b> {op.mark.name}</b>}
          {atoms > 0 && <span class="muted"> {pt("plan.atoms", { n: n(atoms) })}</span>}
          <span class="under-name">
            {me ? (session.value?.principal?.name ?? entry.by) : entry.by} · {when(entry.at)}
          </span>
        </span>
      </button>
    </li>
  );
}

export function HistoryView({ of }: { of: Editor }) {
  const save = of.session.save.value;
  const rev = of.session.rev;
  void of.beat.value;
  useEffect(() => void readLog(of), [of, rev, save.kind]);
  const viewed = of.viewed.value;
  const at = turning.value ?? viewed?.rev ?? rev;
  const rows = [...log.value].reverse();
  return (
    <section class="log" aria-label={pt("plan.view.history")}>
      <label class="scrub">
        <span>{pt("plan.scrub", { at: n(at), n: n(rev) })}</span>
        <input
          type="range"
          min={0}
          max={rev}
          step={1}
          value={at}
          onInput={(event) => void goTo(of, Number(event.currentTarget.value))}
        />
      </label>
      {viewed && (
        <div class="actions">
          <button
            type="button"
            class="primary small"
            disabled={!of.draft.can_edit || save.kind === "refused"}
            onClick={() => bringBack(of)}
          >
            {pt("plan.bring_back", { n: n(viewed.rev) })}
          </button>
          <button type="button" class="small" onClick={() => void goTo(of, rev)}>
            {pt("plan.viewed.back")}
          </button>
        </div>
      )}
      {logTrouble.value && <p class="note bad">{logTrouble.value}</p>}
      {rows.length === 0 && <p class="muted">{pt("plan.log.none")}</p>}
      <ol class="log-list">
        {rows.slice(0, shown.value).map((entry) => (
          <Entry key={entry.rev} of={of} entry={entry} />
        ))}
      </ol>
      {rows.length > shown.value && (
        <button
          type="button"
          class="quiet small"
          onClick={() => {
            shown.value += PAGE;
          }}
        >
          {pt("plan.more", { n: n(rows.length - shown.value) })}
        </button>
      )}
      <Names key={of.id} of={of} />
    </section>
  );
}
