import type { Report } from "../api/types";
import { isNewer, justCame, placed, sameStanding } from "../reports/standing";
import { landed, reports, workspace } from "./store";

/** Reports kept in the list: the newest that the server tells at once, and as many open ones that are older. */
export const KEPT_REPORTS = 400;

let serial = 0;

/**
 * Takes what is told of a report. One that is known takes the place of itself where it stands otherwise by now; one that has just come is shown
 * landing. The answers to what is sent, the feed and the polled list all come here, in any order, any number of times.
 */
export function takeReport(report: Report): void {
  const known = reports.value.find(({ id }) => id === report.id);
  if (known && (sameStanding(report, known) || !isNewer(report, known))) return;
  reports.value = placed(reports.value, report).slice(0, KEPT_REPORTS);
  // An older report that was answered is no new one.
  if (known || !justCame(report)) return;
  const space = workspace.value;
  if (space) workspace.value = { ...space, counts: { ...space.counts, reports: space.counts.reports + 1 } };
  landed.value = { report, serial: ++serial };
}

/** Takes a list that was asked for first: nothing of it lands. What the feed brought meanwhile and is newer stays. */
export function takeList(list: readonly Report[]): void {
  let all: Report[] = [...reports.value];
  for (const report of list) {
    const known = all.find(({ id }) => id === report.id);
    if (!known || isNewer(report, known)) all = placed(all, report);
  }
  reports.value = all.slice(0, KEPT_REPORTS);
}
