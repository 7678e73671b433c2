// A page whose connection is given up is loaded anew, but not for ever.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mayLoadAnew } from "../../cnnviz/components/frontend/document/connection.js";

test("a page is loaded anew at once, and again only after a while", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const answers = [1000, 2000, 20_999, 21_000, 22_000].map((now) => mayLoadAnew(now, storage));
  assert.deepEqual(answers, [true, false, false, true, false]);
});
