/** Dividing the active grid and its neighbours anew on the server: how long, how far it has come, and stopping it. */
import { signal } from "@preact/signals";
import { UNASSIGNED } from "../../engine/plan";
import type { Editor } from "../../plan/editor";
import { shortById } from "../../plan/lines";
import { resolve, searching, searchTrouble, stopSearch } from "../../plan/resolve";
import { pt } from "../../plan/words";
import { may } from "../../state/session";

const seconds = signal(10);

/** The grids of the chosen atoms; without any, the active grid with the unlocked ones beside it in the same nest. */
function group(of: Editor): string[] {
  const { plan, slot } = of;
  const chosen = new Set([...of.chosen.value].map((atom) => plan.slot_of[atom] as number));
  chosen.delete(UNASSIGNED);
  if (chosen.size > 0) return [...chosen].map((one) => plan.grid(one)?.id ?? "");
  const near = [...plan.beside(slot).keys()].filter(
    (other) => other !== UNASSIGNED && !plan.grid(other)?.locked && plan.home(other) === plan.home(slot),
  );
  return [slot, ...near].map((one) => plan.grid(one)?.id ?? "");
}

export function Resolve({ of }: { of: Editor }) {
  if (!may("POST /v1/plans/{id}/suggest") || !of.editable.value) return null;
  void of.calm.value;
  void of.active.value;
  const now = searching.value;
  const grids = group(of);
  return (
    <details class="resolve">
      <summary>{pt("plan.resolve")}</summary>
      <p class="muted">{pt("plan.resolve.help")}</p>
      <p>{pt("plan.resolve.grids", { grids: grids.map((id) => shortById(of, id)).join(", ") })}</p>
      {now ? (
        <div class="progress">
          <p role="status">{pt("plan.resolve.busy", { n: now.proposals })}</p>
          <progress
            aria-label={pt("plan.resolve")}
            {...(now.total > 0 ? { value: Math.min(now.done, now.total), max: now.total } : {})}
          />
          <button type="button" class="small" onClick={stopSearch}>
            {pt("plan.resolve.stop")}
          </button>
        </div>
      ) : (
        <div class="actions">
          <label>
            {pt("plan.resolve.seconds")}{" "}
            <select
              value={String(seconds.value)}
              onChange={(event) => {
                seconds.value = Number(event.currentTarget.value);
              }}
            >
              {[5, 10, 30, 60].map((one) => (
                <option key={one} value={String(one)}>
                  {one}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            class="small"
            onClick={() => void resolve(of, grids, seconds.value, (why) => pt(`plan.resolve.no.${why}`))}
          >
            {pt("plan.resolve.go")}
          </button>
        </div>
      )}
      {searchTrouble.value && <p class="note bad">{searchTrouble.value}</p>}
    </details>
  );
}
