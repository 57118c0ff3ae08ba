// Two tabs of one browser watch the same board: both are live by one connection that neither of them holds, each hears
// every change once, and one goes on when the other is closed. A board left for a night has caught up in the morning,
// and one that neither wire reaches reads itself anew.

import assert from "node:assert/strict";
import { accept, journey, tab, told, url, visit } from "./browser.mjs";

const BOARD = "/board?kind=care_home";

async function adjust(id, bedType, step) {
  const answer = await fetch(`${url}/api/v1/services/${id}/capacity/adjust`, {
    method: "POST",
    headers: { authorization: `Bearer ${told.token}`, "content-type": "application/json" },
    body: JSON.stringify({ bed_type: bedType, accepting: step }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

// How many watch, as the server counts them.
async function watchers() {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^berth_watchers (\d+)$/m.exec(text)[1]);
}

async function until(holds, what) {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await new Promise(setImmediate);
    await fetch(`${url}/livez`);
  }
  assert.fail(what);
}

const live = (page) => page.locator('#live [data-slot="mark"]').getByText("Live", { exact: true }).waitFor();
const number = (page) => page.locator(`#board tr[data-id="${told.open.id}"] [data-slot="number"]`);

async function share() {
  const first = await tab();
  await accept(first, told.staff);
  const second = await first.context().newPage();
  const own = [];
  for (const page of [first, second]) page.on("websocket", (socket) => own.push(socket.url()));
  for (const page of [first, second]) await visit(page, BOARD);
  for (const page of [first, second]) await live(page);
  assert.deepEqual(own, [], "no tab holds a connection itself");
  await until(async () => (await watchers()) === 1, "one connection for both");

  const before = Number(await number(first).innerText());
  await adjust(told.open.id, told.open.bed_type, -1);
  for (const page of [first, second]) await number(page).getByText(String(before - 1), { exact: true }).waitFor();

  await first.close();
  await adjust(told.open.id, told.open.bed_type, 1);
  await number(second).getByText(String(before), { exact: true }).waitFor();

  // Another filter is another stream; the page that comes back has what changed meanwhile.
  await visit(second, `${BOARD}&vacant=1`);
  await live(second);
  await adjust(told.open.id, told.open.bed_type, -1);
  await number(second).getByText(String(before - 1), { exact: true }).waitFor();
  await second.goBack();
  await live(second);
  await number(second).getByText(String(before - 1), { exact: true }).waitFor();
  await second.context().close();
}

// A browser without shared workers, whose laptop sleeps for a night.
async function night() {
  const page = await tab({}, /WebSocket/);
  await page.addInitScript(() => delete window.SharedWorker);
  let asleep = false;
  await page.routeWebSocket(/\/live\?/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => asleep || socket.send(message));
  });
  await accept(page, told.night);
  await page.clock.install();
  await visit(page, BOARD);
  await live(page);
  const before = Number(await number(page).innerText());
  asleep = true;
  await page.clock.fastForward("08:00:00");
  await page.locator('#live [data-slot="mark"]').getByText(/^Not live since \d/).waitFor();
  for (const step of [1, -1, 1]) await adjust(told.open.id, told.open.bed_type, step);
  asleep = false;
  await page.clock.runFor(40_000);
  await live(page);
  await number(page).getByText(String(before + 1), { exact: true }).waitFor();
  // Nobody confirms for a week while the board stays open: the row says so by itself.
  await page.clock.fastForward(170 * 3_600_000);
  await page.clock.runFor(31_000);
  await page.locator(`#board tr[data-id="${told.open.id}"]`).getByText(/^Not confirmed for \d+ days$/).waitFor();
  await neither(await page.context().newPage());
  await page.context().close();
}

// A network that lets neither websockets nor event streams through.
async function neither(page) {
  await page.addInitScript(() => delete window.SharedWorker);
  await page.routeWebSocket(/\/live\?/, (socket) => socket.close());
  await page.route(/\/live\/events/, (route) => route.abort());
  await page.clock.install();
  await visit(page, BOARD);
  let anew = false;
  page.once("load", () => (anew = true));
  await until(async () => {
    // The page may go away while its clock is turned: that is what is waited for.
    await page.clock.runFor(5_000).catch(() => {});
    return anew;
  }, "the page reads itself anew");
}

await journey(async () => {
  await share();
  await night();
});
