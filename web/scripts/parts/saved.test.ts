import assert from "node:assert/strict";
import test from "node:test";
import { isPublicPage, listSaved, markSaved, maySave } from "./saved";

const answer = (headers: Record<string, string>, status = 200, redirected = false) => ({
  status,
  redirected,
  headers: new Headers({ "content-type": "text/html; charset=utf-8", ...headers }),
});

test("only pages that anyone may read are public", () => {
  for (const path of ["/", "/search", "/services/1-1000587219", "/guides", "/guides/residential"]) {
    assert.ok(isPublicPage(path), path);
  }
  for (const path of ["/board", "/update", "/update/1-2", "/admin", "/alerts", "/sign-in", "/api/v1/services", "/services"]) {
    assert.ok(!isPublicPage(path), path);
  }
});

test("a page made for one person is never kept", () => {
  assert.ok(maySave(answer({})));
  assert.ok(!maySave(answer({ "cache-control": "no-store" })));
  assert.ok(!maySave(answer({ "cache-control": "private, max-age=60" })));
});

test("errors, redirects and other types are never kept", () => {
  assert.ok(!maySave(answer({}, 404)));
  assert.ok(!maySave(answer({}, 200, true)));
  assert.ok(!maySave(answer({ "content-type": "application/json" })));
});

test("a saved copy says how old it is before its main part", () => {
  const marked = markSaved('<body><main id="main-content">3 places</main>', new Date("2026-11-22T09:14:00Z"), new Date("2026-11-22T10:00:00Z"));
  assert.match(marked, /Saved copy from 9:14am\.<\/strong>.*<main id="main-content">3 places/);
});

test("without a connection the saved pages are listed, the newest first, and whatever an address holds is only text", () => {
  const page = '<main><ul class="govuk-list" data-slot="saved"></ul></main>';
  const now = new Date("2026-11-22T10:00:00Z");
  const saved = (path: string, title: string, hour: number) => ({ path, html: `<title>${title}</title>`, savedAt: new Date(Date.UTC(2026, 10, 22, hour)) });
  const listed = listSaved(page, [saved("/", "Start – Berth", 7), saved('/search?q="<b>&vacant=1', "Find care (page 2 of 9) – Berth", 9)], now);
  assert.deepEqual(
    [...listed.matchAll(/<a [^>]*href="([^"]*)">([^<]*)<\/a>, saved (\w+)/g)].map((found) => found.slice(1)),
    [["/search?q=&quot;&lt;b>&amp;vacant=1", "Find care (page 2 of 9)", "9am"], ["/", "Start", "7am"]],
  );
  assert.ok(!listed.includes("data-slot"));
  assert.equal(listSaved(page, [], now), page, "nothing is saved, nothing is said of it");
});
