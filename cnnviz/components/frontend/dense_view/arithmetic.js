// Softmax, flat indices and layouts: pure functions.

import { clamp } from "../shared/values.js";

// px: the stages are side by side if the mosaic and the scores get their least; then they share the room
export const MAPS = { min: 190, max: 292 };
const ANSWERS = { min: 268, max: 320 };
const COLUMN = 44;
const GAP = { stage: 16, units: 26 };
export const MAP_GAP = 2;
export const UNIT = 9; // px of a hidden unit's cell
const ENTRY = 1.8; // px that an entry of the band has at least, if a map's row can be folded so
const LINE = { min: 3, max: 28 };
const SCALE = 50; // slider steps per factor of ten

/** Index in the flattened vector of cell (row, col, channel) of [H, W, C], and back: `ops.flat_index`.
 *  @type {(cell: number[], shape: number[]) => number} */
export const flatIndex = ([row, col, channel], [, width, channels]) => (row * width + col) * channels + channel;

export function cellOf(index, [, width, channels]) {
  const cell = Math.floor(index / channels);
  return [Math.floor(cell / width), cell % width, index % channels];
}

/** Softmax step by step: `ops.softmax_step`. The probabilities are always computed with the shift. */
export function softmaxStep(logits, temperature, shift) {
  const scaled = Array.from(logits, (z) => z / temperature);
  const largest = Math.max(...scaled);
  const safe = scaled.map((s) => Math.exp(s - largest));
  const safeTotal = safe.reduce((a, b) => a + b, 0);
  const exponentials = shift ? safe : scaled.map(Math.exp);
  const total = exponentials.reduce((a, b) => a + b, 0);
  return { scaled, largest, exponentials, total, probabilities: safe.map((e) => e / safeTotal) };
}

/** Shares in tenths of a percent that add up to 1,000: the rest goes to the largest remainders. */
export function tenths(probabilities) {
  const exact = probabilities.map((p) => 1000 * p);
  const whole = exact.map(Math.floor);
  const left = 1000 - whole.reduce((a, b) => a + b, 0);
  const order = exact.map((_, k) => k).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]));
  for (const k of order.slice(0, left)) whole[k]++;
  return whole;
}

/** The temperature of a slider position: two figures, 1 in the middle. */
export const temperatureAt = (position) => Number((10 ** (position / SCALE)).toPrecision(2));

export const positionOf = (temperature) => Math.round(Math.log10(temperature) * SCALE);

/** Widths of mosaic and scores beside hidden layers `columns` units wide each; null if they do not fit. */
export function planFlow(width, columns) {
  const units = columns.reduce((sum, n) => sum + n * UNIT, 0) + GAP.units * Math.max(0, columns.length - 1);
  const room = width - COLUMN - units - 3 * GAP.stage;
  if (room < MAPS.min + ANSWERS.min) return null;
  const answers = clamp(room - MAPS.max, ANSWERS.min, ANSWERS.max);
  return { answers, maps: Math.min(MAPS.max, room - answers) };
}

/** Mosaic of `count` tiles in a square: as many columns as rows, or one more. */
export function planMosaic(side, count, height, width) {
  const columns = Math.ceil(Math.sqrt(count));
  const tile = (side - (columns - 1) * MAP_GAP) / columns;
  const tileHeight = (tile * height) / width;
  const rows = Math.ceil(count / columns);
  return { columns, tile, tileHeight, width: side, height: rows * (tileHeight + MAP_GAP) - MAP_GAP };
}

/** The vector as lines of whole cells: a map's row is one line, or a few where there is no room. */
export function planBand(width, tallest, [height, cols, channels]) {
  let parts = 1;
  while (parts < cols && (cols % parts || width / ((cols / parts) * channels) < ENTRY)) parts++;
  const perLine = (cols / parts) * channels;
  const lines = height * parts;
  const line = clamp(Math.floor(tallest / lines), LINE.min, LINE.max);
  return { parts, perLine, lines, line, entry: width / perLine, width, height: lines * line };
}
