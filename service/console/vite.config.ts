import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Leave a compressed copy beside each text, so that no answer is compressed twice. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle({ dir }) {
      if (!dir) return;
      for (const name of readdirSync(dir, { recursive: true }) as string[]) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const content = readFileSync(join(dir, name));
        if (content.length > 1024) writeFileSync(join(dir, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** The service worker has a fixed name and learns which files the phone's page is made of. */
function worker(): Plugin {
  return {
    name: "phone-worker",
    apply: "build",
    generateBundle(_, bundle) {
      const wanted = new Set<string>();
      const take = (file: string): void => {
        if (wanted.has(file)) return;
        wanted.add(file);
        const chunk = bundle[file];
        if (chunk?.type !== "chunk") return;
        chunk.imports.forEach(take);
        chunk.dynamicImports.forEach(take);
        chunk.viteMetadata?.importedCss.forEach(take);
      };
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === "chunk" && chunk.isEntry && chunk.name === "phone") take(chunk.fileName);
      }
      const files = [...wanted].sort().map((file) => `/console/${file}`);
      const source = readFileSync("src/phone/worker.js", "utf8").replace('"__FILES__"', JSON.stringify(files));
      this.emitFile({ type: "asset", fileName: "phone/worker.js", source });
    },
  };
}

export default defineConfig({
  base: "/console/",
  plugins: [react(), worker(), compressed()],
  html: { cspNonce: "__NONCE__" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    manifest: "manifest.json",
    rollupOptions: { input: { console: "index.html", phone: "phone/index.html" } },
  },
  server: { proxy: { "/graphql": { target: "http://127.0.0.1:8000", ws: true }, "/sign-in": "http://127.0.0.1:8000", "/sign-out": "http://127.0.0.1:8000" } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
} as never);
