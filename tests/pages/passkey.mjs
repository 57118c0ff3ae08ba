// A passkey in a real browser, whose authenticator is a virtual one: offered after the first sign-in, used from the
// sign-in page, renamed and removed on the account's page; and what was typed before survives signing in with it.

import assert from "node:assert/strict";
import { accept, assertAccessible, journey, tab, told, visit } from "./browser.mjs";

// The wide one last: there the menu is open.
const sizes = [{ width: 375, height: 800 }, { width: 1280, height: 900 }];

async function look(page) {
  for (const size of sizes) {
    await page.setViewportSize(size);
    await assertAccessible(page);
  }
}

// Gives this tab a device with a fingerprint reader, whose owner agrees.
async function withAuthenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { verify: (isUserVerified) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }) };
}

async function signOut(page) {
  await page.getByRole("button", { name: "Sign out manager" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
}

async function usePasskey(page) {
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
}

await journey(async () => {
  const page = await tab({}, /the server responded with a status of 40[13]/);
  const device = await withAuthenticator(page);
  await accept(page, told.manager);
  await page.getByRole("heading", { name: "Sign in faster next time" }).waitFor();
  await look(page);
  await page.getByLabel("Name for this device").fill("My phone");
  await page.getByRole("button", { name: "Set up a passkey" }).click();
  await page.waitForURL("**/update");

  await visit(page, "/account");
  await page.getByRole("heading", { name: "My phone" }).waitFor();
  await look(page);
  await page.getByLabel("Name for this device").fill("Again");
  await page.getByRole("button", { name: "Set up a passkey" }).click();
  await page.getByText("This device has a passkey for you already.").waitFor();

  await signOut(page);
  await visit(page, "/sign-in");
  await look(page);
  await device.verify(false);
  await usePasskey(page);
  await page.getByText("No passkey was chosen. Try again.").waitFor();
  await device.verify(true);
  await usePasskey(page);
  await page.waitForURL("**/update");

  // The session ends while a form is open; what was typed is sent after signing in with the passkey.
  await visit(page, `/update/${told.id}`);
  const line = page.locator("[data-berth-line]").first();
  await line.getByRole("button", { name: "One less: Occupied" }).click();
  await line.getByRole("button", { name: "One more: Accepting" }).click();
  const accepting = await line.getByLabel("Accepting", { exact: true }).inputValue();
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Publish vacancies" }).click();
  await page.getByText("What you typed is kept in this page").waitFor();
  await usePasskey(page);
  await page.getByRole("button", { name: "Send what I typed" }).click();
  await page.getByRole("alert").waitFor();
  const row = page.locator(".berth-numbers tbody tr").first();
  assert.equal(await row.locator("td").first().innerText(), accepting, "what was typed before is published");

  await visit(page, "/account");
  await page.getByText("Rename or remove").click();
  await page.getByLabel("Name", { exact: true }).fill("Office phone");
  await page.getByRole("button", { name: "Save name" }).click();
  await page.getByRole("heading", { name: "Office phone" }).waitFor();
  await page.getByText("Rename or remove").click();
  await page.getByRole("button", { name: "Remove passkey Office phone" }).click();
  await page.getByText("You have none yet.").waitFor();
  await signOut(page);
  await visit(page, "/sign-in");
  await usePasskey(page);
  await page.getByText("That passkey does not work here. Sign in with a link instead.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Sign out" }).count(), 0);
});
