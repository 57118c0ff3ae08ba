import assert from "node:assert/strict";
import test from "node:test";
import { Board } from "./board";
import type { Service } from "./protocol";

const service = (id: string, vacant = 1): Service => ({
  id,
  kind: "care_home",
  name: `Home ${id}`,
  authority: { name: "Haven" },
  address: {},
  capacity: { status: "open", vacant, freshness: "fresh", confirmed_at: "2026-11-22T09:00:00Z", lines: [] },
});

test("a change of a shown service fills its row in place", () => {
  const board = new Board(["a", "b"], true);
  assert.deepEqual(board.change(service("a", 3)), [{ do: "fill", service: service("a", 3) }]);
});

test("a new match waits until the reader asks for it", () => {
  const board = new Board(["a"], true);
  assert.deepEqual(board.change(service("b")), []);
  board.change(service("b", 2));
  assert.equal(board.waiting, 1);
  assert.deepEqual(board.take(), [{ do: "add", services: [service("b", 2)] }]);
  assert.equal(board.waiting, 0);
  assert.deepEqual(board.change(service("b", 4)), [{ do: "fill", service: service("b", 4) }]);
});

test("what no longer matches fades, and waits no more", () => {
  const board = new Board(["a"], true);
  assert.deepEqual(board.gone("a"), [{ do: "fade", id: "a" }]);
  board.change(service("b"));
  assert.deepEqual(board.gone("b"), []);
  assert.equal(board.waiting, 0);
  assert.deepEqual(board.gone("never seen"), []);
});

test("while paused nothing moves, and the last state of each comes afterwards", () => {
  const board = new Board(["a", "b"], true);
  board.pause();
  for (const vacant of [1, 2, 3]) assert.deepEqual(board.change(service("a", vacant)), []);
  assert.deepEqual(board.gone("b"), []);
  assert.equal(board.held, 2);
  assert.deepEqual(board.resume(), [{ do: "fill", service: service("a", 3) }, { do: "fade", id: "b" }]);
  assert.equal(board.held, 0);
});

test("a snapshot in parts replaces everything at its last part", () => {
  const board = new Board(["a", "b"], true);
  board.change(service("x"));
  board.restart();
  assert.deepEqual(board.snapshot([service("a", 5)], true), []);
  assert.deepEqual(board.snapshot([service("c")], false), [
    { do: "fade", id: "b" },
    { do: "fill", service: service("a", 5) },
  ]);
  assert.deepEqual(board.take(), [{ do: "add", services: [service("c")] }]);
});

test("on a page of many, a snapshot adds nothing that other pages hold", () => {
  const board = new Board(["a"], false);
  board.snapshot([service("a"), service("b")], false);
  assert.equal(board.waiting, 0);
});

test("changes are announced once, by their number", () => {
  const board = new Board(["a", "b"], true);
  board.change(service("a"));
  board.change(service("a"));
  assert.equal(board.announcement(), "1 service changed.");
  board.change(service("a"));
  board.gone("b");
  assert.equal(board.announcement(), "2 services changed.");
  assert.equal(board.announcement(), "");
});
