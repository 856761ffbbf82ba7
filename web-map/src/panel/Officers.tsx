/** Who looks after a grid: the card anybody may see, with names and the numbers of the desk. */
import type { OfficerCard, OfficerCards } from "../api/types";
import { t } from "../i18n";

/** A name, the team, and the number to call. */
export function Officer({ officer }: { officer: OfficerCard }) {
  return (
    <span class="officer-line">
      <b>{officer.name}</b>
      {officer.kind === "team" && <span class="muted">{t("officer.team")}</span>}
      {officer.team && <span class="muted">{officer.team}</span>}
      {officer.desk && (
        <a class="desk" href={`tel:${officer.desk.replace(/[^\d+*#]/g, "")}`}>
          {officer.desk}
        </a>
      )}
    </span>
  );
}

export function Officers({ officers }: { officers: OfficerCards }) {
  return (
    <section class="officers" aria-label={t("officer.title")}>
      <h4>{t("officer.title")}</h4>
      {officers.primary ? (
        <p class="officer">
          <Officer officer={officers.primary} />
        </p>
      ) : (
        <p class="officer none">{t("officer.none")}</p>
      )}
      {officers.deputies.length > 0 && (
        <p class="officer deputies">
          <span class="muted">{t("officer.deputies")}</span>
          {officers.deputies.map((deputy) => (
            <Officer key={`${deputy.name}/${deputy.desk}`} officer={deputy} />
          ))}
        </p>
      )}
    </section>
  );
}
