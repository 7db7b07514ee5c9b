// Builds GraphiQL into dist/, which the gateway serves: index.html at /, everything else under /graphiql/.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { precompress } from "./scripts/precompress.ts";

export default defineConfig({
  base: "/graphiql/",
  resolve: {
    alias: [
      {
        // GraphiQL asks for the editor with all its features; ours has those that a query needs.
        find: /^monaco-editor\/esm\/vs\/editor\/edcore\.main\.js$/,
        replacement: fileURLToPath(new URL("src/monaco.ts", import.meta.url)),
      },
    ],
  },
  build: {
    target: "es2022",
    license: { fileName: "licenses.md" },
    // The Content-Security-Policy knows no data: scripts, and one request more costs nothing on a kept connection.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onLog(level, log, report) {
        // "use client" in libraries: a hint to servers that render, of which there is none here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") report(level, log);
      },
    },
  },
  worker: { format: "es" },
  plugins: [precompress()],
  server: {
    // `npm run dev` beside a running gateway.
    proxy: {
      "/graphql": "http://127.0.0.1:8080",
      "/graphiql/session.json": "http://127.0.0.1:8080",
    },
  },
});
