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
  assert.deepEqual(board.take(), [{ do: "drop", ids: ["b"] }, { do: "add", services: [service("c")] }]);
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

test("rows that are struck go when the reader asks for new ones, and the oldest when there are too many", () => {
  const ids = Array.from({ length: 300 }, (_, number) => `s${number}`);
  const board = new Board(ids, true);
  const acts = ids.flatMap((id) => board.gone(id));
  const dropped = acts.flatMap((act) => (act.do === "drop" ? act.ids : []));
  assert.deepEqual(dropped, ids.slice(0, 100), "two hundred stay");
  board.change(service("s250"));
  board.change(service("new"));
  const taken = board.take();
  const [drop] = taken;
  assert.ok(drop?.do === "drop" && drop.ids.length === 199 && !drop.ids.includes("s250"), "one came back and stays");
  assert.deepEqual(taken[1], { do: "add", services: [service("new")] });
});

test("a week of changes does not fill the memory: beyond a thousand the page is read anew", () => {
  const waiting = new Board([], true);
  const paused = new Board([], true);
  paused.pause();
  for (let number = 0; number < 20_000; number++) for (const board of [waiting, paused]) board.change(service(`s${number}`));
  assert.equal(waiting.waiting, 1_000);
  assert.equal(paused.held, 1_000);
  assert.deepEqual(waiting.take(), [{ do: "reload" }]);
  assert.deepEqual(paused.resume(), [{ do: "reload" }]);
});
