// The service worker: keeps files and public pages for bad connections, and shows what was pushed.
// Deliberately never keeps a signed-in page, an answer of the API or anything that was posted.

import { isPublicPage, listSaved, markSaved, maySave } from "./parts/saved";

declare const self: ServiceWorkerGlobalScope;

const FILES = "berth-files-1";
const PAGES = "berth-pages-1";
// Two releases' worth of files, and about a search session's worth of pages.
const MOST_FILES = 40;
const MOST_PAGES = 60;
const SAVED_AT = "x-berth-saved-at";
// What is shown instead of a page that is not kept, and after how long it is asked for anew: its style has a new name then.
const OFFLINE = "/offline";
const OFFLINE_IS_GOOD_FOR = 24 * 60 * 60 * 1000;

self.addEventListener("install", (event) => {
  // A worker without the page is still better than none.
  event.waitUntil(keepOffline().catch(() => undefined));
  void self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(event, request, isPublicPage(url.pathname)));
});

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(String(event.notification.data?.url ?? "/")));
});

async function dropOldCaches(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== FILES && name !== PAGES).map((name) => caches.delete(name)));
}

// A file's name holds its hash, so a kept one is always right.
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(FILES);
  const kept = await cache.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) {
    await cache.put(request, fresh.clone());
    await trim(cache, MOST_FILES);
  }
  return fresh;
}

async function page(event: FetchEvent, request: Request, isPublic: boolean): Promise<Response> {
  try {
    const fresh = await fetch(request);
    if (isPublic && maySave(fresh)) event.waitUntil(keep(request, fresh.clone()));
    event.waitUntil(renewOffline().catch(() => undefined));
    return fresh;
  } catch {
    return (isPublic ? await kept(request) : undefined) ?? offline();
  }
}

async function keep(request: Request | string, fresh: Response): Promise<void> {
  const headers = new Headers(fresh.headers);
  headers.set(SAVED_AT, new Date().toISOString());
  // The stored body is already unpacked: its old length and coding would be wrong.
  headers.delete("content-encoding");
  headers.delete("content-length");
  const cache = await caches.open(PAGES);
  await cache.delete(request);
  await cache.put(request, new Response(await fresh.blob(), { status: 200, headers }));
  await trim(cache, MOST_PAGES);
}

async function kept(request: Request): Promise<Response | undefined> {
  const saved = await (await caches.open(PAGES)).match(request);
  if (!saved) return undefined;
  return new Response(markSaved(await saved.text(), savedAt(saved), new Date()), { headers: saved.headers });
}

function savedAt(saved: Response): Date {
  return new Date(saved.headers.get(SAVED_AT) ?? 0);
}

// Asked for as nobody in particular, with the files it names.
async function keepOffline(): Promise<void> {
  const fresh = await fetch(OFFLINE, { credentials: "omit", cache: "no-store" });
  if (!maySave(fresh)) return;
  const named = (await fresh.clone().text()).match(/\/assets\/[\w.-]+/g) ?? [];
  await (await caches.open(FILES)).addAll([...new Set(named)]);
  await keep(OFFLINE, fresh);
}

async function renewOffline(): Promise<void> {
  const saved = await (await caches.open(PAGES)).match(OFFLINE);
  if (!saved || Date.now() - savedAt(saved).getTime() > OFFLINE_IS_GOOD_FOR) await keepOffline();
}

// The page that says so, with links to what is kept; all of it anybody may read.
async function offline(): Promise<Response> {
  const cache = await caches.open(PAGES);
  const page = await cache.match(OFFLINE);
  if (!page) return Response.error();
  const others = (await cache.keys()).map((request) => new URL(request.url)).filter((url) => isPublicPage(url.pathname));
  const saved = await Promise.all(others.map(async (url) => {
    const one = await cache.match(url.href);
    return { path: url.pathname + url.search, html: (await one?.text()) ?? "", savedAt: one ? savedAt(one) : new Date(0) };
  }));
  return new Response(listSaved(await page.text(), saved, new Date()), { status: 503, headers: page.headers });
}

// The oldest entries stand first.
async function trim(cache: Cache, most: number): Promise<void> {
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - most)).map((key) => cache.delete(key)));
}

// Every push shows something: a browser takes the permission away from a site whose pushes do not.
async function show(data: PushMessageData | null): Promise<void> {
  const { title, body, url, tag, silent } = read(data);
  // One that takes another's place is heard again, unless it only takes something back. (TypeScript does not know `renotify`.)
  const options = { body, tag, silent, renotify: !silent, data: { url }, lang: "en-GB" };
  await self.registration.showNotification(title, options);
}

interface Notice {
  title: string;
  body: string;
  url: string;
  tag: string;
  silent: boolean;
}

function read(data: PushMessageData | null): Notice {
  const fallback = { title: "Care vacancies have changed", body: "Open the list to see them.", url: "/search", tag: "berth", silent: false };
  try {
    return { ...fallback, ...data?.json() };
  } catch {
    return fallback;
  }
}

// An open tab at that address is brought forward; otherwise any tab of ours goes there; otherwise a new one opens.
async function open(url: string): Promise<void> {
  const target = new URL(url, self.location.origin);
  if (target.origin !== self.location.origin) return;
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = tabs.find((tab) => tab.url === target.href);
  if (there) await there.focus();
  else if (tabs[0]) await (await tabs[0].focus()).navigate(target.href);
  else await self.clients.openWindow(target.href);
}
