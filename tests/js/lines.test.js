// Lines of the stepper, and the layout of its cells.

import assert from "node:assert/strict";
import { test } from "node:test";
import { numberEms, term } from "../../cnnviz/components/frontend/shared/numbers.js";
import {
  at2,
  cellSize,
  fit,
  indices,
  inputAt,
  invert,
  isInserted,
  PADDING,
  plan,
  planCells,
  TYPE,
} from "../../cnnviz/components/frontend/stepper/geometry.js";
import { writeLine } from "../../cnnviz/components/frontend/stepper/lines.js";
import { lineAt, usersOf } from "../../cnnviz/components/frontend/stepper/position.js";

test("a term has its sign before it, apart", () => {
  assert.equal(term(0.125, 2), "+ 0.13");
  assert.equal(term(-0.05, 2), "− 0.05");
  assert.equal(term(0, 2), "+ 0");
});

for (const [line, written] of [
  [["no number"], "no number"],
  [["cell ", { of: "cell" }], "cell 3, 4"],
  [[{ of: "values", digits: 2, joined: "added" }], "0.50 − 0.25 + 2"],
  [[{ of: "values", digits: 2, index: 1 }], "−0.25"],
  [[{ of: "values", digits: 2, index: 1, brackets: true }], "(−0.25)"],
  [["max(", { of: "values", digits: 1, brackets: true }, ")"], "max(0.5, (−0.3), 2)"],
  [[{ of: "tiny", digits: 2 }], "≈0"],
  [["≈ ", { of: "tiny", digits: 2, bare: true }], "≈ 0"],
])
  test(`a line is filled in: ${written}`, () => {
    const values = { cell: [3, 4], values: Float32Array.of(0.5, -0.25, 2), tiny: [1e-9] };
    assert.equal(
      writeLine(line, (of) => values[of]),
      written,
    );
  });

/** A scene of a 4x5 input with one channel, 0 to 19, under a 2x2 window with stride 1 and padding above and left. */
function scene() {
  const table = (count) => ({
    shape: [count, 2],
    data: Int32Array.from({ length: 2 * count }, (_, k) => (k >> 1) + (k & 1) - 1),
  });
  return {
    operation: "conv",
    x: { shape: [4, 5, 1], data: Float32Array.from({ length: 20 }, (_, k) => k) },
    kernel: { data: Float32Array.of(1, 0, 0, -1) },
    rows: table(4),
    cols: table(5),
    inserted: [1, 1],
    step: { sentences: [[["= ", { of: "products", joined: "added" }], ["≈"]]], results: [] },
    signs: { shape: [4, 5], data: new Uint8Array(20) },
  };
}

test("a window finds its inputs, and an input the windows that it is under", () => {
  const { x, rows, cols } = scene();
  assert.deepEqual([...indices(rows, 0)], [-1, 0]);
  assert.equal(inputAt({ x }, -1, 0, 0), null);
  assert.equal(inputAt({ x }, 3, 5, 0), null);
  assert.equal(inputAt({ x }, 3, 4, 0), 19);
  const view = { usersOfRow: invert(rows), usersOfCol: invert(cols) };
  assert.deepEqual(usersOf(view, [0, 0]), [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  assert.deepEqual(usersOf(view, [3, 4]), [[3, 4]]);
  assert.deepEqual(usersOf(view, null), []);
  assert.equal(at2({ shape: [2, 3], data: [0, 1, 2, 3, 4, 5] }, 1, 0), 3);
});

test("a sentence counts padding as zero in a convolution, and leaves it out elsewhere", () => {
  const conv = scene();
  assert.equal(lineAt({ scene: conv }, 0, 0, 0), "= 0 + 0 + 0 + 0");
  assert.equal(lineAt({ scene: conv }, 0, 1, 1), "= 0 + 0 + 0 − 6");
  conv.signs.data[0] = 1; // of the first line for cell (0, 0): rounded
  assert.equal(lineAt({ scene: conv }, 0, 0, 0), "≈");
  const max = { ...scene(), operation: "max" };
  max.step = { sentences: [[["max ", { of: "x" }], []]], results: [] };
  assert.equal(lineAt({ scene: max }, 0, 0, 0), "max 0");
  assert.equal(lineAt({ scene: max }, 0, 1, 1), "max 0, 1, 5, 6");
});

test("a transposed convolution inserts zeros between the cells of its input", () => {
  const transposed = { inserted: [2, 3] };
  const inserted = [0, 1, 2].map((row) => [0, 1, 2, 3].map((col) => isInserted(transposed, row, col)));
  assert.deepEqual(inserted[0], [false, true, true, false]);
  assert.deepEqual(inserted[1], [true, true, true, true]);
  assert.deepEqual(inserted[2], inserted[0]);
});

test("parts never take more room than there is", () => {
  for (const operation of ["conv", "max", "pointwise"])
    for (const [channels, kw, outputs] of [
      [1, 3, 1],
      [3, 11, 1],
      [64, 3, 1],
      [1, 2, 2],
    ])
      for (const width of [320, 500, 759, 760, 1000, 1600, 3840]) {
        const shown = { operation, size: [kw, kw], outputs: Array(outputs), x: { shape: [8, 8, channels] } };
        const { wide, columns, gap, side, math } = plan(width, shown, 1);
        const columnWidths = columns.split(" ").map(Number.parseFloat);
        const total = columnWidths.reduce((a, b) => a + b) + (columnWidths.length - 1) * gap;
        assert.ok(total <= width + 1, `${operation} ${width}: ${columns}`);
        assert.equal(wide, width >= 760);
        if (wide && operation !== "conv") assert.ok(math >= 232, `${operation} ${width}: ${math}`);
        assert.ok(side > 100 && math > 100, `${operation} ${width}: ${side} ${math}`);
      }
});

test("a 3 x 3 kernel's numbers are readable, from a phone to a wall", () => {
  for (const [text, least] of [
    ["−0.32", 12],
    ["−0.321", 10],
  ]) {
    const ems = numberEms(text);
    const shown = { operation: "conv", size: [3, 3], outputs: Array(1), x: { shape: [32, 32, 3] } };
    for (const width of [346, 500, 760, 807, 878, 1198, 3000]) {
      const { wide, math, sign } = plan(width, shown, 1, 0, ems);
      const { type } = planCells(math, 3, ems, false, 1, 0, sign);
      assert.ok(type >= (wide ? 12 : least), `${text} ${width}: ${type}`);
    }
  }
});

test("numbers in cells fit, or are not written", () => {
  assert.equal(fit(10, 2.25, 1), 0);
  assert.equal(fit(1000, 1.25, 1), TYPE.max);
  for (const available of [200, 400, 900])
    for (const ems of [0.5, 1.75, 3.25]) {
      const { w, type, stacked } = planCells(available, 3, ems, false, 1);
      assert.ok(type === 0 || ems * type <= w - PADDING + 1e-9);
      assert.ok(3 * 3 * w <= available);
      assert.ok(type === 0 || type >= TYPE.min);
      assert.equal(typeof stacked, "boolean");
    }
  assert.equal(cellSize(320, 400, 32, 32), 10); // below the size of lines: any fraction
  assert.equal(cellSize(330, 400, 12, 12), 27); // with lines: whole pixels
  assert.equal(cellSize(3000, 3000, 2, 2), 60);
});
