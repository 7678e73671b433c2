// Layers and numbers in words.

import { fill, grouped, number, readNumber } from "../shared/numbers.js";
import { cellsJoined, cellsSeeing, fieldOf } from "./geometry.js";
import { valueAt } from "./state.js";

const digitsFor = (size) => (size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 4);

export const precise = (value) => number(value, digitsFor(Math.abs(value)));

export function shapeText(shape) {
  return shape.map(grouped).join(" × ");
}

/** The kind in words, with the window it slides: "convolution 3×3". */
export function kindText(layer) {
  return layer.window ? `${layer.kind_name} ${layer.window.size.join("×")}` : layer.kind_name;
}

export function aboutText(view, layer) {
  return view.text[`about_${layer.kind}`] ?? view.text.about_other;
}

export function noteText(view, note) {
  const [name, n] = [note.title, grouped(note.output_shape.reduce((a, b) => a * b, 1))];
  return fill(view.text[`note_${note.kind}`] ?? view.text.note_other, { name, n });
}

export function mapName(view, layer) {
  const { text, position } = view;
  if (layer.isVector) return fill(text.lens_vector, { layer: layer.title, n: grouped(layer.width) });
  return fill(text.lens, { layer: layer.title, map: position.map, last: layer.count - 1 });
}

export function rangeText(view, layer) {
  const [min, max] = [layer.range[2 * view.position.map], layer.range[2 * view.position.map + 1]].map(precise);
  return fill(view.text.range, { min, max });
}

export function cellText(view, layer) {
  const { text, position, scene } = view;
  if (!layer.isVector) return fill(text.at_cell, position);
  return layer.width === scene.class_names.length ? scene.class_names[position.col] : fill(text.at_unit, position);
}

export function seesText(view, layer) {
  const { text, position, pixel } = view;
  if (!layer.field) return text.sees_all;
  if (pixel) {
    const seen = cellsSeeing(layer.field, pixel.row, pixel.col, layer.height, layer.width);
    const n = seen ? (seen.bottom - seen.top + 1) * (seen.right - seen.left + 1) : 0;
    return fill(text.seen_by, { ...pixel, n });
  }
  const field = fieldOf(layer.field, position.row, position.col);
  const { rows, cols } = view.picture;
  const outside = field.top < 0 || field.left < 0 || field.bottom >= rows || field.right >= cols;
  const [top, bottom, left, right] = [field.top, field.bottom, field.left, field.right].map((n) => number(n));
  const { height, width } = field;
  if (layer.symbol && cellsJoined(layer, view.layers, position).length > 1)
    return fill(text.sees_size, { height, width });
  const sees = fill(text.sees, { height, width, top, bottom, left, right });
  return outside ? `${sees}\n${text.sees_outside}` : sees;
}

/** The inputs of a number of a join: their numbers and names, in two lines if there are two; else "". */
export function joinedText(view, layer) {
  const { text, position, layers } = view;
  const cells = cellsJoined(layer, layers, position);
  if (!cells.length) return "";
  const names = cells.map((cell) => layers[cell.layer].title);
  if (cells.length === 1)
    return layer.isVector
      ? fill(text.joined_unit, { name: names[0], col: cells[0].col })
      : fill(text.joined_map, { name: names[0], map: cells[0].map });
  const values = cells.map((cell) => valueAt(layers[cell.layer], cell));
  const digits = digitsFor(Math.max(...values.map(Math.abs))); // all alike, so that one can add them up
  const texts = values.map((value) => number(value, digits));
  const terms = texts.map((words, k) => (k && words.includes("−") ? `(${words})` : words));
  const equals = sumsUp(texts, precise(valueAt(layer, position))) ? "=" : "≈";
  if (cells.length === 2)
    return terms.map((words, k) => `${k ? layer.symbol : equals} ${words}  ${names[k]}`).join("\n");
  return `${equals} ${terms.join(` ${layer.symbol} `)}\n${names.join(", ")}`;
}

/** Whether numbers, as they are written, add up to another, as it is written. */
export const sumsUp = (terms, sum) =>
  Math.abs(terms.map(readNumber).reduce((a, b) => a + b, 0) - readNumber(sum)) < 1e-9 &&
  ![...terms, sum].some((words) => words.includes("≈"));
