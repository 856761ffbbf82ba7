/** Every key of the tab. */
import { useEffect, useRef } from "preact/hooks";
import { TOOLS } from "../../plan/editor";
import { TOOL_KEYS } from "../../plan/keys";
import { type PlanKey, pt } from "../../plan/words";
import { may } from "../../state/session";
import { workspace } from "../../state/store";

const KEYS: [string, PlanKey][] = [
  ["[ ]", "plan.keys.size"],
  ["J K", "plan.keys.grid"],
  ["← ↑ → ↓", "plan.keys.cursor"],
  ["⏎", "plan.keys.enter"],
  ["Esc", "plan.keys.escape"],
  ["T", "plan.keys.take"],
  ["Del", "plan.chosen.out"],
  ["A", "plan.create"],
  ["S", "plan.split"],
  ["⇧S", "plan.slice"],
  ["M", "plan.merge"],
  ["B", "plan.balance"],
  ["⇧B", "plan.fill"],
  ["Q", "plan.lock"],
  [".", "plan.best"],
  ["N ⇧N", "plan.keys.problem"],
  ["C", "plan.view.compare"],
  ["V", "plan.six"],
  ["F", "plan.keys.zoom"],
  ["Space", "plan.keys.pan"],
  ["Ctrl+Z", "plan.undo"],
  ["Ctrl+⇧Z", "plan.redo"],
];

export function KeySheet({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="plan-dialog" onClose={onClose} aria-labelledby="keys-title">
      <h2 id="keys-title">{pt("plan.keys")}</h2>
      <dl class="keys">
        {TOOLS.map((tool) => (
          <div key={tool}>
            <dt>
              <kbd>{TOOL_KEYS[tool]}</kbd>
            </dt>
            <dd>{pt(`plan.tool.${tool}`)}</dd>
          </div>
        ))}
        {KEYS.map(([key, word]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{pt(word)}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          {pt("plan.keys.close")}
        </button>
        {may("POST /v1/plans/{id}/suggest") && workspace.value?.publication && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              dialog.current?.close();
              void import("../../plan/tryout").then((file) => file.begin());
            }}
          >
            {pt("plan.keys.try")}
          </button>
        )}
      </div>
    </dialog>
  );
}
