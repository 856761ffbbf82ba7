/** The third step of an import: which field means what, and where the file's coordinates count from. */
import type { ComponentChildren } from "preact";
import { type Key, t } from "../i18n";
import { FIELDS, type Meaning } from "../import/guess";
import {
  classIs,
  crossings,
  crs,
  epsg,
  fields,
  kind,
  layer,
  levels,
  levelWord,
  missing,
  nulls,
  overlaps,
  set,
  takeField,
  takeLevel,
  wantsCrs,
} from "../state/imports";

const SYSTEMS = ["wgs84", "cgcs2000", "gcj02", "bd09", "epsg"] as const;
const LINES = ["river", "rail", "arterial", "street", "path", "wall"] as const;
const LEVEL_WORDS = ["district", "street_office", "community"] as const;

function Row({ name, wanted, children }: { name: string; wanted?: boolean; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class={wanted ? "map-row wanted" : "map-row"}>
      <span>{name}</span>
      {children}
    </label>
  );
}

function FieldSelect({ value, onTake }: { value: string; onTake: (field: string) => void }) {
  return (
    <select value={value} onChange={(event) => onTake(event.currentTarget.value)}>
      <option value="">{t("import.field.none")}</option>
      {layer.value?.fields.map((field) => (
        <option key={field} value={field}>
          {field}
        </option>
      ))}
    </select>
  );
}

function Choice<T extends string>({
  name,
  of,
  choices,
}: {
  name: string;
  of: { value: T };
  choices: readonly (readonly [T, Key])[];
}) {
  return (
    <Row name={name}>
      <select value={of.value} onChange={(event) => set(of, event.currentTarget.value as T)}>
        {choices.map(([value, key]) => (
          <option key={value} value={value}>
            {t(key)}
          </option>
        ))}
      </select>
    </Row>
  );
}

function System() {
  const own = layer.value?.crs;
  return (
    <>
      <h3>{t("import.crs")}</h3>
      <p class={wantsCrs.value ? "ink-over" : "muted"}>
        {own ? t("import.crs.own", { crs: own }) : t("import.crs.ask")}
      </p>
      <Row name={t("import.crs.read")} wanted={missing.value === "crs"}>
        <select value={crs.value} onChange={(event) => set(crs, event.currentTarget.value)} data-field="crs">
          <option value="">{t(own ? "import.crs.as_said" : "import.crs.choose")}</option>
          {SYSTEMS.map((one) => (
            <option key={one} value={one}>
              {t(`crs.${one}`)}
            </option>
          ))}
        </select>
      </Row>
      {crs.value === "epsg" && (
        <Row name={t("box.epsg")} wanted={missing.value === "crs"}>
          <input
            type="text"
            inputMode="numeric"
            placeholder="4547"
            value={epsg.value}
            onInput={(event) => set(epsg, event.currentTarget.value)}
          />
        </Row>
      )}
    </>
  );
}

export function FieldsStep() {
  const atoms = kind.value === "atoms";
  const counts = (meaning: Meaning) => meaning === "households" || meaning === "population";
  return (
    <div class="mapping">
      <h3>{t("import.fields")}</h3>
      {FIELDS[kind.value].map((meaning) => (
        <Row
          key={meaning}
          name={t(`import.field.${meaning}`)}
          wanted={missing.value === "counts" && counts(meaning)}
        >
          <FieldSelect value={fields.value[meaning] ?? ""} onTake={(field) => takeField(meaning, field)} />
        </Row>
      ))}
      {missing.value === "counts" && <p class="ink-over">{t("import.field.counts")}</p>}
      {atoms &&
        LEVEL_WORDS.slice(0, levels.value.codes.length + 1).map((word, index) => (
          <Row key={word} name={t("import.field.level", { n: index + 1 })}>
            <FieldSelect
              value={levels.value.codes[index] ?? ""}
              onTake={(field) => takeLevel(index, field)}
            />
          </Row>
        ))}
      {atoms && (
        <>
          <Choice
            name={t("import.nulls")}
            of={nulls}
            choices={[
              ["error", "import.nulls.error"],
              ["uninhabited", "import.nulls.uninhabited"],
              ["unknown", "import.nulls.unknown"],
            ]}
          />
          <Choice
            name={t("import.overlaps")}
            of={overlaps}
            choices={[
              ["refuse", "import.overlaps.refuse"],
              ["smaller_code", "import.overlaps.smaller_code"],
            ]}
          />
          <Choice
            name={t("import.crossings")}
            of={crossings}
            choices={[
              ["refuse", "import.overlaps.refuse"],
              ["keep", "import.crossings.keep"],
            ]}
          />
        </>
      )}
      {kind.value === "streets" && (
        <Choice
          name={t("import.class_is")}
          of={classIs}
          choices={[
            ["", "import.class_is.own"] as const,
            ...LINES.map((one) => [one as string, `line.${one}`] as const),
          ]}
        />
      )}
      {kind.value === "jurisdictions" && (
        <Choice
          name={t("import.level")}
          of={levelWord}
          choices={LEVEL_WORDS.map((one) => [one as string, `level.${one}`] as const)}
        />
      )}
      <System />
    </div>
  );
}
