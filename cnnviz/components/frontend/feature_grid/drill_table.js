// The arithmetic of a drill-down as a table for those who hear the page.

import { number } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";
import { addends, formulaOf, resultText, sourceName } from "./drill_words.js";
import { cellText } from "./words.js";

const LISTED = 64; // most cells of a window that are read out one by one

/** The table's content for the current cell: {caption, heads, rows, results}. */
export function tableOf(view) {
  const { drill } = view;
  const { op, parts } = drill;
  const { text } = view.scene.drill;
  const { digits } = op;
  const result = [cellText(view, drill.layer), resultText(view)];
  const caption = result.join(": ");
  if (!drill.there) return { caption, heads: [], rows: [], results: [] };
  const names = parts.map(({ source }) => sourceName(view, drill.layer.takes[source.input] ?? -1, source.channel));
  if (op.operation === "softmax") {
    const rows = parts.map(({ source, sum }, k) => [
      names[k],
      number(sum, digits.x),
      number(drill.shares[source.channel], 4),
    ]);
    return { caption, heads: [text.table_map, text.table_value, text.share], rows, results: [result] };
  }
  const added = op.operation === "conv" && (!op.file || drill.kernel);
  const moved = op.operation === "moved" ? [[text.moved_row, formulaOf(view)[0]]] : [];
  const results = added
    ? addends(view).map(({ name, value }) => [name, number(value, digits.sum)])
    : [...moved, ...(drill.terms ?? []).map(({ term, value }) => [text[`term_${term}`], number(value, digits.x)])];
  const size = op.size[0] * op.size[1];
  if (size === 1 || size > LISTED) {
    const rows = parts.map(({ patch, sum }, k) => [names[k], number(added ? sum : (patch[0] ?? 0), digits.sum)]);
    return {
      caption,
      heads: [text.table_map, added ? text.sum : text.table_value],
      rows,
      results: [...results, result],
    };
  }
  const where = [text.table_map, text.table_row, text.table_column, text.patch];
  const written = (value) =>
    value === null ? text.table_padding : value === undefined ? text.table_inserted : number(value, digits.x);
  const [byRow, byCol] = op.inserted;
  const [{ height, width }] = op.repeats_edge ? drill.inputs : [{ height: Infinity, width: Infinity }];
  const along = (indices, by, size) =>
    indices.map((at) => (op.repeats_edge && at % by === 0 ? clamp(at / by, 0, size - 1) : at / by));
  const across = along(drill.window.cols, byCol, width);
  const cells = along(drill.window.rows, byRow, height).flatMap((row) => across.map((col) => [row, col]));
  const rows = parts.flatMap(({ patch, kernel, products }, k) =>
    cells.map(([row, col], at) => [
      names[k],
      ...[row, col].map((index) => (Number.isInteger(index) ? number(index, 0) : "")),
      written(patch[at]),
      ...(kernel && products ? [number(kernel[at], digits.kernel), number(products[at], digits.product)] : []),
    ]),
  );
  if (!added) {
    const [formula] = formulaOf(view);
    return { caption, heads: where, rows, results: [[formula || result[0], result[1]]] };
  }
  const heads = drill.kernel ? [...where, text.kernel, text.products] : where;
  const sums = parts.map(({ sum }, k) => [`${text.sum}, ${names[k]}`, number(sum, digits.sum)]);
  return { caption, heads, rows, results: [...(parts.length > 1 ? sums : []), ...results, result] };
}
