/** What is wrong with the plan, the worst first: each with its place, a way to mend it, or a reason to leave it. */
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { UNASSIGNED } from "../../engine/plan";
import type { Problem } from "../../engine/problems";
import { count } from "../../format";
import { lang } from "../../i18n";
import { accept, bestMoves, fillRest, openProblem } from "../../plan/actions";
import type { Editor } from "../../plan/editor";
import { nameOf, problemWords } from "../../plan/lines";
import { pt } from "../../plan/words";

/** Rows shown at first, and added by each press. */
const PAGE = 40;
const shown = signal(PAGE);

/** Problems that a single move may mend. */
const MENDED = new Set<Problem["kind"]>(["unassigned", "parts", "foreign", "over", "under", "empty"]);

function Accept({ of, problem }: { of: Editor; problem: Problem }) {
  const [text, setText] = useState<string | null>(null);
  if (problem.accepted !== null) {
    return (
      <p class="accepted">
        {pt("plan.accepted", { why: problem.accepted })}{" "}
        <button
          type="button"
          class="quiet small"
          disabled={!of.editable.value}
          onClick={() => accept(of, problem.id, null)}
        >
          {pt("plan.accept.undo")}
        </button>
      </p>
    );
  }
  if (text === null) {
    return (
      <button type="button" class="small" disabled={!of.editable.value} onClick={() => setText("")}>
        {pt("plan.accept")}
      </button>
    );
  }
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") accept(of, problem.id, text.trim());
        setText(null);
      }}
    >
      <input
        type="text"
        value={text}
        maxLength={400}
        aria-label={pt("plan.accept.reason")}
        placeholder={pt("plan.accept.reason")}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="small primary" disabled={text.trim() === ""}>
        {pt("plan.accept.ok")}
      </button>
      <button type="button" class="small" onClick={() => setText(null)}>
        {pt("plan.offer.leave")}
      </button>
    </form>
  );
}

function Row({ of, problem }: { of: Editor; problem: Problem }) {
  const grid = problem.slot === null ? null : of.shown.grid(problem.slot);
  const chosen = of.problem.value === problem.id;
  return (
    <li class={chosen ? "problem chosen" : "problem"} data-problem={problem.id}>
      <button
        type="button"
        class="problem-head"
        aria-expanded={chosen}
        onClick={() => openProblem(of, problem)}
      >
        <span class={`kind ${problem.kind}`}>{pt(`plan.kind.${problem.kind}`)}</span>
        <b>{grid ? nameOf(grid) : pt("plan.none")}</b>
        <span class="why">{problemWords(of, problem)}</span>
      </button>
      {chosen && (
        <div class="actions">
          {problem.kind === "unassigned" && (
            <button
              type="button"
              class="small primary"
              disabled={!of.editable.value}
              onClick={() => fillRest(of)}
            >
              {pt("plan.fill")}{" "}
              <i class="kbd" aria-hidden="true">
                ⇧B
              </i>
            </button>
          )}
          {MENDED.has(problem.kind) && (
            <button
              type="button"
              class="small"
              disabled={!of.editable.value}
              onClick={() => bestMoves(of, problem)}
            >
              {pt("plan.fix")}{" "}
              <i class="kbd" aria-hidden="true">
                .
              </i>
            </button>
          )}
          <Accept key={problem.id} of={of} problem={problem} />
        </div>
      )}
    </li>
  );
}

/** How the grids stand, which is the key to the map's colours too. */
function Standings({ of }: { of: Editor }) {
  // Read here too: what reads signals is made anew only for those it reads itself.
  void of.calm.value;
  const plan = of.shown;
  const standings = plan.liveSlots().map((slot) => plan.standing(slot));
  const left = plan.totals(UNASSIGNED).atoms - outside(of);
  const rows = (["over", "under", "in_band", "uninhabited", "unknown", "empty"] as const)
    .map((standing) => ({ standing, n: standings.filter((one) => one === standing).length }))
    .filter(({ standing, n }) => n > 0 || ["over", "under", "in_band"].includes(standing));
  return (
    <ul class="status-figures plan-key">
      {rows.map(({ standing, n }) => (
        <li key={standing} class={n === 0 ? "zero" : ""} data-standing={standing}>
          <b>{count(n, lang.value)}</b>
          <span>
            <i class={`key-swatch ${standing}`} aria-hidden="true" /> {pt(`plan.standing.${standing}`)}
          </span>
        </li>
      ))}
      {left > 0 && (
        <li data-standing="none">
          <b>{count(left, lang.value)}</b>
          <span>
            <i class="key-swatch none" aria-hidden="true" /> {pt("plan.none")}
          </span>
        </li>
      )}
    </ul>
  );
}

const outsides = new WeakMap<Editor, number>();
/** Atoms outside the plan's scope. */
function outside(of: Editor): number {
  let known = outsides.get(of);
  if (known === undefined) {
    known = 0;
    for (let atom = 0; atom < of.session.topology.atoms; atom++) if (!of.plan.inScope(atom)) known++;
    outsides.set(of, known);
  }
  return known;
}

export function ProblemsView({ of }: { of: Editor }) {
  void of.calm.value;
  const all = of.problems.value;
  return (
    <section aria-label={pt("plan.view.problems")}>
      <Standings of={of} />
      {all.every((one) => one.accepted !== null) && (
        <p class="all-clear">
          <span aria-hidden="true">✓</span> {pt("plan.clear")}
        </p>
      )}
      <ul class="problems">
        {all.slice(0, shown.value).map((problem) => (
          <Row key={problem.id} of={of} problem={problem} />
        ))}
      </ul>
      {all.length > shown.value && (
        <button
          type="button"
          class="quiet small"
          onClick={() => {
            shown.value += PAGE;
          }}
        >
          {pt("plan.more", { n: count(all.length - shown.value, lang.value) })}
        </button>
      )}
    </section>
  );
}
