/* Keeps the phone's page and its files, so that it opens in a basement.  Asks of the API are never
   kept: what the server says is only worth what it says now. */

const FILES = "__FILES__";
const CACHE = `anshang-phone-${FILES.join("|")}`;
const PAGE = "/console/phone/";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([PAGE, ...FILES]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("anshang-phone-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || !url.pathname.startsWith("/console/")) return;
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request, { signal: AbortSignal.timeout(4000) }).catch(() => caches.match(PAGE)));
    return;
  }
  event.respondWith(caches.match(event.request, { ignoreVary: true }).then((kept) => kept ?? fetch(event.request)));
});
