// A picture after a step along signs, and the difference enlarged.

import assert from "node:assert/strict";
import { test } from "node:test";
import { enlarged, stepped } from "../../cnnviz/components/frontend/fooling_view/steps.js";

const picture = Uint8Array.of(0, 100, 254, 7);
const signs = Uint8Array.of(0, 2, 2, 1);

test("each number moves by the step and stays in 0 to 255", () => {
  assert.deepEqual([...stepped(picture, signs, 3)], [0, 103, 255, 7]);
  assert.deepEqual([...stepped(picture, signs, 0)], [...picture]);
});

test("the difference is what has moved, not what should have", () => {
  const after = stepped(picture, signs, 4);
  assert.deepEqual([...enlarged(picture, after, 4)], [128, 255, 159, 128]);
  assert.deepEqual([...enlarged(picture, picture, 0)], [128, 128, 128, 128]);
});
