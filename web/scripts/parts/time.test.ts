import assert from "node:assert/strict";
import test from "node:test";
import { age, clock, lasting, moment } from "./time";

const now = new Date("2026-11-22T09:30:00Z");
const before = (milliseconds: number) => new Date(now.getTime() - milliseconds);

test("the hour is written as people say it", () => {
  assert.equal(clock(now), "9:30am");
  assert.equal(clock(new Date("2026-11-22T00:05:00Z")), "12:05am");
  assert.equal(clock(new Date("2026-11-22T12:00:00Z")), "12pm");
  assert.equal(clock(new Date("2026-07-01T12:00:00Z")), "1pm");
});

test("another day is named with its hour", () => {
  assert.equal(moment(before(15 * 60_000), now), "9:15am");
  assert.equal(moment(before(86_400_000), now), "9:30am, 21 November 2026");
});

test("ages are whole and never plural for one", () => {
  assert.equal(age(before(20_000), now), "less than a minute ago");
  assert.equal(age(before(-5_000), now), "less than a minute ago");
  assert.equal(age(before(60_000), now), "1 minute ago");
  assert.equal(age(before(7_199_000), now), "1 hour ago");
  assert.equal(age(before(9.5 * 86_400_000), now), "9 days ago");
  assert.equal(lasting(86_400_000), "1 day");
});
