/** The tools, each with its key. */
import type { ComponentChildren } from "preact";
import { drawable } from "../../map/bind";
import {
  beginSlice,
  bestMoves,
  create,
  even,
  fillRest,
  lock,
  merge,
  nextProblem,
  sizeBrush,
  split,
} from "../../plan/actions";
import { type Editor, TOOLS, type Tool } from "../../plan/editor";
import { TOOL_KEYS } from "../../plan/keys";
import { type PlanKey, pt } from "../../plan/words";

const ICONS: Record<Tool, ComponentChildren> = {
  pick: <path d="M4 2l8 6-4 .6L10 13l-1.8.8L6.3 9.5 4 12z" />,
  brush: <path d="M12.5 2.5l1 1-6 6.5-2-2zM5 8.5l2 2c0 2-1.5 3-4.5 3 1-1 .5-4.5 2.5-5z" />,
  erase: <path d="M9 3l4 4-5.5 5.5H5L2.5 10zM6 6l4 4M8 13h6" />,
  pull: <path d="M6 2c-2 4 2 8 0 12M9 8h5M12 5.5L14.5 8 12 10.500" />,
  lasso: <path d="M8 3c4 0 6 1.5 6 4s-3 4-6 4-6-1.5-6-4 2-4 6-4zM5 11c-1 1-1 2 0 3" />,
  box: <path d="M3 3h10v10H3z" stroke-dasharray="2.5 2" />,
};

function ToolButton({ of, tool }: { of: Editor; tool: Tool }) {
  const word = pt(`plan.tool.${tool}`);
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={of.tool.value === tool}
      aria-keyshortcuts={TOOL_KEYS[tool]}
      disabled={tool !== "pick" && !of.editable.value}
      title={`${word} (${TOOL_KEYS[tool]})`}
      onClick={() => {
        of.tool.value = tool;
      }}
    >
      <svg
        viewBox="0 0 16 16"
        width="16"
        height="16"
        aria-hidden="true"
        fill="none"
        stroke="currentColor"
        stroke-width="1.3"
      >
        {ICONS[tool]}
      </svg>
      <span>{word}</span>
      <i class="kbd" aria-hidden="true">
        {TOOL_KEYS[tool]}
      </i>
    </button>
  );
}

function Act({
  of,
  word,
  keys,
  run,
  disabled = false,
}: {
  of: Editor;
  word: PlanKey;
  keys: string;
  run: () => void;
  disabled?: boolean;
}) {
  return (
    <button
      type="button"
      class="small act"
      aria-keyshortcuts={keys.replace("⇧", "Shift+")}
      disabled={disabled || !of.editable.value}
      title={`${pt(word)} (${keys})`}
      onClick={run}
    >
      {pt(word)}{" "}
      <i class="kbd" aria-hidden="true">
        {keys}
      </i>
    </button>
  );
}

function ToolOptions({ of }: { of: Editor }) {
  const tool = of.tool.value;
  if (tool === "brush" || tool === "erase") {
    return (
      <div class="options">
        <span>{pt("plan.brush.size", { n: of.radius_m.value })}</span>
        <button
          type="button"
          class="small"
          aria-label={pt("plan.brush.smaller")}
          onClick={() => sizeBrush(of, -1)}
        >
          −{" "}
          <i class="kbd" aria-hidden="true">
            [
          </i>
        </button>
        <button
          type="button"
          class="small"
          aria-label={pt("plan.brush.larger")}
          onClick={() => sizeBrush(of, 1)}
        >
          +{" "}
          <i class="kbd" aria-hidden="true">
            ]
          </i>
        </button>
        {tool === "brush" && <span class="muted">{pt("plan.brush.alt")}</span>}
      </div>
    );
  }
  if (tool === "lasso" || tool === "box") {
    return (
      <div class="options">
        <label class="check">
          <input
            type="checkbox"
            checked={of.reach.value === "inside"}
            onChange={(event) => {
              of.reach.value = event.currentTarget.checked ? "inside" : "touch";
            }}
          />
          {pt("plan.reach.inside")}
        </label>
        <span class="muted">{pt("plan.reach.help")}</span>
      </div>
    );
  }
  return tool === "pull" ? <p class="options muted">{pt("plan.pull.help")}</p> : null;
}

export function Toolbar({ of, help }: { of: Editor; help: () => void }) {
  void of.beat.value;
  const { history } = of.session;
  const none = of.active.value === null;
  const editable = of.editable.value;
  return (
    <section class="toolbar" aria-label={pt("plan.tools")}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame round a row of buttons */}
      <div class="tools" role="group" aria-label={pt("plan.tools")}>
        {TOOLS.map((tool) => (
          <ToolButton key={tool} of={of} tool={tool} />
        ))}
      </div>
      <ToolOptions of={of} />
      <div class="acts">
        <Act
          of={of}
          word="plan.undo"
          keys="Ctrl+Z"
          disabled={history.undo_depth === 0}
          run={() => of.undo("undo")}
        />
        <Act
          of={of}
          word="plan.redo"
          keys="Ctrl+⇧Z"
          disabled={history.redo_depth === 0}
          run={() => of.undo("redo")}
        />
        <Act of={of} word="plan.create" keys="A" run={() => create(of)} />
        <Act of={of} word="plan.split" keys="S" disabled={none} run={() => split(of)} />
        <Act
          of={of}
          word="plan.slice"
          keys="⇧S"
          disabled={none || !drawable.value}
          run={() => beginSlice(of)}
        />
        <Act of={of} word="plan.merge" keys="M" disabled={none} run={() => merge(of)} />
        <Act of={of} word="plan.balance" keys="B" disabled={none} run={() => even(of)} />
        <Act
          of={of}
          word="plan.lock"
          keys="Q"
          disabled={none && of.chosen.value.size === 0}
          run={() => lock(of)}
        />
        <Act
          of={of}
          word="plan.fill"
          keys="⇧B"
          disabled={!of.problems.value.some((one) => one.kind === "unassigned")}
          run={() => fillRest(of)}
        />
        <Act
          of={of}
          word="plan.best"
          keys="."
          disabled={of.problems.value.length === 0}
          run={() => bestMoves(of)}
        />
        <button
          type="button"
          class="small act"
          aria-keyshortcuts="n"
          onClick={() => nextProblem(of, 1)}
          disabled={of.problems.value.length === 0}
        >
          {pt("plan.next_problem")}{" "}
          <i class="kbd" aria-hidden="true">
            N
          </i>
        </button>
        <button
          type="button"
          class="small act"
          aria-pressed={of.mode.value === "six"}
          aria-keyshortcuts="v"
          onClick={() => {
            of.mode.value = of.mode.value === "six" ? "status" : "six";
          }}
        >
          {pt("plan.six")}{" "}
          <i class="kbd" aria-hidden="true">
            V
          </i>
        </button>
        <button type="button" class="small act" aria-keyshortcuts="?" onClick={help}>
          {pt("plan.keys")}{" "}
          <i class="kbd" aria-hidden="true">
            ?
          </i>
        </button>
      </div>
      {!editable && of.viewed.value === null && <p class="muted">{pt("plan.not_editable")}</p>}
    </section>
  );
}
