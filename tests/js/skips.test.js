// Skip connections among the rows of the stack editor.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  counts,
  fittingSource,
  hasLayersOnSkip,
  IMAGE,
  lanesOf,
  reordered,
  skipsOf,
  sourceOf,
  spanTo,
  withSetting,
} from "../../cnnviz/components/frontend/stack_editor/skips.js";

const settingOf = (kind) => (kind === "add" ? "back" : undefined);
const stack = (...kinds) => kinds.map((kind) => (typeof kind === "number" ? { kind: "add", back: kind } : { kind }));
const BLOCKS = stack("conv", "relu", "conv", "relu", 2, "flatten"); // row 4 takes the output of row 1

test("a span and a source say the same", () => {
  assert.equal(sourceOf(4, 2), 1);
  assert.equal(spanTo(4, 1), 2);
  assert.equal(sourceOf(1, 9), IMAGE); // more than there are
  assert.deepEqual(skipsOf(BLOCKS, settingOf), [{ index: 4, source: 1 }]);
});

test("a row that moves keeps what it takes", () => {
  const { blocks } = reordered(BLOCKS, [0, 1, 2, 3, 5, 4], settingOf);
  assert.deepEqual(blocks[5], { kind: "add", back: 3 });
  assert.deepEqual(skipsOf(blocks, settingOf), [{ index: 5, source: 1 }]);
});

test("a source that moves is still the source", () => {
  const { blocks } = reordered(BLOCKS, [1, 0, 2, 3, 4, 5], settingOf);
  assert.deepEqual(skipsOf(blocks, settingOf), [{ index: 4, source: 0 }]);
  assert.deepEqual(reordered(BLOCKS, [0, 2, 1, 3, 4, 5], settingOf).blocks[4].back, 1);
});

test("a row may come in between, and go", () => {
  const fresh = { kind: "tanh" };
  const more = reordered(BLOCKS, [0, 1, fresh, 2, 3, 4, 5], settingOf).blocks;
  assert.equal(more[2], fresh);
  assert.deepEqual(skipsOf(more, settingOf), [{ index: 5, source: 1 }]);
  assert.deepEqual(skipsOf(reordered(BLOCKS, [0, 1, 3, 4, 5], settingOf).blocks, settingOf), [{ index: 3, source: 1 }]);
});

test("where the source goes, the row above it is the source, or the image", () => {
  assert.deepEqual(skipsOf(reordered(BLOCKS, [0, 2, 3, 4, 5], settingOf).blocks, settingOf), [{ index: 3, source: 0 }]);
  const first = stack("conv", "relu", "conv", 2); // takes the output of row 0
  assert.deepEqual(skipsOf(reordered(first, [1, 2, 3], settingOf).blocks, settingOf), [{ index: 2, source: IMAGE }]);
});

test("a source stays above, with a row between", () => {
  const tight = stack("conv", "relu", 1); // row 2 takes the output of row 0
  const broken = { broken: { index: 2, source: 0 } };
  for (const order of [
    [0, 2, 1], // nothing between
    [0, 2],
    [1, 0, 2],
    [1, 2, 0], // the source below
  ])
    assert.deepEqual(reordered(tight, order, settingOf), broken);
  assert.ok("blocks" in reordered(tight, [0, 1], settingOf)); // without the row that joins
});

test("the image can be taken twice only where a stack begins so", () => {
  const start = stack(2, "relu");
  assert.deepEqual(reordered(start, [1, 0], settingOf), { blocks: [{ kind: "relu" }, { kind: "add", back: 1 }] });
  assert.deepEqual(reordered(stack("relu", 1), [1, 0], settingOf), { broken: { index: 1, source: IMAGE } });
});

test("shorter skip connections lie nearer, and none on another", () => {
  const skips = [
    { index: 4, source: 1 },
    { index: 8, source: 0 }, // round both others
    { index: 7, source: 4 },
    { index: 6, source: 2 }, // across both
  ];
  assert.deepEqual(lanesOf(skips), [0, 2, 0, 1]);
  assert.deepEqual(lanesOf([]), []);
});

test("a new row that joins takes what fits", () => {
  const shapes = [[8, 8, 4], [8, 8, 4], [8, 8, 8], [8, 8, 4], undefined];
  assert.equal(fittingSource(shapes, 4), 1);
  assert.equal(fittingSource(shapes.slice(0, 2), 2), 0); // over one row, if need be
  assert.equal(fittingSource([[4], [4], [4]], 3), 0); // over two, where it can
  assert.equal(fittingSource(shapes, 3), undefined);
  assert.equal(fittingSource(shapes, 5), undefined); // not known yet
  assert.equal(fittingSource(shapes, 0), undefined);
});

const SETTINGS = [
  { name: "back", choices: [], of: "" },
  { name: "on_skip", choices: ["identity", "conv"], of: "" },
  { name: "filters", choices: [], of: "on_skip" },
];
const [BACK, , FILTERS] = SETTINGS;

test("what belongs to a choice counts beyond its first value", () => {
  const plain = { kind: "add", back: 2, on_skip: "identity", filters: 16 };
  assert.equal(counts(BACK, plain, SETTINGS), true);
  assert.equal(counts(FILTERS, plain, SETTINGS), false);
  assert.equal(hasLayersOnSkip(plain, SETTINGS), false);
  assert.equal(hasLayersOnSkip({ ...plain, on_skip: "conv" }, SETTINGS), true);
  assert.equal(hasLayersOnSkip({ kind: "relu" }, []), false);
});

test("a layer that is put on a skip connection begins as it fits, and keeps what is changed then", () => {
  const fresh = { kind: "add", back: 2, on_skip: "identity", filters: 16 };
  const plain = { ...fresh, back: 5 };
  const fit = { on_skip: "conv", filters: 32 };
  const put = withSetting(plain, "on_skip", "conv", SETTINGS, fresh, fit);
  assert.deepEqual(put, { ...plain, on_skip: "conv", filters: 32 });
  assert.equal(withSetting(plain, "on_skip", "conv", SETTINGS, fresh, null).filters, 16);
  assert.equal(withSetting(plain, "back", 3, SETTINGS, fresh, fit).filters, 16);
  const own = withSetting(put, "filters", 8, SETTINGS, fresh, fit);
  assert.equal(withSetting(own, "on_skip", "conv", SETTINGS, fresh, fit).filters, 8);
  assert.deepEqual(withSetting(own, "on_skip", "identity", SETTINGS, fresh, fit), plain);
});
