/** The one box: a coordinate in any usual writing, a grid code, or a jurisdiction's name. */
import { useRef } from "preact/hooks";
import { distance } from "../format";
import { lang, t } from "../i18n";
import { NAMED_CRS, swapped } from "../lookup/coordinate";
import { openTab } from "../state/actions";
import { submitBox, swapBox } from "../state/box";
import { boxCrs, boxEpsg, boxReading, boxText, listOpen, listText } from "../state/store";
import { CloseIcon } from "./parts";

/** Says how the line was read, so that a swapped pair is seen at once. */
function readingWords(): string {
  const reading = boxReading.value;
  if (reading?.kind === "point") return t(`order.${reading.order}`) + t(`ground.${reading.ground}`);
  if (reading?.kind === "projected") return t("read.projected");
  if (reading?.kind === "code")
    return t(`read.${reading.system}`, { distance: distance(reading.cell_m, lang.value) });
  return "";
}

/** Goes to where many points are looked up, with what was pasted. */
function openList(text: string): void {
  if (text) listText.value = text;
  listOpen.value = true;
  openTab("lookup");
}

export function Box() {
  const input = useRef<HTMLInputElement>(null);
  const said = readingWords();
  return (
    <search>
      <form
        class="box"
        onSubmit={(event) => {
          event.preventDefault();
          void submitBox();
        }}
      >
        <div class="box-line">
          <input
            ref={input}
            id="box"
            type="text"
            autocomplete="off"
            spellcheck={false}
            aria-label={t("box.label")}
            aria-keyshortcuts="/"
            title={t("box.key")}
            placeholder={t("box.placeholder")}
            value={boxText.value}
            onInput={(event) => {
              boxText.value = event.currentTarget.value;
            }}
            onPaste={(event) => {
              const text = event.clipboardData?.getData("text/plain") ?? "";
              if (text.trim().split(/[\r\n]+/).length < 2) return;
              // A line can hold one place only: several go where many are looked up.
              event.preventDefault();
              openList(text);
            }}
          />
          {boxText.value ? (
            <button
              type="button"
              class="icon clear"
              aria-label={t("box.clear")}
              onClick={() => {
                boxText.value = "";
                input.current?.focus();
              }}
            >
              <CloseIcon />
            </button>
          ) : (
            <span class="key" aria-hidden="true">
              /
            </span>
          )}
          <button type="submit" class="primary">
            {t("box.go")}
          </button>
        </div>
        <div class="box-crs">
          <label for="box-crs">{t("box.crs")}</label>
          <select
            id="box-crs"
            value={boxCrs.value}
            onChange={(event) => {
              boxCrs.value = event.currentTarget.value;
            }}
          >
            {NAMED_CRS.map((crs) => (
              <option key={crs} value={crs}>
                {t(`crs.${crs}`)}
              </option>
            ))}
            <option value="epsg">{t("crs.epsg")}</option>
          </select>
          {boxCrs.value === "epsg" && (
            <input
              type="text"
              class="epsg"
              inputMode="numeric"
              aria-label={t("box.epsg")}
              placeholder="4547"
              value={boxEpsg.value}
              onInput={(event) => {
                boxEpsg.value = event.currentTarget.value;
              }}
            />
          )}
          <button type="button" class="small quiet list-open" onClick={() => openList("")}>
            {t("box.list")}
          </button>
          {said && (
            <span class="box-read">
              {said}{" "}
              {boxReading.value && swapped(boxReading.value) && (
                <button type="button" class="small" onClick={swapBox}>
                  {t("box.swap")}
                </button>
              )}
            </span>
          )}
        </div>
      </form>
    </search>
  );
}
