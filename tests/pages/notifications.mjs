// Notifications in a browser: asked for by a click, shown with the words that were pushed, replaced, and taken back.
// A browser of a test has no push service of its own: the subscription is one of the test's own service, and what that
// service decrypted is handed to the service worker as the browser would.

import assert from "node:assert/strict";
import { accept, assertAccessible, journey, tab, told, url, visit } from "./browser.mjs";

async function adjust(step) {
  const answer = await fetch(`${url}/api/v1/services/${told.full.id}/capacity/adjust`, {
    method: "POST",
    headers: { authorization: `Bearer ${told.token}`, "content-type": "application/json" },
    body: JSON.stringify({ bed_type: told.full.bed_type, accepting: step }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

let taken = 0;

// What the push service was sent next, decrypted.
async function pushed() {
  taken += 1;
  const all = await (await fetch(`${told.service}/taken/${taken}`)).json();
  assert.equal(all[taken - 1].wrong, undefined);
  return all[taken - 1].payload;
}

await journey(async () => {
  const page = await tab({ serviceWorkers: "allow", permissions: ["notifications"] });
  await page.addInitScript((subscription) => {
    const subscribed = Object.assign(Object.create(PushSubscription.prototype), { toJSON: () => subscription });
    Object.defineProperty(subscribed, "endpoint", { value: subscription.endpoint });
    const known = () => Promise.resolve(sessionStorage.subscribed ? subscribed : null);
    PushManager.prototype.getSubscription = known;
    PushManager.prototype.subscribe = ({ applicationServerKey, userVisibleOnly }) => {
      if (!applicationServerKey || !userVisibleOnly) throw new Error("a key and a promise to show everything");
      sessionStorage.subscribed = "yes";
      return known();
    };
  }, told.subscription);
  await accept(page, told.staff);
  await visit(page, "/alerts");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const test = page.getByRole("button", { name: "Send a test notification to this device" });
  assert.ok(await test.isHidden(), "nothing to test before this device is turned on");
  await page.getByRole("button", { name: "Turn on notifications on this device" }).click();
  await page.getByText("This device is ready.").waitFor();
  await assertAccessible(page);
  await test.click();
  await page.getByText("A test notification is on its way").waitFor();
  assert.match((await pushed()).title, /reaches this device/);

  const { name } = await (await fetch(`${url}/api/v1/services/${told.full.id}`)).json();
  await page.getByLabel("Name of the alert").fill("Watch");
  await page.getByLabel("Name, town or provider").fill(name);
  await page.getByLabel("Vacancies").selectOption("At least 1 vacancy");
  await page.getByRole("button", { name: "Create alert" }).click();
  await page.getByText("Your alert has started").waitFor();
  await page.getByRole("heading", { name: "Your devices" }).waitFor();
  await page.getByText("Last notification").waitFor();
  await assertAccessible(page);

  const cdp = await page.context().newCDPSession(page);
  const registered = new Promise((resolve) => {
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && resolve(registrations[0]));
  });
  await cdp.send("ServiceWorker.enable");
  const { registrationId } = await registered;
  const deliver = (payload) =>
    cdp.send("ServiceWorker.deliverPushMessage", { origin: new URL(url).origin, registrationId, data: JSON.stringify(payload) });
  // The notifications on the screen, once the first of them has this title.
  const shown = async (title) => {
    await page.waitForFunction(async (title) => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications())[0]?.title === title;
    }, title);
    return page.evaluate(async () => {
      const all = await (await navigator.serviceWorker.ready).getNotifications();
      return all.map(({ title, body, tag, silent, data }) => ({ title, body, tag, silent, url: data.url }));
    });
  };

  await adjust(1);
  const news = await pushed();
  await deliver(news);
  const first = await shown(name);
  assert.deepEqual(first, [{ title: name, body: news.body, tag: news.tag, silent: false, url: news.url }]);
  assert.match(news.body, /^1 .* place, \d+(:\d\d)?[ap]m\nWatch$/);
  console.log(`a notification: ${news.title} / ${news.body.replace("\n", " / ")}`);

  await adjust(-1);
  await deliver(await pushed());
  const last = await shown(`${name} no longer matches`);
  assert.equal(last.length, 1, "it took the other's place");
  assert.equal(last[0].silent, true);
});
