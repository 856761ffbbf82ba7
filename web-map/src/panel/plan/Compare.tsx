/** What is different from a revision or from another plan: who moves from which grid to which, and where that is. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Flow, PlanDiff, Snapshot } from "../../engine/diff";
import { area, count } from "../../format";
import { lang } from "../../i18n";
import { drawable } from "../../map/bind";
import { type Base, compare, compared, comparing, endCompare, pick, picked } from "../../plan/compare";
import { plans } from "../../plan/desk";
import type { Editor } from "../../plan/editor";
import { shortOf } from "../../plan/lines";
import { swipe } from "../../plan/swipe";
import { pt } from "../../plan/words";
import { workspace } from "../../state/store";
import { Figure } from "../parts";
import "../../styles/plan-late.css";

const rev = signal("0");
const SHOWN = 30;
const n = (value: number) => count(value, lang.value);

/** Grids of either side by id. */
export function nameIn(of: Editor, id: string | null): string {
  if (id === null) return pt("plan.none");
  const own = of.shown.grid(of.shown.slotById(id));
  return shortOf(
    own ?? compared.value?.before.grids.find((grid) => grid.id === id) ?? { code: "", name: "?" },
  );
}

/** The plan in force, where it is on the same atoms. */
export function inForce(of: Editor): number | null {
  const plan = Number(workspace.value?.publication?.plan);
  const [own, other] = [of.id, plan].map((id) => plans.value?.find((one) => one.id === id));
  return own && other && own.dataset === other.dataset && own.id !== other.id ? plan : null;
}

export function DiffFigures({ diff }: { diff: PlanDiff }) {
  const changed = (change: string) => diff.grids.filter((grid) => grid.change === change).length;
  return (
    <dl class="figures blast">
      <Figure name={pt("plan.diff.households")}>{n(diff.total.households)}</Figure>
      <Figure name={pt("plan.diff.persons")}>{n(diff.total.persons)}</Figure>
      <Figure name={pt("plan.diff.atoms")}>{n(diff.moved.length)}</Figure>
      <Figure name={pt("plan.diff.area")}>{area(diff.total.area_m2, lang.value)}</Figure>
      <Figure name={pt("plan.diff.kept")}>{diff.kept_percent} %</Figure>
      <Figure name={pt("plan.diff.grids")}>
        {pt("plan.diff.grids.of", {
          changed: n(changed("changed")),
          made: n(changed("new")),
          gone: n(changed("gone")),
        })}
      </Figure>
    </dl>
  );
}

export function Flows({ of, flows }: { of: Editor; flows: readonly Flow[] }) {
  return (
    <table class="rows flows">
      <thead>
        <tr>
          <th scope="col">{pt("plan.diff.from")}</th>
          <th scope="col">{pt("plan.diff.to")}</th>
          <th scope="col">{pt("plan.unit.households")}</th>
          <th scope="col">{pt("plan.atoms.word")}</th>
        </tr>
      </thead>
      <tbody>
        {flows.slice(0, SHOWN).map((flow) => {
          const on = picked.value?.from === flow.from && picked.value?.to === flow.to;
          return (
            <tr key={`${flow.from}/${flow.to}`}>
              <td>{nameIn(of, flow.from)}</td>
              <td>
                <button
                  type="button"
                  class="link"
                  aria-pressed={on}
                  aria-label={pt("plan.diff.show", { from: nameIn(of, flow.from), to: nameIn(of, flow.to) })}
                  onClick={() => {
                    pick(of, on ? null : { from: flow.from, to: flow.to });
                    const atoms = compared.value?.diff.moved.filter(
                      (atom) => of.words.has(atom, "gained") || of.words.has(atom, "lost"),
                    );
                    if (!on && atoms) of.zoomTo(atoms);
                  }}
                >
                  {nameIn(of, flow.to)}
                </button>
              </td>
              <td class="number">{n(flow.households)}</td>
              <td class="number">{n(flow.atoms)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Both plans on the map with a line between them, for as long as it is pressed. */
function SwipeButton({ of, before }: { of: Editor; before: Snapshot }) {
  const [on, setOn] = useState(false);
  useEffect(() => {
    if (!on || !of.drawn) return;
    // Pointing at what is not the draft would change the draft.
    of.tool.value = "pick";
    return swipe(of, of.drawn, before);
  }, [on, of, before]);
  if (!drawable.value) return null;
  return (
    <button type="button" class="small" aria-pressed={on} onClick={() => setOn(!on)}>
      {pt("plan.swipe")}
    </button>
  );
}

export function CompareView({ of }: { of: Editor }) {
  void of.calm.value;
  useEffect(() => () => endCompare(of), [of]);
  const force = inForce(of);
  const begin = (base: Base) => void compare(of, base);
  const now = compared.value;
  return (
    <section class="compare" aria-label={pt("plan.view.compare")}>
      <p class="muted">{pt("plan.compare.help")}</p>
      <div class="actions">
        {force !== null && (
          <button type="button" class="small" onClick={() => begin({ kind: "plan", plan: force })}>
            {pt("plan.compare.force")}
          </button>
        )}
        <form
          class="rename"
          onSubmit={(event) => {
            event.preventDefault();
            begin({ kind: "revision", rev: Math.min(of.session.rev, Number(rev.value) || 0) });
          }}
        >
          <label>
            {pt("plan.compare.rev")}{" "}
            <input
              type="text"
              inputMode="numeric"
              pattern="\d+"
              size={6}
              value={rev.value}
              onInput={(event) => {
                rev.value = event.currentTarget.value;
              }}
            />
          </label>
          <button type="submit" class="small">
            {pt("plan.compare.go")}
          </button>
        </form>
      </div>
      {comparing.value.busy && <p class="muted">{pt("plan.compare.busy")}</p>}
      {comparing.value.why && <p class="note bad">{comparing.value.why}</p>}
      {now && (
        <>
          <h2>
            {now.base.kind === "revision"
              ? pt("plan.compare.with.rev", { n: n(now.base.rev) })
              : pt("plan.compare.with.plan", { n: now.base.plan })}
          </h2>
          <div class="actions">
            <SwipeButton of={of} before={now.before} />
            <button type="button" class="small" onClick={() => endCompare(of)}>
              {pt("plan.compare.end")}
            </button>
          </div>
          <DiffFigures diff={now.diff} />
          <p class="two-colours">
            <i class="key-swatch gained" aria-hidden="true" />{" "}
            {pt(of.active.value ? "plan.compare.gained" : "plan.compare.moved")}{" "}
            <i class="key-swatch lost" aria-hidden="true" />{" "}
            {pt(of.active.value ? "plan.compare.lost" : "plan.compare.out")}
          </p>
          {now.diff.flows.length === 0 ? (
            <p class="all-clear">{pt("plan.compare.same")}</p>
          ) : (
            <Flows of={of} flows={now.diff.flows} />
          )}
          {now.diff.flows.length > SHOWN && (
            <p class="muted">{pt("plan.rows.more", { n: n(now.diff.flows.length - SHOWN) })}</p>
          )}
        </>
      )}
    </section>
  );
}
