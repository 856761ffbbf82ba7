/** The server of CONTRACT.md over HTTP. */
import { type FeedListener, openFeed } from "../api/sse";
import type { WireOp } from "../engine/wire";
import {
  type Assignment,
  type Draft,
  type Here,
  type OpsPage,
  type PlanServer,
  type Posted,
  type Recorded,
  ServerError,
} from "./server";

export interface HttpPorts {
  /** Sends a request of this session: adds what a change has to bring along. Rejects where no answer comes. */
  send(path: string, init?: RequestInit): Promise<Response>;
  feed?: (path: string, listener: FeedListener) => () => void;
}

interface ProblemBody {
  type?: string;
  detail?: string;
  title?: string;
  op?: string;
  rev?: number;
  missed?: Recorded[];
  more?: boolean;
}

const PROBLEM = "urn:wangge:problem:";
/** How a server says that its disk is full, where it gives this no type or status of its own. */
const NO_ROOM = /\bno room\b|\bdisk\b.*\bfull\b/;

/** Connects to the draft of a plan. */
export function connect(plan: number, { send, feed = openFeed }: HttpPorts): PlanServer {
  const base = `/v1/plans/${plan}`;

  async function ask(path: string, init?: RequestInit): Promise<Response> {
    try {
      return await send(path, init);
    } catch {
      throw new ServerError(`${path}: the server cannot be reached`, true);
    }
  }

  async function fail(response: Response): Promise<never> {
    const body = await problemOf(response);
    const words = body.detail || body.title || `${response.status} ${response.statusText}`;
    // What a proxy or a server that is starting or full answers; the same request may go through later.
    const again = response.status === 408 || response.status === 429 || response.status >= 500;
    const full =
      response.status === 507 ||
      body.type === `${PROBLEM}full` ||
      (response.status === 503 && NO_ROOM.test(words));
    throw new ServerError(words, again, Number(response.headers.get("retry-after") ?? 0) || 0, full);
  }

  async function get<T>(path: string): Promise<T> {
    const response = await ask(path, { headers: { accept: "application/json" }, cache: "no-store" });
    return response.ok ? read<T>(response) : fail(response);
  }

  const json = (body: unknown): RequestInit => ({
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
  });

  return {
    draft: () => get<Draft>(`${base}/draft`),
    async topology({ href, bytes }) {
      // Immutable under its hash: the browser's own cache keeps it.
      const response = await ask(href);
      if (!response.ok) return fail(response);
      const buffer = await whole(() => response.arrayBuffer());
      if (buffer.byteLength !== bytes) {
        throw new ServerError(`${href}: ${buffer.byteLength} bytes came, ${bytes} were announced`, true);
      }
      return buffer;
    },
    assignment: (rev) => get<Assignment>(`${base}/assignment${rev === undefined ? "" : `?rev=${rev}`}`),
    ops: (since, by) => get<OpsPage>(`${base}/ops?since=${since}${by ? `&by=${by}` : ""}`),
    async post(base_rev, ops: WireOp[]): Promise<Posted> {
      const response = await ask(`${base}/ops`, json({ base_rev, ops }));
      if (response.ok) {
        const { rev, revs } = await read<{ rev: number; revs: number[] }>(response);
        return { kind: "done", rev, revs };
      }
      const body = await problemOf(response.clone());
      if (response.status === 409 && body.type === `${PROBLEM}behind` && body.missed) {
        return { kind: "behind", rev: body.rev ?? base_rev, missed: body.missed, more: body.more === true };
      }
      if (response.status === 422 && body.type === `${PROBLEM}operation` && body.op) {
        return { kind: "unfit", op: body.op, why: body.detail ?? "" };
      }
      return fail(response);
    },
    listen(since, events) {
      return feed(`${base}/events?since=${since()}`, {
        live: () => events.open(),
        lost: () => events.lost(),
        event({ event, data }) {
          const body = parsed(data);
          if (body === null) return;
          if (event === "op") events.op(body as Recorded);
          else if (event === "presence") events.presence((body as { here: Here[] }).here);
          else if (event === "published") events.published((body as { publication: string }).publication);
        },
      });
    },
    async presence(session, grid) {
      const response = await ask(`${base}/presence`, json({ session, grid }));
      if (!response.ok) await fail(response);
    },
  };
}

/** A body that breaks off is no answer: the same request may be sent again. */
async function whole<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch {
    throw new ServerError("the answer broke off", true);
  }
}

const read = <T>(response: Response): Promise<T> => whole(() => response.json() as Promise<T>);

async function problemOf(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    return {};
  }
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
