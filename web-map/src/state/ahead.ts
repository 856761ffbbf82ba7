/** A plan that the page was opened for is asked for while the page is still being put together. */
import { askEarly } from "../api/client";
import { may } from "./session";
import { planAwaited, planPlace } from "./store";

/** Should the plan not be seen by then, whatever the reason, the rest of the map waits no more. */
const PATIENCE_MS = 8_000;
const FRESH: RequestInit = { headers: { accept: "application/json" }, cache: "no-store" };

export async function askForPlan(): Promise<void> {
  const { plan } = planPlace.peek();
  if (!planAwaited.peek() || plan === null) return;
  const stop = () => {
    planAwaited.value = false;
  };
  setTimeout(stop, PATIENCE_MS);
  if (!may("GET /v1/plans/{id}/draft")) return stop();
  void askEarly(`/v1/plans/${plan}/assignment`, FRESH);
  try {
    const answer = await askEarly(`/v1/plans/${plan}/draft`, FRESH);
    if (!answer.ok) return stop();
    const { topology } = (await answer.clone().json()) as { topology: { href: string } };
    void askEarly(topology.href);
  } catch {
    // Why it does not come is told to who needs it.
    stop();
  }
}
