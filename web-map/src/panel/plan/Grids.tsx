/** The plan as a table: every grid with its size, and whatever the map can do as buttons. */
import { signal } from "@preact/signals";
import { count } from "../../format";
import { lang } from "../../i18n";
import { cursorTo, even, lock, merge, reachable, remove, split } from "../../plan/actions";
import type { Editor } from "../../plan/editor";
import { nameOf, shortOf, signOf, standingWord } from "../../plan/lines";
import { type PlanKey, pt } from "../../plan/words";

const PAGE = 40;
const shown = signal(PAGE);
const order = signal<"code" | "off">("off");
const filter = signal("");
/** Atoms that a grid could take, listed at a time. */
const NEAR = 12;

const n = (value: number) => count(value, lang.value);

/** Painting from the table: what lies at the border of the active grid and can go to it at once. */
function Near({ of, slot }: { of: Editor; slot: number }) {
  void of.calm.value;
  const { plan } = of;
  const atoms = reachable(of, slot).slice(0, NEAR);
  const { attribute } = of.draft.counted;
  if (atoms.length === 0) return <p class="muted">{pt("plan.near.none")}</p>;
  return (
    <table class="rows near">
      <caption>{pt("plan.near")}</caption>
      <tbody>
        {atoms.map((atom) => (
          <tr key={atom}>
            <th scope="row">
              <button type="button" class="link" onClick={() => cursorTo(of, atom)}>
                {plan.topology.codes[atom]}
              </button>
            </th>
            <td>{shortOf(plan.grid(plan.slot_of[atom] as number))}</td>
            <td class="number">
              {n(plan.atomSize(atom, attribute))} {pt(`plan.unit.${attribute}`)}
            </td>
            <td class="last">
              <button
                type="button"
                class="small"
                disabled={!of.editable.value}
                aria-label={pt("plan.near.take", { atom: plan.topology.codes[atom] ?? "" })}
                onClick={() => of.give([atom], plan.grid(slot)?.id ?? null)}
              >
                +
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const ACTS: [PlanKey, (of: Editor, slot: number) => void][] = [
  ["plan.zoom", (of, slot) => of.zoomTo(of.shown.atomsOf(slot))],
  ["plan.lock", lock],
  ["plan.split", split],
  ["plan.merge", merge],
  ["plan.balance", even],
  ["plan.remove", remove],
];

function Row({ of, slot }: { of: Editor; slot: number }) {
  void of.calm.value;
  const plan = of.shown;
  const grid = plan.grid(slot);
  if (!grid) return null;
  const active = of.active.value === grid.id;
  const standing = plan.standing(slot);
  const { attribute } = plan.countedOf(slot);
  const parts = plan.parts(slot).length;
  return (
    <>
      <tr class={active ? "active" : ""} data-row={grid.id}>
        <th scope="row">
          <button
            type="button"
            class="link"
            aria-expanded={active}
            onClick={() => {
              of.active.value = active ? null : grid.id;
              if (!active) of.zoomTo(plan.atomsOf(slot));
            }}
          >
            {nameOf(grid)}
          </button>
          {grid.locked && <span class="locked">{pt("plan.locked")}</span>}
        </th>
        <td class="number">{n(plan.size(slot, attribute))}</td>
        <td class={standing === "empty" ? "" : `ink-${standing}`}>
          <span aria-hidden="true">{signOf(standing)}</span> {standingWord(standing)}
          {parts > 1 && <span class="ink-bad"> {pt("plan.parts", { n: n(parts) })}</span>}
        </td>
      </tr>
      {active && (
        <tr>
          <td colSpan={3}>
            <div class="actions">
              {ACTS.map(([word, run]) => (
                <button
                  key={word}
                  type="button"
                  class="small"
                  disabled={word !== "plan.zoom" && !of.editable.value}
                  onClick={() => run(of, slot)}
                >
                  {pt(word === "plan.lock" && grid.locked ? "plan.unlock" : word)}
                </button>
              ))}
            </div>
            {of.editable.value && <Near of={of} slot={slot} />}
          </td>
        </tr>
      )}
    </>
  );
}

export function GridsView({ of }: { of: Editor }) {
  void of.calm.value;
  void of.active.value;
  const plan = of.shown;
  const wanted = filter.value.trim().toLowerCase();
  const slots = plan.liveSlots().filter((slot) => {
    const grid = plan.grid(slot);
    return wanted === "" || `${grid?.code} ${grid?.name}`.toLowerCase().includes(wanted);
  });
  const key = (slot: number) => nameOf(plan.grid(slot));
  const byCode = (a: number, b: number) => (key(a) < key(b) ? -1 : 1);
  slots.sort(
    order.value === "code" ? byCode : (a, b) => plan.violation(b) - plan.violation(a) || byCode(a, b),
  );
  return (
    <section aria-label={pt("plan.view.grids")}>
      <div class="filter">
        <input
          type="text"
          value={filter.value}
          aria-label={pt("plan.filter")}
          placeholder={pt("plan.filter")}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <select
          aria-label={pt("plan.order")}
          value={order.value}
          onChange={(event) => {
            order.value = event.currentTarget.value === "code" ? "code" : "off";
          }}
        >
          <option value="off">{pt("plan.order.off")}</option>
          <option value="code">{pt("plan.order.code")}</option>
        </select>
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">{pt("plan.col.grid")}</th>
            <th scope="col">{pt(`plan.unit.${of.draft.counted.attribute}`)}</th>
            <th scope="col">{pt("plan.col.standing")}</th>
          </tr>
        </thead>
        <tbody>
          {slots.slice(0, shown.value).map((slot) => (
            <Row key={plan.grid(slot)?.id} of={of} slot={slot} />
          ))}
        </tbody>
      </table>
      {slots.length > shown.value && (
        <button
          type="button"
          class="quiet small"
          onClick={() => {
            shown.value += PAGE;
          }}
        >
          {pt("plan.more", { n: n(slots.length - shown.value) })}
        </button>
      )}
    </section>
  );
}
