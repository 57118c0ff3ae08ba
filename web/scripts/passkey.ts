// Passkeys: the button that signs in with one, and the button that adds one to one's account.
// Deliberately decides nothing: it carries the server's question to the device, and the answer back.

type Asked = { ceremony: string; options: PublicKeyCredentialRequestOptionsJSON & PublicKeyCredentialCreationOptionsJSON };

const box = document.querySelector<HTMLElement>("[data-berth-passkey]");
const button = box?.querySelector<HTMLButtonElement>("button");
const said = box?.querySelector<HTMLElement>('[data-slot="said"]');
// Browsers of before 2025 cannot read the question as it is sent; they sign in by a link.
const able = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
if (box && button && said) {
  if (able) {
    button.hidden = false;
    button.addEventListener("click", () => void press(box, button, said));
  } else {
    said.textContent = box.dataset["unable"] ?? "";
  }
}

async function press(box: HTMLElement, button: HTMLButtonElement, said: HTMLElement): Promise<void> {
  button.disabled = true;
  said.textContent = "";
  try {
    if (box.dataset["berthPasskey"] === "add") await add(box);
    else await use(box);
  } catch (error) {
    said.textContent = words(error);
  } finally {
    button.disabled = false;
  }
}

async function use(box: HTMLElement): Promise<void> {
  const { ceremony, options } = (await send(box, "/sign-in/passkey/begin", {})) as Asked;
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const answer = await navigator.credentials.get({ publicKey });
  const trusted = document.querySelector<HTMLInputElement>('input[name="trusted"]')?.checked ? { trusted: "yes" } : {};
  const next = box.dataset["next"] ?? "";
  const told = await send(box, "/sign-in/passkey", { ceremony, answer: written(answer), next, ...trusted });
  const { onward, form_token } = told as { onward: string; form_token: string };
  if (!showKept(form_token)) location.assign(onward);
}

async function add(box: HTMLElement): Promise<void> {
  const { ceremony, options } = (await send(box, "/account/passkeys/begin", {})) as Asked;
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const answer = await navigator.credentials.create({ publicKey });
  const name = box.querySelector<HTMLInputElement>('input[name="name"]')?.value ?? "";
  await send(box, "/account/passkeys", { ceremony, answer: written(answer), name });
  location.assign(box.dataset["onward"] ?? "/account");
}

function written(answer: Credential | null): string {
  if (answer instanceof PublicKeyCredential) return JSON.stringify(answer.toJSON());
  throw new Refused("Your device gave no passkey. Try again.");
}

// What was typed into a form before the session had ended can be sent now, from this page, with the token of the new one.
function showKept(token: string): boolean {
  const kept = document.querySelector<HTMLElement>("[data-berth-kept]");
  const form = kept?.querySelector("form");
  if (!kept || !form) return false;
  for (const old of form.querySelectorAll('input[name="form_token"]')) old.remove();
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "form_token";
  field.value = token;
  form.prepend(field);
  document.querySelector<HTMLElement>("[data-berth-asking]")?.setAttribute("hidden", "");
  kept.hidden = false;
  kept.querySelector("button")?.focus();
  return true;
}

class Refused extends Error {}

// As the box, were it a form, would be sent.
async function send(box: HTMLElement, path: string, content: Record<string, string>): Promise<unknown> {
  const form_token = box.querySelector<HTMLInputElement>('input[name="form_token"]')?.value ?? "";
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams({ form_token, ...content }) });
  if (answer.status === 429) throw new Refused("You have tried too often. Wait a quarter of an hour.");
  const told = (await answer.json()) as { problem?: string };
  if (!answer.ok) throw new Refused(told.problem);
  return told;
}

function words(error: unknown): string {
  if (error instanceof Refused && error.message) return error.message;
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") return "No passkey was chosen. Try again.";
  if (name === "InvalidStateError") return "This device has a passkey for you already.";
  return "That did not work. Check your connection and try again.";
}

// A module of its own, so that its names meet no other script's.
export {};
