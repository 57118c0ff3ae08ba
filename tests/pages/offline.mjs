// On a bad connection: a public page that was read opens as a saved copy that says so; instead of any other stands a page that
// lists what is saved; a signed-in one is never kept.

import assert from "node:assert/strict";
import { accept, assertAccessible, journey, tab, told, url, visit } from "./browser.mjs";

await journey(async () => {
  const page = await tab({ serviceWorkers: "allow", colorScheme: "light" }, /ERR_INTERNET_DISCONNECTED|Failed to load resource|\b503\b/);
  await visit(page, "/search?kind=care_home");
  await page.evaluate(() => navigator.serviceWorker.ready);
  // The first page was loaded before there was a service worker: this one goes through it.
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.reload();
  const heading = await page.locator("#results").innerText();
  await page.waitForFunction(async () => (await (await caches.open("berth-pages-1")).keys()).length === 2);

  await page.context().setOffline(true);
  await page.reload();
  await page.getByText(/^Saved copy from \d/).waitFor();
  assert.equal(await page.locator("#results").innerText(), heading);
  const header = () => page.locator(".govuk-generic-header").evaluate((header) => getComputedStyle(header).backgroundColor);
  const background = await header();
  assert.notEqual(background, "rgba(0, 0, 0, 0)", "the saved copy has its style");

  // What was never read, and what only who is signed in reads, is said to be not there, with the way to what is.
  for (const path of ["/guides", "/board"]) {
    await page.goto(url + path);
    await page.getByRole("heading", { name: "You are offline" }).waitFor();
    assert.equal(await header(), background, "it looks as the site does");
    await assertAccessible(page);
  }
  await page.locator("main li a", { hasText: "Find care" }).click();
  await page.getByText(/^Saved copy from \d/).waitFor();

  await page.context().setOffline(false);
  await accept(page, told.staff);
  await visit(page, "/board");
  await visit(page, "/search?kind=care_home");
  const kept = await page.evaluate(async () => (await (await caches.open("berth-pages-1")).keys()).map((request) => request.url));
  assert.deepEqual(kept.map((address) => new URL(address).pathname + new URL(address).search).sort(), ["/offline", "/search?kind=care_home"]);
  for (const path of ["/search?kind=care_home", "/offline"]) {
    const saved = await page.evaluate(async (path) => (await (await caches.open("berth-pages-1")).match(path)).text(), path);
    assert.ok(!saved.includes("Sign out"), `what is kept of ${path} was made for nobody in particular`);
  }
});
