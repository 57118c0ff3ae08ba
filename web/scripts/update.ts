// The update form with a pointer or a thumb: numbers that change without a request, the sum and what others will see
// while typing, a draft against lost connections.
// Deliberately never submits: a person presses the button.

import { find, forget, save } from "./parts/draft";
import { hint, step, whole } from "./parts/figures";
import { everybody, staff, type Line } from "./parts/preview";
import { moment } from "./parts/time";

type Field = HTMLInputElement | HTMLSelectElement;

const form = document.querySelector<HTMLFormElement>("[data-berth-update]");
if (form) {
  for (const box of form.querySelectorAll<HTMLElement>("[data-berth-number]")) takeSteps(box);
  for (const line of form.querySelectorAll<HTMLElement>("[data-berth-line]")) {
    takeShifts(line);
    addSum(line);
  }
  showClosed(form);
  keepPreview(form);
  keepDraft(form);
}

// Without this script the buttons send the form, and the page comes back with the number changed.
function takeSteps(box: HTMLElement): void {
  const input = box.querySelector("input");
  if (!input) return;
  for (const button of box.querySelectorAll<HTMLButtonElement>("[data-berth-step]")) {
    const by = button.dataset["berthStep"] === "1" ? 1 : -1;
    button.type = "button";
    button.setAttribute("aria-controls", input.id);
    button.addEventListener("click", () => put(input, step(input.value, by)));
  }
}

// One bed from accepting to occupied, or back.
function takeShifts(line: HTMLElement): void {
  const [occupied, accepting] = [number(line, "occupied"), number(line, "accepting")];
  if (!occupied || !accepting) return;
  for (const button of line.querySelectorAll<HTMLButtonElement>("[data-berth-shift]")) {
    const [from, to] = button.dataset["berthShift"] === "taken" ? [accepting, occupied] : [occupied, accepting];
    button.type = "button";
    button.addEventListener("click", () => {
      put(from, step(from.value, -1));
      put(to, step(to.value, 1));
    });
    const limit = () => (button.disabled = !whole(from.value) || whole(to.value) === undefined);
    line.addEventListener("input", limit);
    limit();
  }
}

function put(input: HTMLInputElement, value: string): void {
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function number(line: HTMLElement, key: string): HTMLInputElement | null {
  return line.querySelector<HTMLInputElement>(`input[name$="-${key}"]`);
}

// The date of a closure comes out when somebody chooses that they are closed, and is in nobody's way before.
function showClosed(form: HTMLFormElement): void {
  const details = form.querySelector<HTMLDetailsElement>("[data-berth-closed]");
  if (!details || details.querySelector(".govuk-error-message")) return;
  const show = () => {
    details.open = chosen(form) === "closed";
    details.hidden = !details.open;
  };
  form.addEventListener("input", show);
  show();
}

function chosen(form: HTMLFormElement): string {
  return form.querySelector<HTMLInputElement>('input[name="status"]:checked')?.value ?? "";
}

function keepPreview(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLElement>("[data-berth-preview]");
  const [public_, private_] = ["everybody", "staff"].map((key) => box?.querySelector(`[data-berth-${key}]`));
  const kind = box?.dataset["berthPreview"] ?? "";
  form.addEventListener("input", () => {
    const lines = [...form.querySelectorAll<HTMLElement>("[data-berth-line]")].map((line): Line => {
      const at = (key: string) => whole(number(line, key)?.value ?? "") ?? 0;
      const removed = line.querySelector<HTMLInputElement>('input[name$="-remove"]')?.checked ?? false;
      return {
        removed, maximum: at("maximum"), occupied: at("occupied"), reserved: at("reserved"),
        accepting: at("accepting"), hours: at("hours_available"),
      };
    });
    if (public_) public_.textContent = everybody(kind, chosen(form), lines);
    if (private_) private_.textContent = staff(lines);
  });
}

function addSum(line: HTMLElement): void {
  const said = line.querySelector<HTMLElement>("[data-berth-sum]");
  if (!said) return;
  const show = () => {
    const [maximum, occupied, reserved, accepting] = ["maximum", "occupied", "reserved", "accepting"].map((key) =>
      whole(number(line, key)?.value ?? ""),
    );
    const known = maximum !== undefined && occupied !== undefined && reserved !== undefined && accepting !== undefined;
    const { text, wrong } = known ? hint({ maximum, occupied, reserved, accepting }) : { text: "", wrong: false };
    said.textContent = text;
    said.classList.toggle("berth-sum--wrong", wrong);
  };
  line.addEventListener("input", show);
  show();
}

function keepDraft(form: HTMLFormElement): void {
  const { pathname } = location;
  const version = form.querySelector<HTMLInputElement>('input[name="version"]')?.value ?? "";
  const draft = "berthTyped" in form.dataset ? undefined : find(sessionStorage, pathname, version);
  if (draft) offer(form, `You typed figures at ${moment(new Date(draft.at), new Date())} that were not published.`, draft.fields);
  form.addEventListener("input", () => {
    const fields = fieldsOf(form).map((field): [string, string] => [keyOf(field), written(field)]);
    save(sessionStorage, pathname, { version, at: new Date().toISOString(), fields });
  });
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    tell(form, "You are offline, so nothing was published. What you typed stays here: publish it when you are connected again.");
  });
}

function offer(form: HTMLFormElement, text: string, fields: [string, string][]): void {
  const box = tell(form, text);
  const act = (label: string, run: () => void) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "govuk-button govuk-button--secondary berth-flush";
    button.textContent = label;
    button.addEventListener("click", () => {
      run();
      box.remove();
    });
    box.append(button, " ");
  };
  act("Bring them back", () => restore(form, fields));
  act("Forget them", () => forget(sessionStorage, location.pathname));
}

function tell(form: HTMLFormElement, text: string): HTMLElement {
  form.querySelector("[data-berth-told]")?.remove();
  const box = document.createElement("div");
  box.className = "govuk-inset-text";
  box.dataset["berthTold"] = "";
  box.setAttribute("role", "alert");
  const words = document.createElement("p");
  words.className = "govuk-body";
  words.textContent = text;
  box.append(words);
  form.prepend(box);
  box.scrollIntoView({ block: "nearest" });
  return box;
}

function restore(form: HTMLFormElement, fields: [string, string][]): void {
  const kept = new Map(fields);
  for (const field of fieldsOf(form)) {
    const value = kept.get(keyOf(field));
    if (value === undefined) continue;
    if (isChoice(field)) field.checked = value === "yes";
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

// Boxes and radios share a name: each is kept under its name and its value.
function keyOf(field: Field): string {
  return isChoice(field) ? `${field.name}=${field.value}` : field.name;
}

function written(field: Field): string {
  return isChoice(field) ? (field.checked ? "yes" : "no") : field.value;
}

function isChoice(field: Field): field is HTMLInputElement {
  return field.type === "checkbox" || field.type === "radio";
}

function fieldsOf(form: HTMLFormElement): Field[] {
  return [...form.elements].filter(
    (one): one is Field =>
      (one instanceof HTMLInputElement || one instanceof HTMLSelectElement) && one.name !== "" && one.type !== "hidden",
  );
}
