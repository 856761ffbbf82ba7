import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Gzip bytes the interface may weigh beside MapLibre; a heavier build fails. */
const UI_BUDGET_BYTES = 60 * 1024;

/** Fails the build when our own scripts outgrow their budget, and prints what they weigh. */
function budget(): Plugin {
  return {
    name: "ui-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      let bytes = 0;
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk" && !file.fileName.includes("maplibre")) bytes += gzipSync(file.code).length;
      }
      console.log(`interface: ${(bytes / 1024).toFixed(1)} kB gzip of ${UI_BUDGET_BYTES / 1024} kB allowed`);
      if (bytes > UI_BUDGET_BYTES)
        this.error(`the interface weighs ${bytes} bytes gzip, over ${UI_BUDGET_BYTES}`);
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
  server: {
    proxy: Object.fromEntries(
      ["/v1", "/tiles", "/healthz"].map((path) => [path, process.env.WANGGE_URL ?? "http://127.0.0.1:8080"]),
    ),
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
