import { describe, expect, it } from "vitest";
import { en } from "./en";
import { fill, firstLang } from "./index";
import { listEn } from "./list-en";
import { listZh } from "./list-zh";
import { planEn } from "./plan-en";
import { planLateEn } from "./plan-late-en";
import { planLateZh } from "./plan-late-zh";
import { planZh } from "./plan-zh";
import { zh } from "./zh";

const places = (sentence: string) => (sentence.match(/\{\w+\}/g) ?? []).sort();

describe.each([
  ["of the page", zh as Record<string, string>, en as Record<string, string>],
  ["of lists", listZh as Record<string, string>, listEn as Record<string, string>],
  ["of plans", planZh as Record<string, string>, planEn as Record<string, string>],
  ["of their rarer parts", planLateZh as Record<string, string>, planLateEn as Record<string, string>],
])("the dictionaries %s", (_name, zh, en) => {
  it("have the same keys in the same order", () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
  });

  it("have the same places to fill in every sentence", () => {
    for (const [key, sentence] of Object.entries(zh)) {
      expect(places(en[key] as string), key).toEqual(places(sentence));
    }
  });

  it("leave nothing empty and nothing untranslated", () => {
    for (const [key, sentence] of Object.entries(zh)) {
      expect(sentence.trim(), key).not.toBe("");
      expect(en[key]?.trim(), key).not.toBe("");
      expect(en[key], key).not.toMatch(/[\u4e00-\u9fff]/);
    }
  });
});

it("the dictionaries share no key", () => {
  const all = [zh, listZh, planZh, planLateZh].flatMap((words) => Object.keys(words));
  expect(all.filter((key, at) => all.indexOf(key) !== at)).toEqual([]);
});

describe("the first language", () => {
  it("is the stored choice, then the browser's, then English", () => {
    expect(firstLang("en", ["zh-CN"])).toBe("en");
    expect(firstLang(null, ["zh-Hans-CN", "en"])).toBe("zh-CN");
    expect(firstLang(null, ["fr", "en-GB", "zh"])).toBe("en");
    expect(firstLang("klingon", ["fr"])).toBe("en");
  });
});

describe("filling a sentence", () => {
  it("leaves an unknown place visible", () => {
    expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
  });
});
