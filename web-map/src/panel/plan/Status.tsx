/** Which plan, how far what was done has come, and who else is here. */
import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../../format";
import { lang } from "../../i18n";
import { closePlan, storeless } from "../../plan/desk";
import type { Editor } from "../../plan/editor";
import { gridWord, shortById } from "../../plan/lines";
import { goTo } from "../../plan/logbook";
import { pt } from "../../plan/words";
import { CloseIcon } from "../parts";
import { PutAwayIcon, PutAwayNote, StepTrouble, useWayBack } from "./PutAway";

const n = (value: number) => count(value, lang.value);

function Saved({ of }: { of: Editor }) {
  const save = of.session.save.value;
  switch (save.kind) {
    case "saved":
      return (
        <span class="saved" data-save="saved">
          <b aria-hidden="true">✓</b> {pt("plan.saved")}
        </span>
      );
    case "queued":
      return (
        <span class="queued" data-save="queued">
          {pt("plan.queued", { n: n(save.count) })}
        </span>
      );
    case "offline":
      return (
        <span class="queued" data-save={save.full ? "full" : "offline"}>
          {pt(save.full ? "plan.full" : "plan.offline", { n: n(save.count) })}{" "}
          <button type="button" class="small" onClick={() => of.session.retry()}>
            {pt("plan.retry")}
          </button>
        </span>
      );
    case "refused":
      return (
        <span class="refused" data-save="refused">
          {pt("plan.refused", { n: n(save.count) })}
        </span>
      );
  }
}

function Presence({ of }: { of: Editor }) {
  const others = of.session.here.value.filter((one) => one.session !== of.session.page);
  if (others.length === 0) return null;
  const words = others
    .map(({ name, grid }) => (grid === null ? name : `${name} (${shortById(of, grid)})`))
    .join(", ");
  return (
    <span class="presence" title={words}>
      {pt("plan.here", { n: n(others.length) })} <span class="muted">{words}</span>
    </span>
  );
}

/** A publication is told by the draft's events, in words of the session's own. */
function refusedWords(why: string): string {
  const publication = /^published as (\S+)$/.exec(why)?.[1];
  return publication ? pt("plan.over", { n: publication }) : why;
}

export function StatusLine({ of }: { of: Editor }) {
  void of.beat.value;
  const viewed = of.viewed.value;
  const save = of.session.save.value;
  const { unkept } = of.session;
  const header = useRef<HTMLElement>(null);
  useWayBack(header);
  return (
    <header class="plan-status" ref={header}>
      <div class="plan-status-line">
        <b>{pt("plan.number", { n: of.id })}</b>
        <span class="rev" data-rev={of.session.rev}>
          {pt("plan.rev", { n: n(of.session.rev) })}
        </span>
        <Saved of={of} />
        {of.draft.can_edit && <PutAwayIcon plan={of.id} />}
        <button
          type="button"
          class="icon"
          aria-label={pt("plan.close")}
          title={pt("plan.close")}
          onClick={closePlan}
        >
          <CloseIcon />
        </button>
      </div>
      <Presence of={of} />
      {!of.session.live.value && save.kind !== "refused" && <span class="muted">{pt("plan.not_live")}</span>}
      {save.kind === "offline" && save.full && <p class="note warn">{pt("plan.full.why")}</p>}
      {save.kind === "refused" && <p class="note bad">{refusedWords(save.why)}</p>}
      {(unkept.value !== null || storeless.value) && (
        <p class="note warn">{pt("plan.unkept", { why: unkept.value ?? storeless.value })}</p>
      )}
      <PutAwayNote plan={of.id} />
      <StepTrouble />
      {!of.draft.can_edit && <p class="note">{pt("plan.read_only")}</p>}
      {viewed && (
        <p class="note warn viewed">
          {pt("plan.viewed", { n: n(viewed.rev) })}{" "}
          <button type="button" class="small" onClick={() => void goTo(of, of.session.rev)}>
            {pt("plan.viewed.back")}
          </button>
        </p>
      )}
    </header>
  );
}

/** Spoken at most once a second. */
const SPEAK_MS = 1_000;

/** The totals of the active grid and what is asked, for who listens. */
export function Live({ of }: { of: Editor }) {
  void of.beat.value;
  const cursor = of.cursor.value;
  const question = of.brush.question.value;
  const parts: string[] = [];
  if (question) parts.push(pt("plan.asked"));
  if (cursor >= 0) {
    const { topology } = of.session;
    const grid = gridWord(of, of.shown.slot_of[cursor] as number);
    const size = of.shown.atomSize(cursor, of.draft.counted.attribute);
    parts.push(pt("plan.cursor", { atom: topology.codes[cursor] ?? "", n: n(size), grid }));
  }
  if (of.active.value !== null) parts.push(pt("plan.active.said", { grid: gridWord(of, of.slot) }));
  const wanted = parts.join(" · ");
  const [said, say] = useState("");
  const newest = useRef("");
  newest.current = wanted;
  useEffect(() => {
    const timer = setInterval(() => say(newest.current), SPEAK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="sr" aria-live="polite" data-live="plan">
      {said}
    </p>
  );
}
