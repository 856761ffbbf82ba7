/** Whether somebody is trying things out: the draft it is done in, and the faults that were planted in it. Kept until it is left. */
import { signal } from "@preact/signals";
import { jurisdictions, workspace } from "../state/store";

/** Where the faults are, by what stays the same while the plan is redrawn. */
export interface Faults {
  /** Codes of atoms that are in no grid. */
  gap: string[];
  /** Id of the grid far above its band. */
  over: string;
  /** Id of the grid in two pieces. */
  parts: string;
}

export interface Trial {
  plan: number;
  begun_ms: number;
  /** Null until they are planted. */
  faults: Faults | null;
}

const STORED = "wangge.trial";

function kept(): Trial | null {
  try {
    const found = JSON.parse(localStorage.getItem(STORED) ?? "null") as Trial | null;
    return found && Number.isInteger(found.plan) ? found : null;
  } catch {
    return null;
  }
}

export const trial = signal<Trial | null>(kept());

/** Notes how far it is, for this browser; null when it is over. */
export function note(next: Trial | null): void {
  trial.value = next;
  try {
    if (next) localStorage.setItem(STORED, JSON.stringify(next));
    else localStorage.removeItem(STORED);
  } catch {
    // Where nothing can be kept it lasts for this page.
  }
}

/** The county code of the bundled town, which no district has, and how many atoms it has. */
const BUNDLED = { code: "429701", atoms: 1156 };

/** Whether there is nothing here but the bundled town. */
export function onlyBundled(): boolean {
  const top = jurisdictions.value.filter(({ level }) => level === 1);
  return top.length === 1 && top[0]?.code === BUNDLED.code && workspace.value?.counts.atoms === BUNDLED.atoms;
}
