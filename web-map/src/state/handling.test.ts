import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Report, Session } from "../api/types";
import {
  answering,
  closeReport,
  foldAnswer,
  handleKey,
  openAnswer,
  reopen,
  sendAnswer,
  troubles,
  underway,
  write,
  written,
} from "./handling";
import { takeList, takeReport } from "./reports";
import { session } from "./session";
import { landed, reports } from "./store";
import { current, stages } from "./triage";

const CAME = "2026-05-01T00:00:00Z";
const LATER = "2026-05-01T01:00:00Z";
const report = (id: string, change: Partial<Report> = {}): Report =>
  ({
    id,
    state: "routed",
    state_at: CAME,
    received_at: CAME,
    answer: null,
    position: {},
    ...change,
  }) as Report;
const of = (id: string) => reports.value.find((one) => one.id === id) as Report;

/** A server whose answers are given by hand. */
function bench() {
  const asked: { path: string; body: unknown }[] = [];
  const waiting: ((response: Response) => void)[] = [];
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    asked.push({ path, body: init?.body ? JSON.parse(init.body as string) : null });
    return new Promise<Response>((done) => waiting.push(done));
  });
  const answer = async (status: number, body: unknown) => {
    waiting.shift()?.(new Response(JSON.stringify(body), { status }));
    for (let i = 0; i < 10; i++) await Promise.resolve();
    await new Promise((rest) => setTimeout(rest));
  };
  return { asked, answer };
}

beforeEach(() => {
  session.value = { may: ["POST /v1/reports/{id}/state"] } as unknown as Session;
  reports.value = [report("c"), report("b"), report("a")];
  stages.value = new Set(["open", "answered"]);
  current.value = null;
  answering.value = null;
  written.value = new Map();
  troubles.value = new Map();
  underway.value = new Set();
  landed.value = null;
});
afterEach(() => {
  vi.unstubAllGlobals();
  session.value = null;
});

describe("answering", () => {
  it("is shown as done once the server has said so, and not before", async () => {
    const { asked, answer } = bench();
    openAnswer(of("b"));
    expect(answering.value).toBe("b");
    write("b", "  mended \n");
    const sent = sendAnswer("b", false);
    expect(asked).toEqual([{ path: "/v1/reports/b/state", body: { state: "answered", answer: "mended" } }]);
    expect(of("b").state, "still open").toBe("routed");
    expect([...underway.value]).toEqual(["b"]);
    await sendAnswer("b", false);
    expect(asked, "one at a time").toHaveLength(1);
    await answer(200, report("b", { state: "answered", state_at: LATER, answer: "mended" }));
    await sent;
    expect(of("b")).toMatchObject({ state: "answered", answer: "mended" });
    expect([answering.value, underway.value.size, written.value.size]).toEqual([null, 0, 0]);
    expect(landed.value, "no new report").toBeNull();
    expect(current.value, "an answered one is listed still").toBe("b");
  });

  it("keeps the words where it goes wrong, and says why", async () => {
    const { answer } = bench();
    openAnswer(of("b"));
    write("b", "mended");
    const sent = sendAnswer("b", true);
    await answer(503, { detail: "there is no room" });
    await sent;
    expect(of("b").state).toBe("routed");
    expect(troubles.value.get("b")).toBe("there is no room");
    expect([answering.value, written.value.get("b")]).toEqual(["b", "mended"]);
  });

  it("shows how it stands where somebody else was faster", async () => {
    const { asked, answer } = bench();
    openAnswer(of("b"));
    write("b", "mended");
    const sent = sendAnswer("b", false);
    await answer(409, { detail: "it is closed" });
    expect(asked[1]?.path).toBe("/v1/reports/b");
    await answer(200, report("b", { state: "closed", state_at: LATER }));
    await sent;
    expect(of("b").state).toBe("closed");
    expect(troubles.value.get("b")).toBe("it is closed");
  });

  it("begins with what was told before, and leaves nothing of it that was not changed", () => {
    takeReport(report("b", { state: "answered", state_at: LATER, answer: "soon" }));
    openAnswer(of("b"));
    expect(written.value.get("b")).toBe("soon");
    foldAnswer(of("b"));
    expect(written.value.size).toBe(0);
    openAnswer(of("b"));
    write("b", "soon, really");
    foldAnswer(of("b"));
    expect(written.value.get("b"), "what is new is kept").toBe("soon, really");
  });

  it("sends no empty answer, but closes with none", async () => {
    const { asked, answer } = bench();
    await sendAnswer("b", false);
    expect(asked).toEqual([]);
    const closed = closeReport(of("b"));
    expect(asked[0]?.body).toEqual({ state: "closed", answer: null });
    await answer(200, report("b", { state: "closed", state_at: LATER }));
    await closed;
  });
});

describe("closing and taking up again", () => {
  it("goes on to the next where closed ones are hidden, at the end to the one before", async () => {
    const { answer } = bench();
    for (const [id, next] of [
      ["b", "a"],
      ["a", "c"],
      ["c", null],
    ] as const) {
      current.value = id;
      const closed = closeReport(of(id));
      await answer(200, report(id, { state: "closed", state_at: LATER }));
      await closed;
      expect(current.value).toBe(next);
    }
  });

  it("stays where closed ones are listed", async () => {
    const { answer } = bench();
    stages.value = new Set(["open", "closed"]);
    current.value = "b";
    const closed = closeReport(of("b"));
    await answer(200, report("b", { state: "closed", state_at: LATER }));
    await closed;
    expect(current.value).toBe("b");
    const again = reopen(of("b"));
    await answer(200, report("b", { state_at: "2026-05-01T02:00:00Z" }));
    await again;
    expect(of("b").state).toBe("routed");
  });

  it("is not for everybody, and keys do only what can be done", () => {
    const { asked } = bench();
    current.value = "b";
    expect(handleKey("u"), "a key all the same").toBe(true);
    expect(asked).toEqual([]);
    expect(handleKey("q")).toBe(false);
    session.value = { may: [] } as unknown as Session;
    expect([handleKey("a"), handleKey("x")]).toEqual([false, false]);
    expect([answering.value, asked.length]).toEqual([null, 0]);
  });
});

describe("what is told of reports", () => {
  it("lands where it has just come, replaces where it is known, and late tellings change nothing", () => {
    takeReport(report("d"));
    expect(landed.value?.report.id).toBe("d");
    expect(reports.value.map(({ id }) => id)).toEqual(["d", "c", "b", "a"]);
    takeReport(report("a", { state: "answered", state_at: LATER, answer: "done" }));
    expect(landed.value?.report.id, "nothing lands anew").toBe("d");
    expect(of("a").state).toBe("answered");
    takeReport(report("a"));
    expect(of("a").state, "an older telling comes late").toBe("answered");
    takeReport(report("0", { state: "closed", state_at: LATER }));
    expect(landed.value?.report.id, "an old one that was closed is no news").toBe("d");
    expect(reports.value[reports.value.length - 1]?.id).toBe("0");
  });

  it("is taken from a list without landing, unless the feed was faster", () => {
    takeReport(report("b", { state: "closed", state_at: LATER }));
    takeList([report("e"), report("b"), report("a", { state: "answered", state_at: LATER })]);
    expect(landed.value).toBeNull();
    expect(reports.value.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "e routed",
      "c routed",
      "b closed",
      "a answered",
    ]);
  });
});
