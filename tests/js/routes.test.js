// The ways of skip connections between rows of cards.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  gutterWidth,
  lanesOf,
  planRoutes,
  rounded,
  routeLine,
  skipsOf,
} from "../../cnnviz/components/frontend/feature_grid/routes.js";

const straight = [{ takes: [null] }, { takes: [0] }, { takes: [1] }, { takes: [2], answer: true }];

/** Cards of 100 x 50, 10 apart, in rows; gaps as planned; the gutter is 20 wide. */
function placed(skips, rows) {
  const { routes, gaps } = planRoutes(skips, rows);
  const boxes = new Map();
  const tops = rows.map((row, r) => {
    const top = gaps.slice(0, r + 1).reduce((a, b) => a + b, 0) + 50 * r;
    row.forEach((layer, c) => {
      const left = 20 + 110 * c;
      boxes.set(layer, { left, top, right: left + 100, bottom: top + 50 });
    });
    return top;
  });
  const above = (row) => tops[row] - gaps[row];
  const lines = routes.map((route) =>
    routeLine(route, { source: boxes.get(route.from) ?? null, target: boxes.get(route.to), above, left: 20 }),
  );
  return { routes, gaps, boxes, lines };
}

/** The points of a line: corners are where a curve is drawn round. */
const points = (line) => [...line.matchAll(/([MLQ])([-\d.]+) ([-\d.]+)/g)].map(([, , x, y]) => [Number(x), Number(y)]);

test("a straight network has no skip connections, and needs no gutter", () => {
  assert.deepEqual(skipsOf(straight), []);
  assert.equal(gutterWidth([]), 0);
});

test("a layer that takes another than the one before it does", () => {
  const layers = [{ takes: [null] }, { takes: [0] }, { takes: [1, 0] }, { takes: [2, null] }];
  assert.deepEqual(skipsOf(layers), [
    { from: 0, to: 2 },
    { from: -1, to: 3 },
  ]);
});

test("intervals that touch have lanes of their own, others share one", () => {
  assert.deepEqual(
    lanesOf([
      [0, 2],
      [2, 4],
      [3, 5],
      [6, 7],
    ]),
    [0, 1, 0, 0],
  );
  assert.equal(
    gutterWidth([
      { from: 0, to: 9 },
      { from: 3, to: 5 },
    ]) > gutterWidth([{ from: 0, to: 9 }]),
    true,
  );
});

test("a line joins its cards, and covers none, wherever they are", () => {
  const skips = [
    { from: 0, to: 2 },
    { from: 1, to: 6 },
    { from: 2, to: 7 },
    { from: 4, to: 7 },
    { from: -1, to: 5 },
  ];
  for (const across of [1, 2, 3, 4, 8]) {
    const rows = [];
    for (let layer = 0; layer < 8; layer += across)
      rows.push(Array.from({ length: Math.min(across, 8 - layer) }, (_, k) => layer + k));
    const { boxes, lines, routes } = placed(skips, rows);
    lines.forEach(({ line, start, head }, k) => {
      const { from, to } = skips[k];
      const target = boxes.get(to);
      assert.ok(target.left < head[0] && head[0] < target.right && head[1] === target.top - 1);
      if (from >= 0) {
        const source = boxes.get(from);
        assert.ok(source.left <= start[0] && start[0] <= source.right);
        assert.equal(start[1], routes[k].top ? source.top : source.bottom);
      }
      // all along the line, from point to point
      const all = points(line);
      for (let n = 1; n < all.length; n++)
        for (let t = 0; t <= 1; t += 0.05) {
          const [x, y] = [0, 1].map((axis) => all[n - 1][axis] + t * (all[n][axis] - all[n - 1][axis]));
          for (const { left, top, right, bottom } of boxes.values())
            assert.ok(x < left || x > right || y <= top || y >= bottom, `${across} across: ${line}`);
          assert.ok(x >= 0);
        }
    });
    const heads = lines.map(({ head }) => head.join());
    assert.equal(new Set(heads).size, heads.length); // those of one card side by side
  }
});

test("lines that run side by side do not lie on one another", () => {
  const skips = [
    { from: 0, to: 7 },
    { from: 1, to: 8 },
    { from: 2, to: 6 },
  ];
  const { lines } = placed(skips, [
    [0, 1, 2],
    [3, 4, 5],
    [6, 7, 8],
  ]);
  const gutters = lines.map(({ line }) => Math.min(...points(line).map(([x]) => x)));
  assert.equal(new Set(gutters).size, 3);
});

test("straight down where the cards stand below one another", () => {
  const { lines, gaps } = placed(
    [{ from: 1, to: 4 }],
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
  );
  const xs = points(lines[0].line).map(([x]) => x);
  assert.equal(new Set(xs).size, 1);
  assert.ok(gaps[1] > 14); // room for the head
});

test("gaps that no line uses are as high as ever", () => {
  const { gaps } = planRoutes([{ from: 0, to: 2 }], [[0, 1, 2], [3], [4]]);
  assert.deepEqual(gaps.slice(1), [14, 14]);
  assert.ok(gaps[0] > 14);
});

test("corners are round, and no longer than the line", () => {
  assert.equal(
    rounded([
      [0, 0],
      [0, 4],
      [20, 4],
    ]),
    "M0 0L0 2Q0 4 6 4L20 4",
  );
});
