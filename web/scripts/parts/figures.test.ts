import assert from "node:assert/strict";
import test from "node:test";
import { hint, step, whole } from "./figures";

test("only whole numbers of up to four digits are numbers", () => {
  assert.equal(whole(" 12 "), 12);
  for (const typed of ["", "-1", "1.5", "1e3", "12345", "two"]) assert.equal(whole(typed), undefined, typed);
});

test("a step stays within what the form takes and leaves other text alone", () => {
  assert.equal(step("3", 1), "4");
  assert.equal(step("", 1), "1");
  assert.equal(step("0", -1), "0");
  assert.equal(step("9999", 1), "9999");
  assert.equal(step("two", 1), "two");
});

test("the hint says what the four numbers leave over", () => {
  const figures = { maximum: 24, occupied: 20, reserved: 1, accepting: 2 };
  assert.deepEqual(hint(figures), { text: "1 place is not admittable. Say why below.", wrong: false });
  assert.deepEqual(hint({ ...figures, accepting: 3 }), { text: "All 24 places are accounted for.", wrong: false });
  assert.deepEqual(hint({ ...figures, accepting: 4 }), {
    text: "Occupied, reserved and accepting add up to 25, more than the maximum of 24.",
    wrong: true,
  });
});
