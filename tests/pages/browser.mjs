// What every journey through the pages shares: a real browser, tabs that notice whatever goes wrong, axe.
// Deliberately knows no page: what is looked at stands in the journey.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// What the Rust side tells this journey: the server's address, and links, ids and tokens by name.
export const { url, ...told } = JSON.parse(process.env.BERTH_JOURNEY);

// The rules of the law (WCAG 2.2 AA) and what else axe holds good.
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
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

// Everything a machine can say against this page.
export async function assertAccessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, {
    runOnly: rules,
    // The design system's own layout has its back link before the main landmark.
    rules: { region: { enabled: false } },
  }), RULES);
  const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => node.html).join("\n    ")}`);
  assert.deepEqual(said, [], `${page.url()} at ${page.viewportSize().width} px`);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(sideways <= 0, `${page.url()} runs ${sideways} px off a screen of ${page.viewportSize().width} px`);
}
