// Geometry: receptive fields, mosaics, rows of cards. Pure functions.

import { clamp } from "../shared/values.js";

/** @typedef {{size: number[], jump: number[], start: number[]}} Field  a receptive field */

/** @type {Record<number, number>} */
const TILE = { 32: 36, 16: 24, 8: 20, 4: 18 }; // pleasant tile side in px, by map height
export const TILE_GAP = 2;
const CARD_MIN = 142; // px: six cards fit next to each other on a laptop with a sidebar
const MANY_MAPS = 48;
const WIDE_CARD_MIN = 225;
export const CARD_GAP = 14;
const SCAN_ROWS = 4; // and how many sweeps of the window that is

const NEAR = 1e-6; // behind a transposed convolution fields are fractions of pixels, as floating-point numbers
/** @param {number} x */
const up = (x) => Math.ceil(x - NEAR);
/** @param {number} x */
const down = (x) => Math.floor(x + NEAR);

/** The receptive field of cell (i, j): first and last row and column, padding included.
 *  @param {Field} field
 *  @param {number} i
 *  @param {number} j */
export function fieldOf({ size, jump, start }, i, j) {
  const [top, left] = [start[0] + i * jump[0], start[1] + j * jump[1]];
  const field = {
    top: up(top),
    left: up(left),
    bottom: down(top + size[0] - 1),
    right: down(left + size[1] - 1),
  };
  return { ...field, height: field.bottom - field.top + 1, width: field.right - field.left + 1 };
}

/** The cells of a map that see pixel (row, col): the inverse of `fieldOf`. Null if none does.
 *  @param {Field} field
 *  @param {number} row
 *  @param {number} col
 *  @param {number} height
 *  @param {number} width */
export function cellsSeeing({ size, jump, start }, row, col, height, width) {
  /** @type {(pixel: number, k: number, end: number) => [number, number]} */
  const axis = (pixel, k, end) => [
    Math.max(0, up((pixel - start[k] - size[k] + 1) / jump[k])),
    Math.min(end - 1, down((pixel - start[k]) / jump[k])),
  ];
  const [top, bottom] = axis(row, 0, height);
  const [left, right] = axis(col, 1, width);
  return top <= bottom && left <= right ? { top, bottom, left, right } : null;
}

/** The number of columns of tiles: close to the preferred tile size, and with few gaps in the last row.
 *  @param {number} count
 *  @param {number} width
 *  @param {number} side
 *  @param {number} [scale] how many times as large as usual tiles may be
 *  @param {number} [least] px: the side that a tile has at least, if one fits */
export function mosaicColumns(count, width, side, scale = 1, least = 0) {
  const ideal = width / (scale * (TILE[side] ?? Math.min(44, Math.max(18, side * 1.4))) + TILE_GAP);
  let best = 1;
  const holes = (/** @type {number} */ n) => (Math.ceil(count / n) * n - count) / n;
  const cost = (/** @type {number} */ n) => Math.abs(Math.log(n / ideal)) + 0.35 * holes(n);
  const most = Math.min(count, (width + TILE_GAP) / (least + TILE_GAP));
  for (let n = 2; n <= most; n++) if (cost(n) < cost(best)) best = n;
  return best;
}

/** The number of columns that folds `count` cells into about width x height; a divisor if one is near.
 *  @type {(count: number, width: number, height: number) => number} */
export function foldColumns(count, width, height) {
  const ideal = Math.min(count, Math.max(1, Math.ceil(Math.sqrt((count * width) / height))));
  let best = ideal;
  for (let n = 1; n <= count; n++) {
    const near = n > ideal * 0.75 && n < ideal * 1.45;
    if (near && count % n === 0 && (best === ideal || Math.abs(n - ideal) < Math.abs(best - ideal))) best = n;
  }
  return best;
}

/** The number of cards that fit side by side; layers of many maps need wider ones.
 *  @type {(width: number, count: number) => number} */
export function cardsAcross(width, count) {
  const least = count > MANY_MAPS ? WIDE_CARD_MIN : CARD_MIN;
  return Math.max(1, Math.floor((width + CARD_GAP) / (least + CARD_GAP)));
}

/** The widths of `count` cards in a row, whose last is `column` times as wide as each of the others.
 *  @type {(count: number, width: number, column: number) => number[]} */
export function cardWidths(count, width, column) {
  const one = (width - (count - 1) * CARD_GAP) / (count - 1 + column);
  return Array.from({ length: count }, (_, k) => Math.floor(k === count - 1 ? column * one : one));
}

/** Rows of cards: a row ends after pooling, and no row has more cards than fit.
 *  @template {{part: string | null, count: number, height: number}} Layer
 *  @param {Layer[]} layers
 *  @param {number} width
 *  @returns {Layer[][]} */
