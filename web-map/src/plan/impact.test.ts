import { afterEach, expect, test, vi } from "vitest";
import {
  askImpact,
  type CodeFate,
  fated,
  fates,
  foreseen,
  forgetImpact,
  heavier,
  impactPath,
  type Load,
  overloaded,
} from "./impact";

const load = (officer: string, households: [number, number], over: [number, number]): Load => ({
  officer,
  name: officer,
  grids: [1, 1],
  households,
  over,
});

afterEach(() => {
  vi.unstubAllGlobals();
  forgetImpact();
});

/** Answers each question in turn; gives the paths. */
function server(...answers: (() => Promise<Response>)[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string) => {
    asked.push(path);
    return (answers[asked.length - 1] ?? answers[answers.length - 1])?.();
  });
  return asked;
}
const fine = (rev: number) => async () => new Response(JSON.stringify({ plan: 4, rev }), { status: 200 });

test("officers who stay as they are are left out, and who gets most too large grids comes first", () => {
  const officers = [
    load("same", [300, 300], [0, 0]),
    load("more", [300, 420], [0, 0]),
    load("over", [300, 310], [0, 1]),
    load("still over", [600, 600], [1, 1]),
  ];
  expect(heavier(officers).map((one) => one.officer)).toEqual(["over", "more", "still over"]);
  expect(overloaded(officers)).toBe(1);
});

test("codes that stay are counted and not listed", () => {
  const code = (name: string, fate: CodeFate["fate"]): CodeFate => ({
    code: name,
    fate,
    officer: null,
    households: [1, 1],
  });
  const codes = [code("a", "kept"), code("b", "changed"), code("c", "new"), code("d", "gone")];
  expect(fates(codes)).toEqual({ kept: 1, changed: 1, new: 1, gone: 1 });
  expect(fated(codes).map((one) => one.code)).toEqual(["d", "c", "b"]);
});

test("a revision is asked about once, another anew", async () => {
  const asked = server(fine(7), fine(8));
  await askImpact(4, 7);
  await askImpact(4, 7);
  expect(foreseen.value).toMatchObject({ kind: "there", impact: { rev: 7 } });
  await askImpact(4, 8);
  expect(asked).toEqual([impactPath(4, 7), impactPath(4, 8)]);
});

test("a failure is told in the server's words, and asking again may go well", async () => {
  const refusal = JSON.stringify({ title: "t", detail: "the draft is being read" });
  const asked = server(
    async () => new Response(refusal, { status: 503 }),
    () => Promise.reject(new TypeError("cut")),
    fine(7),
  );
  await askImpact(4, 7);
  expect(foreseen.value).toEqual({ kind: "failed", why: "the draft is being read" });
  await askImpact(4, 7);
  expect(foreseen.value).toEqual({ kind: "failed", why: "cut" });
  await askImpact(4, 7, true);
  expect(foreseen.value.kind).toBe("there");
  expect(asked.length).toBe(3);
});

test("an answer that comes after another question is not shown", async () => {
  let late: (response: Response) => void = () => undefined;
  server(() => new Promise((done) => (late = done)), fine(8));
  const first = askImpact(4, 7);
  await askImpact(4, 8);
  late(new Response(JSON.stringify({ plan: 4, rev: 7 })));
  await first;
  expect(foreseen.value).toMatchObject({ impact: { rev: 8 } });
});

test("a table is whole and of the same revision", () => {
  expect(impactPath(4, 7, "codes")).toBe("/v1/plans/4/impact?rev=7&table=codes");
});
