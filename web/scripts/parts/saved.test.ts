import assert from "node:assert/strict";
import test from "node:test";
import { isPublicPage, markSaved, maySave } from "./saved";

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
