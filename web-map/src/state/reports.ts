import type { Report } from "../api/types";
import { landed, reports, workspace } from "./store";

/** Reports kept in the list: as many as the server tells at once. */
export const KEPT_REPORTS = 200;

let serial = 0;

/** Adds a report unless it is known already, and shows it landing. The answer to a sending and the feed both come here. */
export function takeReport(report: Report): void {
  if (reports.value.some((known) => known.id === report.id)) return;
  reports.value = [report, ...reports.value].slice(0, KEPT_REPORTS);
  const space = workspace.value;
  if (space) workspace.value = { ...space, counts: { ...space.counts, reports: space.counts.reports + 1 } };
  landed.value = { report, serial: ++serial };
}
