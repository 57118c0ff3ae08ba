// What every journey through the pages shares: a real browser, and tabs that notice whatever goes wrong.
// Deliberately knows no page: what is looked at stands in the journey.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { axeFindings, sidewaysFindings } from "./audit.mjs";

const { chromium } = createRequire(new URL("../../web/package.json", import.meta.url))("playwright-core");

// What the Rust side tells this journey: the server's address, and links, ids and tokens by name.
export const { url, ...told } = JSON.parse(process.env.BERTH_JOURNEY);

// Longer than a person would wait, since machines that test are busy; a journey that waits longer has failed.
const PATIENCE = 30_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/google-chrome"].find(existsSync),
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const wrongs = [];

// Walks, then fails if any tab noticed something wrong on the way.
export async function journey(walk) {
  try {
    await walk();
    assert.deepEqual(wrongs, []);
  } catch (error) {
    for (const wrong of wrongs) console.error(wrong);
    for (const context of browser.contexts()) {
      for (const page of context.pages()) console.error(`${page.url()}: ${await page.title().catch(() => "")}`);
    }
    console.error(error);
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

// A browser of its own, with one page. `expected`: console errors that belong to the journey.
export async function tab(options = {}, expected = /$^/) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 }, locale: "en-GB", timezoneId: "Europe/London", serviceWorkers: "block", ...options,
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const wrong = (text) => void (expected.test(text) || wrongs.push(`${page.url()}: ${text}`));
  page.on("pageerror", (error) => wrong(error.stack ?? String(error)));
  page.on("console", (message) => message.type() === "error" && wrong(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) wrong(`asks ${request.url()} of somebody else`);
  });
  page.on("response", (response) => response.status() >= 500 && wrong(`${response.status()} from ${response.url()}`));
  return page;
}

export async function visit(page, path) {
  const answer = await page.goto(new URL(path, url).href);
  assert.ok(answer === null || answer.status() < 400, `${path} answers ${answer?.status()}`);
}

// Accepts an invitation: afterwards this browser is signed in.
export async function accept(page, link) {
  await visit(page, link);
  await page.getByRole("button", { name: /^Sign in as / }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor({ state: "attached" });
}

// What machines say against this page as it is now; every_page.mjs asks more of every page, this is for states that only a
// journey comes to.
export async function assertAccessible(page) {
  const at = `${page.viewportSize().width} px`;
  assert.deepEqual([...(await axeFindings(page)), ...(await sidewaysFindings(page, at))], [], `${page.url()} at ${at}`);
}
