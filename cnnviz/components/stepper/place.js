// Where the visitor is, and what belongs to that place.

import { number } from "../shared/numbers.js";
import { indices, inputAt } from "./geometry.js";

export const cellAt = (view, step) => [Math.floor(step / view.outWidth), step % view.outWidth];

export const shown = (view) => view.preview ?? cellAt(view, view.step);

export function channelName(view, channel) {
  const { scene, text } = view;
  if (scene.rgb && scene.x.shape[2] === 3) return [text.red, text.green, text.blue][channel];
  return `${text.channel} ${channel}`;
}

/** A signed term of an addition: "+ 0.12", "− 0.05". */
export const term = (value, digits) => `${value < 0 ? "−" : "+"} ${number(Math.abs(value), digits)}`;

export const sumAt = ({ scene, outWidth }, i, j, c) => scene.sums.data[(i * outWidth + j) * scene.x.shape[2] + c];

/** Output cells [row, column] that an input cell takes part in. */
export function usersOf(view, input) {
  if (!input) return [];
  const rows = view.usersOfRow.get(input[0]) ?? [];
  const cols = view.usersOfCol.get(input[1]) ?? [];
  return rows.flatMap((i) => cols.map((j) => [i, j]));
}

export function productValues({ scene }, i, j) {
  const cols = indices(scene.cols, j);
  return [...indices(scene.rows, i)].flatMap((row, a) =>
    [...cols].map((col, b) => (inputAt(scene, row, col, 0) ?? 0) * scene.kernel.data[a * cols.length + b]),
  );
}
