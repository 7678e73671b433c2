// What those who hear the page are told of a number in a drill-down.

import assert from "node:assert/strict";
import { test } from "node:test";
import { partOf, sumsOf, windowAt } from "../../cnnviz/components/frontend/feature_grid/drill_math.js";
import { tableOf } from "../../cnnviz/components/frontend/feature_grid/drill_table.js";

const TEXT = {
  map_of: "{layer}, map {n}",
  table_map: "Map",
  table_row: "Row",
  table_column: "Column",
  table_value: "Value",
  table_padding: "padding",
  table_inserted: "inserted",
  patch: "Under the window",
  kernel: "Kernel",
  products: "Products",
  sum: "Sum",
  all_sums: "All sums",
  bias: "bias",
  rest: "{n} more",
  these: "These {n}",
};
const MAPS = { data: Array.from({ length: 8 }, (_, k) => k), count: 2, height: 2, width: 2 };
const OP = {
  operation: "conv",
  size: [2, 2],
  stride: [1, 1],
  dilation: [1, 1],
  start: [-1, 0],
  inserted: [1, 1],
  channels: 2,
  sources: "all",
  digits: { x: 0, sum: 0, kernel: 0, product: 0 },
  file: "layer",
};

function viewOf(op, { kernel = null, bias = 0, value, cell: [i, j] }) {
  const sources = Array.from({ length: op.channels }, (_, channel) => ({ input: 0, channel }));
  const parts = sources.map((source, k) => partOf(op, source, k, MAPS, kernel, i, j));
  const inputs = [MAPS];
  const layer = { isVector: false, takes: [0], title: "Convolution 2" };
  return {
    layers: [{ title: "Convolution 1", isVector: false }],
    position: { row: i, col: j },
    text: { at_cell: "row {row}, column {col}" },
    scene: { drill: { text: TEXT }, class_names: [] },
    drill: {
      there: true,
      op,
      layer,
      parts,
      sources,
      kernel,
      bias,
      value,
      sums: sumsOf(op, sources, inputs, kernel, i, j),
      rest: { count: 0, sum: 0 },
      window: windowAt(op, i, j),
    },
  };
}

test("a convolution's table has each product, the sums, the bias and the result", () => {
  const { caption, heads, rows, results } = tableOf(
    viewOf(OP, { kernel: [1, 2, 3, 4, 5, 6, 7, 8], bias: 10, value: 80, cell: [0, 0] }),
  );
  assert.equal(caption, "row 0, column 0: 80");
  assert.deepEqual(heads, ["Map", "Row", "Column", "Under the window", "Kernel", "Products"]);
  assert.deepEqual(rows[0], ["Convolution 1, map 0", "−1", "0", "padding", "1", "0"]);
  assert.deepEqual(rows[3], ["Convolution 1, map 0", "0", "1", "1", "7", "7"]);
  assert.deepEqual(rows[7], ["Convolution 1, map 1", "0", "1", "5", "8", "40"]);
  assert.deepEqual(results, [
    ["Sum, Convolution 1, map 0", "7"],
    ["Sum, Convolution 1, map 1", "64"],
    ["All sums", "71"],
    ["bias", "10"],
    ["row 0, column 0", "80"],
  ]);
});

test("a pooling's table has the values, and the formula", () => {
  const op = { ...OP, operation: "max", start: [0, 0], channels: 1, file: undefined };
  const { heads, rows, results } = tableOf(viewOf(op, { value: 3, cell: [0, 0] }));
  assert.deepEqual(heads, ["Map", "Row", "Column", "Under the window"]);
  assert.deepEqual(
    rows.map((cells) => cells.at(-1)),
    ["0", "1", "2", "3"],
  );
  assert.deepEqual(results, [["max(0, 1, 2, 3)", "3"]]);
});

test("a window that is too large to be read out has its sum for each map", () => {
  const op = { ...OP, size: [9, 9] };
  const kernel = Array(162).fill(1);
  const { heads, rows } = tableOf(viewOf(op, { kernel, value: 28, cell: [0, 0] }));
  assert.deepEqual(heads, ["Map", "Sum"]);
  assert.deepEqual(rows, [
    ["Convolution 1, map 0", "6"],
    ["Convolution 1, map 1", "22"],
  ]);
});
