/** Puts the plan in force: first what that changes for people, then the date, then a question. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { sendKnown } from "../../api/client";
import type { Publication } from "../../api/types";
import { UNASSIGNED } from "../../engine/plan";
import { count, day } from "../../format";
import { lang } from "../../i18n";
import type { Editor } from "../../plan/editor";
import { pt } from "../../plan/words";
import { refreshPublication } from "../../state/actions";
import { may } from "../../state/session";
import { workspace } from "../../state/store";
import { ImpactShort, ImpactView } from "./Impact";

const n = (value: number) => count(value, lang.value);
const state = signal<{ busy: boolean; why: string; done: Publication | null }>({
  busy: false,
  why: "",
  done: null,
});

async function publish(of: Editor, effective: string): Promise<void> {
  state.value = { busy: true, why: "", done: null };
  try {
    const response = await sendKnown(`/v1/plans/${of.id}/publish`, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify(effective ? { effective } : {}),
    });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail || body.title);
    state.value = { busy: false, why: "", done: body as Publication };
    await refreshPublication();
  } catch (error) {
    state.value = { busy: false, why: (error as Error).message, done: null };
  }
}

function Confirm({ of, effective, onClose }: { of: Editor; effective: string; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="plan-dialog" onClose={onClose} aria-labelledby="publish-title">
      <h2 id="publish-title">{pt("plan.publish.sure", { n: of.id })}</h2>
      <p>
        {pt("plan.publish.what", {
          grids: n(of.plan.liveSlots().length),
          rev: n(of.session.rev),
          date: effective || pt("plan.publish.today"),
        })}
      </p>
      <ImpactShort />
      <p class="note warn">{pt("plan.publish.final")}</p>
      <div class="actions">
        <button
          type="button"
          class="primary"
          onClick={() => {
            dialog.current?.close();
            void publish(of, effective);
          }}
        >
          {pt("plan.publish.go")}
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          {pt("plan.offer.leave")}
        </button>
      </div>
    </dialog>
  );
}

export function PublishView({ of }: { of: Editor }) {
  void of.calm.value;
  const [effective, setEffective] = useState("");
  const [asking, setAsking] = useState(false);
  const save = of.session.save.value;
  const open = of.problems.value.filter((one) => one.accepted === null);
  const left = of.plan.parts(UNASSIGNED).length;
  const now = state.value;
  if (now.done && now.done.plan !== undefined && save.kind === "refused") {
    return (
      <p class="all-clear">
        <span aria-hidden="true">✓</span>{" "}
        {pt("plan.publish.done", {
          n: now.done.seq,
          date: day(now.done.effective_from, lang.value, workspace.value?.time_zone),
        })}
      </p>
    );
  }
  const hindered = left > 0 ? "left" : save.kind !== "saved" ? "unsaved" : of.viewed.value ? "viewed" : null;
  return (
    <section class="publish" aria-label={pt("plan.view.publish")}>
      <ImpactView of={of} />
      {open.length > 0 && <p class="note warn">{pt("plan.publish.open", { n: n(open.length) })}</p>}
      {hindered && <p class="note">{pt(`plan.publish.no.${hindered}`)}</p>}
      {may("POST /v1/plans/{id}/publish") ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setAsking(true);
          }}
        >
          <label>
            {pt("plan.publish.from")}{" "}
            <input
              type="date"
              value={effective}
              onInput={(event) => setEffective(event.currentTarget.value)}
            />
          </label>
          <p class="muted">{pt("plan.publish.from.help")}</p>
          <button
            type="submit"
            class="primary"
            disabled={hindered !== null || now.busy || save.kind === "refused"}
          >
            {pt("plan.publish.ask")}
          </button>
        </form>
      ) : (
        <p class="note">{pt("plan.publish.role")}</p>
      )}
      {now.busy && <p class="muted">{pt("plan.publish.busy")}</p>}
      {now.why && <p class="note bad">{now.why}</p>}
      {asking && <Confirm of={of} effective={effective} onClose={() => setAsking(false)} />}
    </section>
  );
}
