import { describe, expect, it } from "vitest";
import { RequestError } from "../api/client";
import type { Report, ReportBody } from "../api/types";
import { type OutboxPorts, openOutbox } from "./outbox";

const BODY: ReportBody = { category: "noise", text: "", lon: 120.6, lat: 31.3, crs: "wgs84" };
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A server that fails as told, storage in memory, and a clock moved by hand. */
function bench(answers: ("ok" | "lost" | "refused")[]) {
  const kept = new Map<string, string>();
  const keys: string[] = [];
  const delivered: Report[] = [];
  let due: (() => void) | null = null;
  let made = 0;
  const ports: OutboxPorts = {
    async post(body, key) {
      keys.push(key);
      const answer = answers.shift();
      if (answer === "lost") throw new RequestError("gone", 0, null);
      if (answer === "refused") throw new RequestError("text is too long", 422, null);
      return { id: "R-1", ...body } as unknown as Report;
    },
    storage: {
      getItem: (name) => kept.get(name) ?? null,
      setItem: (name, value) => void kept.set(name, value),
      removeItem: (name) => void kept.delete(name),
    },
    newKey: () => `key-${++made}`,
    after(_delay, run) {
      due = run;
      return () => {
        due = null;
      };
    },
    delivered: (report) => void delivered.push(report),
  };
  const tick = async () => {
    const run = due;
    due = null;
    run?.();
    await settle();
  };
  return { ports, kept, keys, delivered, tick };
}

describe("the outbox", () => {
  it("sends again under the same key until the server answers", async () => {
    const { ports, kept, keys, delivered, tick } = bench(["lost", "lost", "ok"]);
    const outbox = openOutbox(ports);
    outbox.submit(BODY);
    await settle();
    expect(outbox.state.value.kind).toBe("waiting");
    expect(kept.size).toBe(1);
    await tick();
    await tick();
    expect(keys).toEqual(["key-1", "key-1", "key-1"]);
    expect(delivered).toHaveLength(1);
    expect(outbox.state.value.kind).toBe("idle");
    expect(kept.size).toBe(0);
  });

  it("takes a report up again after a reload, under the same key", async () => {
    const first = bench(["lost"]);
    openOutbox(first.ports).submit(BODY);
    await settle();
    const second = bench(["ok"]);
    for (const [name, value] of first.kept) second.kept.set(name, value);
    openOutbox(second.ports);
    await settle();
    expect(second.keys).toEqual(first.keys);
    expect(second.delivered).toHaveLength(1);
  });

  it("does not insist on what the server refused", async () => {
    const { ports, kept, keys, tick } = bench(["refused", "ok"]);
    const outbox = openOutbox(ports);
    outbox.submit(BODY);
    await settle();
    await tick();
    expect(outbox.state.value).toMatchObject({ kind: "refused", why: "text is too long" });
    expect(keys).toHaveLength(1);
    expect(kept.size).toBe(0);
  });

  it("gives a fresh key to the next report", async () => {
    const { ports, keys } = bench(["ok", "ok"]);
    const outbox = openOutbox(ports);
    outbox.submit(BODY);
    await settle();
    outbox.submit(BODY);
    await settle();
    expect(keys).toEqual(["key-1", "key-2"]);
  });

  it("holds one report at a time and forgets a discarded one", async () => {
    const { ports, kept, keys, tick } = bench(["lost", "ok"]);
    const outbox = openOutbox(ports);
    outbox.submit(BODY);
    outbox.submit(BODY);
    await settle();
    outbox.submit(BODY);
    expect(keys).toHaveLength(1);
    outbox.discard();
    await tick();
    expect(keys).toHaveLength(1);
    expect(kept.size).toBe(0);
    expect(outbox.state.value.kind).toBe("idle");
  });

  it("ignores rubbish left in storage", () => {
    const { ports, kept } = bench([]);
    kept.set("wangge.outbox", "{half");
    expect(openOutbox(ports).state.value.kind).toBe("idle");
  });
});
