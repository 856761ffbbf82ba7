/** Bringing a file in, step by step: it is sent, told what it is, looked at, and imported. */
import { batch, computed, signal } from "@preact/signals";
import { cancelJob, deleteUpload, fetchJob, postImport, postTessellation, postUpload } from "../api/client";
import type { ImportBody, ImportResult, Job, Upload, UploadedLayer } from "../api/types";
import { FIELDS, guessFields, guessKind, guessLevels, type Kind, type Meaning } from "../import/guess";
import { refreshPublication } from "./actions";
import { imported } from "./overlays";
import { words } from "./session";
import { look, sample } from "./store";

export const STEPS = ["file", "what", "fields", "look", "go"] as const;
export type Step = (typeof STEPS)[number];

export const step = signal<Step>("file");
export const upload = signal<Upload | null>(null);
/** A file on its way, as a share of it. */
export const sending = signal<{ name: string; share: number } | null>(null);
export const layerName = signal("");
export const kind = signal<Kind>("streets");
export const fields = signal<Partial<Record<Meaning, string>>>({});
/** Fields with codes of jurisdictions, and with their names; atoms only. */
export const levels = signal<{ codes: string[]; names: string[] }>({ codes: [], names: [] });
/** Empty: as the file says. `epsg`: by the number beside it. */
export const crs = signal("");
export const epsg = signal("");
export const nulls = signal<"error" | "uninhabited" | "unknown">("error");
export const overlaps = signal<"refuse" | "smaller_code">("refuse");
export const crossings = signal<"refuse" | "keep">("refuse");
/** What all lines are; empty: as their class says. */
export const classIs = signal("");
export const levelWord = signal("community");
export const job = signal<Job | null>(null);
/** What a look at the file showed. */
export const looked = signal<ImportResult | null>(null);
/** What came of the import. */
export const done = signal<ImportResult | null>(null);
/** Why the last thing did not work, in the server's words. */
export const trouble = signal("");

export const layer = computed<UploadedLayer | null>(
  () => upload.value?.layers.find((one) => one.name === layerName.value) ?? null,
);
/** Layers that hold shapes. */
export const layers = computed(() => upload.value?.layers.filter((one) => one.lines || one.polygons) ?? []);
export const running = computed(() => job.value !== null && ["waiting", "running"].includes(job.value.state));
export const wantsCrs = computed(() => layer.value !== null && layer.value.crs === null);
/** What still has to be said before the file can be looked at. */
export const missing = computed<"crs" | "counts" | null>(() => {
  if (crs.value === "epsg" ? !/^\d{4,6}$/.test(epsg.value.trim()) : wantsCrs.value && crs.value === "")
    return "crs";
  if (kind.value === "atoms" && !fields.value.households && !fields.value.population) return "counts";
  return null;
});

let leaving = new AbortController();

/** Forgets what hangs on fields and kind. */
function unlook(): void {
  looked.value = null;
  done.value = null;
  job.value = null;
  trouble.value = "";
  sample.value = null;
}

/** Takes a layer, and guesses what it is and what its fields mean. */
export function takeLayer(name: string): void {
  batch(() => {
    unlook();
    layerName.value = name;
    const own = layer.peek();
    crs.value = "";
    if (own) takeKind(guessKind(own) ?? "buildings");
  });
}

/** Takes a kind, and guesses the fields for it. */
export function takeKind(next: Kind): void {
  batch(() => {
    unlook();
    kind.value = next;
    const own = layer.peek()?.fields ?? [];
    fields.value = guessFields(next, own);
    levels.value = next === "atoms" ? guessLevels(own) : { codes: [], names: [] };
  });
}

/** Takes a field for a meaning; an empty one means there is none. */
export function takeField(meaning: Meaning, field: string): void {
  batch(() => {
    unlook();
    const { [meaning]: _, ...rest } = fields.value;
    fields.value = field ? { ...rest, [meaning]: field } : rest;
  });
}

/** Takes a field for the codes of the level at `index`; an empty one takes the level away. */
export function takeLevel(index: number, field: string): void {
  batch(() => {
    unlook();
    const own = layer.peek()?.fields ?? [];
    const codes = [...levels.value.codes];
    if (field) codes[index] = field;
    else codes.splice(index, 1);
    const guessed = guessLevels(own);
    const names = codes.map((code) => guessed.names[guessed.codes.indexOf(code)]);
    levels.value = { codes, names: names.every((name) => name !== undefined) ? (names as string[]) : [] };
  });
}

/** Sets anything else that an import hangs on. */
export function set<T>(what: { value: T }, value: T): void {
  batch(() => {
    unlook();
    what.value = value;
  });
}

