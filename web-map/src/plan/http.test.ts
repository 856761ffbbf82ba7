import { describe, expect, it } from "vitest";
import type { FeedListener } from "../api/sse";
import { connect } from "./http";
import { type Recorded, ServerError } from "./server";

interface Asked {
  path: string;
  method: string;
  body: unknown;
}

/** A server that gives these answers in turn; null is none at all. */
function bench(answers: ({ status?: number; body?: unknown; headers?: Record<string, string> } | null)[]) {
  const asked: Asked[] = [];
  let listener: FeedListener | null = null;
  let feedPath = "";
  const server = connect(7, {
    async send(path, init) {
      asked.push({
        path,
        method: init?.method ?? "GET",
        body: init?.body ? JSON.parse(init.body as string) : null,
      });
      const answer = answers.shift();
      if (!answer) throw new TypeError("Failed to fetch");
      const body =
        answer.body instanceof ArrayBuffer || typeof answer.body === "string"
          ? answer.body
          : JSON.stringify(answer.body);
      return new Response(body, { status: answer.status ?? 200, headers: answer.headers ?? {} });
    },
    feed(path, given) {
      feedPath = path;
      listener = given;
      return () => undefined;
    },
  });
  return { server, asked, feed: () => listener as FeedListener | null, feedPath: () => feedPath };
}

const OP = { id: "x", kind: "assign" as const };
const failure = async (run: Promise<unknown>): Promise<ServerError> => {
  const error = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServerError);
  return error as ServerError;
};

describe("the server over HTTP", () => {
  it("is asked as the contract says", async () => {
    const { server, asked } = bench([
      { body: { plan: 7 } },
      { body: { rev: 3 } },
      { body: { rev: 2 } },
      { body: { ops: [] } },
      { body: { rev: 4, revs: [4] } },
      { status: 404, body: { detail: "no plan 7" } },
    ]);
    await server.draft();
    await server.assignment();
    await server.assignment(2);
    await server.ops(5, "me");
    expect(await server.post(3, [OP])).toEqual({ kind: "done", rev: 4, revs: [4] });
    expect((await failure(server.presence("s", null))).message).toBe("no plan 7");
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1/plans/7/draft",
      "GET /v1/plans/7/assignment",
      "GET /v1/plans/7/assignment?rev=2",
      "GET /v1/plans/7/ops?since=5&by=me",
      "POST /v1/plans/7/ops",
      "POST /v1/plans/7/presence",
    ]);
    expect(asked[4]?.body).toEqual({ base_rev: 3, ops: [OP] });
  });

  it("answers of what was missed and of what does not fit, as answers and not as failures", async () => {
    const missed: Recorded[] = [{ rev: 4, by: "b", at: "2026-11-22T08:00:00Z", op: OP }];
    const { server } = bench([
      { status: 409, body: { type: "urn:wangge:problem:behind", rev: 4, missed } },
      { status: 422, body: { type: "urn:wangge:problem:operation", op: "x", detail: "atom 3" } },
    ]);
    expect(await server.post(3, [OP])).toEqual({ kind: "behind", rev: 4, missed, more: false });
    expect(await server.post(3, [OP])).toEqual({ kind: "unfit", op: "x", why: "atom 3" });
  });

  it("may be asked again after no answer, a busy or a failing one, and not after a refusal", async () => {
    const { server } = bench([
      null,
      { status: 503, body: { detail: "disk full" }, headers: { "retry-after": "5" } },
      { status: 502, body: "<html>" },
      { status: 200, body: '{"rev": 4, "re' },
      { status: 409, body: { type: "urn:wangge:problem:published", detail: "plan 7 is published" } },
      { status: 403, body: { title: "not for you" } },
    ]);
    const tries = [];
    for (let i = 0; i < 6; i++) tries.push(await failure(server.post(3, [OP])));
    expect(tries.map((error) => error.again)).toEqual([true, true, true, true, false, false]);
    expect(tries[1]).toMatchObject({ retry_s: 5, message: "disk full", full: true });
    expect(tries[2]?.full).toBe(false);
    expect(tries[4]?.message).toBe("plan 7 is published");
  });

  it("knows a full disk by type, by status and by the words of a service that names neither", async () => {
    const kind = (type: string, detail: string) => ({ type: `urn:wangge:problem:${type}`, detail });
    const { server } = bench([
      { status: 503, body: kind("full", "") },
      { status: 507, body: "" },
      { status: 503, body: kind("unavailable", "there is no room to keep it; nothing was changed") },
      { status: 503, body: kind("unavailable", "the database does not answer") },
    ]);
    const tries = [];
    for (let i = 0; i < 4; i++) tries.push(await failure(server.post(3, [OP])));
    expect(tries.map((error) => error.full)).toEqual([true, true, true, false]);
    expect(tries.every((error) => error.again)).toBe(true);
  });

  it("does not take a topology for whole that is shorter than announced", async () => {
    const { server, asked } = bench([{ body: new ArrayBuffer(8) }, { body: new ArrayBuffer(16) }]);
    const of = { hash: "h", href: "/v1/topologies/h", bytes: 16 };
    expect((await failure(server.topology(of))).again).toBe(true);
    expect((await server.topology(of)).byteLength).toBe(16);
    expect(asked[0]?.path).toBe("/v1/topologies/h");
  });

  it("hears operations, presence and publication, and passes over rubbish", () => {
    const { server, feed, feedPath } = bench([]);
    const heard: unknown[] = [];
    server.listen(() => 41, {
      op: (recorded) => heard.push(recorded.rev),
      presence: (here) => heard.push(here.length),
      published: (publication) => heard.push(publication),
      lost: () => heard.push("lost"),
      open: () => heard.push("open"),
    });
    expect(feedPath()).toBe("/v1/plans/7/events?since=41");
    const tell = (event: string, data: string) => feed()?.event({ id: "", event, data });
    feed()?.live();
    tell("op", '{"rev":42}');
    tell("op", "{half");
    tell("presence", '{"here":[{}]}');
    tell("published", '{"publication":"2026-3"}');
    tell("other", "{}");
    feed()?.lost();
    expect(heard).toEqual(["open", 42, 1, "2026-3", "lost"]);
  });
});
