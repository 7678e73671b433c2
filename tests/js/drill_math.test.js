// What a number of a map is made of, in a drill-down.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isShown,
  isUnder,
  meanOf,
  numberAt,
  opAt,
  orderOf,
  partOf,
  patchOf,
  planDrill,
  sourcesOf,
  stopsOf,
  sumsOf,
  termsOf,
  valueUnder,
  windowAt,
  winnerOf,
} from "../../cnnviz/components/frontend/feature_grid/drill_math.js";

const OP = {
  operation: "conv",
  size: [3, 3],
  stride: [1, 1],
  dilation: [1, 1],
  start: [-1, -1],
  inserted: [1, 1],
  channels: 2,
  sources: "all",
  digits: {},
};
const MAPS = { data: Array.from({ length: 32 }, (_, k) => k + 1), count: 2, height: 4, width: 4 };
const KERNEL = Array.from({ length: 18 }, (_, k) => k - 9);

test("the window slides by its stride, and its cells lie its dilation apart", () => {
  assert.deepEqual(windowAt(OP, 0, 2), { rows: [-1, 0, 1], cols: [1, 2, 3] });
  const apart = { ...OP, stride: [2, 1], dilation: [2, 3], start: [0, -3] };
  assert.deepEqual(windowAt(apart, 1, 2), { rows: [2, 4, 6], cols: [-1, 2, 5] });
});

test("padding is null, an inserted zero is undefined", () => {
  const under = (row, col, inserted = [1, 1]) => valueUnder(MAPS, 1, row, col, { inserted });
  assert.equal(under(1, 2), 23);
  assert.equal(under(-1, 0), null);
  assert.equal(under(0, 4), null);
  assert.equal(under(2, 4, [2, 2]), 23);
  assert.equal(under(1, 4, [2, 2]), undefined);
  assert.equal(under(7, 0, [2, 2]), null);
});

test("where the edge is repeated there is no padding", () => {
  const under = (row, col, inserted) => valueUnder(MAPS, 1, row, col, { inserted, repeats_edge: true });
  assert.equal(under(-1, 5, [1, 1]), under(0, 3, [1, 1]));
  assert.equal(under(-2, 2, [2, 2]), numberAt(MAPS, 1, 0, 1));
  assert.equal(under(-1, 2, [2, 2]), undefined);
});

test("a number that only moves is found where it was, whether or not it is in the part that is there", () => {
  const op = opAt({ ...OP, operation: "moved", size: [1, 1], shape: [2, 8, 2] }, 1, 1, 3, MAPS);
  assert.deepEqual(op.from, { flat: 23, row: 2, col: 3, channel: 1 });
  assert.deepEqual(sourcesOf(op, 1), [{ input: 0, channel: 1 }]);
  assert.deepEqual(patchOf(op, MAPS, 1, 1, 3), [numberAt(MAPS, 1, 2, 3)]);
  const part = { map: 1, top: 2, left: 3, rows: 1, cols: 1 };
  assert.ok(isUnder(op, { ...MAPS, part }, 1, 3));
  assert.ok(!isUnder(op, { ...MAPS, part: { ...part, map: 0 } }, 1, 3));
  assert.equal(opAt(OP, 1, 1, 3, MAPS), OP);
});

test("which maps a map is made of", () => {
  assert.deepEqual(sourcesOf({ ...OP, sources: "own" }, 5), [
    { input: 0, channel: 5 },
    { input: 1, channel: 5 },
  ]);
  assert.deepEqual(sourcesOf(OP, 5), [
    { input: 0, channel: 0 },
    { input: 0, channel: 1 },
  ]);
  const sources = [
    [0, 0],
    [0, 2],
  ];
  assert.deepEqual(sourcesOf({ ...OP, sources }, 1), [
    { input: 0, channel: 2 },
    { input: 0, channel: 3 },
  ]);
});

test("in a product, a map of a single cell is repeated", () => {
  const op = { ...OP, operation: "terms", size: [1, 1], start: [0, 0], sources: "own" };
  const one = { data: [10, 20], count: 2, height: 1, width: 1 };
  assert.deepEqual(sumsOf(op, sourcesOf(op, 1), [MAPS, one], null, 2, 3), [28, 20]);
  assert.deepEqual(partOf(op, { input: 1, channel: 1 }, 1, one, null, 2, 3).patch, [20]);
});

test("of a local normalisation, the squares of a map and its neighbours, as many as there are", () => {
  const op = { ...OP, terms: ["value", "squares"], neighbours: [0, 1] };
  const squares = (map) => termsOf(op, MAPS, 1, 2, map)[0].value;
  const values = Array.from({ length: MAPS.count }, (_, channel) => numberAt(MAPS, channel, 1, 2) ** 2);
  assert.equal(squares(0), values[0] + values[1]);
  assert.equal(squares(MAPS.count - 1), values.at(-1));
});

test("of a normalisation, the mean and the variance of all channels at a position", () => {
  assert.deepEqual(termsOf({ ...OP, terms: ["value", "mean", "variance"] }, MAPS, 1, 2, 0), [
    { term: "mean", value: 15 },
    { term: "variance", value: 64 },
  ]);
  assert.deepEqual(termsOf(OP, MAPS, 1, 2), []);
});

