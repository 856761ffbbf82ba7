import { render } from "preact";
import "./styles/base.css";
import "./styles/card.css";
import "./styles/reports.css";
import "./styles/coverage.css";
import "./styles/panel.css";
import "./styles/map.css";
import "./styles/import.css";
import { fetchWords, lang, mirrorLang } from "./i18n";
import { bindAddress, bindKeys, bindNotices } from "./keys";
import { App } from "./panel/App";
import { loadWorkspace } from "./state/actions";
import { askForPlan } from "./state/ahead";
import { startFeed } from "./state/feed";
import { bindOverlays } from "./state/overlays";
import { loadSession } from "./state/session";
import { workspace } from "./state/store";

/** Draws the page, once its words are there. */
function begin(root: HTMLElement): void {
  mirrorLang(() => workspace.value?.name ?? "");
  bindKeys();
  bindAddress();
  bindNotices();
  render(<App />, root);
  bindOverlays();
  startFeed();
}

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no element #app to draw into");
// The largest part of the page comes along with the rest where it is what was asked for; who shows it says when it does not come.
if (/[#&]tab=plan(&|$)/.test(location.hash)) void import("./panel/plan/PlanTab").catch(() => undefined);
// What may be asked for is known before it is asked for.
const known = loadSession();
void known.then(askForPlan);
await fetchWords(lang.peek());
begin(root);
void known.then(loadWorkspace);
