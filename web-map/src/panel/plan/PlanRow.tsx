/** A plan in the list: what it is called, of when and where, and how its grids stand. */
import type { ComponentChildren } from "preact";
import type { PlanSummary } from "../../api/types";
import { count, day } from "../../format";
import { lang } from "../../i18n";
import { opening, openPlan } from "../../plan/desk";
import { pt } from "../../plan/words";
import { workspace } from "../../state/store";
import { SIGN } from "../../status";

export function PlanRow({ one, children }: { one: PlanSummary; children?: ComponentChildren }) {
  return (
    <li>
      <div>
        <b>{pt("plan.number", { n: one.id })}</b>{" "}
        <span class="muted">
          {pt(`plan.${one.status}`)} · {day(one.created_at, lang.value, workspace.value?.time_zone)}
          {one.scope && ` · ${one.scope}`}
        </span>
        <span class="under-name">
          {pt("plan.grids", { n: count(one.grids, lang.value) })}
          {one.outside > 0 && (
            <span class="ink-over">
              {" "}
              {SIGN.over} {pt("plan.outside", { n: count(one.outside, lang.value) })}
            </span>
          )}
        </span>
      </div>
      {children && <div class="row-acts">{children}</div>}
    </li>
  );
}

export function OpenButton({ one, primary = false }: { one: PlanSummary; primary?: boolean }) {
  const busy = opening.value;
  return (
    <button
      type="button"
      class={primary ? "primary small" : "small"}
      disabled={busy?.plan === one.id && busy.why === ""}
      aria-label={pt("plan.open.named", { n: one.id })}
      onClick={() => void openPlan(one.id)}
    >
      {pt("plan.open")}
    </button>
  );
}
