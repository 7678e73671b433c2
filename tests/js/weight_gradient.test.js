// The sums of a weight's gradient.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellUnder, inputAt, limitOf, sumsOf } from "../../cnnviz/components/frontend/weight_gradient/sums.js";

const WINDOW = {
  stride: [2, 1],
  dilation: [1, 2],
  pads: [
    [1, 1],
    [2, 2],
  ],
};
const X = { data: Float32Array.from({ length: 20 }, (_, k) => k + 1), shape: [4, 5] };

test("a weight meets the cell that stride, dilation and padding say", () => {
  assert.deepEqual(cellUnder(WINDOW, [0, 0], [0, 0]), [-1, -2]);
  assert.deepEqual(cellUnder(WINDOW, [2, 1], [1, 3]), [3, 3]);
});

test("in the padding the input is 0", () => {
  assert.equal(inputAt(X, [0, 4]), 5);
  for (const cell of [
    [-1, 0],
    [0, -1],
    [4, 0],
    [0, 5],
  ])
    assert.equal(inputAt(X, cell), 0);
});

test("the sum runs over all positions", () => {
  const upstream = { data: Float32Array.from({ length: 10 }, (_, k) => (k % 3) - 1), shape: [2, 5] };
  const { inputs, products, sums } = sumsOf({ x: X, upstream, ...WINDOW }, [1, 1]);
  assert.deepEqual([...inputs], [1, 2, 3, 4, 5, 11, 12, 13, 14, 15]);
  assert.deepEqual([...products], [-1, 0, 3, -4, 0, 11, -12, 0, 14, -15]);
  assert.equal(sums.at(-1), -4);
  assert.equal(sums[2], 2);
});

test("the largest absolute value", () => assert.equal(limitOf([1, -3, 2]), 3));
