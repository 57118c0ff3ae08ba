import assert from "node:assert/strict";
import test from "node:test";
import { find, forget, save, type Draft } from "./draft";

function store() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    kept,
  };
}

const draft: Draft = { version: "4", at: "2026-11-22T09:12:00Z", fields: [["lines-0-accepting", "3"]] };

test("what was typed is found again on the same figures", () => {
  const tab = store();
  save(tab, "/update/1-2", draft);
  assert.deepEqual(find(tab, "/update/1-2", "4"), draft);
  assert.equal(find(tab, "/update/1-3", "4"), undefined);
  forget(tab, "/update/1-2");
  assert.equal(find(tab, "/update/1-2", "4"), undefined);
});

test("a draft of figures that were published since is thrown away", () => {
  const tab = store();
  save(tab, "/update/1-2", draft);
  assert.equal(find(tab, "/update/1-2", "5"), undefined);
  assert.equal(tab.kept.size, 0);
});

test("a store that refuses costs nothing but the draft", () => {
  const refuse = () => {
    throw new Error("quota");
  };
  const tab = { getItem: refuse, setItem: refuse, removeItem: refuse };
  save(tab, "/update/1-2", draft);
  assert.equal(find(tab, "/update/1-2", "4"), undefined);
});
