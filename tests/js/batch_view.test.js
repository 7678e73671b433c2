// Batch normalisation value by value, the sums on the way, and how the values are spread.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  affine,
  binsOf,
  rangeOf,
  STAGES,
  stepOf,
  sumsOf,
} from "../../cnnviz/components/frontend/batch_view/batch_math.js";
import { layout } from "../../cnnviz/components/frontend/batch_view/painting.js";

const STATISTICS = { mean: 2, variance: 4, gamma: 3, beta: 1, epsilon: 0 };

test("a value is centred, divided, scaled and shifted", () => {
  assert.deepEqual(stepOf(5, STATISTICS), { centred: 3, square: 9, deviation: 2, normalised: 1.5, y: 5.5 });
  assert.equal(stepOf(0, { ...STATISTICS, variance: 0, epsilon: 0.25 }).normalised, -4);
});

test("sums run over all values", () => {
  const { sums, squares } = sumsOf([1, 2, 6], 3);
  assert.deepEqual([...sums], [1, 3, 9]);
  assert.deepEqual([...squares], [4, 5, 14]);
});

test("a stage does to all values what it does to one", () => {
  for (const stage of STAGES) {
    const { scale, shift } = affine(stage, STATISTICS);
    for (const x of [-1, 0, 5]) {
      const { normalised, y } = stepOf(x, STATISTICS);
      assert.equal(scale * x + shift, { mean: x, variance: x, normalise: normalised, scale: y }[stage]);
    }
  }
});

test("every value lies in a bin, the largest in the last", () => {
  assert.deepEqual(rangeOf([3, -1, 2]), [-1, 3]);
  assert.deepEqual(binsOf([-1, 0, 0.9, 3], [-1, 3], 4), [1, 2, 0, 1]);
  assert.deepEqual(binsOf([2, 2], [2, 2], 3), [2, 0, 0]);
});

test("the maps lie side by side, in as many rows as they need, within the width", () => {
  const plan = layout(20, [16, 32], 400);
  assert.equal(plan.across, 5);
  assert.ok(plan.width <= 400);
  assert.equal(plan.high * 2, plan.tile);
  assert.deepEqual(plan.corner(6), [plan.tile + 4, plan.high + 4]);
  assert.equal(plan.height, 4 * (plan.high + 4) - 4);
});
