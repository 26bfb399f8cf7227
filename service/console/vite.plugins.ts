import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

/** Leave a compressed copy beside each text, so that no answer is compressed twice. */
export function compressed(): Plugin {
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
export function worker(): Plugin {
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
