// On a bad connection: a public page that was read opens as a saved copy that says so; a signed-in one is never kept.

import assert from "node:assert/strict";
import { accept, journey, tab, told, visit } from "./browser.mjs";

await journey(async () => {
  const page = await tab({ serviceWorkers: "allow" }, /ERR_INTERNET_DISCONNECTED|Failed to load resource|status of 503/);
  await visit(page, "/search?kind=care_home");
  await page.evaluate(() => navigator.serviceWorker.ready);
  // The first page was loaded before there was a service worker: this one goes through it.
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.reload();
  const heading = await page.locator("#results").innerText();
  await page.waitForFunction(async () => (await (await caches.open("berth-pages-1")).keys()).length > 0);

  await page.context().setOffline(true);
  await page.reload();
  await page.getByText(/^Saved copy from \d/).waitFor();
  assert.equal(await page.locator("#results").innerText(), heading);
  const background = await page.locator(".govuk-generic-header").evaluate((header) => getComputedStyle(header).backgroundColor);
  assert.equal(background, "rgb(11, 52, 65)", "the saved copy has its style");

  await page.context().setOffline(false);
  await accept(page, told.staff);
  await visit(page, "/board");
  await visit(page, "/search?kind=care_home");
  const kept = await page.evaluate(async () => (await (await caches.open("berth-pages-1")).keys()).map((request) => request.url));
  assert.deepEqual(kept.map((address) => new URL(address).pathname + new URL(address).search), ["/search?kind=care_home"]);
  const saved = await page.evaluate(async () => (await (await caches.open("berth-pages-1")).match("/search?kind=care_home")).text());
  assert.ok(!saved.includes("Sign out"), "what is kept was made for nobody in particular");
});
