/** The live feed: reports and publications as they happen; while it is lost the reports are polled. */
import { effect, untracked } from "@preact/signals";
import { fetchReports } from "../api/client";
import { openFeed, type StreamEvent } from "../api/sse";
import type { Report } from "../api/types";
import type { TileChange } from "../map/versions";
import { refreshPublication } from "./actions";
import { takeList, takeReport } from "./reports";
import { loadSession, may, mayHandle, mayListen } from "./session";
import { feed, reports, tileChange } from "./store";

const POLL_MS = 5_000;
/** A publication may come to hold by its date alone, without an event: looked for this often. */
const RENEW_MS = 300_000;
/** Checks for a missed publication while the feed is lost, in polls. */
const POLLS_PER_WORKSPACE_CHECK = 3;

/** As many as the server tells at once. */
const LISTED = 200;

/** Reads the newest reports, and for who answers them the newest open ones; those not known yet land, the oldest of them first. */
async function readReports(first: boolean): Promise<void> {
  if (!may("GET /v1/reports")) return;
  const list = await fetchReports(LISTED);
  // Where that was not all, what nobody has answered may be older.
  if (list.length === LISTED && mayHandle.peek()) list.push(...(await fetchReports(LISTED, "open")));
  if (first) takeList(list);
  else for (const report of list.reverse()) takeReport(report);
}

function onEvent({ event, data }: StreamEvent): void {
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch {
    return;
  }
  if (event === "report") takeReport(body as Report);
  if (event === "tiles" && body) tileChange.value = body as TileChange;
  if (event === "publication") void refreshPublication();
}

/** Keeps the feed going while the caller may listen, for the life of the page. */
export function startFeed(): void {
  setInterval(() => void refreshPublication(), RENEW_MS);
  let stop: (() => void) | null = null;
  effect(() => {
    const wanted = mayListen.value;
    untracked(() => {
      stop?.();
      stop = wanted ? openReports() : null;
    });
  });
}

/** Opens the feed; the returned function closes it and forgets what it brought. */
function openReports(): () => void {
  feed.value = { state: "connecting", since_ms: 0, polled_ms: 0, pollFailed: false };
  let poll: ReturnType<typeof setInterval> | undefined;
  let polls = 0;
  let everRead = false;

  const catchUp = () =>
    readReports(!everRead).then(
      () => {
        everRead = true;
        return true;
      },
      () => false,
    );

  const pollOnce = async () => {
    const fine = await catchUp();
    if (feed.peek().state !== "lost") return;
    feed.value = {
      ...feed.peek(),
      pollFailed: !fine,
      polled_ms: fine ? Date.now() : feed.peek().polled_ms,
    };
    if (fine && ++polls % POLLS_PER_WORKSPACE_CHECK === 0) void refreshPublication();
  };

  const close = openFeed("/v1/events", {
    event: onEvent,
    live() {
      const before = feed.peek().state;
      clearInterval(poll);
      poll = undefined;
      feed.value = { state: "live", since_ms: 0, polled_ms: 0, pollFailed: false };
      void catchUp();
      if (before === "lost") void refreshPublication();
    },
    lost() {
      if (feed.peek().state === "lost") return;
      // It may be the session that is over, not the line.
      void loadSession();
      feed.value = { state: "lost", since_ms: Date.now(), polled_ms: 0, pollFailed: false };
      polls = 0;
      void pollOnce();
      poll ??= setInterval(pollOnce, POLL_MS);
    },
  });
  return () => {
    close();
    clearInterval(poll);
    feed.value = { state: "off", since_ms: 0, polled_ms: 0, pollFailed: false };
    reports.value = [];
  };
}
