// A manager says that nothing has changed, then publishes new figures, makes a mistake and mends it.

import assert from "node:assert/strict";
import { accept, journey, tab, told, visit } from "./browser.mjs";

await journey(async () => {
  const page = await tab({}, /status of 422/);
  await accept(page, told.manager);
  await visit(page, `/update/${told.id}`);
  await page.getByRole("button", { name: "Nothing has changed" }).click();
  await page.getByRole("alert").waitFor();

  await visit(page, `/update/${told.id}`);
  const line = page.locator("[data-berth-line]").first();
  const field = (label) => line.getByLabel(label, { exact: true });
  const [occupied, accepting] = [await field("Occupied").inputValue(), await field("Accepting").inputValue()].map(Number);
  await line.getByRole("button", { name: "One less: Occupied" }).click();
  await line.getByRole("button", { name: "One more: Accepting" }).click();
  assert.equal(await field("Occupied").inputValue(), String(occupied - 1));
  await page.getByRole("button", { name: "Publish vacancies" }).click();
  await page.getByRole("alert").waitFor();
  const row = page.locator(".berth-numbers tbody tr").first();
  assert.equal(await row.locator("td").first().innerText(), String(accepting + 1), "the result shows what was published");

  await visit(page, `/update/${told.id}`);
  await field("Accepting").fill("many");
  await page.getByRole("button", { name: "Publish vacancies" }).click();
  await page.getByRole("heading", { name: "There is a problem" }).waitFor();
  assert.match(await page.title(), /^Error: /);
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("govuk-error-summary")), "the summary has the focus");
  assert.equal(await field("Accepting").inputValue(), "many", "what was typed is kept");
  await page.locator(".govuk-error-summary a").first().click();
  assert.equal(await page.evaluate(() => document.activeElement.id), await field("Accepting").getAttribute("id"));

  await field("Accepting").fill("0");
  await field("Maximum").fill("0");
  assert.match(await line.locator("[data-berth-sum]").innerText(), /more than the maximum of 0/);

  // What is typed and not published survives a lost tab, and is offered, never sent.
  await visit(page, `/update/${told.id}`);
  await field("Reserved").fill("7");
  await page.reload();
  assert.notEqual(await field("Reserved").inputValue(), "7");
  await page.getByRole("button", { name: "Bring them back" }).click();
  assert.equal(await field("Reserved").inputValue(), "7");
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Publish vacancies" }).click();
  await page.getByText("You are offline, so nothing was published.").waitFor();
  assert.equal(await field("Reserved").inputValue(), "7");
});
