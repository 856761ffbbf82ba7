/** The checklist of who tries things out: beside the map, never over it; it ticks itself off as faults are mended. */
import { useEffect, useState } from "preact/hooks";
import { age } from "../../format";
import type { Editor } from "../../plan/editor";
import { mended } from "../../plan/faults";
import { forking } from "../../plan/fork";
import { onlyBundled, trial } from "../../plan/trial";
import { begin, leave, show, watch } from "../../plan/tryout";
import { pt } from "../../plan/words";
import { may } from "../../state/session";
import { workspace } from "../../state/store";
import { ageWords } from "../parts";
import "../../styles/plan-late.css";

const STEPS = ["gap", "over", "parts"] as const;

/** Offered where there is nothing to lose: a store with the bundled town alone. */
export function TryoutOffer() {
  if (!may("POST /v1/plans/{id}/suggest") || !workspace.value?.publication) return null;
  return (
    <section class="tryout offer" aria-labelledby="tryout-offer">
      <h2 id="tryout-offer">{pt("plan.try.title")}</h2>
      <p>{pt("plan.try.offer")}</p>
      <button type="button" class="primary" disabled={forking.value.busy} onClick={() => void begin()}>
        {pt("plan.try.begin")}
      </button>
    </section>
  );
}

export function Tryout({ of }: { of: Editor }) {
  useEffect(watch, []);
  void of.beat.value;
  const now = trial.value;
  const [took, setTook] = useState<number | null>(null);
  const done = now?.faults ? mended(of.plan, now.faults) : null;
  const left = done ? STEPS.filter((step) => !done[step]).length : STEPS.length;
  useEffect(() => {
    if (now && left === 0) setTook(Date.now() - now.begun_ms);
    else setTook(null);
  }, [now, left]);
  if (!now?.faults || !done || now.plan !== of.id) return null;
  return (
    <section class="tryout" aria-labelledby="tryout" data-left={left}>
      <h2 id="tryout">{pt("plan.try.title")}</h2>
      <p class="muted">{pt("plan.try.draft")}</p>
      <ol>
        {STEPS.map((step) => (
          <li key={step} class={done[step] ? "done" : ""} data-step={step}>
            <span class="tick" aria-hidden="true">
              {done[step] ? "✓" : "○"}
            </span>
            <div>
              <b>
                {pt(`plan.try.${step}`)}
                {done[step] && <span class="sr"> {pt("plan.try.mended")}</span>}
              </b>
              {!done[step] && (
                <>
                  <p>{pt(`plan.try.${step}.how`)}</p>
                  <button type="button" class="small" onClick={() => show(step)}>
                    {pt("plan.try.show")}
                  </button>
                </>
              )}
            </div>
          </li>
        ))}
      </ol>
      <p role="status">
        {left === 0 && (
          <>
            <b>✓ {pt("plan.try.done", { age: ageWords(age(took ?? 0)) })}</b>{" "}
            {onlyBundled() && pt("plan.try.rest")}
          </>
        )}
      </p>
      <button type="button" class={left === 0 ? "primary" : "small"} onClick={() => void leave()}>
        {pt("plan.try.leave")}
      </button>
    </section>
  );
}
