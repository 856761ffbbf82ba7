import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Gzip kB of our own scripts beside MapLibre, by what is loaded when; a heavier build fails. */
const BUDGETS_KB = {
  /** What everybody loads at the start, with the words of one language. */
  start: 60,
  /** What a planner loads on top of it: tools, drawing, panels, words. */
  plan: 60,
};

/** What is asked of a running server while the page comes from here. */
const PROXY = Object.fromEntries(
  ["/v1", "/tiles", "/styles", "/healthz", "/openapi.json"].map((path) => [
    path,
    process.env.WANGGE_URL ?? "http://127.0.0.1:8080",
  ]),
);

/** Weighs what is loaded when, prints it, and fails the build where that outgrows its budget. */
function budget(): Plugin {
  return {
    name: "ui-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).flatMap((file) => (file.type === "chunk" ? [file] : []));
      const bytes = (files: Iterable<string>) => {
        let sum = 0;
        for (const file of files) {
          const chunk = bundle[file];
          if (chunk?.type === "chunk" && !file.includes("maplibre")) sum += gzipSync(chunk.code).length;
        }
        return sum;
      };
      /** A chunk with all that it imports. */
      const closure = (names: readonly string[]): Set<string> => {
        const found = new Set(names);
        for (const name of found) {
          const chunk = bundle[name];
          if (chunk?.type === "chunk") for (const other of chunk.imports) found.add(other);
        }
        return found;
      };
      const of = (module: string) =>
        chunks
          .filter((chunk) => chunk.moduleIds.some((id) => id.endsWith(module)))
          .map((chunk) => chunk.fileName);
      const larger = (...modules: string[]) => modules.map(of).sort((a, b) => bytes(b) - bytes(a))[0] ?? [];
      const start = closure([...of("/src/main.tsx"), ...larger("/i18n/en.ts", "/i18n/zh.ts")]);
      const beyond = (names: readonly string[]) => [...closure(names)].filter((name) => !start.has(name));
      const parts: [string, number, number | null][] = [
        ["at the start", bytes(start), BUDGETS_KB.start],
        [
          "the tab of plans",
          bytes(beyond([...of("/plan/PlanTab.tsx"), ...larger("/i18n/plan-en.ts", "/i18n/plan-zh.ts")])),
          BUDGETS_KB.plan,
        ],
        ["the tab of imports", bytes(beyond(of("/panel/ImportTab.tsx"))), null],
        ["everything, both languages", bytes(chunks.map((chunk) => chunk.fileName)), null],
      ];
      for (const [what, weight, most] of parts) {
        console.log(`${what}: ${(weight / 1024).toFixed(1)} kB gzip${most ? ` of ${most} kB allowed` : ""}`);
        if (weight === 0) this.error(`${what}: no such chunk, so its budget would hold for nothing`);
        if (most && weight > most * 1024) this.error(`${what} weighs ${weight} bytes gzip, over ${most} kB`);
      }
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [budget()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    // Data URIs would need a looser content policy; every asset is a file with a hash.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: ["index.html", "preview.html"],
      output: {
        codeSplitting: { groups: [{ name: "maplibre", test: /node_modules[\\/]maplibre-gl/ }] },
      },
    },
  },
  server: { proxy: PROXY },
  preview: { proxy: PROXY },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