test("a part is its patch, its slice of the kernel, the products and their sum", () => {
  const [, source] = sourcesOf(OP, 0);
  const part = partOf(OP, source, 1, MAPS, KERNEL, 0, 0);
  assert.deepEqual(part.patch, [null, null, null, null, 17, 18, null, 21, 22]);
  assert.deepEqual(part.kernel, [-8, -6, -4, -2, 0, 2, 4, 6, 8]);
  assert.deepEqual(
    part.products,
    [0, 0, 0, 0, 0, 36, 0, 126, 176].map((n, k) => (k < 4 ? part.products[k] : n)),
  );
  assert.equal(part.sum, 36 + 126 + 176);
  const plain = partOf({ ...OP, size: [1, 1], start: [0, 0] }, source, 1, MAPS, null, 1, 1);
  assert.equal(plain.products, null);
  assert.equal(plain.sum, 22);
});

test("all sums at once are those of the parts", () => {
  for (const op of [OP, { ...OP, inserted: [2, 2] }, { ...OP, stride: [2, 2], dilation: [2, 1] }])
    for (const [i, j] of [
      [0, 0],
      [1, 1],
      [2, 1],
    ]) {
      const sources = sourcesOf(op, 0);
      const parts = sources.map((source, k) => partOf(op, source, k, MAPS, KERNEL, i, j).sum);
      assert.deepEqual(sumsOf(op, sources, [MAPS], KERNEL, i, j), parts);
    }
});

test("those that contribute most come first, unless all are shown", () => {
  assert.deepEqual(orderOf([1, -5, 3], 3), [0, 1, 2]);
  assert.deepEqual(orderOf([1, -5, 3, 5], 3), [1, 3, 2, 0]);
});

test("padding neither wins nor counts", () => {
  const patch = patchOf({ ...OP, size: [2, 2] }, { ...MAPS, data: MAPS.data.map((n) => -n) }, 0, 0, 1);
  assert.deepEqual(patch, [null, null, -1, -2]);
  assert.deepEqual(winnerOf(patch), { at: 2, value: -1 });
  assert.deepEqual(meanOf(patch), { total: -3, count: 2, value: -1.5 });
});

test("stops: product by product, the sums, the rest, the bias, the result", () => {
  const stops = stopsOf({ parts: 2, cells: 2, rest: true, bias: true });
  assert.deepEqual(
    stops.map(({ what }) => what),
    ["product", "product", "part", "part", "rest", "bias", "result"],
  );
  const shown = (now, stop) => isShown(stops, now, stop);
  assert.ok(shown(-1, { what: "result" })); // not stepping: everything
  assert.ok(shown(0, { what: "product", part: 0, at: 0 }));
  assert.ok(!shown(0, { what: "product", part: 0, at: 1 }));
  assert.ok(!shown(2, { what: "product", part: 1, at: 0 }));
  assert.ok(shown(3, { what: "product", part: 1, at: 0 })); // of other parts all at once, with the sum
  assert.ok(!shown(5, { what: "result" }));
  assert.ok(shown(6, { what: "result" }));
  assert.deepEqual(stopsOf({ parts: 1, cells: 0, rest: false, bias: false }), [
    { what: "part", part: 0 },
    { what: "result" },
  ]);
});

test("what is planned fits into the room that there is", () => {
  for (const width of [330, 606, 700, 782, 1000, 1380, 1644])
    for (const height of [300, 600, 800])
      for (const size of [
        [1, 1],
        [3, 3],
        [5, 5],
      ])
        for (const parts of [1, 2, 3, 32, 512]) {
          const plan = planDrill({ ...OP, size }, { width, height, parts, kernels: true, vector: false });
          const grid = plan.w ? size[1] * plan.w : plan.tile;
          const across = 3 * grid + (plan.narrow ? 0 : plan.side + (plan.beside ? 190 : plan.from));
          assert.ok(across < width, `${width} ${size} ${parts}: ${across}`);
          assert.ok(plan.rows >= 1 && plan.rows <= parts);
          const rows = plan.rows * (plan.row + 8) - 8;
          assert.ok(plan.narrow || plan.rows === 1 || rows <= height, `${height} ${size} ${parts}: ${rows}`);
        }
});

test("of a part of maps there are the numbers in it, and no others", () => {
  // of map 1: rows 1 and 2, columns 2 and 3
  const part = { ...MAPS, data: [23, 24, 27, 28], part: { map: 1, top: 1, left: 2, rows: 2, cols: 2 } };
  for (const [row, col] of [
    [1, 2],
    [2, 3],
  ])
    assert.equal(numberAt(part, 1, row, col), numberAt(MAPS, 1, row, col));
  assert.ok([numberAt(part, 0, 1, 2), numberAt(part, 1, 0, 2), numberAt(part, 1, 1, 1)].every(Number.isNaN));
  const op = { ...OP, size: [2, 2], start: [0, 0] };
  assert.deepEqual([isUnder(op, part, 1, 2), isUnder(op, part, 1, 3), isUnder(op, part, 1, 1)], [true, true, false]);
  assert.ok(isUnder(op, MAPS, 0, 0));
  assert.ok(!isUnder(op, { ...part, data: [], part: { map: 0, top: 0, left: 0, rows: 0, cols: 0 } }, 1, 2));
});
