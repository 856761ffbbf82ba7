/** What can be laid over the grids: one press for each, with a key to it while it is shown. */
import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { OVERLAYS, type Overlay } from "../map/overlays";
import { mayOverlay, shownOverlays, toggleOverlay } from "../state/overlays";

const Line = ({ name }: { name: string }) => (
  <svg class={`line-key ${name}`} viewBox="0 0 26 10" width="26" height="10" aria-hidden="true">
    <path d="M1 5h24" class="under" />
    <path d="M1 5h24" class="over" />
  </svg>
);

const Ground = ({ name }: { name: string }) => (
  <svg class={`ground-key ${name}`} viewBox="0 0 26 12" width="26" height="12" aria-hidden="true">
    <rect x=".5" y=".5" width="25" height="11" rx="2" />
    {name === "estimated" && <path d="M1 3h24M1 6h24M1 9h24" />}
  </svg>
);

const CLASSES = ["river", "rail", "arterial", "street", "path", "wall"] as const;

function Key({ overlay }: { overlay: Overlay }): ComponentChildren {
  if (overlay === "streets")
    return CLASSES.map((name) => (
      <li key={name}>
        <Line name={name} />
        {t(`line.${name}`)}
      </li>
    ));
  if (overlay === "origin")
    return (["counted", "estimated"] as const).map((name) => (
      <li key={name}>
        <Ground name={name} />
        {t(`origin.${name}`)}
      </li>
    ));
  if (overlay === "findings")
    return (["fault", "mended"] as const).map((name) => (
      <li key={name}>
        <Ground name={name} />
        {t(`overlay.${name}`)}
      </li>
    ));
  return null;
}

export function Overlays() {
  const allowed = OVERLAYS.filter(mayOverlay);
  return (
    <fieldset class="overlays">
      <legend>{t("overlay.title")}</legend>
      {allowed.map((overlay) => (
        <div key={overlay}>
          <label class="overlay">
            <input
              type="checkbox"
              checked={shownOverlays.value.has(overlay)}
              onChange={() => toggleOverlay(overlay)}
              data-overlay={overlay}
            />
            {t(`overlay.${overlay}`)}
          </label>
          {shownOverlays.value.has(overlay) && overlay !== "buildings" && (
            <ul class="overlay-key">
              <Key overlay={overlay} />
            </ul>
          )}
        </div>
      ))}
    </fieldset>
  );
}
