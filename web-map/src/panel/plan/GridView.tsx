/** The grid that is worked on: its totals against the band, and what can be done with it. */
import { useState } from "preact/hooks";
import { area, count } from "../../format";
import { lang } from "../../i18n";
import { remove, rename, stepGrid } from "../../plan/actions";
import type { Editor } from "../../plan/editor";
import { nameOf, signOf, sizeWords, standingWord } from "../../plan/lines";
import { fetchLateWords, pt } from "../../plan/words";
import { Lazy } from "../Lazy";
import { BandBar, Figure } from "../parts";

/** Dividing anew is asked for now and then. */
const resolve = async () => {
  const [file] = await Promise.all([import("./Resolve"), fetchLateWords()]);
  return file.Resolve;
};

const n = (value: number) => count(value, lang.value);

function Name({ of, name }: { of: Editor; name: string }) {
  const [text, setText] = useState<string | null>(null);
  if (text === null) {
    return (
      <button type="button" class="quiet small" disabled={!of.editable.value} onClick={() => setText(name)}>
        {pt("plan.rename")}
      </button>
    );
  }
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        rename(of, of.slot, text);
        setText(null);
      }}
    >
      <input
        type="text"
        value={text}
        maxLength={60}
        aria-label={pt("plan.rename.name")}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="small primary">
        {pt("plan.rename.ok")}
      </button>
      <button type="button" class="small" onClick={() => setText(null)}>
        {pt("plan.offer.leave")}
      </button>
    </form>
  );
}

export function GridView({ of }: { of: Editor }) {
  void of.beat.value;
  void of.active.value;
  const { slot, grid, shown } = of;
  const steps = (
    <span class="grid-steps">
      <button
        type="button"
        class="small"
        aria-label={pt("plan.grid.before")}
        title={`${pt("plan.grid.before")} (K)`}
        onClick={() => stepGrid(of, -1)}
      >
        ‹
      </button>
      <button
        type="button"
        class="small"
        aria-label={pt("plan.grid.next")}
        title={`${pt("plan.grid.next")} (J)`}
        onClick={() => stepGrid(of, 1)}
      >
        ›
      </button>
    </span>
  );
  if (!grid) {
    return (
      <section class="plan-grid none" aria-label={pt("plan.grid")}>
        <p class="muted">{pt("plan.grid.none")}</p>
        {steps}
      </section>
    );
  }
  const totals = shown.totals(slot);
  const standing = shown.standing(slot);
  const { attribute, band, other } = shown.countedOf(slot);
  const second = attribute === "households" ? "population" : "households";
  const parts = shown.parts(slot).length;
  return (
    <section
      class="plan-grid"
      aria-label={pt("plan.grid")}
      data-grid={grid.id}
      data-households={totals.households}
    >
      <header>
        <h2>
          {nameOf(grid)} {grid.locked && <span class="locked">{pt("plan.locked")}</span>}
        </h2>
        <span class={`chip ${standing === "empty" ? "uninhabited" : standing}`}>
          <span aria-hidden="true">{signOf(standing)}</span> {standingWord(standing)}
        </span>
        {steps}
      </header>
      {grid.code && grid.name && grid.name !== grid.code && <p class="muted">{grid.name}</p>}
      <BandBar size={shown.size(slot, attribute)} own={band} />
      {other && <BandBar size={shown.size(slot, second)} own={other} />}
      <dl class="figures">
        <Figure name={pt("plan.size")}>{sizeWords(of, totals.households, totals.persons ?? 0)}</Figure>
        <Figure name={pt("plan.atoms.word")}>{n(totals.atoms)}</Figure>
        <Figure name={pt("plan.area")}>{area(totals.area_m2, lang.value)}</Figure>
        <Figure name={pt("plan.parts.word")}>
          <span class={parts > 1 ? "ink-bad" : ""}>{n(parts)}</span>
        </Figure>
      </dl>
      <div class="actions">
        <button type="button" class="small" onClick={() => of.zoomTo(shown.atomsOf(slot))}>
          {pt("plan.zoom")}
        </button>
        <Name key={grid.id} of={of} name={grid.name} />
        <button
          type="button"
          class="quiet small"
          disabled={!of.editable.value || grid.locked}
          onClick={() => remove(of)}
        >
          {pt("plan.remove")}
        </button>
      </div>
      <Lazy of={resolve} props={{ of }} />
    </section>
  );
}
