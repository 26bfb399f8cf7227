import { defineConfig } from "vite";

import { compressed, worker } from "./vite.plugins.ts";

/* A build of its own: what the console's pages share would else be loaded by the phone as well. */
export default defineConfig({
  base: "/console/",
  plugins: [worker(), compressed()],
  html: { cspNonce: "__NONCE__" },
  publicDir: false,
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    emptyOutDir: false,
    modulePreload: { polyfill: false },
    manifest: "phone-manifest.json",
    rollupOptions: { input: { phone: "phone/index.html" } },
  },
});
