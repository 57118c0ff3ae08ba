import assert from "node:assert/strict";
import test from "node:test";
import { Line, type ToTab } from "./line";
import type { Service } from "./protocol";

const service = (id: string): Service => ({
  id,
  kind: "care_home",
  name: `Home ${id}`,
  authority: { name: "Haven" },
  address: {},
  capacity: { status: "open", vacant: 1, freshness: "fresh", lines: [] },
});
const hello = { type: "hello", epoch: "e", seq: 10, heartbeat_seconds: 25 };
const change = (seq: number) => ({ type: "change", seq, at: "2026-11-22T09:30:00Z", kind: "capacity_updated", service: service(String(seq)) });
const said = (message: object) => ({ what: "said", text: JSON.stringify(message) }) as const;

function begun(): Line<string> {
  const line = new Line<string>("e.10", 0, () => 0);
  assert.equal(line.start(0).length, 1);
  assert.deepEqual(line.join("first", "e.10", 0), [{ say: "here" }]);
  assert.deepEqual(kinds(line.on(said(hello), 0).told), ["live"]);
  return line;
}

function kinds(told: ToTab[]): string[] {
  return told.map((one) => (one.say === "output" ? one.output.do : one.say));
}

test("all tabs hear each change from one stream, and its state when they come in", () => {
  const line = begun();
  assert.deepEqual(kinds(line.join("second", "e.10", 1)), ["here", "live"]);
  assert.deepEqual(kinds(line.on(said(change(11)), 2).told), ["change"]);
  assert.deepEqual(line.tabs, ["first", "second"]);
});

test("a tab whose page is older than the newest change is told what it missed, and no more", () => {
  const line = begun();
  for (const seq of [11, 12, 13]) line.on(said(change(seq)), 1);
  assert.deepEqual(kinds(line.join("second", "e.12", 2)), ["here", "live", "change"]);
  assert.deepEqual(kinds(line.join("third", "e.20", 2)), ["here", "live"], "a page newer than the stream");
});

test("a tab that cannot be brought up to date goes alone", () => {
  const line = begun();
  assert.deepEqual(line.join("old", "e.9", 1), [{ say: "alone" }]);
  assert.deepEqual(line.join("restored", "f.10", 1), [{ say: "alone" }]);
  assert.deepEqual(line.join("odd", "", 1), [{ say: "alone" }]);
  for (let seq = 11; seq < 2_000; seq++) line.on(said(change(seq)), 1);
  assert.deepEqual(line.join("late", "e.12", 2), [{ say: "alone" }], "memory is bounded");
  assert.deepEqual(kinds(line.join("newer", "e.1990", 2)).length, 11);
});

test("after a reset nobody comes in before the whole state has come", () => {
  const line = begun();
  line.on(said({ type: "reset" }), 1);
  assert.deepEqual(line.join("second", "e.10", 1), [{ say: "alone" }]);
  line.on(said({ type: "snapshot", seq: 40, services: [], more: false }), 1);
  assert.deepEqual(kinds(line.join("second", "e.40", 1)), ["here", "live"]);
});

test("a tab that has said nothing for five minutes is forgotten, one that says it is here is not", () => {
  const line = begun();
  line.join("second", "e.10", 0);
  line.heard("second", 200_000);
  line.on({ what: "tick" }, 301_000);
  assert.deepEqual(line.tabs, ["second"]);
  line.leave("second");
  assert.ok(line.isEmpty);
});
