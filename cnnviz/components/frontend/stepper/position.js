// The visitor's position, and the values that belong to it.

import { at2, indices, inputAt } from "./geometry.js";
import { writeLine } from "./lines.js";

export const cellAt = (view, step) => [Math.floor(step / view.outWidth), step % view.outWidth];

export const shown = (view) => view.preview ?? cellAt(view, view.step);

export const channelName = ({ scene, text }, channel) => scene.channel_names[channel] ?? `${text.channel} ${channel}`;

export const sumAt = ({ scene, outWidth }, i, j, c) => scene.sums.data[(i * outWidth + j) * scene.x.shape[2] + c];

/** Output cells [row, column] that an input cell takes part in. */
export function usersOf(view, input) {
  if (!input) return [];
  const rows = view.usersOfRow.get(input[0]) ?? [];
  const cols = view.usersOfCol.get(input[1]) ?? [];
  return rows.flatMap((i) => cols.map((j) => [i, j]));
}

/** Line k of the step's sentences and results, for output cell (i, j): with "=" or with "≈". */
export function lineAt(view, k, i, j) {
  const { sentences, results } = view.scene.step;
  const [exact, rounded] = [...sentences, ...results][k];
  const line = (at2(view.scene.signs, i, j) >> k) & 1 ? rounded : exact;
  return writeLine(line, (of) => numbersOf(view.scene, of, i, j));
}

/** All numbers of a name for output cell (i, j); the names are those of `_Cells.values` in explain/step.py. */
function numbersOf(scene, of, i, j) {
  switch (of) {
    case "row":
      return [i];
    case "column":
      return [j];
    case "x":
      return patch(scene, i, j);
    case "-x":
      return patch(scene, i, j).map((value) => -value);
    case "products":
      return patch(scene, i, j).map((value, k) => value * scene.kernel.data[k]);
    case "total":
      return [at2(scene.totals, i, j)];
    case "count":
      return [at2(scene.counts, i, j)];
    case "sums": {
      const [, width, channels] = scene.sums.shape;
      return scene.sums.data.subarray((i * width + j) * channels, (i * width + j + 1) * channels);
    }
    default:
      return [at2(scene[of], i, j)]; // output_0, output_1
  }
}

/** The numbers under the window in the first channel: padding is 0 in a convolution, and left out otherwise. */
function patch(scene, i, j) {
  const cols = [...indices(scene.cols, j)];
  const values = [...indices(scene.rows, i)].flatMap((row) => cols.map((col) => inputAt(scene, row, col, 0)));
  return scene.operation === "conv" ? values.map((value) => value ?? 0) : values.filter((value) => value !== null);
}
