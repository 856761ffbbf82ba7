/** Which plan: drafts first. */
import { signal } from "@preact/signals";
import { count, day } from "../../format";
import { lang } from "../../i18n";
import { loadPlans, opening, openPlan, plans, plansTrouble } from "../../plan/desk";
import { forkInForce, forking } from "../../plan/fork";
import { pt } from "../../plan/words";
import { may } from "../../state/session";
import { workspace } from "../../state/store";
import { SIGN } from "../../status";

const all = signal(false);
/** Plans that are shown at first. */
const SHOWN = 12;

function Fork() {
  const inForce = workspace.value?.publication?.plan;
  if (inForce === undefined || inForce === null || !may("POST /v1/plans/{id}/suggest")) return null;
  const state = forking.value;
  return (
    <div class="plan-fork">
      <button type="button" disabled={state.busy} onClick={() => void forkInForce(Number(inForce))}>
        {pt("plan.fork")}
      </button>
      {state.busy && <p class="muted">{pt("plan.fork.busy")}</p>}
      {state.why && <p class="note bad">{state.why}</p>}
    </div>
  );
}

export function Chooser() {
  const busy = opening.value;
  const rows = [...(plans.value ?? [])].sort(
    (a, b) => Number(a.status === "published") - Number(b.status === "published") || b.id - a.id,
  );
  const drafts = rows.filter((one) => one.status === "draft");
  const shown = all.value ? rows : drafts.slice(0, SHOWN);
  return (
    <section aria-label={pt("plan.choose")}>
      <h2>{pt("plan.choose")}</h2>
      {busy && busy.why === "" && (
        <p class="muted" role="status">
          {pt("plan.opening", { n: busy.plan })}
        </p>
      )}
      {busy && busy.why !== "" && (
        <div class="note bad">
          <p>
            <b>{pt("plan.open_failed", { n: busy.plan })}</b> {busy.why}
          </p>
          <button
            type="button"
            class="small"
            onClick={() => {
              const { plan } = busy;
              opening.value = null;
              void openPlan(plan);
            }}
          >
            {pt("plan.retry")}
          </button>
        </div>
      )}
      {plansTrouble.value && (
        <div class="note bad">
          <p>{plansTrouble.value}</p>
          <button type="button" class="small" onClick={() => void loadPlans()}>
            {pt("plan.retry")}
          </button>
        </div>
      )}
      {plans.value && drafts.length === 0 && <p class="note">{pt("plan.choose.none")}</p>}
      <ul class="plan-list">
        {shown.map((one) => (
          <li key={one.id}>
            <div>
              <b>{pt("plan.number", { n: one.id })}</b>{" "}
              <span class="muted">
                {pt(one.status === "draft" ? "plan.draft" : "plan.published")} ·{" "}
                {day(one.created_at, lang.value, workspace.value?.time_zone)}
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
            {one.status === "draft" && (
              <button
                type="button"
                class="primary small"
                disabled={busy?.plan === one.id && busy.why === ""}
                aria-label={pt("plan.open.named", { n: one.id })}
                onClick={() => void openPlan(one.id)}
              >
                {pt("plan.open")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {rows.length > shown.length && (
        <button
          type="button"
          class="quiet small"
          onClick={() => {
            all.value = true;
          }}
        >
          {pt("plan.all")}
        </button>
      )}
      <Fork />
    </section>
  );
}
