/** Which plan: drafts first, those that were put away folded up at the end. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { loadPlans, opening, openPlan, plans, plansTrouble } from "../../plan/desk";
import { forkInForce, forking } from "../../plan/fork";
import { sorted, stepped, trouble } from "../../plan/putaway";
import { pt } from "../../plan/words";
import { may } from "../../state/session";
import { workspace } from "../../state/store";
import { OpenButton, PlanRow } from "./PlanRow";
import { PutAwayButton, PutAwayDone, PutAwayGroup, StepTrouble, useWayBack } from "./PutAway";

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
  const last = stepped.value;
  const { drafts, published, away } = sorted(plans.value ?? [], last);
  // What was just put away or taken back is shown, however old it is.
  const shown = all.value
    ? [...drafts, ...published]
    : drafts.filter((one, place) => place < SHOWN || one.id === last?.id);
  const section = useRef<HTMLElement>(null);
  useWayBack(section);
  // What was told here is not told again to who comes back.
  useEffect(
    () => () => {
      stepped.value = null;
      trouble.value = null;
    },
    [],
  );
  return (
    <section ref={section} aria-label={pt("plan.choose")}>
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
      <StepTrouble />
      <ul class="plan-list">
        {shown.map((one) =>
          one.status === "put_away" ? (
            <PutAwayDone key={`done-${one.id}`} one={one} />
          ) : (
            <PlanRow key={one.id} one={one}>
              {one.status === "draft" && (
                <>
                  <OpenButton one={one} primary />
                  <PutAwayButton plan={one.id} class="quiet small" />
                </>
              )}
            </PlanRow>
          ),
        )}
      </ul>
      {drafts.length + published.length > shown.length && (
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
      <PutAwayGroup rows={away} />
      <Fork />
    </section>
  );
}
