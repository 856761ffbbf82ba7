import type {
  BatchAnswer,
  Coverage,
  GeocodeAnswer,
  GridDetail,
  ImportBody,
  Job,
  Jurisdiction,
  JurisdictionDetail,
  LocateAnswer,
  PlanSummary,
  Point,
  Problem,
  Report,
  ReportBody,
  Session,
  StepBody,
  TileJson,
  Trail,
  Upload,
  Workspace,
} from "./types";

/** What went wrong with a request: `problem` is the server's own words, absent when it was never reached. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly problem: Problem | null,
    /** Seconds after which it may go better, where the server says so. */
    readonly retry_s: number = 0,
  ) {
    super(message);
    this.name = "RequestError";
  }

  /** True when no answer came, so that the same request may be sent again. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** What a request that changes something has to bring along; null when there is no session. */
let csrf: string | null = null;
/** Told when the server does not know us, or not any more. */
let onStranger: () => void = () => undefined;

/** Takes the session's word, and whom to tell when the session is over. */
export function useSession(word: string | null, stranger: () => void): void {
  csrf = word;
  onStranger = stranger;
}

/** What was asked for before anybody needed it, for the first who does. */
const early = new Map<string, { asked_ms: number; answer: Promise<Response> }>();
/** An answer that nobody has taken for so long may be old. */
const EARLY_MS = 5_000;

/** Asks for what is about to be needed; the answer is for `send`. */
export function askEarly(path: string, init?: RequestInit): Promise<Response> {
  const answer = fetch(path, init);
  answer.catch(() => undefined);
  early.set(path, { asked_ms: performance.now(), answer });
  return answer;
}

/** Sends a request of this session as it is; rejects where no answer comes. */
export async function send(path: string, init?: RequestInit): Promise<Response> {
  const own = early.get(path);
  if (own && !init?.method) {
    early.delete(path);
    const answer = performance.now() - own.asked_ms < EARLY_MS ? await own.answer.catch(() => null) : null;
    if (answer?.ok) return answer;
  }
  const headers = new Headers(init?.headers);
  if (csrf && init?.method && init.method !== "GET") headers.set("x-csrf-token", csrf);
  return fetch(path, { ...init, headers });
}

/** As `send`; whoever has to know is told when the session is over. */
export async function sendKnown(path: string, init?: RequestInit): Promise<Response> {
  const response = await send(path, init);
  if (response.status === 401) onStranger();
  return response;
}

async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  const headers = { accept: "application/json", ...(init?.headers as Record<string, string>) };
  try {
    response = await send(path, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new RequestError(`${path}: the server cannot be reached`, 0, null);
  }
  if (response.status === 204) return undefined as T;
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => null)) as Problem | null;
  const words = problem?.detail || problem?.title || response.statusText;
  const mistrusted = problem?.type === "urn:wangge:problem:csrf";
  if (mistrusted || (response.status === 401 && path !== "/v1/session")) onStranger();
  throw new RequestError(words, response.status, problem, Number(response.headers.get("retry-after") ?? 0));
}

const get = <T>(path: string, signal?: AbortSignal) => request<T>(path, signal ? { signal } : undefined);

/** GET /v1/session */
export const fetchSession = () => get<Session>("/v1/session");

/** POST /v1/session: the answer sets the cookie. */
export const postSession = (login: string, password: string) =>
  request<Session>("/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ login, password }),
  });

/** DELETE /v1/session */
export const deleteSession = () => request<void>("/v1/session", { method: "DELETE" });

/** GET /v1/workspace */
export const fetchWorkspace = () => get<Workspace>("/v1/workspace");

/** GET /v1/locate: the one owner of a point, or outside. */
export const locate = (point: Point, signal?: AbortSignal, accuracy_m?: number | null) =>
  get<LocateAnswer>(locatePath(point, accuracy_m), signal);

export function locatePath(point: Point, accuracy_m?: number | null): string {
  const query = new URLSearchParams({ lon: String(point.lon), lat: String(point.lat), crs: point.crs });
  if (accuracy_m) query.set("accuracy", String(accuracy_m));
  return `/v1/locate?${query}`;
}

/** POST /v1/locate:batch: the owners of many points, as `locate` would say them. */
export const locateBatch = (
  body: { lon: (number | null)[]; lat: (number | null)[]; crs: string; edge_distance?: boolean },
  signal?: AbortSignal,
) =>
  request<BatchAnswer>("/v1/locate:batch", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });

/** GET /v1/geocode: what an address may mean. */
export const geocode = (text: string) =>
  get<GeocodeAnswer>(`/v1/geocode?${new URLSearchParams({ q: text, limit: "8" })}`);

