/**
 * Runs a bench of this folder in Node: `node bench/run.mjs engine`. The figures of drawing come from `node bench/paint.mjs`,
 * which needs a Chromium.
 */
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const name = process.argv[2] ?? "engine";
const vite = await createServer({
  root: fileURLToPath(new URL("..", import.meta.url)),
  server: { middlewareMode: true },
  appType: "custom",
  logLevel: "warn",
});
await vite.ssrLoadModule(`/bench/${name}.ts`);
await vite.close();
