// Every page that each kind of person can come to: found by following every link and every form that asks, then held to axe,
// HTML_CodeSniffer and the validator, wide and narrow, in light and dark, in high contrast and with letters of double size.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { audit } from "./audit.mjs";
import { accept, journey, tab, told, url } from "./browser.mjs";
import { choose, crawl } from "./crawl.mjs";

const vnu = createRequire(new URL("../../web/package.json", import.meta.url))("vnu-jar");
// Long enough that nobody who is let in wonders why there is nothing.
const FEWEST = { stranger: 20, manager: 20, staff: 20, administrator: 25, operator: 25, "in Welsh": 10, gallery: 8 };

// A page that refuses is a page too, and its status is an error on the console. A mail in its sandbox has no service worker, which
// is what playwright takes away from every page.
const REFUSALS = /the server responded with a status of 4\d\d|SecurityError: Failed to read the .serviceWorker. property/;

await journey(async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-pages-"));
  const [findings, shown, table] = [[], new Set(), []];
  try {
    const people = await Promise.all(told.people.map(async ({ who, link, starts, only }) => {
      const page = await tab({}, REFUSALS);
      if (link) await accept(page, link);
      const { found, dead } = await crawl(page, url, starts, only);
      return { who, page, found, dead };
    }));
    // One after the other, so that what one has shown need not be shown by the next; each path at least once as each.
    const chosen = people.map(({ who, page, found, dead }) => {
      findings.push(...dead.map((link) => `${who}: ${link}`));
      for (const [index, { html }] of found.entries()) writeFileSync(join(folder, `${who}-${index}.html`), html);
      return { who, page, found, pages: choose(found, shown) };
    });
    await Promise.all(chosen.map(async ({ who, page, found, pages }) => {
      const looks = new Map();
      const count = (tool, at) => looks.set(`${tool}, ${at}`, (looks.get(`${tool}, ${at}`) ?? 0) + 1);
      for (const { address } of pages) {
        await page.goto(address);
        for (const finding of await audit(page, count)) findings.push(`${who}, ${new URL(address).pathname}${new URL(address).search}: ${finding}`);
      }
      table.push({ who, found: found.length, paths: new Set(found.map(({ path }) => path)).size, pages: pages.length, looks });
    }));
    const checked = spawnSync("java", ["-jar", vnu, "--errors-only", "--format", "gnu", "--skip-non-html", folder], { encoding: "utf8", maxBuffer: 1 << 26 });
    const addresses = new Map(people.flatMap(({ who, found }) => found.map(({ address }, index) => [`${who}-${index}.html`, address])));
    for (const line of checked.stderr.split("\n").filter(Boolean)) {
      findings.push(`vnu ${line.replace(/"file:[^"]*\/([^"/]+)"/, (_, name) => `${name} ${addresses.get(name)} `)}`);
    }
    report(table);
    for (const finding of findings) console.log(finding);
    assert.equal(findings.length, 0, "findings");
    for (const { who, paths } of table) assert.ok(paths >= FEWEST[who], `only ${paths} paths were found as ${who}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function report(table) {
  const tools = [...new Set(table.flatMap(({ looks }) => [...looks.keys()]))];
  const rows = [["", ...table.map(({ who }) => who)]];
  rows.push(["pages found and valid (vnu)", ...table.map(({ found }) => found)]);
  rows.push(["kinds of address", ...table.map(({ paths }) => paths)]);
  rows.push(["pages looked at", ...table.map(({ pages }) => pages)]);
  for (const tool of tools) rows.push([tool, ...table.map(({ looks }) => looks.get(tool) ?? 0)]);
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) console.log(row.map((cell, column) => (column ? String(cell).padStart(widths[column]) : String(cell).padEnd(widths[column]))).join("  "));
}
