/** What waits for a yes or no: a stroke that would cut something off, an offer with its numbers, atoms that are chosen. */
import { useEffect, useRef } from "preact/hooks";
import { count } from "../../format";
import { lang } from "../../i18n";
import { create, giveChosen, lock, takeOut } from "../../plan/actions";
import type { Editor } from "../../plan/editor";
import { borderWords, rowName, shortById, shortOf, signOf } from "../../plan/lines";
import type { Offer, Row, Side } from "../../plan/offers";
import { pt } from "../../plan/words";

const n = (value: number) => count(value, lang.value);

function Numbers({ of, side }: { of: Editor; side: Side | null }) {
  if (!side) return <td class="number muted">–</td>;
  const { attribute } = of.draft.counted;
  return (
    <td class="number">
      <span class={side.standing === "empty" ? "" : `ink-${side.standing}`} aria-hidden="true">
        {signOf(side.standing)}
      </span>{" "}
      {n(attribute === "households" ? side.households : side.persons)}
    </td>
  );
}

export function RowTable({ of, rows }: { of: Editor; rows: readonly Row[] }) {
  const shown = rows.slice(0, 8);
  return (
    <>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">{pt("plan.col.grid")}</th>
            <th scope="col">{pt("plan.col.before")}</th>
            <th scope="col">{pt("plan.col.after")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.grid}>
              <th scope="row">{rowName(of, row)}</th>
              <Numbers of={of} side={row.before} />
              <Numbers of={of} side={row.after} />
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length && (
        <p class="muted">{pt("plan.rows.more", { n: n(rows.length - shown.length) })}</p>
      )}
    </>
  );
}

function OfferBody({ of, item }: { of: Editor; item: Offer }) {
  return (
    <>
      {item.partner !== null && <p>{pt("plan.offer.with", { grid: shortById(of, item.partner) })}</p>}
      <RowTable of={of} rows={item.rows} />
      <p class="muted">{borderWords(item.border_change_mm)}</p>
      {item.stranded.map((piece) => (
        <p key={`${piece.slot}/${piece.atoms[0]}`} class="ink-bad">
          {pt("plan.strand", { n: n(piece.households), grid: shortOf(of.plan.grid(piece.slot)) })}
        </p>
      ))}
    </>
  );
}

function OfferCard({ of }: { of: Editor }) {
  const offers = of.offers.value;
  const take = useRef<HTMLButtonElement>(null);
  const kind = offers?.kind;
  useEffect(() => {
    // Who asked for it by a button or a key in the panel goes on from there; what the server found comes by itself.
    const at = document.activeElement;
    if (kind && kind !== "suggest" && at instanceof HTMLElement && at.closest(".plan")) take.current?.focus();
  }, [kind]);
  const item = offers?.items[offers.at];
  if (!offers || !item) return null;
  return (
    <section class="asked" aria-label={pt(`plan.offer.${offers.kind}`)} data-offer={offers.kind}>
      <h2>
        {pt(`plan.offer.${offers.kind}`)}{" "}
        {offers.items.length > 1 && (
          <span class="muted">{pt("plan.offer.of", { at: offers.at + 1, n: offers.items.length })}</span>
        )}
      </h2>
      <OfferBody of={of} item={item} />
      <div class="actions">
        <button ref={take} type="button" class="primary" onClick={() => of.take()}>
          {pt("plan.offer.take")}{" "}
          <i class="kbd" aria-hidden="true">
            ⏎
          </i>
        </button>
        {offers.items.length > 1 && (
          <button type="button" onClick={() => of.turn(1)}>
            {pt("plan.offer.next")}{" "}
            <i class="kbd" aria-hidden="true">
              .
            </i>
          </button>
        )}
        <button
          type="button"
          onClick={() => {
            of.offers.value = null;
          }}
        >
          {pt("plan.offer.leave")}{" "}
          <i class="kbd" aria-hidden="true">
            Esc
          </i>
        </button>
      </div>
    </section>
  );
}

