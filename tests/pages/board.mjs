// A social worker watches: changes come into the row within a second, new matches wait for a click, and a stream that
// hangs is said to be dead.

import assert from "node:assert/strict";
import { accept, journey, tab, told, url, visit } from "./browser.mjs";

const WITHIN = 1_000;

// One bed freed (+1) or taken (-1), as a program tells it.
async function adjust(id, bedType, step) {
  const answer = await fetch(`${url}/api/v1/services/${id}/capacity/adjust`, {
    method: "POST",
    headers: { authorization: `Bearer ${told.token}`, "content-type": "application/json" },
    body: JSON.stringify({ bed_type: bedType, accepting: step }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

await journey(async () => {
  const page = await tab({}, /WebSocket/);
  // Without shared workers, so that this page holds its own connection; board_tabs.mjs has them.
  await page.addInitScript(() => delete window.SharedWorker);
  let hangs = false;
  await page.routeWebSocket(/\/live\?/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => hangs || socket.send(message));
  });
  await accept(page, told.staff);
  await page.clock.install();
  await visit(page, `/board?kind=care_home&vacant=1`);
  const mark = page.locator('#live [data-slot="mark"]');
  await mark.getByText("Live", { exact: true }).waitFor();

  const row = (id) => page.locator(`#board tr[data-id="${id}"]`);
  const number = (id) => row(id).locator('[data-slot="number"]');
  const before = Number(await number(told.open.id).innerText());
  const place = await row(told.open.id).boundingBox();
  await adjust(told.open.id, told.open.bed_type, -1);
  const told_at = Date.now();
  await number(told.open.id).getByText(String(before - 1), { exact: true }).waitFor({ timeout: WITHIN });
  console.log(`the board showed the change ${Date.now() - told_at} ms after the answer`);
  assert.deepEqual(await row(told.open.id).boundingBox(), place, "no row moves");
  assert.match(await row(told.open.id).innerText(), new RegExp(`was ${before}`));

  assert.equal(await row(told.full.id).count(), 0);
  await adjust(told.full.id, told.full.bed_type, 1);
  const take = page.getByRole("button", { name: "Show 1 service not in the table yet" });
  await take.waitFor({ timeout: WITHIN });
  await page.clock.runFor(6_000);
  await page.getByRole("status").getByText(/changed/).waitFor();
  await take.click();
  assert.equal(await number(told.full.id).innerText(), "1");
  const name = await row(told.full.id).getByRole("link").innerText();
  const short = row(told.full.id).getByRole("button", { name: new RegExp(`Add to shortlist.*${name}`) });
  assert.equal(await short.getAttribute("value"), told.full.id, "a row that came later can be put on the shortlist too");

  await adjust(told.full.id, told.full.bed_type, -1);
  await row(told.full.id).getByText("no longer matches").waitFor({ timeout: WITHIN });

  await page.getByRole("button", { name: "Pause" }).click();
  await adjust(told.open.id, told.open.bed_type, 1);
  await page.getByRole("button", { name: "Go on (1 waiting)" }).waitFor();
  assert.equal(await number(told.open.id).innerText(), String(before - 1), "nothing moves while paused");
  await page.getByRole("button", { name: "Go on (1 waiting)" }).click();
  assert.equal(await number(told.open.id).innerText(), String(before));

  hangs = true;
  await page.clock.runFor(45_000);
  await mark.getByText(/^Not live since \d/).waitFor();
  await adjust(told.open.id, told.open.bed_type, -1);
  hangs = false;
  await page.clock.runFor(60_000);
  await mark.getByText("Live", { exact: true }).waitFor();
  await number(told.open.id).getByText(String(before - 1), { exact: true }).waitFor();
});
