/** A draft's way out of the list and back into it. */
import type { ComponentChildren, RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { PlanSummary } from "../../api/types";
import { mayPutAway, putAway, standing, stepped, takeBack, trouble, underway } from "../../plan/putaway";
import { type PlanKey, pt } from "../../plan/words";
import { OpenButton, PlanRow } from "./PlanRow";

interface StepProps {
  plan: number;
  class?: string;
  children?: ComponentChildren;
}

/** Stays where it is while it waits, so that the focus does. */
function StepButton({
  plan,
  children,
  step,
  label,
  ...rest
}: StepProps & { step: (plan: number) => Promise<boolean>; label: PlanKey }) {
  const named = pt(label, { n: plan });
  return (
    <button
      type="button"
      class={rest.class ?? "small"}
      aria-label={named}
      title={named}
      aria-disabled={underway.value.has(plan)}
      data-step-of={plan}
      // The second press of a double click meant the button that was there before.
      onClick={(event) => event.detail < 2 && void step(plan)}
    >
      {children}
    </button>
  );
}

/** For who may, and for drafts that are not put away: the caller looks. */
export const PutAwayButton = ({ children = pt("plan.put_away.do"), ...rest }: StepProps) =>
  mayPutAway() ? (
    <StepButton step={putAway} label="plan.put_away.named" {...rest}>
      {children}
    </StepButton>
  ) : null;

export const TakeBackButton = ({ plan }: StepProps) =>
  mayPutAway() ? (
    <StepButton step={takeBack} label="plan.take_back.named" plan={plan}>
      {pt("plan.take_back")}
    </StepButton>
  ) : null;

/** Where the pressed button is gone, the focus goes to the one that takes back what it did. */
export function useWayBack(within: RefObject<HTMLElement | null>): void {
  const last = stepped.value;
  useEffect(() => {
    if (last && document.activeElement === document.body)
      within.current?.querySelector<HTMLElement>(`[data-step-of="${last.id}"]`)?.focus();
  }, [last]);
}

export function StepTrouble() {
  const why = trouble.value;
  return (
    <div role="alert">
      {why && (
        <p class="note bad">
          <b>{pt("plan.step_failed", { n: why.plan })}</b> {why.why}
        </p>
      )}
    </div>
  );
}

/** In the place of a draft that was just put away. */
export const PutAwayDone = ({ one }: { one: PlanSummary }) => (
  <li class="done">
    <span>{pt("plan.put_away.done", { n: one.id })}</span>
    <TakeBackButton plan={one.id} />
  </li>
);

export function PutAwayGroup({ rows }: { rows: readonly PlanSummary[] }) {
  if (rows.length === 0) return null;
  return (
    <details class="put-away">
      <summary>{pt("plan.put_away.group", { n: rows.length })}</summary>
      <ul class="plan-list">
        {rows.map((one) => (
          <PlanRow key={one.id} one={one}>
            <OpenButton one={one} />
            <TakeBackButton plan={one.id} />
          </PlanRow>
        ))}
      </ul>
    </details>
  );
}

/** Says of an open draft that it is put away. */
export function PutAwayNote({ plan }: { plan: number }) {
  if (standing(plan) !== "put_away") return null;
  return (
    <p class="note put-away-note">
      {pt("plan.put_away.open")} <TakeBackButton plan={plan} />
    </p>
  );
}

const AwayIcon = () => (
  <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    <path
      d="M2.5 3h11v3h-11zM3.5 6v7h9V6M8 7.5v4M6.2 9.8L8 11.6l1.800-1.800"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linejoin="round"
    />
  </svg>
);

/** Beside what closes an open draft. */
export const PutAwayIcon = ({ plan }: { plan: number }) =>
  standing(plan) === "draft" ? (
    <PutAwayButton plan={plan} class="icon">
      <AwayIcon />
    </PutAwayButton>
  ) : null;
