import { beforeEach, expect, test, vi } from "vitest";
import type { Report } from "../api/types";
import { look, reports } from "./store";
import {
  aside,
  asideCurrent,
  askBorders,
  borders,
  current,
  doubts,
  queue,
  sameAs,
  showAside,
  shown,
  step,
  toggleAside,
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
  aside.value = new Set();
  borders.value = new Map();
  queue.value = "all";
  showAside.value = false;
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

test("what is put aside is hidden until it is asked for, and the next one is looked at", () => {
  step(1);
  asideCurrent();
  expect(ids()).toEqual(["b", "c"]);
  expect(current.value).toBe("b");
  showAside.value = true;
  expect(ids()).toEqual(["a", "b", "c"]);
  toggleAside("a");
  showAside.value = false;
  expect(ids()).toEqual(["a", "b", "c"]);
});

test("the last one put aside leaves the one before", () => {
  step(-1);
  asideCurrent();
  expect(current.value).toBe("b");
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
