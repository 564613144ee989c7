// The service worker: keeps the verify page, the static files and the last data on trust and status, so that the page opens
// without a network and says as of when what it knows is. The server writes VERSION and SHELL before this line.
//
// Of what is checked it keeps nothing: it takes no part in any request but GET, and in none that leads elsewhere.
const DATA = "laurel-data"; // outlives a new version
const PACK = "/verify/pack.json";
const PAGE = "/verify";
const LOOSE = { ignoreSearch: true, ignoreVary: true };

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    await (await caches.open(VERSION)).addAll(SHELL);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name !== VERSION && name !== DATA) {
        await caches.delete(name);
      }
    }
    await self.clients.claim();
  })());
});

// fresh asks the network and keeps what it answers under key; without a network it gives what was kept.
async function fresh(request, cache, key) {
  const kept = await caches.open(cache);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected) {
      await kept.put(key, answer.clone());
    }
    return answer;
  } catch (error) {
    const last = await kept.match(key, LOOSE);
    if (!last) {
      throw error;
    }
    return last;
  }
}

// fixed gives what was kept: a static file has its digest in its name, and never changes.
async function fixed(request) {
  const kept = await caches.open(VERSION);
  const last = await kept.match(request, LOOSE);
  if (last) {
    return last;
  }
  const answer = await fetch(request);
  if (answer.ok) {
    await kept.put(request, answer.clone());
  }
  return answer;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) {
    return;
  }
  if (url.pathname.startsWith("/static/")) {
    event.respondWith(fixed(event.request));
  } else if (url.pathname === PACK) {
    event.respondWith(fresh(event.request, DATA, PACK));
  } else if (url.pathname === PAGE && url.search === "") {
    event.respondWith(fresh(event.request, VERSION, PAGE));
  }
});
