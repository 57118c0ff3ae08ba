// The notifications of this device, on the page of alerts: turning them on, and a test.
// The browser's question is asked only after that click, and nothing is created: the form's own button does that.

const box = document.querySelector<HTMLElement>("[data-berth-push]");
const ask = box?.querySelector<HTMLButtonElement>('[data-slot="ask"]');
const test = box?.querySelector<HTMLButtonElement>('[data-slot="test"]');
const said = box?.querySelector<HTMLElement>('[data-slot="said"]');
if (box && ask && test && said) {
  const reason = whyNot();
  if (reason) said.textContent = reason;
  else {
    ask.hidden = false;
    ask.addEventListener("click", () => void once(ask, said, () => turnOn(box, ask, test, said)));
    test.addEventListener("click", () => void once(test, said, () => sendTest(said)));
    void offerTest(test);
  }
}

function whyNot(): string | undefined {
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) return undefined;
  if (/iPhone|iPad/.test(navigator.userAgent)) {
    return "On an iPhone or iPad, first add this site to your Home Screen and open it from there.";
  }
  return "This browser cannot show notifications.";
}

// One click at a time, and words where it does not work.
async function once(button: HTMLButtonElement, said: HTMLElement, act: () => Promise<void>): Promise<void> {
  button.disabled = true;
  try {
    await act();
  } catch {
    said.textContent = "That did not work. Check your connection and try again.";
  } finally {
    button.disabled = false;
  }
}

async function turnOn(box: HTMLElement, ask: HTMLElement, test: HTMLElement, said: HTMLElement): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") {
    said.textContent = "This browser does not allow notifications from this site. You can change that in its settings.";
    return;
  }
  const subscription = await subscribe();
  await send("/api/v1/push/subscriptions", subscription);
  addField(box, "channels", "push");
  addField(box, "push_endpoint", subscription.endpoint);
  ask.hidden = true;
  test.hidden = false;
  said.textContent = "This device is ready. Press “Create alert” and its notifications come here.";
}

// A device that was turned on before can be tested, whatever is created now.
async function offerTest(test: HTMLElement): Promise<void> {
  const worker = await navigator.serviceWorker.getRegistration();
  if (Notification.permission === "granted" && (await worker?.pushManager.getSubscription())) test.hidden = false;
}

async function sendTest(said: HTMLElement): Promise<void> {
  const { endpoint } = await subscribe();
  await send("/api/v1/push/subscriptions/test", { endpoint });
  said.textContent = "A test notification is on its way to this device.";
}

async function subscribe(): Promise<PushSubscription> {
  const worker = await navigator.serviceWorker.ready;
  const there = await worker.pushManager.getSubscription();
  if (there) return there;
  const answer = await fetch("/api/v1/push/key");
  if (!answer.ok) throw new Error(`the server's key: ${answer.status}`);
  const { key } = (await answer.json()) as { key: string };
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

async function send(path: string, content: unknown): Promise<void> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(content),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
}

function addField(box: HTMLElement, name: string, value: string): void {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  box.append(field);
}
