/**
 * A server of the plans' journeys: a fresh store of the bundled town with a plan in force and a draft, served by a program of its own,
 * which a journey may kill and start again. With WANGGE_DIST the page comes from that folder (what `npm run build` made) and everything
 * else from the program; otherwise all of it from the program.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.WANGGE_PROGRAM;
const DIST = process.env.WANGGE_DIST;
const TOWN = fileURLToPath(new URL("../../data/town.gpkg", import.meta.url));
const IMPORT =
  "--layer parcels --id code --households households --population population --jurisdiction district,street_office,community --jurisdiction-name district_name,street_office_name,community_name --name address";

const freePort = () =>
  new Promise((done) => {
    const socket = createSocket();
    socket.listen(0, "127.0.0.1", () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });

/** Makes the store in a folder, which is gone afterwards, and serves it. */
export async function openTown(folder = mkdtempSync(join(tmpdir(), "wangge-plans-"))) {
  const store = join(folder, "town.gpkg");
  const run = (...args) => execFileSync(PROGRAM, [...args, "--store", store], { stdio: "pipe" });
  run("import", TOWN, ...IMPORT.split(" "));
  run("partition");
  run("publish");
  run("partition", "--seed", "2");
  const port = await freePort();
  let child = null;
  const start = async () => {
    child = spawn(PROGRAM, ["serve", "--store", store, "--bind", `127.0.0.1:${port}`], { stdio: "ignore" });
    for (let i = 0; ; i++) {
      const ready = await fetch(`http://127.0.0.1:${port}/healthz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return;
      if (i > 600 || child.exitCode !== null) throw new Error(`the server of ${store} does not start`);
      await new Promise((rest) => setTimeout(rest, 100));
    }
  };
  const ended = () => new Promise((done) => (child.exitCode !== null ? done() : child.once("exit", done)));
  await start();
  const front = DIST ? await serveDist(DIST, port) : null;
  return {
    url: front?.url ?? `http://127.0.0.1:${port}`,
    start,
    store,
    /** As a power cut does. */
    async kill() {
      child.kill("SIGKILL");
      await ended();
    },
    async close() {
      front?.close();
      child.kill("SIGTERM");
      await ended();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** Files of a build, under the program's own content policy; what is no file is asked of the program. */
export async function serveDist(folder, port) {
  const policy = (await fetch(`http://127.0.0.1:${port}/`)).headers.get("content-security-policy") ?? "";
  const server = createServer((asked, answer) => {
    const path = normalize(new URL(asked.url, "http://x").pathname).replace(/^\/+/, "") || "index.html";
    if (/^(index\.html|assets\/)/.test(path)) {
      try {
        const body = readFileSync(join(folder, path));
        answer.writeHead(200, {
          "content-type": TYPES[extname(path)] ?? "application/octet-stream",
          "content-security-policy": policy,
        });
        return answer.end(body);
      } catch {
        return answer.writeHead(404).end();
      }
    }
    const on = request(
      { host: "127.0.0.1", port, path: asked.url, method: asked.method, headers: asked.headers },
      (got) => {
        answer.writeHead(got.statusCode, got.headers);
        got.pipe(answer);
      },
    );
    on.on("error", () => answer.destroy());
    answer.on("close", () => on.destroy());
    asked.pipe(on);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Whether there is a program to serve with. */
export const canServe = Boolean(PROGRAM);
