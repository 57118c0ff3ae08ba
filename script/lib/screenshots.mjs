// Takes the pictures of docs/ in a real browser: screenshots.mjs SAID FOLDER. SAID is what `berth serve --demo` printed.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [said, folder] = [readFileSync(process.argv[2], "utf8"), process.argv[3]];
const base = said.match(/Berth is at (\S+)\//)[1];
const link = (who) => said.match(new RegExp(`an? ${who}\\s+(\\S+)`))[1];
const [wide, phone] = [{ width: 1100, height: 760 }, { width: 375, height: 1150 }];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

async function tab(viewport, who) {
  const context = await browser.newContext({ viewport, locale: "en-GB", timezoneId: "Europe/London" });
  const page = await context.newPage();
  if (who) {
    await page.goto(link(who));
    await page.locator("main button").first().click();
    await page.waitForURL((address) => !address.pathname.startsWith("/sign-in/"));
  }
  return page;
}

async function take(page, path, name) {
  if (path) await page.goto(base + path);
  await page.screenshot({ path: join(folder, name) });
  console.log(name);
}

try {
  const staff = await tab(wide, "social worker");
  await staff.goto(`${base}/board`);
  await staff.locator('#live [data-slot="mark"]').getByText("Live", { exact: true }).waitFor();
  await take(staff, "", "board.png");

  const family = await tab(wide);
  await take(family, "/search?kind=care_home&vacant=1&bed_type=dementia_nursing", "images/search.png");
  await take(family, "/guides/residential", "images/guide.png");

  const manager = await tab(phone, "manager");
  await manager.goto(`${base}/update`);
  const homes = await manager.locator("main h2 a").evaluateAll((links) => links.map((one) => one.getAttribute("href")));
  for (const home of homes) {
    await manager.goto(base + home);
    if (await manager.getByRole("button", { name: "One bed taken" }).count()) break;
  }
  await take(manager, "", "images/update.png");
} finally {
  await browser.close();
}
