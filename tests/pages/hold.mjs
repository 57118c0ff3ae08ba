// Two browsers: a social worker has a place kept, the manager answers by one press, and the social worker's page shows it
// without being read again. Then the link of the mail, in a browser that nobody is signed in with.

import assert from "node:assert/strict";
import { accept, assertAccessible, journey, tab, told, visit } from "./browser.mjs";
import { mailedLink } from "./mailbox.mjs";

const WITHIN = 3_000;

await journey(async () => {
  const staff = await tab({}, /422/);
  await accept(staff, told.staff);
  const manager = await tab();
  await accept(manager, told.manager);
  await visit(manager, "/update");
  await manager.locator(".berth-live").getByText("Live", { exact: true }).waitFor();

  await visit(staff, `/services/${told.home.id}`);
  const name = await staff.getByRole("heading", { level: 1 }).innerText();
  await staff.getByRole("button", { name: "Ask, or have a place kept" }).click();
  await assertAccessible(staff);
  await staff.getByLabel("Please keep a place").check();
  await staff.getByLabel("Bed type").selectOption(told.home.bed_type);
  const soon = new Date(Date.now() + 9 * 86_400_000);
  await staff.getByLabel("Day", { exact: true }).fill(String(soon.getDate()));
  await staff.getByLabel("Month").fill(String(soon.getMonth() + 1));
  await staff.getByLabel("Year").fill("2099");
  await staff.getByLabel("Who pays").selectOption("local_authority");
  await staff.getByLabel("Hoist").check();
  await staff.getByLabel("Case reference").fill("Ana Example");
  await staff.getByRole("button", { name: "Ask now" }).click();
  await staff.getByRole("alert").getByText(/looks like a name/).waitFor();
  await assertAccessible(staff);
  await staff.getByLabel("Case reference").fill("LAS-204417");
  await staff.getByRole("button", { name: "Ask now" }).click();
  await staff.getByText("Asked. Who keeps the figures").waitFor();
  await staff.locator(".berth-live").getByText("Live", { exact: true }).waitFor();
  await staff.getByText("Not answered for less than a minute").waitFor();
  await assertAccessible(staff);
  const address = staff.url();

  // It comes into the manager's list by itself.
  const asked = manager.getByRole("heading", { name: `${name}: please keep one place` });
  await asked.waitFor({ timeout: WITHIN });
  await assertAccessible(manager);
  const yes = manager.getByRole("button", { name: "Yes, keep one place" });
  const shown = staff.locator(".berth-state", { hasText: "Kept until" });
  const pressed = Date.now();
  await yes.click();
  await manager.getByText("Answered. Who asked hears of it now.").waitFor();
  await shown.waitFor({ timeout: WITHIN });
  console.log(`the answer was on the staff's page ${Date.now() - pressed} ms after the press`);
  assert.equal(staff.url(), address, "nobody read the page again");
  await assertAccessible(staff);

  // The link of the mail, on a phone, without a sign-in.
  const phone = await tab({ viewport: { width: 375, height: 700 } });
  const { link } = await mailedLink(told.mail, "/answer/");
  await visit(phone, link);
  await phone.getByRole("heading", { name: "Change your answer" }).waitFor();
  await assertAccessible(phone);
  await phone.getByRole("button", { name: /Give the place back/ }).click();
  await phone.getByText("Thank you. Who asked hears of it now.").waitFor();
  await staff.locator(".berth-state", { hasText: "Kept no longer" }).waitFor({ timeout: WITHIN });
});
