/** Brings a file in, in five steps: the file, what it is, its fields, a look at it, and go. */
import { useRef, useState } from "preact/hooks";
import { count } from "../format";
import { lang, t } from "../i18n";
import { fits, KINDS } from "../import/guess";
import {
  again,
  bringIn,
  done,
  job,
  kind,
  layer,
  layerName,
  layers,
  lookAtFile,
  looked,
  makeAtoms,
  missing,
  running,
  STEPS,
  sendFile,
  sending,
  step,
  stopSending,
  takeKind,
  takeLayer,
  tolerance,
  trouble,
  upload,
} from "../state/imports";
import { may, session } from "../state/session";
import { FieldsStep } from "./ImportFields";
import { Figures, Progress, Trouble } from "./ImportLook";

/** What the chooser of files offers. */
const ACCEPT = ".gpkg,.geojson,.json,.fgb,.zip,.csv,.xlsx,.kml,.ods,.zst";

function Stepper() {
  const at = STEPS.indexOf(step.value);
  return (
    <ol class="stepper">
      {STEPS.map((one, index) => (
        <li key={one} class={index < at ? "past" : ""} aria-current={index === at ? "step" : undefined}>
          <i aria-hidden="true">{index < at ? "✓" : index + 1}</i>
          {t(`import.step.${one}`)}
        </li>
      ))}
    </ol>
  );
}

function FileStep() {
  const chooser = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const under = sending.value;
  const take = (files: FileList | null | undefined) => {
    const file = files?.[0];
    if (file) void sendFile(file);
  };
  if (under) {
    return (
      <div class="progress">
        <p>{t("import.sending", { name: under.name })}</p>
        <progress value={under.share} max={1} aria-label={t("import.sending", { name: under.name })} />
        <div class="actions">
          <button type="button" class="small" onClick={stopSending}>
            {t("import.stop")}
          </button>
        </div>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same
    <div
      class={over ? "drop-zone over" : "drop-zone"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <p>{t("import.drop")}</p>
      <button type="button" class="primary" onClick={() => chooser.current?.click()}>
        {t("import.choose")}
      </button>
      <input
        ref={chooser}
        type="file"
        accept={ACCEPT}
        hidden
        onChange={(event) => {
          take(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
      />
      <p class="muted fine-print">{t("import.formats")}</p>
    </div>
  );
}

function WhatStep() {
  const own = layer.value;
  return (
    <>
      <fieldset class="layers">
        <legend>{t("import.layer")}</legend>
        {layers.value.map((one) => (
          <label key={one.name}>
            <input
              type="radio"
              name="layer"
              checked={layerName.value === one.name}
              onChange={() => takeLayer(one.name)}
            />
            <span>
              <b>{one.name}</b>
              <small>
                {t("import.features", { n: count(one.features, lang.value) })} ·{" "}
                {one.crs ?? t("import.crs.none")}
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset class="kinds">
        <legend>{t("import.kind")}</legend>
        {KINDS.filter((one) => own && fits(one, own)).map((one) => (
          <label key={one}>
            <input type="radio" name="kind" checked={kind.value === one} onChange={() => takeKind(one)} />
            <span>
              <b>{t(`import.kind.${one}`)}</b>
              <small>{t(`import.kind.${one}.help`)}</small>
            </span>
          </label>
        ))}
      </fieldset>
    </>
  );
}

function LookStep() {
  const result = looked.value;
  if (running.value) return <Progress words={t("import.looking")} />;
  if (!result) return null;
  return (
    <>
      <Figures result={result} />
      <p class="muted fine-print">{t("import.drawn", { n: result.sample?.features.length ?? 0 })}</p>
    </>
  );
}

function GoStep() {
  const result = done.value;
  if (running.value) return <Progress words={t("import.going")} />;
  if (!result) return null;
  return (
    <>
      <p class="all-clear" role="status">
        <span aria-hidden="true">✓</span>{" "}
        {t(result.already ? "import.already" : "import.done", {
          id: result.dataset ?? result.input ?? result.link_set ?? "–",
        })}
      </p>
      <Figures result={result} />
      <p class="note">
        {t(
          result.link_set !== null
            ? "import.next.links"
            : result.dataset === null
              ? "import.next.input"
              : "import.next.atoms",
        )}
      </p>
      {result.dataset === null && result.link_set === null && may("POST /v1/tessellations") && (
        <div class="make-atoms">
          <label class="map-row">
            <span>{t("import.atoms.tolerance")}</span>
            <input
              type="text"
              inputMode="decimal"
              value={tolerance.value}
              onInput={(event) => {
                tolerance.value = event.currentTarget.value;
              }}
            />
          </label>
          <button type="button" class="wide" onClick={() => void makeAtoms()}>
            {t("import.atoms.make")}
          </button>
        </div>
      )}
    </>
  );
}

/** The way back and on. */
function Ways() {
  const at = step.value;
  if (at === "file" || running.value) return null;
  const back = () => {
    const before = STEPS[STEPS.indexOf(step.value) - 1];
    if (before === "file") again("file");
    else if (before) step.value = before;
  };
  if (at === "go" && done.value) {
    return (
      <div class="actions ways">
        {layers.value.length > 1 && (
          <button type="button" onClick={() => again("what")}>
            {t("import.again.layer")}
          </button>
        )}
        <button type="button" onClick={() => again("file")}>
          {t("import.again.file")}
        </button>
      </div>
    );
  }
  const ready =
    at === "what" ? layer.value !== null : at === "fields" ? missing.value === null : looked.value !== null;
  return (
    <div class="actions ways">
      <button type="button" onClick={back}>
        {t("import.back")}
      </button>
      {at !== "go" && (
        <button
          type="button"
          class="primary"
          disabled={!ready}
          onClick={() => {
            if (at === "what") step.value = "fields";
            else if (at === "fields") void lookAtFile();
            else void bringIn();
          }}
        >
          {t(at === "what" ? "import.on" : at === "fields" ? "import.look" : "import.go")}
        </button>
      )}
    </div>
  );
}

export function ImportTab() {
  if (session.value && !may("POST /v1/imports")) return <p class="note">{t("import.stranger")}</p>;
  const sent = upload.value;
  const at = step.value;
  return (
    <div class="import" data-step={at}>
      <Stepper />
      {sent && at !== "file" && (
        <p class="import-file">
          <b>{sent.name}</b>
          {at !== "what" && ` › ${layerName.value} › ${t(`import.kind.${kind.value}`)}`}
        </p>
      )}
      {at === "file" && <FileStep />}
      {at === "what" && <WhatStep />}
      {at === "fields" && <FieldsStep />}
      {at === "look" && <LookStep />}
      {at === "go" && <GoStep />}
      {job.value?.state === "cancelled" && <p class="note">{t("import.cancelled")}</p>}
      {trouble.value !== "" && <Trouble detail={trouble.value} />}
      <Ways />
    </div>
  );
}
