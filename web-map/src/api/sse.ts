/** Server-sent events over fetch: unlike EventSource it sees the heartbeat comments, so a silent death is noticed. */

export interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

/**
 * Splits a text stream into events, fed piece by piece wherever the network cut it.
 * Returns the events completed by each piece; comments and unknown fields are skipped.
 */
export function createParser(): (piece: string) => StreamEvent[] {
  let rest = "";
  let event = "";
  let id = "";
  let data: string[] = [];
  return (piece) => {
    rest += piece;
    const done: StreamEvent[] = [];
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) done.push({ id, event: event || "message", data: data.join("\n") });
        event = "";
        data = [];
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "data") data.push(value);
      else if (field === "event") event = value;
      else if (field === "id") id = value;
    }
    return done;
  };
}

/** No byte for this long means the feed is dead: the server writes a comment every 15 s. */
export const SILENCE_MS = 40_000;

const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 15_000;

export interface FeedListener {
  /** An event arrived. */
  event(event: StreamEvent): void;
  /** The feed is open. */
  live(): void;
  /** The feed broke; it is being tried again. */
  lost(): void;
}

/** Keeps the feed at `path` open until the returned function is called; resumes with Last-Event-ID. */
export function openFeed(path: string, listener: FeedListener): () => void {
  let stopped = false;
  let lastId = "";
  let retry_ms = RETRY_FIRST_MS;
  let abort = new AbortController();
  let wake: (() => void) | null = null;

  async function once(): Promise<void> {
    abort = new AbortController();
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (lastId) headers["last-event-id"] = lastId;
    const response = await fetch(path, { headers, cache: "no-store", signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`feed answered ${response.status}`);
    listener.live();
    retry_ms = RETRY_FIRST_MS;
    const parse = createParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const silence = setTimeout(() => abort.abort(), SILENCE_MS);
      const { value, done } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      for (const event of parse(decoder.decode(value, { stream: true }))) {
        if (event.id) lastId = event.id;
        listener.event(event);
      }
    }
  }

  async function forever(): Promise<void> {
    while (!stopped) {
      await once().catch(() => undefined);
      if (stopped) return;
      listener.lost();
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, retry_ms);
      });
      retry_ms = Math.min(retry_ms * 2, RETRY_MOST_MS);
    }
  }

  const offline = () => abort.abort();
  const online = () => wake?.();
  addEventListener("offline", offline);
  addEventListener("online", online);
  void forever();
  return () => {
    stopped = true;
    removeEventListener("offline", offline);
    removeEventListener("online", online);
    abort.abort();
    wake?.();
  };
}
