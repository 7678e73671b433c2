// The tabs of the stack editor's blocks.

import assert from "node:assert/strict";
import { test } from "node:test";
import { neighbour } from "../../cnnviz/components/frontend/stack_editor/palette.js";

test("arrow keys go round the ends, and other keys go nowhere", () => {
  const names = ["a", "b", "c"];
  assert.equal(neighbour(names, "a", 1), "b");
  assert.equal(neighbour(names, "a", -1), "c");
  assert.equal(neighbour(names, "c", 1), "a");
  assert.equal(neighbour(names, "b", undefined), undefined);
});
