// Exercises in the browser: what is right, which mistake was made, and how hard the next one is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answerText } from "../../cnnviz/components/frontend/exercise_view/card.js";
import { agrees, chosenBy, judge, parseNumber } from "../../cnnviz/components/frontend/exercise_view/judging.js";
import {
  after,
  newRecord,
  newStore,
  readProgress,
  total,
  writeProgress,
} from "../../cnnviz/components/frontend/exercise_view/progress.js";

test("a solution has the decimals that its question asks for", () => {
  const values = [0.1142, 0.7, 0.998];
  const labels = ["a", "b", "c"];
  assert.equal(answerText({ answer: { form: "numbers", values, labels, decimals: 2 } }), "a: 0.11 · b: 0.70 · c: 1.00");
  assert.equal(
    answerText({ answer: { form: "numbers", values, labels, decimals: null } }),
    "a: 0.1142 · b: 0.7 · c: 0.998",
  );
  assert.equal(answerText({ answer: { form: "number", values: [-12], unit: "px" } }), "−12 px");
});

for (const [typed, wanted] of [
  ["3", 3],
  [" −2.5 ", -2.5],
  ["-2,5", -2.5],
  ["1,216", 1216],
  ["4,210,090", 4210090],
  ["-0,125", -0.125], // no thousands: nobody begins them with a 0
  ["1.216,5", null],
  ["+7", 7],
  [".5", 0.5],
  ["12.", 12],
  ["１２", 12],
  ["1 216", 1216],
  ["", null],
  ["−", null],
  ["3x", null],
  ["1e3", null],
  ["Infinity", null],
])
  test(`"${typed}" is read as ${wanted}`, () => assert.equal(parseNumber(typed), wanted));

const EXERCISE = {
  answer: { values: [4, -2], tolerance: 0.01 },
  mistakes: [
    { values: [4, 2], reason: "sign" },
    { values: [-2, 4], reason: "swapped" },
  ],
};

test("a key chooses an option by its number, or its letter where options are letters", () => {
  assert.deepEqual(
    ["1", "2", "3", "4", "x", "Enter", ""].map((key) => chosenBy(key, ["3", "1", "x"])),
    [0, 1, 2, -1, -1, -1, -1],
  );
  assert.deepEqual(
    ["b", "A", "c", "2"].map((key) => chosenBy(key, ["A", "B"])),
    [1, 0, -1, 1],
  );
});

test("an answer is right within the tolerance, its limit included", () => {
  assert.deepEqual(judge(EXERCISE, [4.01 - 1e-12, -2]), { right: true, reason: "" });
  assert.equal(judge(EXERCISE, [4.02, -2]).right, false);
  assert.equal(agrees([1], [1, 2], 1), false);
});

test("a wrong answer has the reason of the mistake that leads to it, or none", () => {
  assert.deepEqual(judge(EXERCISE, [4, 2]), { right: false, reason: "sign" });
  assert.deepEqual(judge(EXERCISE, [-2, 4]), { right: false, reason: "swapped" });
  assert.deepEqual(judge(EXERCISE, [0, 0]), { right: false, reason: "" });
});

const right = (level) => ({ right: true, level });
const play = (...results) => results.reduce(after, newRecord());

test("two right at once lead to the next level, and never beyond the last", () => {
  assert.equal(play(right(1)).level, 1);
  assert.equal(play(right(1), right(1)).level, 2);
  assert.equal(play(right(1), right(1), right(2)).level, 2);
  const best = play(...[1, 1, 2, 2, 3, 3, 3, 3].map(right));
  assert.deepEqual([best.level, best.best, best.streak, best.tried, best.right], [3, 3, 8, 8, 8]);
});

test("a miss leads one level down and ends the streak; the best level stays", () => {
  const missed = play(right(1), right(1), right(2), { right: false, level: 2 });
  assert.deepEqual([missed.level, missed.streak, missed.best, missed.tried, missed.right], [1, 0, 2, 4, 3]);
  assert.equal(after(missed, { right: false, level: 1 }).level, 1);
});

test("a level that the visitor chose counts from there", () => {
  assert.equal(play(right(1), right(3)).level, 3);
  assert.equal(play(right(3), right(1)).level, 1);
});

test("progress comes back from its text; what was not written here counts as nothing", () => {
  const progress = { next_cell: play(right(1), right(1)) };
  assert.deepEqual(readProgress(writeProgress(progress)), progress);
  const bad = { ...newRecord(), tried: 1, right: 5 };
  for (const text of [
    null,
    "",
    "[",
    "null",
    "7",
    '{"version":2,"kinds":{}}',
    writeProgress({ next_cell: bad }),
    writeProgress({ next_cell: { ...newRecord(), level: 99 } }),
    writeProgress({ "<b>": newRecord() }),
    '{"version":1,"kinds":{"next_cell":null}}',
  ])
    assert.deepEqual(readProgress(text), {}, String(text));
});

test("sums are over all kinds", () => {
  const progress = { next_cell: play(right(1)), relu: play({ right: false, level: 1 }, right(1)) };
  assert.deepEqual(total(progress), { tried: 3, right: 2 });
});

test("a store that is switched off keeps progress as long as the page", () => {
  const store = newStore(() => {
    throw new Error("denied");
  });
  assert.deepEqual(store.load(), {});
  store.save({ relu: newRecord() });
  assert.deepEqual(store.load(), { relu: newRecord() });
  store.clear();
  assert.deepEqual(store.load(), {});
});

test("a store keeps progress, and erases it", () => {
  const kept = new Map();
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => kept.set(key, text),
    removeItem: (key) => kept.delete(key),
  };
  const store = newStore(() => /** @type {any} */ (storage));
  store.save({ relu: newRecord() });
  assert.deepEqual(newStore(() => /** @type {any} */ (storage)).load(), { relu: newRecord() });
  store.clear();
  assert.equal(kept.size, 0);
});

test("where the browser's store is full, progress lasts as long as the page", () => {
  const before = writeProgress({ relu: { ...newRecord(), tried: 1 } });
  const full = {
    getItem: () => before,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
    removeItem: () => {},
  };
  const store = newStore(() => /** @type {any} */ (full));
  store.save({ relu: { ...newRecord(), tried: 2 } });
  assert.equal(store.load().relu.tried, 2);
});
