// Where the means of an ascent lie in its chart.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pointsOf, written } from "../../cnnviz/components/frontend/ascent_view/curve.js";

const BOX = { left: 10, top: 20, width: 100, height: 50 };

test("steps go from left to right, means from 0 at the bottom to the largest at the top", () => {
  const points = pointsOf([0, 1, 4], [0, 1, 2], BOX);
  assert.deepEqual(points, [
    [10, 70],
    [35, 45],
    [110, 20],
  ]);
  assert.equal(written(points.slice(0, 2)), "10.0,70.0 35.0,45.0");
});

test("below zero, the lowest is at the bottom", () => {
  assert.deepEqual(pointsOf([0, 2], [-1, 1], BOX), [
    [10, 70],
    [110, 20],
  ]);
});

test("an ascent that went nowhere is a point", () => {
  assert.deepEqual(pointsOf([0], [0], BOX), [[10, 70]]);
});
