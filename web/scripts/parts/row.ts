// The words of one row of the board. pages/parts/service.html says the same ones: keep the two alike.
// Deliberately without a page: it gives text, never markup.

import type { Service } from "./protocol";
import { lasting } from "./time";

export interface State {
  look: "vacancies" | "on-request" | "full" | "closed" | "stale" | "never";
  text: string;
}

export function state({ capacity }: Service, now: Date): State {
  if (capacity.freshness === "never" || capacity.confirmed_at === undefined) return { look: "never", text: "Not told yet" };
  if (capacity.freshness === "stale") {
    const passed = now.getTime() - new Date(capacity.confirmed_at).getTime();
    return { look: "stale", text: `Not confirmed for ${lasting(passed)}` };
  }
  if (capacity.status === "closed") return { look: "closed", text: "Closed to admissions" };
  if (capacity.status === "on_request") return { look: "on-request", text: "On request" };
  return capacity.vacant > 0 ? { look: "vacancies", text: "Vacancies" } : { look: "full", text: "Full" };
}

// Of figures that were believed when they came and have since grown too old.
export function outgrown(confirmed: Date, now: Date): State {
  return { look: "stale", text: `Not confirmed for ${lasting(now.getTime() - confirmed.getTime())}` };
}

// What a row showed before it was filled again, in words; nothing of a row that is new.
export function news(before: { number: string; state: string }, after: { number: string; state: string }): string {
  if (before.state === "") return "";
  if (before.number !== after.number) return `was ${before.number}`;
  return before.state === after.state ? "confirmed, nothing changed" : `was “${before.state}”`;
}

export function number({ capacity }: Service): string {
  return capacity.freshness === "never" ? "–" : String(capacity.vacant);
}

export function unit({ kind, capacity }: Service): string {
  if (capacity.freshness === "never") return "";
  if (kind === "home_care") return capacity.vacant === 1 ? "hour a week" : "hours a week";
  return capacity.vacant === 1 ? "vacancy" : "vacancies";
}

// A second line under the age of figures that staff were told by phone.
export function way({ capacity }: Service): string {
  return capacity.lines[0]?.source === "phone" ? "by phone" : "";
}

export function place(service: Service): string {
  return service.address.town ?? service.authority.name;
}
