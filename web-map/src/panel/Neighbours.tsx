/** The grids beside one, with how long their common border is; asked for when it is opened. */
import { useState } from "preact/hooks";
import type { GridDetail } from "../api/types";
import { distance } from "../format";
import { lang, t } from "../i18n";
import type { Neighbour } from "../lookup/neighbours";
import { openGrid } from "../state/actions";
import { neighboursOf } from "../state/neighbours";
import { may, words } from "../state/session";

export function Neighbours({ of }: { of: GridDetail }) {
  const [found, setFound] = useState<Neighbour[] | null>(null);
  const [why, setWhy] = useState("");
  if (!may("POST /v1/locate:batch")) return null;
  const ask = () => {
    setWhy("");
    neighboursOf(of).then(setFound, (error: unknown) => setWhy(words(error)));
  };
  return (
    <details
      class="neighbours"
      onToggle={(event) => {
        if (event.currentTarget.open && !found) ask();
      }}
    >
      <summary>{t("lookup.neighbours")}</summary>
      {why ? (
        <div class="note bad">
          <p>{why}</p>
          <button type="button" class="small" onClick={ask}>
            {t("app.retry")}
          </button>
        </div>
      ) : found ? (
        <ol>
          {found.map(({ code, border_m, towards }) => (
            <li key={code ?? ""}>
              {code ? (
                <button type="button" class="link" onClick={() => openGrid(code)}>
                  {code}
                </button>
              ) : (
                <span>{t("lookup.nowhere")}</span>
              )}
              <span class="muted">
                {t(`direction.${towards}`)} · {distance(border_m, lang.value)}
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <p class="muted">{t("lookup.asking")}</p>
      )}
    </details>
  );
}
