// Taking a number of a heat map apart; where cells and squares lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cellBox, coverBox, takeApart } from "../../cnnviz/components/frontend/heat_map/parts.js";
import { fitted } from "../../cnnviz/components/frontend/shared/canvas.js";
import { heatColour } from "../../cnnviz/components/frontend/shared/heat.js";

const packed = (shape, ...data) => ({ shape, data: Float32Array.from(data) });

test("Grad-CAM: weight x value, the largest first, ReLU of the sum", () => {
  const arrays = { maps: packed([2, 1, 2], 1, 2, 3, 4), weights: packed([2], 0.5, -1) };
  const { terms, total, value } = takeApart("grad_cam", arrays, [0, 1]);
  assert.deepEqual(
    terms.map(({ index, product }) => [index, product]),
    [
      [1, -4],
      [0, 1],
    ],
  );
  assert.deepEqual([total, value], [-3, 0]);
});

test("saliency: the largest channel by size", () => {
  const { terms, value } = takeApart("saliency", { gradients: packed([1, 1, 3], 0.25, -0.5, 0) }, [0, 0]);
  assert.deepEqual([terms[0].index, terms[0].value, value], [1, -0.5, 0.5]);
});

test("SmoothGrad: the mean of the copies; integrated gradients: the sum over channels", () => {
  assert.equal(takeApart("smooth_grad", { copies: packed([2, 1, 1], 1, 3) }, [0, 0]).value, 2);
  const arrays = { gradients: packed([1, 1, 2], 2, -1), difference: packed([1, 1, 2], 0.5, 0.25) };
  assert.equal(takeApart("integrated_gradients", arrays, [0, 0]).value, 0.75);
});

test("occlusion: the covered picture's classes, the most probable first", () => {
  const arrays = {
    probabilities: packed([1, 1, 2], 0.25, 0.75),
    uncovered: packed([2], 0.5, 0.5),
    values: packed([1, 1], 0.5),
  };
  const { terms, value } = takeApart("occlusion", arrays, [0, 0]);
  assert.deepEqual([terms[0].index, terms[0].weight, terms[0].value, value], [1, 0.5, 0.75, 0.5]);
});

test("a cell lies over its part of the picture, and the square round its middle", () => {
  assert.deepEqual(cellBox([8, 8], [32, 32], [1, 2]), [4, 8, 8, 12]);
  assert.deepEqual(coverBox([16, 16], [32, 32], 8, [0, 15]), [0, 27, 5, 32]);
  assert.deepEqual(coverBox([16, 16], [32, 32], 8, [8, 8]), [13, 13, 21, 21]);
  assert.deepEqual(coverBox([2, 2], [3, 3], 1, [0, 1]), [0, 2, 1, 3]); // 0.25 and 1.75
  assert.deepEqual(coverBox([3, 3], [6, 6], 1, [1, 2]), [2, 4, 3, 5]); // 2.5 and 4.5: to the even, as in Python
});

test("heat has the colours of its stops, and those between", () => {
  const stops = [
    [0, 0, 0],
    [100, 0, 0],
    [200, 50, 0],
  ];
  assert.deepEqual(heatColour(0.5, stops), [100, 0, 0]);
  assert.deepEqual(heatColour(0.75, stops), [150, 25, 0]);
  assert.deepEqual([heatColour(-1, stops), heatColour(9, stops)], [stops[0], stops[2]]);
});

test("a picture keeps its proportions, its longer side is as long as there is room", () => {
  assert.deepEqual(fitted([64, 48, 3], 240), [240, 180]);
  assert.deepEqual(fitted([20, 80], 100), [25, 100]);
  assert.deepEqual(fitted([32, 32, 3], 240), [240, 240]);
});
