// The button that turns on notifications on this device, on the page of alerts.
// The browser's question is asked only after that click, and nothing is created: the form's own button does that.

const box = document.querySelector<HTMLElement>("[data-berth-push]");
const button = box?.querySelector<HTMLButtonElement>('[data-slot="ask"]');
const said = box?.querySelector<HTMLElement>('[data-slot="said"]');
if (box && button && said) {
  const reason = whyNot();
  if (reason) said.textContent = reason;
  else {
    button.hidden = false;
    button.addEventListener("click", () => void turnOn(box, button, said));
  }
}

function whyNot(): string | undefined {
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) return undefined;
  if (/iPhone|iPad/.test(navigator.userAgent)) {
    return "On an iPhone or iPad, first add this site to your Home Screen and open it from there.";
  }
  return "This browser cannot show notifications.";
}

async function turnOn(box: HTMLElement, button: HTMLButtonElement, said: HTMLElement): Promise<void> {
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      said.textContent = "This browser does not allow notifications from this site. You can change that in its settings.";
      return;
    }
    const subscription = await subscribe();
    await store(subscription);
    addField(box, "channels", "push");
    addField(box, "push_endpoint", subscription.endpoint);
    button.hidden = true;
    said.textContent = "This device is ready. Press “Create alert” and its notifications come here.";
  } catch {
    said.textContent = "That did not work. Check your connection and try again.";
  } finally {
    button.disabled = false;
  }
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

async function store(subscription: PushSubscription): Promise<void> {
  const answer = await fetch("/api/v1/push/subscriptions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(subscription),
  });
  if (!answer.ok) throw new Error(`the subscription: ${answer.status}`);
}

function addField(box: HTMLElement, name: string, value: string): void {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  box.append(field);
}
