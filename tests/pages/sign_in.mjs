// Signing in by a link from the mail: in the browser that asked it signs in; another one has to type the code.

import assert from "node:assert/strict";
import { accept, journey, tab, told, visit } from "./browser.mjs";
import { mailedLink } from "./mailbox.mjs";

async function ask(page) {
  await visit(page, "/sign-in");
  await page.getByLabel("Email address").fill(told.email);
  await page.getByRole("button", { name: "Email me a link" }).click();
  return (await page.locator(".berth-code").innerText()).trim();
}

await journey(async () => {
  const first = await tab();
  await accept(first, told.manager);
  await first.getByRole("button", { name: "Sign out" }).click();
  await first.getByRole("link", { name: "Sign in" }).waitFor();

  await ask(first);
  await visit(first, (await mailedLink(told.mail, "/sign-in/")).link);
  await first.getByRole("button", { name: "Sign out" }).waitFor();
  await first.getByRole("button", { name: "Sign out" }).click();

  const code = await ask(first);
  const second = await tab({}, /status of 422/);
  await visit(second, (await mailedLink(told.mail, "/sign-in/")).link);
  await second.getByRole("heading", { name: "Type the code to sign in" }).waitFor();
  assert.equal(await second.getByRole("button", { name: "Sign out" }).count(), 0, "opening the link signs nobody in");
  await second.getByLabel("Six-digit code").fill("000 000");
  await second.getByRole("button", { name: "Sign in" }).click();
  await second.getByRole("heading", { name: "There is a problem" }).waitFor();
  await second.getByLabel("Six-digit code").fill(code);
  await second.getByRole("button", { name: "Sign in" }).click();
  await second.getByRole("button", { name: "Sign out" }).waitFor();
});
