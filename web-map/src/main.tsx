import { render } from "preact";
import "./styles/base.css";
import "./styles/card.css";
import "./styles/reports.css";
import "./styles/coverage.css";
import "./styles/panel.css";
import "./styles/map.css";
import "./styles/import.css";
import { mirrorLang } from "./i18n";
import { bindAddress, bindKeys, bindNotices } from "./keys";
import { App } from "./panel/App";
import { loadWorkspace } from "./state/actions";
import { startFeed } from "./state/feed";
import { bindOverlays } from "./state/overlays";
import { loadSession } from "./state/session";
import { workspace } from "./state/store";

mirrorLang(() => workspace.value?.name ?? "");
bindKeys();
bindAddress();
bindNotices();
const root = document.getElementById("app");
if (!root) throw new Error("index.html has no element #app to draw into");
render(<App />, root);
// What may be asked for is known before it is asked for.
void loadSession().then(loadWorkspace);
bindOverlays();
startFeed();
