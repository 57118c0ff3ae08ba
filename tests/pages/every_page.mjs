// Every page, as each kind of person sees it: accessible in light and dark, wide and narrow, and valid HTML.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRequire } from "node:module";
import { accept, assertAccessible, journey, tab, told, url } from "./browser.mjs";

const vnu = createRequire(new URL("../../web/package.json", import.meta.url))("vnu-jar");
const looks = [
  { colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { colorScheme: "dark", viewport: { width: 360, height: 800 } },
];

await journey(async () => {
  const folder = mkdtempSync(join(tmpdir(), "berth-pages-"));
  try {
    for (const [index, { link, paths }] of told.people.entries()) {
      // A page that refuses is a page too, and its status is an error on the console.
      const page = await tab({}, /the server responded with a status of 40[34]/);
      if (link) await accept(page, link);
      for (const { path, status = 200 } of paths) {
        const answer = await page.goto(new URL(path, url).href);
        assert.equal(answer.status(), status, path);
        writeFileSync(join(folder, `${index}${path.replaceAll(/\W/g, "_")}.html`), await answer.text());
        for (const look of looks) {
          await page.setViewportSize(look.viewport);
          await page.emulateMedia({ colorScheme: look.colorScheme });
          await assertAccessible(page);
        }
      }
    }
    const checked = spawnSync("java", ["-jar", vnu, "--errors-only", "--skip-non-html", folder], { encoding: "utf8" });
    assert.equal(checked.stderr.replaceAll(`file:${folder}/`, ""), "");
    assert.equal(checked.status, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
