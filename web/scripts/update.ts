// The update form with a pointer or a thumb: minus and plus, the sum while typing, a draft against lost connections.
// Deliberately never submits: a person presses the button.

import { find, forget, save } from "./parts/draft";
import { hint, step, whole } from "./parts/figures";
import { moment } from "./parts/time";

type Field = HTMLInputElement | HTMLSelectElement;

const form = document.querySelector<HTMLFormElement>("[data-berth-update]");
if (form) {
  for (const box of form.querySelectorAll<HTMLElement>("[data-berth-number]")) addSteps(box);
  for (const line of form.querySelectorAll<HTMLElement>("[data-berth-line]")) addSum(line);
  keepDraft(form);
}

function addSteps(box: HTMLElement): void {
  const input = box.querySelector("input");
  const label = input?.labels?.[0]?.textContent?.trim();
  if (!input || !label) return;
  const less = stepButton(input, "−", `One less: ${label}`, -1);
  const more = stepButton(input, "+", `One more: ${label}`, 1);
  const limit = () => (less.disabled = whole(input.value) === 0);
  input.addEventListener("input", limit);
  limit();
  box.prepend(less);
  box.append(more);
}

function stepButton(input: HTMLInputElement, sign: string, name: string, by: 1 | -1): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.append(span(sign, "aria-hidden", "true"), span(name, "class", "govuk-visually-hidden"));
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    input.value = step(input.value, by);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return button;
}

function span(text: string, attribute: string, value: string): HTMLSpanElement {
  const made = document.createElement("span");
  made.textContent = text;
  made.setAttribute(attribute, value);
  return made;
}

function addSum(line: HTMLElement): void {
  const said = line.querySelector<HTMLElement>("[data-berth-sum]");
  if (!said) return;
  const show = () => {
    const [maximum, occupied, reserved, accepting] = ["maximum", "occupied", "reserved", "accepting"].map((key) =>
      whole(line.querySelector<HTMLInputElement>(`input[name$="-${key}"]`)?.value ?? ""),
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
