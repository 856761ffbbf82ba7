import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PlanSummary, Session } from "../api/types";
import { session } from "../state/session";
import { notice } from "../state/store";
import { loadPlans, plans, plansTrouble } from "./desk";
import { mayPutAway, putAway, sorted, standing, stepped, takeBack, trouble, underway } from "./putaway";
import { note, trial } from "./trial";
import { leave } from "./tryout";

const plan = (id: number, status: PlanSummary["status"] = "draft"): PlanSummary =>
  ({ id, status, grids: 24 }) as PlanSummary;

/** A server whose answers are given by hand, in the order of what was asked. */
function bench() {
  const asked: { path: string; body: unknown }[] = [];
  const waiting: ((response: Response | null) => void)[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    asked.push({ path, body: init?.body ? JSON.parse(init.body as string) : null });
    return new Promise<Response>((done, lost) =>
      waiting.push((response) => (response ? done(response) : lost(new TypeError("no way there")))),
    );
  });
  const settle = () => new Promise((rest) => setTimeout(rest));
  /** Answers the question that has waited longest, or the one at a place; null for one that nobody answers. */
  const answer = async (status: number | null, body: unknown = {}, place = 0) => {
    await settle();
    const [tell] = waiting.splice(place, 1);
    tell?.(status === null ? null : new Response(JSON.stringify(body), { status }));
    await settle();
  };
  return { asked, answer };
}

beforeEach(() => {
  session.value = { may: ["POST /v1/plans/{id}/state"] } as unknown as Session;
  plans.value = [plan(1, "published"), plan(2), plan(3)];
  plansTrouble.value = "";
  stepped.value = null;
  trouble.value = null;
  underway.value = new Set();
  notice.value = "";
});
afterEach(() => vi.unstubAllGlobals());

test("only who may is offered it", () => {
  expect(mayPutAway()).toBe(true);
  session.value = { may: ["GET /v1/plans"] } as unknown as Session;
  expect(mayPutAway()).toBe(false);
});

test("a draft is put away once the server says so, and taken back", async () => {
  const { asked, answer } = bench();
  const done = putAway(3);
  expect(standing(3)).toBe("draft");
  expect(underway.value.has(3)).toBe(true);
  await answer(200, plan(3, "put_away"));
  expect(await done).toBe(true);
  expect(asked).toEqual([{ path: "/v1/plans/3/state", body: { state: "put_away" } }]);
  expect(standing(3)).toBe("put_away");
  expect(stepped.value?.id).toBe(3);
  expect(notice.value).not.toBe("");
  expect(underway.value.size).toBe(0);
  const back = takeBack(3);
  await answer(200, plan(3));
  expect(await back).toBe(true);
  expect(asked[1]?.body).toEqual({ state: "draft" });
  expect(standing(3)).toBe("draft");
});

test("a second press while the first has no answer asks nothing", async () => {
  const { asked, answer } = bench();
  const first = putAway(3);
  expect(await putAway(3)).toBe(false);
  const other = putAway(2);
  await answer(200, plan(3, "put_away"));
  await answer(200, plan(2, "put_away"));
  expect([await first, await other]).toEqual([true, true]);
  expect(asked.map(({ path }) => path)).toEqual(["/v1/plans/3/state", "/v1/plans/2/state"]);
});

test("a refusal is told, changes nothing, and the list is read anew where the plan was published", async () => {
  const { asked, answer } = bench();
  const refused = putAway(3);
  await answer(409, { title: "Conflict", detail: "plan 3 is published", status: 409 });
  expect(await refused).toBe(false);
  expect(trouble.value).toEqual({ plan: 3, why: "plan 3 is published" });
  expect(standing(3)).toBe("draft");
  await answer(200, { plans: [plan(1, "published"), plan(2), plan(3, "published")] });
  expect(asked[1]?.path).toBe("/v1/plans");
  expect(standing(3)).toBe("published");
  const lost = putAway(2);
  await answer(null);
  expect(await lost).toBe(false);
  expect(trouble.value?.plan).toBe(2);
  expect(asked.length).toBe(3);
});

test("a list that was asked for before is not taken for what is so now", async () => {
  const { asked, answer } = bench();
  const early = loadPlans();
  const done = putAway(3);
  await answer(200, plan(3, "put_away"), 1);
  await done;
  expect(asked.map(({ path }) => path)).toEqual(["/v1/plans", "/v1/plans/3/state", "/v1/plans"]);
  await answer(200, { plans: [plan(2), plan(3, "put_away")] }, 1);
  await answer(200, { plans: [plan(2), plan(3)] });
  await early;
  expect(standing(3)).toBe("put_away");
});

test("drafts, published ones and those put away are apart, the newest first", () => {
  const all = [plan(1, "published"), plan(2, "put_away"), plan(3), plan(4, "put_away"), plan(5)];
  const ids = (rows: readonly PlanSummary[]) => rows.map(({ id }) => id);
  const { drafts, published, away } = sorted(all);
  expect([drafts, published, away].map(ids)).toEqual([[5, 3], [1], [4, 2]]);
  // The last one keeps its place, where it can be taken back; among those put away it is, too.
  const after = sorted(all, plan(4, "put_away"));
  expect([after.drafts, after.away].map(ids)).toEqual([
    [5, 4, 3],
    [4, 2],
  ]);
  expect(ids(sorted(all, plan(9, "put_away")).drafts)).toEqual([5, 3]);
});

test("leaving the try-out puts its draft away", async () => {
  const { asked, answer } = bench();
  note({ plan: 3, begun_ms: 0, faults: null });
  const left = leave();
  expect(trial.value).toBeNull();
  await answer(200, plan(3, "put_away"));
  await left;
  expect(asked).toEqual([{ path: "/v1/plans/3/state", body: { state: "put_away" } }]);
  expect(standing(3)).toBe("put_away");
});

test("where the server cannot be reached, the draft of the try-out stays, and nobody is bothered", async () => {
  const { answer } = bench();
  note({ plan: 3, begun_ms: 0, faults: null });
  const left = leave();
  await answer(null);
  await left;
  expect(trial.value).toBeNull();
  expect(standing(3)).toBe("draft");
  expect(trouble.value).toBeNull();
  expect(notice.value).toBe("");
});
