// "Three nursing homes with a dementia bed within 10 miles, at the council rate": how many clicks that is for the public
// and for staff, with the map on the way by keyboard. What was counted and how long the pages took is printed.

import assert from "node:assert/strict";
import { accept, journey, tab, told, visit } from "./browser.mjs";

const MOST_CLICKS = 6;

async function find(who, page, begin) {
  let clicks = 0;
  const click = async (locator) => {
    clicks += 1;
    await locator.click();
  };
  const started = performance.now();
  await begin(click);
  await click(page.getByLabel("Dementia nursing", { exact: true }));
  clicks += 1;
  await page.getByLabel("Vacancies", { exact: true }).selectOption("1");
  await click(page.getByText("More filters"));
  await click(page.getByLabel("Local authority rate", { exact: true }));
  await click(page.getByRole("button", { name: "Apply filters" }).first());
  await page.getByRole("link", { name: "Remove the filter: Local authority rate" }).waitFor();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${who}: ${clicks} clicks and a postcode typed; the pages took ${seconds} s`);
  assert.ok(clicks <= MOST_CLICKS, `${who} needed ${clicks} clicks`);
  const asked = new URL(page.url()).searchParams;
  for (const [key, value] of [["near", told.district], ["within", "10"], ["bed_type", "dementia_nursing"], ["vacant", "1"], ["funding", "local_authority"]])
    assert.equal(asked.get(key), value, key);
}

await journey(async () => {
  const family = await tab();
  await visit(family, "/");
  await find("the public", family, async (click) => {
    await family.getByLabel("Postcode or district").fill(told.district);
    await click(family.getByRole("button", { name: "Search vacancies" }));
    await family.locator("#results").waitFor();
  });
  const homes = family.locator(".berth-result");
  assert.ok((await homes.count()) >= 3, "three at least");
  for (const home of (await homes.all()).slice(0, 3)) {
    assert.match(await home.innerText(), /\d+ dementia nursing/);
    assert.match(await home.innerText(), /Phone/);
  }

  // The same on the map, by keyboard alone: every home is a link with a name.
  await family.getByRole("link", { name: "Map", exact: true }).press("Enter");
  const dots = family.locator(".berth-map__link");
  await dots.first().waitFor();
  assert.ok((await dots.count()) >= 3);
  await dots.first().focus();
  await family.keyboard.press("Enter");
  await family.getByRole("heading", { level: 1 }).waitFor();
  assert.match(family.url(), /\/services\//);

  // Where the browser says where it is, it need not be typed; the address holds it to half a mile.
  const here = await tab({ permissions: ["geolocation"], geolocation: { latitude: 49.70512, longitude: -3.06049 } });
  await visit(here, "/search?vacant=1");
  await here.getByRole("button", { name: "Use where I am" }).click();
  await here.waitForURL(/near=49\.71%2C-3\.06/);
  assert.match(await here.locator(".berth-order").innerText(), /Nearest first/);
  assert.match(here.url(), /vacant=1/, "the rest of the filter is kept");

  const staff = await tab();
  await accept(staff, told.staff);
  await visit(staff, "/board");
  await find("staff", staff, async (click) => {
    await click(staff.getByText("Filter the board"));
    await staff.getByLabel("Postcode or district").fill(told.district);
  });
  assert.ok((await staff.locator("#board tbody tr").count()) >= 3, "three at least");
});
