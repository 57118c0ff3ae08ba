// The five main journeys, by keyboard alone and by the names that a screen reader says, with scripts and without: how many presses
// and seconds each takes is printed.

import assert from "node:assert/strict";
import { accept, journey, tab, told, visit } from "./browser.mjs";
import { Hand } from "./keyboard.mjs";
import { mailedLink } from "./mailbox.mjs";

// So many keys at the most, Tab and what is typed counted: a page that grows a hundred stops before its button is seen here.
const MOST = { update: 90, confirm: 8, staff: 180, family: 120, desk: 60 };

async function update(page, how, hasScripts) {
  await visit(page, `/update/${told.home.id}`);
  const accepting = page.locator("#lines-0-accepting");
  const [before, occupied] = [await accepting.inputValue(), await page.locator("#lines-0-occupied").inputValue()].map(Number);
  const hand = new Hand(page);
  await hand.skip();
  await hand.button(/^One bed (taken|freed)/);
  await page.waitForFunction((after) => document.getElementById("lines-0-accepting")?.value === after, String(before - 1));
  assert.equal(Number(await page.locator("#lines-0-occupied").inputValue()), occupied + 1);
  await hand.button("Publish vacancies");
  await page.getByRole("alert").getByText("Published").waitFor();
  assert.ok(hand.told(`a manager says that a bed is taken, ${how}`) <= MOST.update);
  if (!hasScripts) return;
  // Back again: the form shows what stands now, and sending it publishes anew instead of being too late.
  await page.goBack();
  assert.equal(Number(await accepting.inputValue()), before - 1);
  await page.getByRole("button", { name: "Publish vacancies" }).click();
  await page.getByRole("alert").getByText("Published").waitFor();
}

async function confirm(page, how) {
  const { link } = await mailedLink(told.mail, `/confirm/${told.home.id}.`);
  const hand = new Hand(page);
  await page.goto(link);
  await hand.skip();
  await hand.button("Nothing has changed");
  await page.getByRole("alert").getByText("Confirmed").waitFor();
  assert.ok(hand.told(`a manager confirms from a mail, ${how}`) <= MOST.confirm);
}

// Staff find a home with a bed of a kind near a place, and have a place kept there.
async function staff(page, how) {
  await visit(page, "/board");
  const hand = new Hand(page);
  await hand.skip();
  await hand.open("Filter the board");
  await hand.type("Postcode or district", told.district);
  await hand.choose("Vacancies", "At least 1 vacancy");
  await hand.tick("General residential");
  await hand.button("Apply filters");
  await page.getByRole("link", { name: /Remove the filter: / }).first().waitFor();
  await hand.skip();
  await hand.first("#board tbody");
  await page.getByText("Get in touch").waitFor();
  await hand.skip();
  await hand.button("Ask, or have a place kept");
  await page.getByRole("heading", { level: 1, name: "Ask, or have a place kept" }).waitFor();
  await hand.skip();
  await hand.pick("Please keep a place", 1);
  await hand.choose("Bed type", "General residential");
  await hand.type("Day", "9");
  await hand.type("Month", "jan");
  await hand.type("Year", "2099");
  await hand.choose("Who pays", "Local authority rate");
  await hand.button("Ask now");
  await page.getByText("Asked. Who keeps the figures").waitFor();
  assert.ok(hand.told(`staff find a home and have a place kept, ${how}`) <= MOST.staff);
}

// A family looks near a place, opens a service, and takes the guide to what is there with them.
async function family(page, how) {
  await visit(page, "/");
  const hand = new Hand(page);
  await hand.skip();
  await hand.type("Postcode or district", told.district);
  await hand.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Find care" }).waitFor();
  await hand.skip();
  await hand.first(".berth-results");
  await page.getByText("Get in touch").waitFor();
  await hand.link("Guides");
  await hand.skip();
  await hand.link("Guide to residential care");
  await hand.skip();
  await hand.type("Postcode or district", told.district);
  await hand.press("Enter");
  await page.getByRole("link", { name: /Remove the filter: / }).first().waitFor();
  await hand.skip();
  await hand.button("Read the guide");
  await page.getByRole("heading", { level: 1, name: "Guide to residential care" }).waitFor();
  assert.ok(hand.told(`a family finds a home and makes a guide, ${how}`) <= MOST.family);
}

// A caller needs a nursing place near a postcode; the desk reads three out and sends them.
async function desk(page, how) {
  await visit(page, "/desk");
  const hand = new Hand(page);
  // The cursor is where a caller's first answer goes.
  assert.equal(await page.evaluate(() => document.activeElement.id), "near");
  await hand.write(told.district);
  await hand.press("Enter");
  await page.getByRole("heading", { name: /^Read out/ }).waitFor();
  await hand.skip();
  await hand.type("Send these to the caller: email address or mobile number", "caller@example.org");
  await hand.press("Enter");
  await page.getByRole("alert").waitFor();
  assert.ok(hand.told(`the desk answers a caller, ${how}`) <= MOST.desk);
}

await journey(async () => {
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? "with scripts" : "without scripts";
    const manager = await tab({ javaScriptEnabled });
    await accept(manager, told.managers[how]);
    await update(manager, how, javaScriptEnabled);
    await manager.context().close();
    const social = await tab({ javaScriptEnabled });
    await accept(social, told.staff[how]);
    await staff(social, how);
    await desk(social, how);
    await social.context().close();
    await family(await tab({ javaScriptEnabled }), how);
  }
  await confirm(await tab({ viewport: { width: 375, height: 800 } }), "on a phone");
});
