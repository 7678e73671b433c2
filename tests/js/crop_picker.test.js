// The part of an uploaded picture in the frame.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, largest, moved, scaled } from "../../cnnviz/components/frontend/crop_picker/parts.js";

const SQUARE = { size: [300, 500], ratio: 1, least: 16 };
const WIDE = { size: [300, 500], ratio: 2, least: 16 };

test("a part is as large as the picture allows", () => {
  assert.deepEqual([SQUARE, WIDE].map(largest), [300, 250]);
  assert.deepEqual(fitted(SQUARE, { left: 400, top: 50, height: 9999 }), { left: 200, top: 0, height: 300 });
  assert.deepEqual(fitted(WIDE, { left: 9, top: -4, height: 2 }), { left: 9, top: 0, height: 16 });
});

test("a part stays in the picture when it is moved", () => {
  const crop = { left: 10, top: 20, height: 100 };
  assert.deepEqual(moved(SQUARE, crop, 5, -5), { left: 15, top: 15, height: 100 });
  assert.deepEqual(moved(SQUARE, crop, 1000, 1000), { left: 400, top: 200, height: 100 });
  assert.deepEqual(moved(WIDE, crop, 1000, -1000), { left: 300, top: 0, height: 100 });
});

test("a part is scaled round its middle", () => {
  const crop = { left: 100, top: 100, height: 100 };
  assert.deepEqual(scaled(SQUARE, crop, 60), { left: 120, top: 120, height: 60 });
  assert.deepEqual(scaled(SQUARE, crop, 300), { left: 0, top: 0, height: 300 });
  assert.deepEqual(scaled(WIDE, crop, 60), { left: 140, top: 120, height: 60 });
});

test("a picture smaller than the least part is used whole", () => {
  const tiny = { size: [4, 9], ratio: 1, least: 16 };
  assert.deepEqual(fitted(tiny, { left: 3, top: 0, height: 4 }), { left: 3, top: 0, height: 4 });
});
