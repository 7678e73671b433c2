// Softmax and its table: shares that add up, exponentials that can be added by eye.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cellOf,
  flatIndex,
  planBand,
  positionOf,
  softmaxStep,
  temperatureAt,
  tenths,
} from "../../cnnviz/components/frontend/dense_view/arithmetic.js";
import { power } from "../../cnnviz/components/frontend/dense_view/written.js";

test("an entry of the vector and its cell lead to each other", () => {
  const shape = [4, 5, 3];
  for (let k = 0; k < 60; k++) assert.equal(flatIndex(cellOf(k, shape), shape), k);
});

test("probabilities are the same with and without the shift, and sum to one", () => {
  for (const temperature of [0.1, 1, 10]) {
    const [shifted, plain] = [true, false].map((shift) => softmaxStep([2, -1, 0.5], temperature, shift));
    assert.deepEqual(shifted.probabilities, plain.probabilities);
    assert.ok(Math.abs(shifted.probabilities.reduce((a, b) => a + b) - 1) < 1e-12);
    assert.equal(Math.max(...shifted.exponentials), 1);
  }
});

test("shares in tenths of a percent add up", () => {
  for (const shares of [
    [1 / 3, 1 / 3, 1 / 3],
    [0.9999, 0.0001],
    [0.12345, 0.23456, 0.64199],
  ])
    assert.equal(
      tenths(shares).reduce((a, b) => a + b),
      1000,
    );
});

test("the slider's positions and temperatures belong together", () => {
  for (const temperature of [0.1, 1, 10]) assert.equal(temperatureAt(positionOf(temperature)), temperature);
});

test("an exponential is never written as zero", () => {
  assert.equal(power(0, null), "<\u00a010⁻³²³");
  assert.equal(power(Infinity, null), "∞");
  assert.equal(power(1.5e-7, null), "1.50×10⁻⁷");
  assert.equal(power(0.001, 2), "1.00×10⁻³");
});

test("a line of the band holds whole cells", () => {
  const { perLine, lines } = planBand(900, 200, [8, 8, 64]);
  assert.equal(perLine % 64, 0);
  assert.equal(perLine * lines, 8 * 8 * 64);
});