/** Sends a file and goes on to what it is. */
export async function sendFile(file: File): Promise<void> {
  leaving.abort();
  leaving = new AbortController();
  const before = upload.peek();
  if (before) void deleteUpload(before.id).catch(() => undefined);
  batch(() => {
    unlook();
    upload.value = null;
    sending.value = { name: file.name, share: 0 };
  });
  try {
    const sent = await postUpload(
      file,
      (bytes, total) => {
        if (sending.peek()) sending.value = { name: file.name, share: total > 0 ? bytes / total : 0 };
      },
      leaving.signal,
    );
    batch(() => {
      upload.value = sent;
      sending.value = null;
      const first = sent.layers.find((one) => one.lines || one.polygons);
      if (first) {
        takeLayer(first.name);
        step.value = "what";
      } else trouble.value = "no-shapes";
    });
  } catch (error) {
    batch(() => {
      sending.value = null;
      if (!(error instanceof DOMException)) trouble.value = words(error);
    });
  }
}

/** Stops the sending of a file. */
export const stopSending = () => leaving.abort();

function body(preview: boolean): ImportBody {
  const own = upload.peek();
  const one = kind.peek();
  const given: Record<string, string | string[]> = {};
  for (const meaning of FIELDS[one]) {
    const field = fields.peek()[meaning];
    if (field) given[meaning] = field;
  }
  const atoms = one === "atoms";
  if (atoms && levels.peek().codes.length > 0) {
    given.jurisdiction = levels.peek().codes;
    if (levels.peek().names.length > 0) given.jurisdiction_name = levels.peek().names;
  }
  const system = crs.peek() === "epsg" ? `EPSG:${epsg.peek().trim()}` : crs.peek();
  return {
    upload: own?.id ?? "",
    as: one,
    layer: layerName.peek(),
    ...(system ? { crs: system } : {}),
    fields: given,
    ...(atoms
      ? { null_households: nulls.peek(), overlaps: overlaps.peek(), crossings: crossings.peek() }
      : {}),
    ...(one === "streets" && classIs.peek() ? { class_is: classIs.peek() } : {}),
    ...(one === "jurisdictions" ? { level: levelWord.peek() } : {}),
    preview,
  };
}

/** Between two looks at a job. */
const LOOK_MS = 400;

/** Begins a job and follows it to its end; its result, or null where there is none. */
async function follow(begin: () => Promise<Job>): Promise<ImportResult | null> {
  trouble.value = "";
  try {
    let now = await begin();
    const { id } = now;
    job.value = now;
    while (now.state === "waiting" || now.state === "running") {
      await new Promise((next) => setTimeout(next, LOOK_MS));
      now = await fetchJob(id);
      // Another file was taken meanwhile.
      if (job.peek()?.id !== id) return null;
      job.value = now;
    }
    if (now.problem) trouble.value = now.problem.detail ?? now.problem.title;
    return now.result;
  } catch (error) {
    batch(() => {
      job.value = null;
      trouble.value = words(error);
    });
    return null;
  }
}

/** Looks at the file as an import would, and draws some of it. */
export async function lookAtFile(): Promise<void> {
  batch(() => {
    unlook();
    step.value = "look";
  });
  const result = await follow(() => postImport(body(true)));
  if (!result) return;
  batch(() => {
    looked.value = result;
    sample.value = result.sample;
    if (result.envelope) look.value = { kind: "envelope", envelope: result.envelope };
  });
}

/** Imports the file. */
export async function bringIn(): Promise<void> {
  batch(() => {
    done.value = null;
    step.value = "go";
  });
  const result = await follow(() => postImport(body(false)));
  if (!result) return;
  batch(() => {
    done.value = result;
    sample.value = null;
    imported.value++;
  });
  await refreshPublication();
}

/** How far apart, in metres, streets may end and still be joined. */
export const tolerance = signal("5");

/** Makes atoms of the streets and buildings that were imported. */
export async function makeAtoms(): Promise<void> {
  batch(() => {
    done.value = null;
    step.value = "go";
  });
  const result = await follow(() => postTessellation(Number(tolerance.peek()) || 0));
  if (!result) return;
  batch(() => {
    done.value = result;
    imported.value++;
  });
}

/** Stops the job under way. */
export function stopJob(): void {
  const now = job.peek();
  if (now) void cancelJob(now.id).catch(() => undefined);
}

/** Begins again: with another layer of the same file, or with another file. */
export function again(from: "file" | "what"): void {
  batch(() => {
    unlook();
    step.value = from;
    if (from === "file") {
      const before = upload.peek();
      if (before) void deleteUpload(before.id).catch(() => undefined);
      upload.value = null;
    }
  });
}
