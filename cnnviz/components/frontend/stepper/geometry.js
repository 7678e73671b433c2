// Sizes of all parts, and the input cells of an output cell: pure functions.

import { clamp } from "../shared/values.js";

const WIDE = 760; // px from which input, arithmetic and output stand side by side
const GAP = { wide: 28, narrow: 12 };
const SIDE = { least: 90, small: 120, min: 140, max: 320 }; // width of the input and output canvases when wide
export const LABEL = 54; // a channel's name, left of its row
export const SUM = 74; // a channel's sum, right of its row
const SIGN = { wide: 18, narrow: 12 }; // the columns of "x" and "=" between the grids
const symbols = (/** @type {number} */ sign) => 2 * sign + 8; // both, and the grids' borders
export const CELL = { wish: 38, stack: 30, max: 56 }; // width of a number cell: wished for, too small for one line, largest
export const PADDING = 6; // px of a number cell's width that its digits leave free
const POOL_MATH = 232;
export const CURVE_MATH = 290;
/** Font sizes in cells: below `min` nothing is written; below `poor` a decimal is given up; `wish` is made room for. */
export const TYPE = { min: 8.5, poor: 10, wish: 12.5, max: 15 };
export const SECOND_SIGN = 1.75; // lines of type in a cell from which the minus in its corner is not on its digits
export const NUMBERED = 12; // cells a side up to which the canvases print their numbers
export const LINED = 12; // px from which canvas cells have lines between them

/** Widths and arrangement of the parts in a component `width` px wide. Where type has a minimum size, `floor` px, the
 *  pictures shrink in favour of number cells in which a number of `ems` fits at that size. */
export function plan(width, scene, rem, floor = 0, ems = 0) {
  const [kw, outputs] = [scene.size[1], scene.outputs.length];
  const conv = scene.operation === "conv" || scene.listed;
  const [height, across, channels] = scene.x.shape;
  const bare = channels === 1;
  const isRow = floor > 0 && bare && height === 1; // on the stage: beside the arithmetic its cells would be tiny
  const wide = width >= WIDE && !isRow;
  const sign = wide ? SIGN.wide : SIGN.narrow;
  const least = Math.max(CELL.stack, room(ems, floor || rem * TYPE.wish)); // where the pictures' own numbers need room, too
  const cell = floor || Math.max(height, across) <= NUMBERED ? least : Math.max(least, rem * CELL.wish);
  const wish = conv
    ? (bare || floor ? 0 : rem * (LABEL + SUM)) + symbols(sign) + 3 * kw * cell
    : rem * (scene.operation === "pointwise" ? CURVE_MATH : POOL_MATH);
  const gap = wide ? GAP.wide : GAP.narrow;
  if (!wide) {
    const side = Math.floor((width - gap) / 2);
    const beside = outputs > 1; // then the small arithmetic of pooling fits beside the input
    const math = beside ? side : width;
    const areas = beside ? '"input math" "outputs outputs"' : '"input outputs" "math math"';
    return { wide, side, math, areas, columns: `${side}px ${side}px`, gap, sign };
  }
  const narrowest = conv ? (floor ? SIDE.least : SIDE.min) : SIDE.small; // all other arithmetic has a width of its own, or lies over a map
  const side = Math.floor(clamp((width - (1 + outputs) * gap - wish) / (1 + outputs), narrowest, SIDE.max));
  const math = Math.floor(Math.min(width - (1 + outputs) * side - (1 + outputs) * gap, conv ? Infinity : wish));
  const columns = `${side}px ${math}px ${outputs * side + (outputs - 1) * gap}px`;
  return { wide, side, math, areas: '"input math outputs"', columns, gap, sign };
}

/** Size of a number cell and its type in rows of three grids, `across` cells wide each, `sign` px apart.
 *  Stacked: a channel's name and sum are above its row. Bare: there is one channel and neither. */
export function planCells(available, across, ems, bare, rem, floor = 0, sign = SIGN.wide) {
  const inline = (available - rem * (LABEL + SUM) - symbols(sign)) / (3 * across);
  const stacked = bare || inline < Math.max(CELL.stack, room(ems, floor || rem * TYPE.wish));
  const most = Math.max(rem * CELL.max, room(ems, floor));
  const w = Math.floor(Math.min(most, stacked ? (available - symbols(sign)) / (3 * across) : inline));
  const line = 1.4 * floor; // several grids, one below the other, have no room for more
  const share = stacked && !bare && sign === SIGN.wide ? 0.62 : 0.72; // a phone scrolls
  const h = Math.round(floor && !bare ? line : clamp(w * share, Math.max(20, line), Math.max(rem * 36, line)));
  const type = fit(w - PADDING, ems, rem, floor);
  return { w, h, type: floor || type < TYPE.poor ? type : Math.min(type, h / (SECOND_SIGN + 0.01)), stacked };
}

/** The largest type in which a number of `ems` fits into `width` px; 0 if none can be read. */
export function fit(width, ems, rem, floor = 0) {
  const size = Math.min(Math.max(rem * TYPE.max, floor), width / ems);
  return size < TYPE.min ? 0 : size;
}

/** The width of a number cell in which a number of `ems` has a size of type. */
export const room = (ems, size) => Math.ceil(ems * size + PADDING);

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
