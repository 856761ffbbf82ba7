/** A draft to redraw, made of the plan in force: the server divides its ground with every grid locked, and keeps that as a draft. */
import { signal } from "@preact/signals";
import { sendKnown } from "../api/client";
import { createParser } from "../api/sse";
import { loadPlans, openPlan } from "./desk";
import type { Assignment } from "./server";

export const forking = signal<{ busy: boolean; why: string }>({ busy: false, why: "" });

export async function forkInForce(plan: number): Promise<void> {
  if (forking.peek().busy) return;
  forking.value = { busy: true, why: "" };
  try {
    const made = await fork(plan);
    await loadPlans();
    forking.value = { busy: false, why: "" };
    await openPlan(made);
  } catch (error) {
    forking.value = { busy: false, why: (error as Error).message };
  }
}

async function fork(plan: number): Promise<number> {
  const read = await sendKnown(`/v1/plans/${plan}/assignment?rev=0`, {
    headers: { accept: "application/json" },
  });
  const first = await read.json();
  if (!read.ok) throw new Error(first.detail || first.title);
  const response = await sendKnown(`/v1/plans/${plan}/suggest`, {
    method: "POST",
    headers: { accept: "text/event-stream", "content-type": "application/json" },
    body: JSON.stringify({
      lock: (first as Assignment).grids.map((grid) => grid.code),
      seconds: 1,
      keep: true,
    }),
  });
  const text = await response.text();
  if (!response.ok) {
    const body = JSON.parse(text || "{}");
    throw new Error(body.detail || body.title || response.statusText);
  }
  for (const { event, data } of createParser()(`${text}\n\n`)) {
    const body = JSON.parse(data);
    if (event === "error") throw new Error(body.detail || body.title);
    if (event === "done" && body.plan !== null) return Number(body.plan);
  }
  throw new Error("the server kept no draft");
}
