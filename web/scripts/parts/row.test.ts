import assert from "node:assert/strict";
import test from "node:test";
import type { Capacity, Service } from "./protocol";
import { number, place, state, unit, way } from "./row";

const now = new Date("2026-11-22T09:30:00Z");
const service = (capacity: Partial<Capacity>, more: Partial<Service> = {}): Service => ({
  id: "1-1",
  kind: "care_home",
  name: "Quay House",
  authority: { name: "Haven" },
  address: { town: "Port Haven" },
  capacity: { status: "open", vacant: 2, freshness: "fresh", confirmed_at: "2026-11-13T09:30:00Z", lines: [], ...capacity },
  ...more,
});

test("each state has its words, and old figures outrank what they say", () => {
  const said = (capacity: Partial<Capacity>) => state(service(capacity), now).text;
  assert.equal(said({}), "Vacancies");
  assert.equal(said({ vacant: 0 }), "Full");
  assert.equal(said({ status: "on_request" }), "On request");
  assert.equal(said({ status: "closed", vacant: 0 }), "Closed to admissions");
  assert.equal(said({ freshness: "stale" }), "Not confirmed for 9 days");
  assert.equal(said({ freshness: "never" }), "Not told yet");
});

test("a number that nobody told is no number", () => {
  assert.equal(number(service({ freshness: "never", vacant: 0 })), "–");
  assert.equal(unit(service({ freshness: "never" })), "");
  assert.equal(number(service({ vacant: 0 })), "0");
});

test("beds are vacancies and home care is hours", () => {
  assert.equal(unit(service({ vacant: 1 })), "vacancy");
  assert.equal(unit(service({ vacant: 26 }, { kind: "home_care" })), "hours a week");
});

test("a service without a town is placed by its council", () => {
  assert.equal(place(service({})), "Port Haven");
  assert.equal(place(service({}, { address: {} })), "Haven");
});

test("figures told by phone are marked where the stream says so", () => {
  assert.equal(way(service({ lines: [{ source: "phone" }] })), "by phone");
  assert.equal(way(service({ lines: [{ source: "form" }] })), "");
  assert.equal(way(service({ lines: [{}] })), "");
});
