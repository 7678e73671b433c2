// Where things are in the feature grid.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cardsAcross,
  cardWidths,
  cellInMosaic,
  cellsJoined,
  cellsSeeing,
  evenly,
  fieldOf,
  foldColumns,
  mosaicColumns,
  rowsOf,
  scanPath,
  TILE_GAP,
  tileCorner,
} from "../../cnnviz/components/frontend/feature_grid/geometry.js";
import { sumsUp } from "../../cnnviz/components/frontend/feature_grid/words.js";

const FIELD = { size: [10, 10], jump: [2, 2], start: [-4, -4] }; // of a pooled map

test("a pixel is seen by exactly the cells whose fields hold it", () => {
  for (const [row, col] of [
    [0, 0],
    [7, 30],
    [31, 31],
  ]) {
    const { top, bottom, left, right } = cellsSeeing(FIELD, row, col, 16, 16);
    for (let i = 0; i < 16; i++)
      for (let j = 0; j < 16; j++) {
        const field = fieldOf(FIELD, i, j);
        const holds = field.top <= row && row <= field.bottom && field.left <= col && col <= field.right;
        assert.equal(holds, top <= i && i <= bottom && left <= j && j <= right);
      }
  }
  assert.equal(cellsSeeing({ size: [1, 1], jump: [2, 2], start: [0, 0] }, 1, 1, 16, 16), null);
});

test("columns leave few holes", () => {
  assert.equal(32 % mosaicColumns(32, 142, 32), 0);
  assert.equal(mosaicColumns(1, 500, 32), 1);
  assert.equal(mosaicColumns(32, 265, 32), 8);
  assert.equal(mosaicColumns(32, 265, 32, 1.5), 4); // larger maps, fewer in a row
  assert.equal(mosaicColumns(32, 352, 16), 16);
  assert.equal(mosaicColumns(32, 352, 16, 1, 40), 8); // a finger presses a map
  assert.equal(mosaicColumns(32, 30, 32, 1, 40), 1);
  assert.equal(512 % foldColumns(512, 200, 112), 0);
  assert.equal(foldColumns(7, 1, 1) <= 7, true);
});

test("rows hold about the same number, and end after pooling", () => {
  assert.deepEqual(evenly([1, 2, 3, 4, 5], 3), [
    [1, 2, 3],
    [4, 5],
  ]);
  const layers = [null, null, "pool", null, null].map((part) => ({ part, count: 32 }));
  assert.deepEqual(
    rowsOf(layers, 2000).map((row) => row.length),
    [3, 2],
  );
  assert.equal(cardsAcross(100, 32), 1);
  assert.equal(cardsAcross(900, 32) > cardsAcross(900, 64), true);
});

test("the last card of a row may be wider; with their gaps they fill it", () => {
  assert.deepEqual(cardWidths(3, 328, 1), [100, 100, 100]);
  assert.deepEqual(cardWidths(3, 328, 2), [75, 75, 150]);
  assert.deepEqual(cardWidths(1, 328, 1.6), [328]);
});

test("a point in a mosaic lies in the map whose tile is there", () => {
  const mosaic = { columns: 4, tile: 20, count: 6, height: 10, width: 10 };
  for (let map = 0; map < 6; map++) {
    const [x, y] = tileCorner(mosaic, map);
    assert.deepEqual(cellInMosaic(mosaic, x + 1, y + 1), { map, row: 0, col: 0 });
    assert.deepEqual(cellInMosaic(mosaic, x + 19, y + 11), { map, row: 5, col: 9 });
  }
  assert.equal(cellInMosaic(mosaic, 3 * (20 + TILE_GAP), 20 + TILE_GAP), null); // beyond the last
});

test("the journey's window stays on the map", () => {
  for (let t = 0; t < 1; t += 0.01) {
    const { row, col } = scanPath(t, 8, 8);
    assert.ok(row >= 0 && row < 8 && col >= 0 && col < 8);
  }
  assert.equal(scanPath(0.5, 1, 512).row, 0);
});

const maps = (index, takes, count, more = {}) => ({
  ...{ index, takes, count, height: 8, width: 8, isVector: false, channelwise: true },
  ...more,
});
const vector = (index, takes, width, more = {}) => maps(index, takes, 1, { isVector: true, height: 1, width, ...more });
const position = { map: 3, row: 1, col: 2 };

test("an addition is made of the same cell of all its inputs", () => {
  const layers = [maps(0, [null], 4), maps(1, [0], 4), maps(2, [1, 0], 4, { symbol: "+" })];
  assert.deepEqual(cellsJoined(layers[2], layers, position), [
    { layer: 1, ...position },
    { layer: 0, ...position },
  ]);
  assert.deepEqual(cellsJoined(layers[1], layers, position), []); // no join
  assert.deepEqual(cellsJoined(maps(2, [1, null], 4, { symbol: "+" }), layers, position), []); // the picture has no card
});

test("a concatenation is made of the one input whose map lies there", () => {
  const cat = { symbol: "‖", channelwise: false };
  const layers = [maps(0, [null], 2), maps(1, [0], 3), maps(2, [0, 1], 5, cat)];
  const origins = [0, 1, 2, 3, 4].map((map) => cellsJoined(layers[2], layers, { ...position, map })[0]);
  assert.deepEqual(
    origins.map(({ layer, map }) => [layer, map]),
    [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [1, 2],
    ],
  );
  const units = [vector(0, [null], 10), vector(1, [0], 6), vector(2, [0, 1], 16, cat)];
  assert.deepEqual(cellsJoined(units[2], units, { map: 0, row: 0, col: 12 }), [{ layer: 1, map: 0, row: 0, col: 2 }]);
});

test("numbers add up as they are written, or not", () => {
  assert.equal(sumsUp(["0.31", "−0.20"], "0.11"), true);
  assert.equal(sumsUp(["0.31", "−0.20"], "0.12"), false);
  assert.equal(sumsUp(["≈0", "0.11"], "0.11"), false);
});
