// Zooming into a picture: the slider, the stages, what stays in view.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  channelsShown,
  corner,
  ease,
  farthest,
  insideCentre,
  LINES,
  mix,
  NUMBERS,
  nearest,
  scaleOf,
  sliderOf,
  stageOf,
  TYPE,
  typeSize,
} from "../../cnnviz/components/frontend/pixel_numbers/geometry.js";

const VIEW = { side: 480, width: 32, height: 28, least: 3, x: 16, y: 14, scale: 15 };

test("the slider goes from the whole picture to the nearest zoom, by equal factors", () => {
  assert.equal(scaleOf(VIEW, 0), farthest(VIEW));
  assert.ok(Math.abs(scaleOf(VIEW, 100) - nearest(VIEW)) < 1e-9);
  for (const slider of [0, 12, 50, 99]) assert.ok(Math.abs(sliderOf(VIEW, scaleOf(VIEW, slider)) - slider) < 1e-9);
  const [a, b, c] = [20, 40, 60].map((slider) => scaleOf(VIEW, slider));
  assert.ok(Math.abs(b / a - c / b) < 1e-9);
});

test("nothing but picture is in view", () => {
  for (const [x, y] of [
    [-10, 5],
    [31.9, 27.9],
    [16, 14],
  ]) {
    const [cx, cy] = insideCentre(VIEW, x, y, 40);
    const [left, top] = corner({ ...VIEW, x: cx, y: cy, scale: 40 });
    assert.ok(left >= 0 && left + VIEW.side / 40 <= VIEW.width);
    assert.ok(top >= 0 && top + VIEW.side / 40 <= VIEW.height);
  }
});

test("stages come one after the other: picture, cells, numbers", () => {
  assert.deepEqual([10, LINES[1], NUMBERS[1]].map(stageOf), ["picture", "cells", "numbers"]);
});

test("numbers fit into their cells", () => {
  for (const scale of [34, 60, 160]) {
    const size = typeSize(scale, 5, 3);
    assert.ok(5 * size * TYPE.digit <= scale && 3 * size * TYPE.line <= scale && size <= TYPE.max);
  }
});

test("a flight begins and ends at rest", () => {
  assert.deepEqual([0, 0.5, 1].map(ease), [0, 0.5, 1]);
  assert.ok(ease(0.01) < 0.001 && ease(0.99) > 0.999);
  assert.deepEqual(mix([0, 10], [10, 0], 0.25), [2.5, 7.5]);
});

test("a cell holds the numbers of all channels or of one, and of a grey picture one", () => {
  assert.deepEqual(channelsShown({ grey: false, channel: "all" }), [0, 1, 2]);
  assert.deepEqual(channelsShown({ grey: false, channel: "green" }), [1]);
  assert.deepEqual(channelsShown({ grey: true, channel: "blue" }), [0]);
});
