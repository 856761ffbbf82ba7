/** Guesses what a layer is and which of its fields mean what, by their usual names. Pure. */
import type { UploadedLayer } from "../api/types";

export const KINDS = [
  "streets",
  "buildings",
  "atoms",
  "jurisdictions",
  "landuse",
  "totals",
  "links",
] as const;
export type Kind = (typeof KINDS)[number];

/** The fields a kind may have, in the order they are asked for. */
export const FIELDS: Record<Kind, readonly Meaning[]> = {
  streets: ["class", "name"],
  buildings: [
    "id",
    "name",
    "class",
    "households",
    "population",
    "levels",
    "units",
    "compound",
    "number",
    "address",
  ],
  atoms: ["id", "name", "households", "population", "exclusive", "together", "apart"],
  jurisdictions: ["id", "name", "parent"],
  landuse: ["id", "name", "class"],
  totals: ["id", "name", "households", "population"],
  links: ["kind", "name"],
};

export type Meaning =
  | "id"
  | "name"
  | "class"
  | "households"
  | "population"
  | "levels"
  | "units"
  | "compound"
  | "number"
  | "address"
  | "parent"
  | "exclusive"
  | "together"
  | "apart"
  | "kind";

/** Usual names, the surest first; compared without case, blanks, `_`, `-` and `:`. */
const USUAL: Record<Meaning, readonly string[]> = {
  id: ["code", "id", "编码", "代码", "编号", "gid", "uid", "osm_id", "objectid", "bldg_id", "section_id"],
  name: ["name", "名称", "mc", "nom", "bezeichnung", "小区名称", "地名"],
  class: [
    "class",
    "highway",
    "railway",
    "waterway",
    "fclass",
    "road_class",
    "use",
    "usage",
    "usage1",
    "building",
    "landuse",
    "kind",
    "nature",
    "道路等级",
    "用途",
    "类型",
    "类别",
  ],
  households: ["households", "hh", "户数", "总户数", "h_cnt", "dwellings", "nb_logts", "住户数", "hu"],
  population: ["population", "persons", "pop", "人口", "人口数", "常住人口", "p_cnt", "people"],
  levels: ["levels", "building_levels", "floors", "storeys", "nb_etages", "层数", "楼层数", "楼层"],
  units: ["units", "stairs", "单元数", "单元"],
  compound: ["compound", "小区", "小区名称", "小区名"],
  number: ["number", "housenumber", "addr_housenumber", "楼号", "楼栋号", "栋号", "门牌号"],
  address: ["address", "地址", "详细地址", "addr_street", "street"],
  exclusive: ["exclusive", "专属网格"],
  together: ["together", "不可拆分"],
  apart: ["apart", "不可同格"],
  kind: ["kind", "类型"],
  parent: ["parent", "上级", "上级编码", "parent_code", "pid"],
};

/** Levels of jurisdictions, the top one first: the field of codes and that of names. */
const LEVELS: readonly [readonly string[], readonly string[]][] = [
  [
    ["district", "county", "county_id", "区县", "区县编码", "区编码", "区"],
    ["district_name", "county_name", "区县名称", "区名称"],
  ],
  [
    ["street_office", "town_id", "township", "town", "街道", "街道编码", "乡镇", "乡镇编码"],
    ["street_office_name", "town_name", "街道名称", "乡镇名称"],
  ],
  [
    ["community", "village", "village_id", "code2", "社区", "社区编码", "村", "村编码"],
    ["community_name", "village_name", "社区名称", "村名称"],
  ],
];

const plain = (name: string) => name.toLowerCase().replace(/[\s_:-]/g, "");

function find(fields: readonly string[], names: readonly string[]): string | null {
  for (const name of names) {
    const found = fields.find((field) => plain(field) === plain(name));
    if (found !== undefined) return found;
  }
  return null;
}

/** The field for each meaning a kind has; absent where none is called so. No field is taken twice. */
export function guessFields(kind: Kind, fields: readonly string[]): Partial<Record<Meaning, string>> {
  const taken = new Set<string>();
  const guessed: Partial<Record<Meaning, string>> = {};
  // A name that says more is taken by the meaning it says more of.
  const order = [...FIELDS[kind]].sort((a, b) => Number(a === "name") - Number(b === "name"));
  for (const meaning of order) {
    const names = USUAL[meaning].filter(
      (name) => !(meaning === "class" && kind !== "buildings" && name === "use"),
    );
    const found = find(
      fields.filter((field) => !taken.has(field)),
      names,
    );
    if (found === null) continue;
    taken.add(found);
    guessed[meaning] = found;
  }
  return guessed;
}

/** Fields of codes of jurisdictions, the top one first, with those of their names where every level has one. */
export function guessLevels(fields: readonly string[]): { codes: string[]; names: string[] } {
  const found = LEVELS.map(([codes, names]) => [find(fields, codes), find(fields, names)] as const);
  const levels = found.filter(([code]) => code !== null);
  const names = levels.map(([, name]) => name).filter((name) => name !== null);
  return {
    codes: levels.map(([code]) => code as string),
    names: names.length === levels.length ? names : [],
  };
}

const WORDS: readonly [Kind, RegExp][] = [
  ["links", /links|bridge|ferr|underpass|桥|渡口|地下通道/i],
  ["streets", /street|road|rail|river|water|barrier|highway|路|街道线|铁路|河/i],
  ["buildings", /build|house|footprint|batiment|建筑|楼/i],
  ["jurisdictions", /jurisd|bound|admin|commun|辖区|社区|界/i],
  ["totals", /census|section|square|carreau|total|人口|普查/i],
  ["landuse", /land|park|green|leisure|用地|绿地/i],
  ["atoms", /parcel|block|atom|cell|宗地|地块/i],
];

/** Whether a layer can be taken as a kind at all: lines for streets and links, areas for everything else. */
export const fits = (kind: Kind, layer: UploadedLayer): boolean => {
  if (kind === "links") return layer.lines;
  return kind === "streets" ? layer.lines || layer.polygons : layer.polygons;
};

/** What a layer most likely is; null where it holds no shapes. */
export function guessKind(layer: UploadedLayer): Kind | null {
  if (!layer.lines && !layer.polygons) return null;
  const named = WORDS.find(([kind, words]) => words.test(layer.name) && fits(kind, layer));
  if (layer.lines && !layer.polygons) return named?.[0] === "links" ? "links" : "streets";
  // Lines may be in it only because the format does not say.
  if (named && (named[0] !== "streets" || layer.lines)) return named[0];
  const guessed = guessFields("buildings", layer.fields);
  if (guessed.levels || guessed.units) return "buildings";
  return guessLevels(layer.fields).codes.length > 0 ? "atoms" : "buildings";
}
