// What every page loads: the design system's behaviour, the folding filter, the service worker.
// Deliberately not here: anything a page cannot do without, and words: the page brings them in its own language.

import { rounded } from "./parts/near";
import { Button, ErrorSummary, NotificationBanner, ServiceNavigation, SkipLink } from "govuk-frontend";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

for (const Component of [Button, ErrorSummary, NotificationBanner, ServiceNavigation, SkipLink]) {
  for (const root of document.querySelectorAll(`[data-module="${Component.moduleName}"]`)) new Component(root);
}

foldFilter();
offerNearMe();
if ("serviceWorker" in navigator) {
  // A browser that refuses (private windows do) loses only the saved copies.
  navigator.serviceWorker.register("/sw.js").catch(() => undefined);
}

// On a narrow screen the filter stands between the reader and the results, so it starts folded.
function foldFilter(): void {
  const filter = document.querySelector<HTMLElement>("[data-berth-filter]");
  const button = document.querySelector<HTMLButtonElement>("[data-berth-filter-toggle]");
  if (!filter || !button) return;
  const fold = (folded: boolean) => {
    filter.classList.toggle("berth-filter--folded", folded);
    button.setAttribute("aria-expanded", String(!folded));
    button.textContent = (folded ? button.dataset["sayFolded"] : button.dataset["sayOpen"]) ?? "";
  };
  button.hidden = false;
  button.addEventListener("click", () => fold(button.getAttribute("aria-expanded") === "true"));
  fold(true);
}

// Typing a postcode is as good: the button is there only where the browser can say where it is.
function offerNearMe(): void {
  if (!("geolocation" in navigator)) return;
  for (const offer of document.querySelectorAll<HTMLElement>("[data-berth-near-me]")) {
    const field = document.getElementById(offer.dataset["berthNearMe"] ?? "");
    const [button, said] = [offer.querySelector("button"), offer.querySelector<HTMLElement>("[role=status]")];
    if (!(field instanceof HTMLInputElement) || !button || !said) continue;
    offer.hidden = false;
    button.addEventListener("click", () => {
      said.textContent = said.dataset["sayFinding"] ?? "";
      const found = ({ coords }: GeolocationPosition) => {
        field.value = rounded(coords);
        said.textContent = said.dataset["sayFound"] ?? "";
        if (field.form?.method === "get") field.form.requestSubmit();
      };
      const failed = () => void (said.textContent = said.dataset["sayFailed"] ?? "");
      navigator.geolocation.getCurrentPosition(found, failed, { timeout: 10_000, maximumAge: 300_000 });
    });
  }
}
