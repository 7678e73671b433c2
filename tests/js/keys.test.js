// What keys mean, whatever they type.

import assert from "node:assert/strict";
import { test } from "node:test";
import { wishOf } from "../../cnnviz/components/frontend/lecture_keys/keys.js";
import { latinKey } from "../../cnnviz/components/frontend/shared/keys.js";

test("a key that types Hangul is the letter printed on it", () => {
  assert.equal(latinKey({ key: "ㅠ", code: "KeyB" }), "b");
  assert.equal(latinKey({ key: "ㄲ", code: "KeyR" }), "r");
  assert.equal(latinKey({ key: "b", code: "KeyN" }), "b"); // of a keyboard with letters elsewhere
  assert.equal(latinKey({ key: "Escape", code: "Escape" }), "Escape");
});

test("the stage's letters are heard while the keyboard types Hangul", () => {
  const wish = (key, code) => wishOf({ key, code, composedPath: () => [] }, true);
  assert.deepEqual(wish("ㅠ", "KeyB"), { stage: "blank" });
  assert.deepEqual(wish("ㄹ", "KeyF"), { stage: "full" });
  assert.deepEqual(wish("ㄱ", "KeyR"), { stage: "room" });
  assert.deepEqual(wish("b", "KeyB"), { stage: "blank" });
});
