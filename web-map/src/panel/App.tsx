/** The page: the map, and beside it (below it on narrow screens) the panel with the box and three tabs. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { count, day } from "../format";
import { type Lang, lang, setLang, t } from "../i18n";
import { bindMap, drawable, zoomMap } from "../map/bind";
import { loadWorkspace, openTab } from "../state/actions";
import { shownTabs } from "../state/session";
import { coverage, feed, look, notice, sheet, tab, workspace, workspaceError } from "../state/store";
import { Account } from "./Account";
import { Box } from "./Box";
import { CoverageTab } from "./CoverageTab";
import { HoverCard } from "./GridCard";
import { Lazy } from "./Lazy";
import { Legend } from "./Legend";
import { answerWords, LookupTab } from "./LookupTab";
import { MarkIcon } from "./parts";
import { FeedBanner, ReportsTab } from "./ReportsTab";

/** Whether the bottom sheet of narrow screens shows its whole height. */
export const sheetOpen = signal(true);

/** Tabs of few: fetched when they are opened. */
const importTab = () => import("./ImportTab").then((file) => file.ImportTab);
const planTab = () => import("./plan/PlanTab").then((file) => file.openTab());

const sheetView = () => import("./Sheet").then((file) => file.Sheet);
const savePicture = () =>
  import("../picture/save").then(
    (file) => file.savePicture(),
    () => {
      notice.value = t("app.part.failed");
    },
  );

const LANGS: [Lang, string][] = [
  ["zh-CN", "中文"],
  ["en", "EN"],
];

function LangSwitch() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would draw a frame and a legend round two small buttons
    <div class="lang" role="group" aria-label={t("app.language")}>
      {LANGS.map(([code, word]) => (
        <button
          key={code}
          type="button"
          lang={code}
          aria-pressed={lang.value === code}
          aria-keyshortcuts="l"
          onClick={() => void setLang(code)}
        >
          {word}
        </button>
      ))}
    </div>
  );
}

function Head() {
  const space = workspace.value;
  const publication = space?.publication;
  return (
    <header class="head">
      <MarkIcon />
      <div class="head-words">
        <h1>{space?.name || t("app.title")}</h1>
        <p>
          {publication
            ? `${t("app.published", {
                seq: publication.seq,
                date: day(publication.effective_from, lang.value, space?.time_zone),
              })} · ${t("app.grids", { n: count(space?.counts.grids, lang.value) })}`
            : space && t("app.unpublished")}
        </p>
      </div>
      <LangSwitch />
    </header>
  );
}

function Tabs() {
  const faults = coverage.value ? coverage.value.out_of_band.length : 0;
  const move = (event: KeyboardEvent, index: number) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const all = shownTabs.value;
    const next = all[(index + step + all.length) % all.length];
    if (step === 0 || !next) return;
    event.preventDefault();
    openTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={t("app.tabs")}>
      {shownTabs.value.map((one, index) => (
        <button
          key={one}
          id={`tab-${one}`}
          type="button"
          role="tab"
          aria-selected={tab.value === one}
          aria-controls="tab-panel"
          aria-keyshortcuts={String(index + 1)}
          tabIndex={tab.value === one ? 0 : -1}
          onClick={() => {
            openTab(one);
            sheetOpen.value = true;
          }}
          onKeyDown={(event) => move(event, index)}
        >
          {t(`tab.${one}`)}
          {one === "coverage" && faults > 0 && <span class="badge">{faults}</span>}
          {one === "reports" && feed.value.state === "lost" && <span class="badge lost">!</span>}
        </button>
      ))}
    </div>
  );
}

function MapSide() {
  const place = useRef<HTMLDivElement>(null);
  const ready = workspace.value !== null;
  useEffect(() => (ready && place.current ? bindMap(place.current) : undefined), [ready]);
  return (
    <main class="map-side">
      <div class="map" ref={place} />
      <i class="crosshair" aria-hidden="true" />
      {!drawable.value && <p class="note bad no-map">{t("map.webgl")}</p>}
      <HoverCard />
      <div class="zoom">
        <button
          type="button"
          aria-label={t("map.zoom_in")}
          title={t("map.zoom_in")}
          onClick={() => zoomMap(1)}
        >
          +
        </button>
        <button
          type="button"
          aria-label={t("map.zoom_out")}
          title={t("map.zoom_out")}
          onClick={() => zoomMap(-1)}
        >
          −
        </button>
        <button
          type="button"
          aria-label={t("map.fit")}
          title={t("map.fit")}
          onClick={() => {
            look.value = { kind: "whole" };
          }}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4"
              fill="none"
              stroke="currentColor"
              stroke-width="1.6"
            />
          </svg>
        </button>
        <button
          type="button"
          disabled={!drawable.value}
          aria-label={t("picture.save")}
          title={t("picture.save")}
          onClick={() => void savePicture()}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
              d="M2 4.5h3l1-1.5h4l1 1.5h3v8H2zM8 6a2.6 2.6 0 1 0 0 5.2A2.6 2.6 0 0 0 8 6z"
              fill="none"
              stroke="currentColor"
              stroke-width="1.4"
            />
          </svg>
        </button>
      </div>
      {tab.value !== "plan" && <Legend />}
    </main>
  );
}

export function App() {
  const space = workspace.value;
  return (
    <div class={sheetOpen.value ? "app" : "app folded"}>
      <MapSide />
      <aside class="panel" aria-label={t(`tab.${tab.value}`)}>
        <button
          type="button"
          class="grip"
          aria-expanded={sheetOpen.value}
          aria-label={t(sheetOpen.value ? "app.panel.fold" : "app.panel.unfold")}
          onClick={() => {
            sheetOpen.value = !sheetOpen.value;
          }}
        >
          <i />
        </button>
        <Head />
        <Account />
        <Box />
        <Tabs />
        <FeedBanner />
        <div
          class="tab-panel"
          id="tab-panel"
          role="tabpanel"
          aria-labelledby={`tab-${tab.value}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          tabIndex={0}
        >
          {workspaceError.value ? (
            <div class="note bad">
              <p>
                <b>{t("app.failed")}</b> {workspaceError.value}
              </p>
              <button type="button" class="small" onClick={() => void loadWorkspace()}>
                {t("app.retry")}
              </button>
            </div>
          ) : tab.value === "import" ? (
            <Lazy key="import" of={importTab} />
          ) : tab.value === "plan" ? (
            <Lazy key="plan" of={planTab} />
          ) : space && !space.publication ? (
            <p class="note">{t("app.unpublished.help")}</p>
          ) : tab.value === "lookup" ? (
            <LookupTab />
          ) : tab.value === "reports" ? (
            <ReportsTab />
          ) : (
            <CoverageTab />
          )}
        </div>
      </aside>
      <p class="sr" aria-live="polite" data-live="answer">
        {answerWords()}
      </p>
      {sheet.value && <Lazy key={sheet.value.code} of={sheetView} />}
      <p class={notice.value ? "toast shown" : "toast"} role="status">
        {notice.value}
      </p>
    </div>
  );
}
