/** The one box: a coordinate in any usual writing, a grid code, or a jurisdiction's name. */
import { useRef } from "preact/hooks";
import { t } from "../i18n";
import { NAMED_CRS } from "../lookup/coordinate";
import { submitBox } from "../state/actions";
import { boxCrs, boxEpsg, boxReading, boxText } from "../state/store";
import { CloseIcon } from "./parts";

/** Says how the line was read, so that a swapped pair is seen at once. */
function readingWords(): string {
  const reading = boxReading.value;
  if (reading?.kind === "point") return t(`order.${reading.order}`) + t(`ground.${reading.ground}`);
  if (reading?.kind === "projected") return t("read.projected");
  return "";
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
          {said && <span class="box-read">{said}</span>}
        </div>
      </form>
    </search>
  );
}
