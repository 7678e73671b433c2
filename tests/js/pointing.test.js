import assert from "node:assert/strict";
import test from "node:test";
import { restOf, runs } from "../../cnnviz/components/frontend/lecture_keys/pointing.js";

test("lines that follow each other are one run", () => {
  assert.deepEqual(runs([1, 2, 3, 7]), [
    [1, 3],
    [7, 1],
  ]);
  assert.deepEqual(runs([]), []);
});

test("the rest are the characters of all other lines, without empty ones", () => {
  const text = "one\ntwo\n\nthree";
  const rest = restOf(text, [1]);
  assert.deepEqual(
    rest.map(([start, end]) => text.slice(start, end)),
    ["one", "three"],
  );
});
