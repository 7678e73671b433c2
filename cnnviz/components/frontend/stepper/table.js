// The arithmetic of a cell as a table for those who hear the page.

import { fill, number } from "../shared/numbers.js";
import { cancelTable, writeTableSoon } from "../shared/spoken_table.js";
import { at2, indices, inputAt } from "./geometry.js";
import { channelName, shown, sumAt } from "./position.js";

/** Write the table once the visitor rests. */
export function writeTable(view) {
  if (view.playing) return cancelTable(view.table);
  writeTableSoon(view.table, () => {
    const [i, j] = shown(view);
    return { caption: fill(view.text.position, { row: i, column: j }), ...tableOf(view, i, j) };
  });
}

/** The table's content for output cell (i, j): heads, a row for each value under the window, and the results. */
function tableOf(view, i, j) {
  const { scene, text } = view;
  const { digits } = scene.step;
  const names = { max: text.max, average: text.average };
  const results = scene.outputs.map((output, k) => [
    (scene.outputs.length > 1 && names[output]) || scene.output_name || text.output,
    number(at2(scene[`output_${k}`], i, j), digits.sum),
  ]);
  const channels = scene.x.shape[2];
  const all = [...Array(channels).keys()];
  if (scene.listed) {
    const rows = all.map((c) => [channelName(view, c), number(sumAt(view, i, j, c), digits.sum)]);
    return { heads: [text.input, text.table_value], rows, results };
  }
  const cells = [...indices(scene.rows, i)].flatMap((row) => [...indices(scene.cols, j)].map((col) => [row, col]));
  const written = (value) =>
    value === null ? (scene.kernel ? text.padding_zero : text.padding_ignored) : number(value, digits.pointed);
  if (!scene.kernel) {
    const rows = cells.map(([row, col]) => [String(row), String(col), written(inputAt(scene, row, col, 0))]);
    return { heads: [text.table_row, text.table_column, text.table_value], rows, results };
  }
  const listed = channels > 3 ? [view.channel] : all;
  const rows = listed.flatMap((c) =>
    cells.map(([row, col], k) => {
      const value = inputAt(scene, row, col, c);
      const weight = scene.kernel.data[k * channels + c];
      const product = number((value ?? 0) * weight, digits.pointed);
      return [channelName(view, c), String(row), String(col), written(value), number(weight, digits.pointed), product];
    }),
  );
  const sums = listed.map((c) => [`${text.sum}, ${channelName(view, c)}`, number(sumAt(view, i, j, c), digits.sum)]);
  if (channels > 3) sums.push([fill(text.all_channels, { n: channels }), number(at2(scene.totals, i, j), digits.sum)]);
  if (scene.bias !== 0) sums.push([text.bias, number(scene.bias, digits.sum)]);
  const heads = [text.channel, text.table_row, text.table_column, text.input, text.kernel, text.products];
  return { heads, rows, results: [...sums, ...results] };
}
