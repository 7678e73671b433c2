// The lines from the maps that a number is made of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionsOf, lineBetween } from "../../cnnviz/components/frontend/feature_grid/connections.js";

const sources = (count) => Array.from({ length: count }, (_, channel) => ({ input: 0, channel }));

test("a line's colour is its part's sign, its width the part's share of the largest", () => {
  const found = connectionsOf(sources(5), [-4, 0.5, 1, 0.01, -1.5], 9);
  assert.deepEqual(
    found.map(({ from, ink }) => [from, ink]),
    [
      [3, "faint"],
      [1, "up1"],
      [2, "up2"],
      [4, "down2"],
      [0, "down3"], // the strongest is drawn last, over the others
    ],
  );
});

test("of more than there is room for those that contribute most are left", () => {
  const found = connectionsOf(sources(6), [1, -2, 3, -4, 5, -6], 2);
  assert.deepEqual(
    found.map(({ from }) => from),
    [4, 5],
  );
});

test("while the kernel is on its way, and where all parts are 0, no line has a sign", () => {
  for (const sums of [null, [0, 0, 0]])
    assert.deepEqual(
      connectionsOf(sources(3), sums, 9).map(({ ink }) => ink),
      ["faint", "faint", "faint"],
    );
});

test("a line leaves at the side, or below to a card in a row further down", () => {
  const box = (left, top) => ({ left, top, right: left + 10, bottom: top + 10 });
  assert.equal(lineBetween(box(0, 0), box(50, 20)), "M10 5C30 5 30 25 50 25");
  assert.equal(lineBetween(box(40, 0), box(0, 60)), "M45 10C45 35 5 35 5 60");
});
