// Fully connected layers: layouts, the way of keys and pointers over maps and vector, columns of numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  flatIndex,
  MAPS,
  planBand,
  planFlow,
  planMosaic,
} from "../../cnnviz/components/frontend/dense_view/arithmetic.js";
import {
  entryInBand,
  entryInMaps,
  moveInBand,
  moveInMaps,
} from "../../cnnviz/components/frontend/dense_view/moving.js";
import {
  bandBox,
  cellBox,
  channelName,
  inputName,
  unitName,
} from "../../cnnviz/components/frontend/dense_view/state.js";
import { addable, aligned, asFactor, decimal, powerSum } from "../../cnnviz/components/frontend/dense_view/written.js";
import { decimals } from "../../cnnviz/components/frontend/shared/numbers.js";

const SHAPE = [4, 6, 5]; // rows, columns, channels
const TEXT = { unit: "unit {unit}", cell: "{row},{col} of {channel}", red: "red", green: "green", blue: "blue" };

function viewOf(shape, entry = 0) {
  const [height, width, channels] = shape;
  return {
    scene: { shape, source_name: "pool1", from_source: true, layers: [{}, {}], class_names: ["cat", "ship"] },
    text: TEXT,
    entry,
    size: height * width * channels,
    mosaic: planMosaic(292, channels, height, width),
    plan: planBand(900, 132, shape),
  };
}

test("the entry under a pointer is the one that is drawn there, on the maps and in the band", () => {
  const view = viewOf(SHAPE);
  for (let entry = 0; entry < view.size; entry++) {
    const { x, y, w, h } = cellBox(view, entry);
    assert.equal(entryInMaps(view, x + w / 2, y + h / 2), entry);
    const box = bandBox(view, entry);
    assert.equal(entryInBand(view, box.x + box.w / 2, box.y + box.h / 2), entry);
  }
  assert.equal(entryInMaps(view, -1, 5), null);
  assert.equal(entryInMaps(view, 291, 1000), null);
});

test("arrow keys move over a map, Page Up and Down to the next map, and stay inside", () => {
  const at = (cell) => flatIndex(cell, SHAPE);
  const from = (cell, key) => moveInMaps(viewOf(SHAPE, at(cell)), key);
  assert.equal(from([1, 2, 3], "ArrowRight"), at([1, 3, 3]));
  assert.equal(from([1, 2, 3], "ArrowUp"), at([0, 2, 3]));
  assert.equal(from([1, 2, 3], "PageDown"), at([1, 2, 4]));
  assert.equal(from([3, 5, 4], "ArrowDown"), at([3, 5, 4]));
  assert.equal(from([0, 0, 0], "PageUp"), at([0, 0, 0]));
  assert.equal(from([0, 0, 0], "Tab"), null);
});

test("arrow keys move along the vector: by one entry, one cell, one row of cells, to its ends", () => {
  const from = (entry, key) => moveInBand(viewOf(SHAPE, entry), key);
  assert.deepEqual(
    ["ArrowRight", "ArrowUp", "PageDown", "Home", "End"].map((key) => from(40, key)),
    [41, 35, 70, 0, 119],
  );
  assert.equal(from(0, "ArrowLeft"), 0);
  assert.equal(from(0, "x"), null);
});

test("stages stand side by side only where each gets its least", () => {
  assert.equal(planFlow(500, [16]), null);
  for (const width of [900, 1200, 1600, 3840]) {
    const { maps, answers } = planFlow(width, [16]);
    assert.ok(maps >= MAPS.min && maps <= MAPS.max);
    assert.ok(maps + answers + 16 * 9 < width);
  }
});

test("a mosaic holds all tiles in its width; a band shows every entry once", () => {
  for (const count of [1, 3, 4, 128, 512]) {
    const { columns, tile, width } = planMosaic(292, count, 8, 8);
    assert.ok(columns * columns >= count);
    assert.ok(columns * tile <= width);
  }
  for (const shape of [[8, 8, 64], [32, 32, 3], [1, 1, 512], SHAPE])
    for (const width of [320, 900, 1600]) {
      const { perLine, lines } = planBand(width, 132, shape);
      assert.equal(perLine * lines, shape[0] * shape[1] * shape[2]);
      assert.equal(perLine % shape[2], 0); // whole cells
    }
});

test("units and inputs have names", () => {
  const view = viewOf(SHAPE);
  assert.equal(unitName(view, 0, 7), "unit 7");
  assert.equal(unitName(view, 1, 1), "ship");
  assert.equal(inputName(view, flatIndex([1, 2, 3], SHAPE)), "1,2 of 3");
  assert.equal(inputName({ ...view, scene: { ...view.scene, from_source: false } }, 9), "unit 9");
  assert.equal(channelName({ ...view, scene: { ...view.scene, source_name: null } }, 2), "blue");
});

test("numbers in a column have the same decimals, and none that is not zero reads as zero", () => {
  assert.equal(decimal(-1234, 3), "−1.234");
  assert.equal(decimal(-0, 3), "0.000");
  assert.equal(aligned(2, 2), "2.00");
  assert.equal(aligned(-0.004, 2), "−0.004");
  assert.equal(aligned(-0.0, 2), "0.00");
  assert.equal(decimals(-0.0004, 3), "0.000");
  assert.deepEqual([0, 0.00012, 0.012, -1.5, 12.345, 123.45].map(asFactor), [
    "0",
    "0.000120",
    "0.0120",
    "−1.500",
    "12.35",
    "123.5",
  ]);
});

test("a sum of exponentials is that of the numbers that are shown", () => {
  assert.equal(addable(12.5), 3);
  assert.equal(addable(0.002), 7);
  assert.equal(addable(21_187), 1); // that the table keeps its width
  assert.equal(addable(1e6), null);
  const exponentials = [1.0004, 2.0004, 1000];
  assert.equal(powerSum(exponentials, 1003.0008, 3), "1,003.000");
  assert.equal(powerSum([1e9], 1e9, null), "1.00×10⁹");
});
