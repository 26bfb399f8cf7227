import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { compressed, documentsInPlace, quietIcons } from "./vite.plugins.ts";

export default defineConfig({
  base: "/console/",
  plugins: [documentsInPlace(), quietIcons(), react(), compressed()],
  html: { cspNonce: "__NONCE__" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    manifest: "manifest.json",
    rollupOptions: { input: { console: "index.html" } },
  },
  server: { proxy: { "/graphql": { target: "http://127.0.0.1:8000", ws: true }, "/sign-in": "http://127.0.0.1:8000", "/sign-out": "http://127.0.0.1:8000" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
} as never);
