/** The line that is drawn over the active grid: how it would divide, why it does not, and what can be done. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Slice } from "../../engine/slice";
import { count } from "../../format";
import { lang } from "../../i18n";
import type { Editor } from "../../plan/editor";
import { gridWord, sizeWords } from "../../plan/lines";
import { beginDrawing, type Slicing } from "../../plan/slicing";
import { pt } from "../../plan/words";
import "../../styles/plan-late.css";

const n = (value: number) => count(value, lang.value);
const drawing = signal<Slicing | null>(null);

/** What atoms hold, in words. */
function holds(of: Editor, atoms: readonly number[]): string {
  let [households, persons] = [0, 0];
  for (const atom of atoms) {
    households += of.plan.atomSize(atom, "households");
    persons += of.plan.atomSize(atom, "population");
  }
  return sizeWords(of, households, persons);
}

function whyNot(of: Editor, why: Slice | "few"): string {
  if (why === "few") return pt("plan.slice.no.few");
  if (why.kind === "halves") return "";
  if (why.kind === "pieces")
    return pt("plan.slice.no.pieces", { n: n(why.stray.length), size: holds(of, why.stray.flat()) });
  return pt(`plan.slice.no.${why.kind}`);
}

export function SliceCard({ of }: { of: Editor }) {
  useEffect(() => {
    const map = of.drawn?.map;
    if (!map) {
      of.slicing.value = false;
      return;
    }
    const begun = beginDrawing(of, map);
    drawing.value = begun;
    return () => {
      begun.close();
      of.slicing.value = false;
      drawing.value = null;
    };
  }, [of]);
  const by = drawing.value;
  if (!by) return null;
  const set = by.points.value.length;
  const now = by.now.value;
  const why = by.refused.value;
  const cross = by.cross.value;
  const sides =
    now?.kind === "halves"
      ? pt("plan.slice.sides", { a: holds(of, now.stay), b: holds(of, now.go) })
      : now && now.kind !== "one_side"
        ? whyNot(of, now)
        : "";
  const grid = cross === null || cross < 0 ? null : gridWord(of, of.shown.slot_of[cross] as number);
  return (
    <section class="asked slice" aria-label={pt("plan.slice")} data-slice={now?.kind ?? "none"}>
      <h2>{pt("plan.slice")}</h2>
      <p class="muted">{pt("plan.slice.help")}</p>
      <p role="status">
        {pt("plan.slice.points", { n: n(set) })}
        {grid && ` · ${pt("plan.slice.cross", { grid })}`}
        {sides && ` · ${sides}`}
      </p>
      {why && (
        <p class="note bad" role="alert">
          {whyNot(of, why)}
        </p>
      )}
      <div class="actions">
        <button type="button" class="primary" onClick={by.end}>
          {pt("plan.slice.end")}{" "}
          <i class="kbd" aria-hidden="true">
            ⏎
          </i>
        </button>
        <button type="button" onClick={by.set}>
          {pt("plan.slice.set")}{" "}
          <i class="kbd" aria-hidden="true">
            Space
          </i>
        </button>
        <button type="button" disabled={set === 0} onClick={by.back}>
          {pt("plan.slice.back")}{" "}
          <i class="kbd" aria-hidden="true">
            ⌫
          </i>
        </button>
        <button type="button" onClick={by.cancel}>
          {pt("plan.offer.leave")}{" "}
          <i class="kbd" aria-hidden="true">
            Esc
          </i>
        </button>
      </div>
    </section>
  );
}
