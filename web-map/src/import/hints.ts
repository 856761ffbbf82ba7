/** What to do about a file that was refused: the key of a sentence for each thing that is often wrong. Pure. */

const HINTS = [
  ["import.hint.crosses", /crosses itself/i],
  ["import.hint.crs", /\bCRS\b|coordinate (reference )?system/i],
  ["import.hint.field", /has no field/i],
  ["import.hint.layer", /no layer|several layers|holds no (polygons|lines)/i],
  ["import.hint.code", /(code|id).*(second time|times)|unique/i],
  ["import.hint.damaged", /damaged|cut off|breaks off|not a vector file|empty \(0 bytes\)/i],
  ["import.hint.range", /out of range|outside|cannot be converted/i],
  ["import.hint.overlap", /overlap/i],
  ["import.hint.count", /whole number|no count|null|has no households/i],
] as const;

export type Hint = (typeof HINTS)[number][0];

/** The first hint whose words stand in what the server says; null where none does. */
export function hintFor(detail: string): Hint | null {
  return HINTS.find(([, words]) => words.test(detail))?.[0] ?? null;
}