function QuestionCard({ of }: { of: Editor }) {
  const question = of.brush.question.value;
  if (!question) return null;
  return (
    <section class="asked question" aria-label={pt("plan.asked")}>
      <h2>{pt("plan.asked")}</h2>
      {question.stranded.map(({ grid, households, atoms }, i) => (
        <p key={`${grid}/${i}`}>
          {pt("plan.strand", { n: n(households), grid: shortById(of, grid) })}{" "}
          <span class="muted">{pt("plan.atoms", { n: n(atoms) })}</span>
        </p>
      ))}
      {question.empties.map((grid) => (
        <p key={grid}>{pt("plan.empties", { grid: shortById(of, grid) })}</p>
      ))}
      <div class="actions">
        <button type="button" class="primary" onClick={() => of.brush.answer("take_stranded")}>
          {pt("plan.asked.take")}{" "}
          <i class="kbd" aria-hidden="true">
            ⏎
          </i>
        </button>
        <button type="button" onClick={() => of.brush.answer("leave")}>
          {pt("plan.asked.leave")}{" "}
          <i class="kbd" aria-hidden="true">
            Esc
          </i>
        </button>
        <button type="button" onClick={() => of.brush.answer("strand")}>
          {pt("plan.asked.cut")}{" "}
          <i class="kbd" aria-hidden="true">
            Alt+⏎
          </i>
        </button>
      </div>
    </section>
  );
}

function ChosenCard({ of }: { of: Editor }) {
  const chosen = of.chosen.value;
  if (chosen.size === 0) return null;
  const { shown } = of;
  let [households, persons] = [0, 0];
  for (const atom of chosen) {
    households += shown.atomSize(atom, "households");
    persons += shown.atomSize(atom, "population");
  }
  const { attribute } = of.draft.counted;
  const size = attribute === "households" ? households : persons;
  const off = !of.editable.value;
  return (
    <section class="asked chosen" aria-label={pt("plan.chosen")}>
      <h2>
        {pt("plan.chosen")}{" "}
        <span class="muted">
          {pt("plan.atoms", { n: n(chosen.size) })} · {n(size)} {pt(`plan.unit.${attribute}`)}
        </span>
      </h2>
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={off || of.active.value === null}
          onClick={() => giveChosen(of)}
        >
          {of.active.value === null
            ? pt("plan.chosen.give.none")
            : pt("plan.chosen.give", { grid: shortById(of, of.active.value) })}{" "}
          <i class="kbd" aria-hidden="true">
            T
          </i>
        </button>
        <button type="button" disabled={off} onClick={() => takeOut(of)}>
          {pt("plan.chosen.out")}{" "}
          <i class="kbd" aria-hidden="true">
            Del
          </i>
        </button>
        <button type="button" disabled={off} onClick={() => create(of)}>
          {pt("plan.chosen.create")}{" "}
          <i class="kbd" aria-hidden="true">
            A
          </i>
        </button>
        <button type="button" disabled={off} onClick={() => lock(of)}>
          {pt("plan.chosen.lock")}{" "}
          <i class="kbd" aria-hidden="true">
            Q
          </i>
        </button>
        <button type="button" onClick={() => of.zoomTo(chosen)}>
          {pt("plan.zoom")}{" "}
          <i class="kbd" aria-hidden="true">
            F
          </i>
        </button>
        <button
          type="button"
          onClick={() => {
            of.chosen.value = new Set();
          }}
        >
          {pt("plan.chosen.clear")}{" "}
          <i class="kbd" aria-hidden="true">
            Esc
          </i>
        </button>
      </div>
    </section>
  );
}

export function Asked({ of }: { of: Editor }) {
  void of.beat.value;
  return (
    <>
      <QuestionCard of={of} />
      <OfferCard of={of} />
      <ChosenCard of={of} />
    </>
  );
}
