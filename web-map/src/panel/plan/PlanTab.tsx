/** The tab where plans are redrawn: which plan, the tools, what is wrong, the grids, what was done, what changes, and putting it in force. */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { drawable, drawn } from "../../map/bind";
import { fetchDividing } from "../../plan/actions";
import { recompare } from "../../plan/compare";
import { bindPlace, editor } from "../../plan/desk";
import { type Editor, shownView, VIEWS } from "../../plan/editor";
import { bindPlanKeys } from "../../plan/keys";
import { toldWords } from "../../plan/lines";
import { onlyBundled, trial } from "../../plan/trial";
import { drawOn } from "../../plan/view";
import { fetchLateWords, fetchPlanWords, pt } from "../../plan/words";
import { notice } from "../../state/store";
import "../../styles/plan.css";
import { Lazy } from "../Lazy";
import { Asked } from "./Asked";
import { Chooser } from "./Chooser";
import { GridView } from "./GridView";
import { ProblemsView } from "./Problems";
import { Live, StatusLine } from "./Status";
import { Toolbar } from "./Toolbar";

const sheet = signal(false);
/** After this long the tab has fetched and drawn what it shows first. */
const SETTLED_MS = 2_000;

/** The words of the tab come with it. */
export async function openTab(): Promise<typeof PlanTab> {
  await fetchPlanWords();
  return PlanTab;
}

/** What is opened now and then is fetched then, with its words. */
const late =
  <File, View>(file: () => Promise<File>, view: (file: File) => View): (() => Promise<View>) =>
  async () => {
    const [found] = await Promise.all([file(), fetchLateWords()]);
    return view(found);
  };
const gridsView = late(
  () => import("./Grids"),
  (file) => file.GridsView,
);
const historyView = late(
  () => import("./History"),
  (file) => file.HistoryView,
);
const compareView = late(
  () => import("./Compare"),
  (file) => file.CompareView,
);
const publishView = late(
  () => import("./Publish"),
  (file) => file.PublishView,
);
const tableView = late(
  () => import("./Table"),
  (file) => file.TableView,
);

const sliceCard = late(
  () => import("./SliceCard"),
  (file) => file.SliceCard,
);
const keySheet = late(
  () => import("./KeySheet"),
  (file) => file.KeySheet,
);
const closeSheet = () => {
  sheet.value = false;
};

const tryout = late(
  () => import("./Tryout"),
  (file) => file.Tryout,
);
const tryoutOffer = late(
  () => import("./Tryout"),
  (file) => file.TryoutOffer,
);

function Views({ of }: { of: Editor }) {
  const open = of.problems.value.filter((one) => one.accepted === null).length;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame round a row of buttons */}
      <div class="segments" role="group" aria-label={pt("plan.views")}>
        {VIEWS.map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={shownView.value === one}
            onClick={() => {
              shownView.value = one;
            }}
          >
            {pt(`plan.view.${one}`)}
            {one === "problems" && open > 0 && <span class="badge">{open}</span>}
          </button>
        ))}
      </div>
      {shownView.value === "problems" && <ProblemsView of={of} />}
      {shownView.value === "grids" && <Lazy key="grids" of={gridsView} props={{ of }} />}
      {shownView.value === "history" && <Lazy key="history" of={historyView} props={{ of }} />}
      {shownView.value === "compare" && <Lazy key="compare" of={compareView} props={{ of }} />}
      {shownView.value === "publish" && <Lazy key="publish" of={publishView} props={{ of }} />}
      {shownView.value === "table" && <Lazy key="table" of={tableView} props={{ of }} />}
    </>
  );
}

/** Puts the open plan on the map for as long as the tab is shown. */
function attach(): () => void {
  let on: Editor | null = null;
  const off = () => {
    on?.brush.escape();
    on?.drawn?.close();
    if (on) on.drawn = null;
    on = null;
  };
  const stop = effect(() => {
    const of = editor.value;
    const map = drawn.value;
    off();
    if (!of || !map) return;
    try {
      of.drawn = drawOn(map.raw, of);
      on = of;
    } catch (error) {
      drawable.value = false;
      of.told.value = { kind: "trouble", why: (error as Error).message };
    }
  });
  return () => {
    stop();
    off();
  };
}

/** What is told once is told to everybody who looks or listens. */
const tell = () =>
  effect(() => {
    const of = editor.value;
    const told = of?.told.value;
    if (!of || !told) return;
    notice.value = "";
    notice.value = toldWords(told);
    of.told.value = null;
  });

/** What others took while it waited here is told. */
const tellClashes = () =>
  effect(() => {
    const of = editor.value;
    const clashes = of?.session.clashes.value ?? [];
    if (!of || clashes.length === 0) return;
    const atoms = clashes.flatMap(({ conflicts }) =>
      conflicts.flatMap((one) => (one.kind === "atom" ? [one.atom] : [])),
    );
    of.told.value = { kind: "clash", atoms: Math.max(atoms.length, clashes.length) };
    of.session.seen();
    if (atoms.length > 0) of.chosen.value = new Set(atoms);
  });

const recount = () =>
  effect(() => {
    const of = editor.value;
    void of?.calm.value;
    void of?.active.value;
    if (of) recompare(of);
  });

export function PlanTab() {
  const of = editor.value;
  useEffect(() => {
    const help = () => {
      sheet.value = !sheet.value;
    };
    const stops = [
      bindPlace(),
      bindPlanKeys(() => editor.peek(), help),
      attach(),
      tell(),
      tellClashes(),
      recount(),
    ];
    // What is left at the first opening of the tab; where it cannot be had now, it is fetched when it is needed.
    const timer = setTimeout(() => void fetchDividing().catch(() => undefined), SETTLED_MS);
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, []);
  return (
    <div class="plan">
      {of ? (
        <>
          <StatusLine of={of} />
          {trial.value?.plan === of.id && <Lazy key="tryout" of={tryout} props={{ of }} />}
          {!drawable.value && <p class="note warn">{pt("plan.table_mode")}</p>}
          <Toolbar
            of={of}
            help={() => {
              sheet.value = true;
            }}
          />
          {of.slicing.value && <Lazy key="slice" of={sliceCard} props={{ of }} />}
          <Asked of={of} />
          <GridView of={of} />
          <Views of={of} />
          <Live of={of} />
        </>
      ) : (
        <>
          <Chooser />
          {onlyBundled() && <Lazy of={tryoutOffer} />}
        </>
      )}
      {sheet.value && <Lazy of={keySheet} props={{ onClose: closeSheet }} />}
    </div>
  );
}
