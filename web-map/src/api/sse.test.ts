import { describe, expect, it } from "vitest";
import { createParser } from "./sse";

describe("the event parser", () => {
  it("yields the same events wherever the stream is cut", () => {
    const text = ': ping\n\nid: 7\nevent: report\ndata: {"a":1}\n\nid: 8\r\ndata: x\r\ndata: y\r\n\r\n';
    const whole = createParser()(text);
    expect(whole).toEqual([
      { id: "7", event: "report", data: '{"a":1}' },
      { id: "8", event: "message", data: "x\ny" },
    ]);
    for (let cut = 0; cut <= text.length; cut++) {
      const parse = createParser();
      expect([...parse(text.slice(0, cut)), ...parse(text.slice(cut))]).toEqual(whole);
    }
  });

  it("gives nothing for comments alone", () => {
    expect(createParser()(": keep-alive\n\n: keep-alive\n\n")).toEqual([]);
  });

  it("holds an unfinished event back", () => {
    const parse = createParser();
    expect(parse("data: half")).toEqual([]);
    expect(parse("\n\n")).toEqual([{ id: "", event: "message", data: "half" }]);
  });
});
