// How large everything is, and which input cells an output cell is made of: pure functions.

import { clamp } from "../shared/values.js";

const WIDE = 760; // px from which input, arithmetic and output stand side by side
const GAP = { wide: 28, narrow: 12 };
const SIDE = { least: 90, small: 120, min: 190, max: 320 }; // width of the input and output canvases when wide
export const LABEL = 54; // a channel's name, left of its row
export const SUM = 74; // a channel's sum, right of its row
const SYMBOLS = 44; // "x" and "=" between the grids, and their borders
export const CELL = { wish: 38, stack: 30, max: 56 }; // width of a number cell: wished for, too small for one line, largest
const PADDING = 3; // px of a number cell's width that its digits leave free
const POOL_MATH = 232;
export const CURVE_MATH = 290;
export const TYPE = { min: 8.5, max: 15, ratio: 0.56 }; // font sizes, and a digit's width in ems
export const LINED = 12; // px from which canvas cells have lines between them

/** How wide each part may be, and how the parts are arranged, in a component `width` px wide. Where type has a least
 *  size, `floor` px, the pictures make way for number cells in which `characters` have it. */
export function plan(width, scene, rem, floor = 0, characters = 0) {
  const [kw, outputs] = [scene.size[1], scene.outputs.length];
  const conv = scene.operation === "conv" || scene.listed;
  const bare = scene.x.shape[2] === 1;
  const wish = conv
    ? (bare || floor ? 0 : rem * (LABEL + SUM)) +
      SYMBOLS +
      3 * kw * (floor ? Math.max(CELL.stack, room(characters, floor)) : rem * CELL.wish)
    : rem * (scene.operation === "pointwise" ? CURVE_MATH : POOL_MATH);
  const wide = width >= WIDE;
  const gap = wide ? GAP.wide : GAP.narrow;
  if (!wide) {
    const side = Math.floor((width - gap) / 2);
    const beside = outputs > 1; // then the small arithmetic of pooling fits beside the input
    const math = beside ? side : width;
    const areas = beside ? '"input math" "outputs outputs"' : '"input outputs" "math math"';
    return { wide, side, math, areas, columns: `${side}px ${side}px`, gap };
  }
  const least = conv ? (floor ? SIDE.least : SIDE.min) : SIDE.small; // all other arithmetic has a width of its own, or lies over a map
  const side = Math.floor(clamp((width - (1 + outputs) * gap - wish) / (1 + outputs), least, SIDE.max));
  const math = Math.floor(Math.min(width - (1 + outputs) * side - (1 + outputs) * gap, conv ? Infinity : wish));
  const columns = `${side}px ${math}px ${outputs * side + (outputs - 1) * gap}px`;
  return { wide, side, math, areas: '"input math outputs"', columns, gap };
}

/** Size of a number cell and its type in rows of three grids, `across` cells wide each.
 *  Stacked: a channel's name and sum are above its row. Bare: there is one channel and neither. */
export function planCells(available, across, characters, bare, rem, floor = 0) {
  const inline = (available - rem * (LABEL + SUM) - SYMBOLS) / (3 * across);
  const stacked = bare || inline < Math.max(CELL.stack, room(characters, floor));
  const most = Math.max(rem * CELL.max, room(characters, floor));
  const w = Math.floor(Math.min(most, stacked ? (available - SYMBOLS) / (3 * across) : inline));
  const line = 1.4 * floor; // several grids, one below the other, have no room for more
  const h = Math.round(floor && !bare ? line : clamp(w * 0.72, Math.max(20, line), Math.max(rem * 36, line)));
  return { w, h, type: fit(w - PADDING, characters, rem, floor), stacked };
}

/** The largest type in which `characters` fit into `width` px; 0 if none can be read. */
export function fit(width, characters, rem, floor = 0) {
  const size = Math.min(Math.max(rem * TYPE.max, floor), width / (characters * TYPE.ratio));
  return size < TYPE.min ? 0 : size;
}

/** The width of a number cell in which `characters` have a size of type. */
export const room = (characters, size) => characters * TYPE.ratio * size + PADDING;

/** Size of a canvas cell: whole pixels where there are lines between cells. */
export function cellSize(side, tallest, rows, cols) {
  const size = Math.min(side / cols, tallest / rows, 60);
  return size >= LINED ? Math.floor(size) : size;
}

/** First pixel of canvas row or column `k`: whole, so that no cell is blurred. */
export const edge = (part, k) => Math.round(k * part.cell);

/** {input index: output indices that use it}, from a table of the inputs of each output. */
export function invert(table) {
  const [count, size] = table.shape;
  const users = new Map();
  for (let k = 0; k < count * size; k++) {
    const input = table.data[k];
    users.set(input, [...(users.get(input) ?? []), Math.floor(k / size)]);
  }
  return users;
}

/** Input indices under the window for output index `k`. */
export const indices = (table, k) => table.data.subarray(k * table.shape[1], (k + 1) * table.shape[1]);

export const at2 = (array, i, j) => array.data[i * array.shape[1] + j];

/** Value of x, or null in the padding. */
export function inputAt({ x }, row, col, channel) {
  const [height, width, channels] = x.shape;
  if (row < 0 || col < 0 || row >= height || col >= width) return null;
  return x.data[(row * width + col) * channels + channel];
}

/** Whether a cell of x is a zero that a transposed convolution inserts between the cells of its input. */
export const isInserted = ({ inserted: [byRow, byColumn] }, row, col) => row % byRow !== 0 || col % byColumn !== 0;