export function rowsOf(layers, width) {
  /** @type {Layer[][]} */
  const blocks = [[]];
  for (const layer of layers) {
    const last = blocks[blocks.length - 1].at(-1);
    // where a stride makes maps smaller, a block begins, as behind pooling
    if (last && layer.part !== "pool" && last.height !== layer.height) blocks.push([]);
    blocks[blocks.length - 1].push(layer);
    if (layer.part === "pool") blocks.push([]);
  }
  return blocks.filter((block) => block.length).flatMap((block) => evenly(block, cardsAcross(width, block[0].count)));
}

/** Items in rows of about the same length.
 *  @template Item
 *  @param {Item[]} items
 *  @param {number} most  in a row */
export function evenly(items, most) {
  const rows = Math.ceil(items.length / most);
  const length = Math.ceil(items.length / rows);
  return Array.from({ length: rows }, (_, k) => items.slice(k * length, (k + 1) * length));
}

/** The map at a point of a mosaic, and the cell of that map.
 *  @param {{columns: number, tile: number, count: number, height: number, width: number}} mosaic
 *  @param {number} x
 *  @param {number} y */
export function cellInMosaic({ columns, tile, count, height, width }, x, y) {
  const pitch = tile + TILE_GAP;
  const [tileRow, tileCol] = [Math.max(0, Math.floor(y / pitch)), within(Math.floor(x / pitch), columns)];
  const map = tileRow * columns + tileCol;
  if (map >= count) return null;
  return {
    map,
    row: within(Math.floor(((y - tileRow * pitch) / tile) * height), height),
    col: within(Math.floor(((x - tileCol * pitch) / tile) * width), width),
  };
}

/** The window's way over a map while the journey shows it; t in [0, 1].
 *  @param {number} t
 *  @param {number} height
 *  @param {number} width */
export function scanPath(t, height, width) {
  if (height === 1) return { row: 0, col: within(Math.floor(t * width), width) };
  const sweep = Math.min(SCAN_ROWS - 1, Math.floor(t * SCAN_ROWS));
  const row = Math.round(((sweep + 0.5) / SCAN_ROWS) * (height - 1));
  return { row, col: within(Math.floor((t * SCAN_ROWS - sweep) * width), width) };
}

/** An index as one of 0..end-1.
 *  @type {(index: number, end: number) => number} */
export const within = (index, end) => clamp(index, 0, end - 1);

/** @type {(a: Uint8Array, b: Uint8Array) => boolean} */
export function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, k) => byte === b[k]);
}

/** @typedef {{
 *    index: number, takes: (number | null)[], symbol?: string, channelwise: boolean, isVector: boolean,
 *    count: number, height: number, width: number,
 *  }} Joined  a layer, as far as it is asked for here */

/** The cells of its inputs that a cell of a join is made of: all inputs' same cell where they are joined map by map,
 *  else that of the one input whose maps, or numbers, lie there. Empty for other layers.
 *  @param {Joined} layer
 *  @param {Joined[]} layers
 *  @param {{map: number, row: number, col: number}} position
 *  @returns {{layer: number, map: number, row: number, col: number}[]} */
export function cellsJoined({ takes, symbol, channelwise, isVector, height, width }, layers, { map, row, col }) {
  const alike = (/** @type {Joined} */ each) =>
    each.isVector === isVector && (isVector || (each.height === height && each.width === width));
  const inputs = takes.map((index) => layers[index ?? -1]);
  if (!symbol || !inputs.every((input) => input && alike(input))) return [];
  if (channelwise) return inputs.map(({ index }) => ({ layer: index, map, row, col }));
  let before = 0;
  for (const { index, count, width } of inputs) {
    const own = (isVector ? col : map) - before;
    const size = isVector ? width : count;
    if (own < size) return [isVector ? { layer: index, map, row, col: own } : { layer: index, map: own, row, col }];
    before += size;
  }
  return [];
}

/** @param {{columns: number, tile: number}} mosaic
 *  @param {number} map */
export function tileCorner({ columns, tile }, map) {
  return [(map % columns) * (tile + TILE_GAP), Math.floor(map / columns) * (tile + TILE_GAP)];
}

/** The box of cells on a canvas.
 *  @param {{top: number, bottom: number, left: number, right: number}} cells
 *  @param {number} cell
 *  @param {number} x
 *  @param {number} y */
export function boxOf({ top, bottom, left, right }, cell, x, y) {
  return { x: x + left * cell, y: y + top * cell, width: (right - left + 1) * cell, height: (bottom - top + 1) * cell };
}
