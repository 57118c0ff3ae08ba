// A family looks for a nursing bed near a place, with scripts and without.

import assert from "node:assert/strict";
import { journey, tab, told, url, visit } from "./browser.mjs";

await journey(async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await tab({ javaScriptEnabled }, /status of 400/);
    await visit(page, "/");
    await page.getByLabel("Postcode or district").fill(told.district);
    await page.getByRole("button", { name: "Search vacancies" }).click();
    const found = () => page.locator("#results").innerText();
    await page.getByRole("heading", { name: "Find care" }).waitFor();
    const near = parseInt(await found(), 10);
    assert.ok(near > 0, "something is near");
    assert.match(await page.locator(".berth-order").innerText(), /Nearest first/);
    const miles = await page.locator(".berth-result__facts strong").allInnerTexts();
    assert.deepEqual(miles.map(parseFloat), [...miles.map(parseFloat)].sort((a, b) => a - b), "nearest first");

    await page.getByLabel("General nursing", { exact: true }).check();
    await page.getByLabel("Vacancies", { exact: true }).selectOption("1");
    await page.getByRole("button", { name: "Apply filters" }).first().click();
    await page.getByRole("link", { name: "Remove the filter: General nursing" }).waitFor();
    const nursing = parseInt(await found(), 10);
    assert.ok(nursing > 0 && nursing < near, `${nursing} of ${near}`);
    assert.equal(await page.getByLabel("Postcode or district").inputValue(), told.district, "what was typed is kept");

    await page.getByRole("link", { name: "Remove the filter: General nursing" }).click();
    assert.ok(!page.url().includes("bed_type"), page.url());

    const name = await page.locator(".berth-result__name a").first().innerText();
    await page.locator(".berth-result__name a").first().click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    assert.equal(await page.getByText("Occupied").count(), 0, "the public sees no private figures");

    await page.goto(`${url}/search?near=ZZ99+9ZZ&within=5`);
    await page.getByRole("heading", { name: "There is a problem" }).waitFor();
    assert.match(await page.title(), /^Error: /);
    await page.context().close();
  }
});