/** GET /v1/grids/{code}, geometry and chain included. */
export const fetchGrid = (code: string, signal?: AbortSignal) =>
  get<GridDetail>(`/v1/grids/${encodeURIComponent(code)}`, signal);

/** GET /v1/jurisdictions */
export const fetchJurisdictions = () =>
  get<{ jurisdictions: Jurisdiction[] }>("/v1/jurisdictions").then((body) => body.jurisdictions);

/** GET /v1/jurisdictions/{code} */
export const fetchJurisdiction = (code: string) =>
  get<JurisdictionDetail>(`/v1/jurisdictions/${encodeURIComponent(code)}`);

/** GET /v1/coverage */
export const fetchCoverage = () => get<Coverage>("/v1/coverage");

/** GET /v1/reports, newest first; `stage` for those alone that stand so. */
export const fetchReports = (limit: number, stage?: "open") =>
  get<{ reports: Report[] }>(`/v1/reports?limit=${limit}${stage ? `&stage=${stage}` : ""}`).then(
    (body) => body.reports,
  );

/** GET /v1/reports/{id} */
export const fetchReport = (id: string) => get<Report>(`/v1/reports/${encodeURIComponent(id)}`);

/** POST /v1/reports/{id}/state: answers a report, closes it, or takes it up again. The same again changes nothing. */
export const postStep = (id: string, body: StepBody) =>
  request<Report>(`/v1/reports/${encodeURIComponent(id)}/state`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** GET /v1/reports/{id}/trail: what happened to a report, for its sender. */
export const fetchTrail = (id: string) => get<Trail>(`/v1/reports/${encodeURIComponent(id)}/trail`);

/** POST /v1/reports. The key makes a second sending of the same body harmless. */
export const postReport = (body: ReportBody, idempotencyKey: string) =>
  request<Report>("/v1/reports", {
    method: "POST",
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      "idempotency-key": idempotencyKey,
    },
    body: JSON.stringify(body),
  });

/** POST /v1/plans/{id}/state: puts a draft away, or takes it back. The same again changes nothing. */
export const postPlanState = (id: number, state: "put_away" | "draft") =>
  request<PlanSummary>(`/v1/plans/${id}/state`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ state }),
  });

/** GET /tiles/{layer}: the address template of its tiles as the caller may see them now. */
export const fetchTiles = (layer: string) =>
  get<TileJson>(`/tiles/${layer}`).then(
    // Wherever the server thinks it is, the page asks where it came from.
    ({ tiles }) => location.origin + (tiles[0] ?? "").replace(/^https?:\/\/[^/]+/, ""),
  );

/** POST /v1/uploads: sends a file, and says how far it is. */
export function postUpload(
  file: File,
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<Upload> {
  return new Promise((resolve, reject) => {
    // fetch cannot say how much of a body has left
    const call = new XMLHttpRequest();
    call.open("POST", `/v1/uploads?name=${encodeURIComponent(file.name)}`);
    call.responseType = "json";
    call.setRequestHeader("content-type", "application/octet-stream");
    call.setRequestHeader("accept", "application/json");
    if (csrf) call.setRequestHeader("x-csrf-token", csrf);
    call.upload.onprogress = ({ loaded, total }) => progress(loaded, total);
    call.onload = () => {
      if (call.status === 201) return resolve(call.response as Upload);
      const problem = call.response as Problem | null;
      if (call.status === 401) onStranger();
      reject(new RequestError(problem?.detail || call.statusText, call.status, problem));
    };
    call.onerror = () => reject(new RequestError("the server cannot be reached", 0, null));
    call.onabort = () => reject(new DOMException("", "AbortError"));
    signal.addEventListener("abort", () => call.abort());
    call.send(file);
  });
}

/** DELETE /v1/uploads/{id} */
export const deleteUpload = (id: string) => request<void>(`/v1/uploads/${id}`, { method: "DELETE" });

/** POST /v1/imports: begins a job. */
export const postImport = (body: ImportBody) =>
  request<Job>("/v1/imports", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** POST /v1/tessellations: begins to make atoms of streets and buildings. */
export const postTessellation = (tolerance_m: number) =>
  request<Job>("/v1/tessellations", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ tolerance_m }),
  });

/** GET /v1/jobs/{id} */
export const fetchJob = (id: string) => get<Job>(`/v1/jobs/${id}`);

/** DELETE /v1/jobs/{id}: asks it to stop. */
export const cancelJob = (id: string) => request<Job>(`/v1/jobs/${id}`, { method: "DELETE" });

/** The tile address template of a layer; the version makes it cacheable. */
export const tileTemplate = (layer: "grids" | "jurisdictions", version: string) =>
  `${location.origin}/tiles/${layer}/{z}/{x}/{y}?v=${encodeURIComponent(version)}`;
