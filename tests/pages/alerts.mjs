// A family's alert, without signing in: made, confirmed by mail, told, changed and stopped by the links of the mail.

import assert from "node:assert/strict";
import { assertAccessible, journey, tab, told, url, visit } from "./browser.mjs";
import { links, mailedLink } from "./mailbox.mjs";

async function free() {
  const answer = await fetch(`${url}/api/v1/services/${told.full.id}/capacity/adjust`, {
    method: "POST",
    headers: { authorization: `Bearer ${told.token}`, "content-type": "application/json" },
    body: JSON.stringify({ bed_type: told.full.bed_type, accepting: 1 }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

await journey(async () => {
  const page = await tab({}, /status of 422/);
  const { name } = await (await fetch(`${url}/api/v1/services/${told.full.id}`)).json();
  await visit(page, "/alerts");
  await page.getByRole("button", { name: "Create alert" }).click();
  await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  await page.getByRole("link", { name: "Choose at least one way to be told" }).waitFor();

  await page.getByLabel("Name of the alert").fill("For Gran");
  await page.getByLabel("Name, town or provider").fill(name);
  await page.getByLabel("Vacancies").selectOption("At least 1 vacancy");
  await page.getByLabel("At once", { exact: true }).check();
  await page.getByLabel("Your email address").fill("family@example.org");
  await page.getByText("More choices").click();
  await page.getByLabel(/Until somebody is placed/).check();
  await page.getByLabel("Hour of the daily or weekly email").selectOption("9am");
  await assertAccessible(page);
  await page.getByRole("button", { name: "Create alert" }).click();
  await page.getByText("Check your email").waitFor();

  await visit(page, (await mailedLink(told.mail, "/alerts/confirm/")).link);
  await assertAccessible(page);
  await page.getByRole("button", { name: "Start this alert" }).click();
  await page.getByRole("heading", { name: "Your alert has started" }).waitFor();

  await free();
  const { link: change, mail } = await mailedLink(told.mail, "/alerts/manage/");
  const stop = links(told.mail, mail).find((link) => link.includes("/unsubscribe/"));
  await visit(page, change);
  assert.equal(await page.getByLabel("Name, town or provider").inputValue(), name);
  assert.ok(await page.getByLabel(/Until somebody is placed/).isChecked());
  assert.equal(await page.getByLabel("Hour of the daily or weekly email").inputValue(), "9");
  await page.getByLabel("Name of the alert").fill("For Gran, near us");
  await page.getByLabel("Weekly", { exact: true }).check();
  await page.getByLabel("Quiet hours begin").selectOption("9pm");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("link", { name: "Choose two different hours for quiet hours, or none" }).waitFor();
  await page.getByLabel("Quiet hours end").selectOption("7am");
  await page.getByLabel("Pause").selectOption("For a week");
  await assertAccessible(page);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Your alert is changed").waitFor();
  await page.getByText(/It is paused until/).waitFor();
  assert.equal(await page.getByLabel("Quiet hours begin").inputValue(), "21");
  await page.getByLabel("Pause").selectOption("Carry on now");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Your alert is changed").waitFor();
  assert.equal(await page.getByText(/It is paused until/).count(), 0);

  await visit(page, stop);
  await page.getByText("Has somebody found a place?").waitFor();
  await assertAccessible(page);
  await page.getByRole("button", { name: "Stop “For Gran, near us”" }).click();
  await page.getByRole("heading", { name: "Unsubscribed" }).waitFor();
});
