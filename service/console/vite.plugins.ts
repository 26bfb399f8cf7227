import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

/** Icons are decoration: what they stand beside says it in Chinese, and their own names are English. */
export function quietIcons(): Plugin {
  return {
    name: "quiet-icons",
    apply: "build",
    enforce: "pre",
    transform(code, id) {
      if (!/@ant-design\/icons\/es\/components\/AntdIcon\.js$/.test(id)) return null;
      const quiet = code.replace(/role: "img",\s*"aria-label": icon\.name/, '"aria-hidden": true');
      if (quiet === code) throw new Error(`${id} names its icons in another way than before`);
      return { code: quiet, map: null };
    },
  };
}

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

/** Put each document where it is asked, with the id the server knows it by.  The generated map holds
 *  the documents of all pages in one module, so that each page would fetch those of all others. */
export function documentsInPlace(): Plugin {
  const known = new Map<string, [id: string, text: string]>();
  return {
    name: "documents-in-place",
    apply: "build",
    enforce: "pre",
    buildStart() {
      const persisted = JSON.parse(readFileSync("src/gql/persisted-documents.json", "utf8")) as Record<string, string>;
      for (const [id, text] of Object.entries(persisted)) known.set(operationName(text), [id, text]);
    },
    transform(code, id) {
      if (!/\/src\/.*\.tsx?$/.test(id) || /\/src\/gql\//.test(id) || !code.includes("graphql(`")) return null;
      const place = code
        .replace(/import \{ graphql \} from "[./]*\/gql";/, 'import { trustedDocument } from "/src/app/trusted.ts";')
        .replace(/\bgraphql\(`([^`]*)`\)/g, (_, text: string) => {
          const found = known.get(operationName(text));
          if (!found) throw new Error(`${id}: the document ${operationName(text)} is not known: npm run generate`);
          return `/* @__PURE__ */ trustedDocument(${JSON.stringify(found[0])}, ${JSON.stringify(found[1])})`;
        });
      return { code: place, map: null };
    },
  };
}

function operationName(text: string): string {
  return /\b(?:query|mutation|subscription)\s+(\w+)/.exec(text)?.[1] ?? "";
}
