// The numbers of a picture as colours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brightness, level } from "../../cnnviz/components/frontend/stepper/number_grid.js";

test("black and white are where the preprocessing has put them", () => {
  const usual = { picture_range: [0, 1] };
  assert.deepEqual(brightness(usual)(0.2), [51, 51, 51]);
  assert.equal(level(usual, -0.4), 0);
  const centred = { picture_range: [-1, 1] };
  assert.deepEqual(
    [-1, 0, 1].map((value) => level(centred, value)),
    [0, 127.5, 255],
  );
});
