import { beforeEach, expect, test, vi } from "vitest";
import type { Report } from "../api/types";
import { look, reports } from "./store";
import {
  askBorders,
  borders,
  current,
  doubts,
  queue,
  queues,
  sameAs,
  shown,
  staged,
  stages,
  step,
  toggleStage,
} from "./triage";

const report = (id: string, lon: number, change: Partial<Report> = {}): Report =>
  ({
    id,
    category: "noise",
    position: { lon, lat: 30 },
    received_at: "2026-04-30T00:00:00Z",
    resolution: "interior",
    grid: { code: "A" },
    ...change,
  }) as Report;

const ids = () => shown.value.map(({ id }) => id);

beforeEach(() => {
  reports.value = [
    report("a", 114),
    report("b", 114.001),
    report("c", 115, { grid: null, resolution: "outside" }),
  ];
  borders.value = new Map();
  queue.value = "all";
  stages.value = new Set(["open", "answered"]);
  current.value = null;
});

test("the list is gone through step by step, and the map follows", () => {
  step(1);
  expect(current.value).toBe("a");
  step(1);
  step(1);
  step(1);
  expect(current.value, "it ends at the last").toBe("c");
  expect(look.value).toMatchObject({ kind: "point", lon: 115 });
  step(-1);
  expect(current.value).toBe("b");
});

test("what is closed is hidden until it is asked for, and each stage is counted", () => {
  reports.value = reports.value.map((one) => ({ ...one, state: one.id === "a" ? "closed" : "routed" }));
  expect(ids()).toEqual(["b", "c"]);
  expect(staged.value).toEqual({ open: 2, answered: 0, closed: 1 });
  toggleStage("closed");
  expect(ids()).toEqual(["a", "b", "c"]);
  toggleStage("open");
  expect(ids()).toEqual(["a"]);
  expect(queues.value.doubt, "a queue is of the chosen ones, too").toEqual([]);
});

test("a queue of its own holds what no grid owns and what is close to a border", async () => {
  queue.value = "doubt";
  expect(ids()).toEqual(["c"]);
  vi.stubGlobal("fetch", () =>
    Promise.resolve(new Response(JSON.stringify({ edge_distance_m: [120, 3.2, 500] }))),
  );
  await askBorders(reports.value);
  vi.unstubAllGlobals();
  expect(ids()).toEqual(["b", "c"]);
  expect([...doubts.value]).toEqual([
    ["b", "near"],
    ["c", "outside"],
  ]);
});

test("borders that cannot be asked for leave the queue as the reports say", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("cut")));
  await askBorders(reports.value);
  vi.unstubAllGlobals();
  expect([...doubts.value.keys()]).toEqual(["c"]);
});

test("two near each other may be the same, each says so of the other", () => {
  expect(sameAs.value.get("a")?.map((one) => one.report.id)).toEqual(["b"]);
  expect(sameAs.value.get("b")?.map((one) => one.report.id)).toEqual(["a"]);
  expect(sameAs.value.has("c")).toBe(false);
});
