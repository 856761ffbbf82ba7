import { describe, expect, it } from "vitest";
import { readLines } from "./vector";

/** Writes protocol buffers, by the specification's own words. */
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const block = (field: number, bytes: number[]) => [
  ...varint(field * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const whole = (field: number, value: number) => [...varint(field * 8), ...varint(value)];
const letters = (text: string) => [...new TextEncoder().encode(text)];
const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);

const feature = (tags: number[], type: number, commands: number[]) =>
  block(2, [
    ...whole(1, 2 ** 40 + 7),
    ...block(2, tags.flatMap(varint)),
    ...whole(3, type),
    ...block(4, commands.flatMap(varint)),
  ]);
const layer = (name: string, features: number[][]) =>
  block(3, [
    ...whole(15, 2),
    ...block(1, letters(name)),
    ...features.flat(),
    ...block(3, letters("class")),
    ...block(3, letters("name")),
    ...block(4, block(1, letters("street"))),
    ...block(4, block(1, letters("建设大道"))),
    ...block(4, whole(5, 12)),
    ...whole(5, 8192),
  ]);
const move = (times: number) => times * 8 + 1;
const draw = (times: number) => times * 8 + 2;
const bytes = (...parts: number[][]) => new Uint8Array(parts.flat()).buffer;

describe("a vector tile", () => {
  it("gives the lines of a layer, with what they are called; two strokes of one feature are two lines", () => {
    const tile = bytes(
      layer("other", [feature([], 2, [move(1), 0, 0, draw(1), 2, 2])]),
      layer("streets", [
        feature([0, 0, 1, 1], 2, [
          move(1),
          zigzag(10),
          zigzag(-4),
          draw(2),
          zigzag(5),
          zigzag(0),
          zigzag(0),
          zigzag(7),
          move(1),
          zigzag(-15),
          zigzag(1),
          draw(1),
          zigzag(1),
          zigzag(1),
        ]),
        feature([0, 2], 1, [move(1), 4, 4]),
      ]),
    );
    expect(readLines(tile, "streets")).toEqual({
      extent: 8192,
      lines: [
        { properties: { class: "street", name: "建设大道" }, points: [10, -4, 15, -4, 15, 3] },
        { properties: { class: "street", name: "建设大道" }, points: [0, 4, 1, 5] },
      ],
    });
  });

  it("without the layer, or without anything, has no lines", () => {
    expect(readLines(bytes(layer("other", [])), "streets").lines).toEqual([]);
    expect(readLines(bytes(), "streets").lines).toEqual([]);
  });

  it("that breaks off is told, not read as far as it goes", () => {
    const tile = new Uint8Array(
      bytes(layer("streets", [feature([0, 0], 2, [move(1), 0, 0, draw(1), 2, 2])])),
    );
    for (const length of [1, 5, tile.length - 1])
      expect(() => readLines(tile.slice(0, length).buffer, "streets")).toThrow(RangeError);
  });
});
