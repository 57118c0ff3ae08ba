import assert from "node:assert/strict";
import test from "node:test";
import { everybody, staff, type Line } from "./preview";

const line: Line = { removed: false, maximum: 10, occupied: 7, reserved: 1, accepting: 1, hours: 0 };

test("everybody sees what is accepting, and nothing of a closed home", () => {
  assert.equal(everybody("care_home", "open", [line]), "1 vacancy");
  assert.equal(everybody("care_home", "open", [line, { ...line, accepting: 4 }, { ...line, removed: true }]), "5 vacancies");
  assert.equal(everybody("care_home", "closed", [line]), "Closed to admissions");
  assert.equal(everybody("home_care", "open", [{ ...line, hours: 1 }]), "1 hour a week");
});

test("staff see the rest, never less than nothing", () => {
  assert.equal(staff([line]), "7 occupied, 1 reserved, 1 not admittable");
  assert.equal(staff([{ ...line, maximum: 3 }]), "7 occupied, 1 reserved, 0 not admittable");
});
