// Runs Lighthouse over the first pages in the browser of the machine: lighthouse.mjs SAID. SAID is what `berth serve --demo`
// printed. Deliberately downloads no browser and asks nothing of any other server.

import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import lighthouse from "lighthouse";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const LEAST = { performance: 95, accessibility: 100, "best-practices": 100 };
const PORT = 9333;

const said = readFileSync(process.argv[2], "utf8");
const base = said.match(/Berth is at (\S+)\//)[1];
const folder = mkdtempSync(join(tmpdir(), "berth-lighthouse-"));
// One profile for both, so that Lighthouse is signed in where the browser is.
const context = await chromium.launchPersistentContext(folder, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    `--remote-debugging-port=${PORT}`, "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});

let worst = 0;
async function measure(name, address) {
  const { lhr } = await lighthouse(address, {
    port: PORT, logLevel: "error", onlyCategories: Object.keys(LEAST), disableStorageReset: true, formFactor: "mobile",
  });
  const scores = Object.fromEntries(Object.entries(lhr.categories).map(([key, { score }]) => [key, Math.round(score * 100)]));
  const figure = (id) => lhr.audits[id].displayValue;
  console.log(
    `${name.padEnd(8)} performance ${scores.performance}, accessibility ${scores.accessibility}, best practices ${scores["best-practices"]}; ` +
      `first paint ${figure("first-contentful-paint")}, largest ${figure("largest-contentful-paint")}, shift ${figure("cumulative-layout-shift")}, blocked ${figure("total-blocking-time")}`,
  );
  for (const [category, least] of Object.entries(LEAST)) {
    if (scores[category] >= least) continue;
    worst = 1;
    for (const { id, weight } of lhr.categories[category].auditRefs) {
      const { score, title, displayValue } = lhr.audits[id];
      if (weight > 0 && score !== null && score < 1) console.log(`  ${category}: ${title}${displayValue ? ` (${displayValue})` : ""}: ${Math.round(score * 100)}`);
    }
  }
}

try {
  await measure("start", `${base}/`);
  await measure("search", `${base}/search?near=WX1&vacant=1`);
  const page = await context.newPage();
  await page.goto(said.match(/a manager\s+(\S+)/)[1]);
  await page.locator("main button").first().click();
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-in/"));
  await page.goto(`${base}/update`);
  const home = await page.locator("main h2 a").first().getAttribute("href");
  await page.close();
  await measure("update", base + home);
} finally {
  await context.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = worst;
