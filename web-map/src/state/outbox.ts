/**
 * The one report being sent. It is stored before it leaves and under one idempotency key, so that a lost
 * connection, a retry or a reload neither loses it nor records it twice.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { RequestError } from "../api/client";
import type { Report, ReportBody } from "../api/types";

export type OutboxState =
  | { kind: "idle" }
  | { kind: "sending"; body: ReportBody }
  | { kind: "waiting"; body: ReportBody; retry_in_ms: number }
  | { kind: "refused"; body: ReportBody; why: string };

/** What the outbox needs from outside, so that tests can give their own. */
export interface OutboxPorts {
  post(body: ReportBody, key: string): Promise<Report>;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
  newKey(): string;
  after(delay_ms: number, run: () => void): () => void;
  delivered(report: Report): void;
}

interface Stored {
  body: ReportBody;
  key: string;
}

export interface Outbox {
  state: ReadonlySignal<OutboxState>;
  /** Sends a new report; ignored while another is under way. */
  submit(body: ReportBody): void;
  /** Sends the waiting report now. */
  retry(): void;
  /** Gives the waiting or refused report up. */
  discard(): void;
}

const STORED = "wangge.outbox";
const RETRY_FIRST_MS = 3_000;
const RETRY_MOST_MS = 30_000;

/** A random key that also works where the page is not a secure context. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Opens the outbox; a report stored by an earlier page is sent at once. */
export function openOutbox(ports: OutboxPorts): Outbox {
  const state = signal<OutboxState>({ kind: "idle" });
  let pending: Stored | null = null;
  let retry_ms = RETRY_FIRST_MS;
  let cancel: (() => void) | null = null;

  function keep(next: Stored | null): void {
    pending = next;
    try {
      if (next) ports.storage?.setItem(STORED, JSON.stringify(next));
      else ports.storage?.removeItem(STORED);
    } catch {
      // Without storage the report still survives retries, only not a reload.
    }
  }

  async function send(stored: Stored): Promise<void> {
    cancel?.();
    cancel = null;
    state.value = { kind: "sending", body: stored.body };
    try {
      const report = await ports.post(stored.body, stored.key);
      if (pending !== stored) return;
      keep(null);
      retry_ms = RETRY_FIRST_MS;
      state.value = { kind: "idle" };
      ports.delivered(report);
    } catch (error) {
      if (pending !== stored) return;
      if (error instanceof RequestError && !error.unreachable) {
        keep(null);
        state.value = { kind: "refused", body: stored.body, why: error.message };
        return;
      }
      state.value = { kind: "waiting", body: stored.body, retry_in_ms: retry_ms };
      cancel = ports.after(retry_ms, () => void send(stored));
      retry_ms = Math.min(retry_ms * 2, RETRY_MOST_MS);
    }
  }

  const left = read(ports.storage);
  if (left) {
    pending = left;
    void send(left);
  }

  return {
    state,
    submit(body) {
      if (state.peek().kind === "sending" || state.peek().kind === "waiting") return;
      keep({ body, key: ports.newKey() });
      if (pending) void send(pending);
    },
    retry() {
      if (pending && state.peek().kind === "waiting") void send(pending);
    },
    discard() {
      cancel?.();
      cancel = null;
      keep(null);
      state.value = { kind: "idle" };
    },
  };
}

function read(storage: OutboxPorts["storage"]): Stored | null {
  try {
    const stored = JSON.parse(storage?.getItem(STORED) ?? "null") as Stored | null;
    return stored && typeof stored.key === "string" && typeof stored.body === "object" ? stored : null;
  } catch {
    return null;
  }
}
