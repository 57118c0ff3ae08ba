import assert from "node:assert/strict";
import test from "node:test";
import { rounded } from "./near";

test("a place is told to some half a mile only", () => {
  assert.equal(rounded({ latitude: 51.063249, longitude: -1.308001 }), "51.06,-1.31");
  assert.equal(rounded({ latitude: 50, longitude: -0.001 }), "50,0");
});
