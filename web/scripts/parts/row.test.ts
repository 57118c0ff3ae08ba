import assert from "node:assert/strict";
import test from "node:test";
import type { Capacity, Service } from "./protocol";
import { news, number, outgrown, place, state, unit, way, type State } from "./row";
import states from "./states.json";

const service = (capacity: Partial<Capacity>, more: Partial<Service> = {}): Service => ({
  id: "1-1",
  kind: "care_home",
  name: "Quay House",
  authority: { name: "Haven" },
  address: { town: "Port Haven" },
  capacity: { status: "open", vacant: 2, freshness: "fresh", confirmed_at: "2026-11-13T09:30:00Z", lines: [], ...capacity },
  ...more,
});

test("the script says of each case what the server says, and old figures outrank what they say", () => {
  assert.ok(states.cases.length >= 8);
  for (const { look, text, ...capacity } of states.cases as (State & Capacity)[]) {
    assert.deepEqual(state(service({ confirmed_at: undefined, ...capacity } as Partial<Capacity>), new Date(states.now)), { look, text });
  }
});

test("a row says what changed", () => {
  const was = { number: "2", state: "Vacancies" };
  assert.equal(news(was, { number: "3", state: "Vacancies" }), "was 2");
  assert.equal(news({ number: "0", state: "On request" }, { number: "0", state: "Full" }), "was “On request”");
  assert.equal(news(was, was), "confirmed, nothing changed");
  assert.equal(news({ number: "", state: "" }, was), "");
});

test("figures that nobody confirms grow old while somebody looks", () => {
  const then = new Date("2026-11-15T09:00:00Z");
  assert.deepEqual(outgrown(then, new Date("2026-11-22T09:30:00Z")), { look: "stale", text: "Not confirmed for 7 days" });
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
