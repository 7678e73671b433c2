// The computation of a number of a map: its input maps, the window on them, products and sums. Pure functions.

import { clamp } from "../shared/values.js";

/** The computation of a layer's maps: `MapOps.describe` in cnnviz/explain/drill.py.
 *  @typedef {{
 *    operation: string, size: number[], stride: number[], dilation: number[], start: number[], inserted: number[],
 *    channels: number, sources: string | number[][], digits: Record<string, number>,
 *    file?: string, weights?: number, limit?: number, formula?: string, curve?: number[][],
 *    terms?: string[], neighbours?: [number, number], sign?: string, repeats_edge?: boolean, shape?: number[],
 *    from?: {flat: number, row: number, col: number, channel: number},
 *  }} Op  from: of one cell, see `opAt` */

/** Values of maps, one after the other: of all, or of a part of them that begins with a map, row and column.
 *  @typedef {{
 *    data: ArrayLike<number>, count: number, height: number, width: number,
 *    part?: {map: number, top: number, left: number, rows: number, cols: number},
 *  }} Maps */

/** A value of maps; NaN where it is not in the part of them that is there.
 *  @param {Maps} maps
 *  @param {number} channel
 *  @param {number} row
 *  @param {number} col */
export function numberAt({ data, height, width, part }, channel, row, col) {
  if (!part) return data[(channel * height + row) * width + col];
  const [y, x] = [row - part.top, col - part.left];
  if (channel < part.map || y < 0 || x < 0 || y >= part.rows || x >= part.cols) return Number.NaN;
  return data[((channel - part.map) * part.rows + y) * part.cols + x] ?? Number.NaN;
}

/** The computation of a cell: where numbers only move, with the position that this one comes from.
 *  @param {Op} op
 *  @param {number} map
 *  @param {number} i
 *  @param {number} j
 *  @param {Pick<Maps, "count" | "width">} before
 *  @returns {Op} */
export function opAt(op, map, i, j, { count, width }) {
  if (op.operation !== "moved" || !op.shape) return op;
  const flat = (i * op.shape[1] + j) * op.shape[2] + map;
  const cell = Math.floor(flat / count);
  return { ...op, from: { flat, row: Math.floor(cell / width), col: cell % width, channel: flat % count } };
}

/** Whether a part of maps has all that is under the window of a cell.
 *  @param {Op} op
 *  @param {Maps} maps
 *  @param {number} i
 *  @param {number} j */
export function isUnder(op, { height, width, part }, i, j) {
  if (!part) return true;
  if (op.from && op.from.channel !== part.map) return false;
  const { rows, cols } = windowAt(op, i, j);
  const inside = (/** @type {number[]} */ list, /** @type {number} */ by, /** @type {number} */ end) =>
    list.filter((at) => at % by === 0 && at >= 0 && at / by < end).map((at) => at / by);
  const [down, across] = [inside(rows, op.inserted[0], height), inside(cols, op.inserted[1], width)];
  if (!down.length || !across.length) return true;
  const { top, left, rows: high, cols: wide } = part;
  return (
    Math.min(...down) >= top &&
    Math.max(...down) < top + high &&
    Math.min(...across) >= left &&
    Math.max(...across) < left + wide
  );
}

/** One of the maps that a map is made of. input: of which of the layer's inputs. channel: its number there.
 *  @typedef {{input: number, channel: number}} Source */

/** The maps that map `map` is made of, in the order of its kernel's channels.
 *  @param {Op} op
 *  @param {number} map
 *  @returns {Source[]} */
export function sourcesOf({ sources, channels, from }, map) {
  if (from) return [{ input: 0, channel: from.channel }];
  const all = Array.from({ length: channels }, (_, k) => k);
  if (sources === "own") return all.map((input) => ({ input, channel: map }));
  const [input, first] = sources === "all" ? [0, 0] : /** @type {number[][]} */ (sources)[map];
  return all.map((k) => ({ input, channel: first + k }));
}

/** Rows and columns under the window of output cell (i, j). Between the cells of a map there may be inserted zeros:
 *  these are counted too.
 *  @param {Op} op
 *  @param {number} i
 *  @param {number} j */
export function windowAt({ size, stride, dilation, start, from }, i, j) {
  if (from) return { rows: [from.row], cols: [from.col] };
  const along = (/** @type {number} */ axis, /** @type {number} */ k) =>
    Array.from({ length: size[axis] }, (_, a) => start[axis] + k * stride[axis] + a * dilation[axis]);
  return { rows: along(0, i), cols: along(1, j) };
}

/** The value of a map at a row and column of `windowAt`: null in the padding, undefined where a zero is inserted.
 *  @param {Maps} maps
 *  @param {number} channel
 *  @param {number} row
 *  @param {number} col
 *  @param {Pick<Op, "inserted" | "repeats_edge">} op */
export function valueUnder(maps, channel, row, col, { inserted: [byRow, byCol], repeats_edge: repeats }) {
  const { height, width } = maps;
  if (repeats) {
    if (row % byRow || col % byCol) return undefined;
    return numberAt(maps, channel, clamp(row / byRow, 0, height - 1), clamp(col / byCol, 0, width - 1));
  }
  if (row < 0 || col < 0 || row > (height - 1) * byRow || col > (width - 1) * byCol) return null;
  if (row % byRow || col % byCol) return undefined;
  return numberAt(maps, channel, row / byRow, col / byCol);
}

/** The values under the window on one map, row by row. In a product a map of a single cell is repeated.
 *  @param {Op} op
 *  @param {Maps} maps
 *  @param {number} channel
 *  @param {number} i
 *  @param {number} j */
export function patchOf(op, maps, channel, i, j) {
  if (op.operation === "terms") [i, j] = [Math.min(i, maps.height - 1), Math.min(j, maps.width - 1)];
  const { rows, cols } = windowAt(op, i, j);
  return rows.flatMap((row) => cols.map((col) => valueUnder(maps, channel, row, col, op)));
}

/** The parts of a number, map by map.
 *  patch: values under the window, null in the padding, undefined for inserted zeros. kernel, products: null if there
 *  is no kernel; then the sum is that of the values.
 *  @typedef {{
 *    source: Source, k: number, patch: (number | null | undefined)[],
 *    kernel: number[] | null, products: number[] | null, sum: number,
 *  }} Part */

/** The part of map `k` of the sources in output cell (i, j).
 *  @param {Op} op
 *  @param {Source} source
 *  @param {number} k
 *  @param {Maps} maps  of its input
 *  @param {ArrayLike<number> | null} kernel  [kh, kw, channels]
 *  @param {number} i
 *  @param {number} j
 *  @returns {Part} */
export function partOf(op, source, k, maps, kernel, i, j) {
  const patch = patchOf(op, maps, source.channel, i, j);
  const slice = kernel && patch.map((_, at) => kernel[at * op.channels + k]);
  const products = slice?.map((weight, at) => weight * (patch[at] ?? 0)) ?? null;
  const sum = (products ?? patch).reduce((/** @type {number} */ total, value) => total + (value ?? 0), 0);
  return { source, k, patch, kernel: slice, products, sum };
}

/** The sum of each part alone: as `partOf` computes it, for many at once.
 *  @param {Op} op
 *  @param {Source[]} sources
 *  @param {Maps[]} inputs
 *  @param {ArrayLike<number> | null} kernel
 *  @param {number} i
 *  @param {number} j */
export function sumsOf(op, sources, inputs, kernel, i, j) {
  if (op.operation === "terms")
    return sources.map((source) => patchOf(op, inputs[source.input], source.channel, i, j)[0] ?? 0);
  const { rows, cols } = windowAt(op, i, j);
  const [byRow, byCol] = op.inserted;
  const { repeats_edge: repeats } = op;
  return sources.map(({ input, channel }, k) => {
    const maps = inputs[input];
    const { height, width } = maps;
    let sum = 0;
    let at = -1;
    for (const row of rows)
      for (const col of cols) {
        at++;
        if (row % byRow || col % byCol) continue;
        let [y, x] = [row / byRow, col / byCol];
        if (repeats) [y, x] = [clamp(y, 0, height - 1), clamp(x, 0, width - 1)];
        else if (y < 0 || x < 0 || y >= height || x >= width) continue;
        const value = numberAt(maps, channel, y, x);
        sum += kernel ? value * kernel[at * op.channels + k] : value;
      }
    return sum;
  });
}

/** The further terms of a number: the mean and the variance of all channels at output cell (i, j), or the sum of squares
 *  of a map and its neighbours.
 *  @param {Op} op
 *  @param {Maps} maps
 *  @param {number} i
 *  @param {number} j
 *  @param {number} map
 *  @returns {{term: string, value: number}[]} */
export function termsOf({ terms = [], neighbours = [0, 0] }, maps, i, j, map) {
  if (terms.length < 2) return [];
  const values = Array.from({ length: maps.count }, (_, channel) => numberAt(maps, channel, i, j));
  const mean = values.reduce((sum, value) => sum + value, 0) / maps.count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / maps.count;
  const near = values.slice(Math.max(0, map - neighbours[0]), map + neighbours[1] + 1);
  const squares = near.reduce((sum, value) => sum + value ** 2, 0);
  return terms.slice(1).map((term) => ({ term, value: { mean, variance, squares }[term] }));
}

/** Numbers of sources in the order in which they are shown: as they are if all fit, else those that contribute most
 *  first.
 *  @param {number[]} sums
 *  @param {number} room  the maximum count */
export function orderOf(sums, room) {
  const order = sums.map((_, k) => k);
  return sums.length <= room ? order : order.sort((a, b) => Math.abs(sums[b]) - Math.abs(sums[a]) || a - b);
}

/** The largest of a patch, and where it is; padding does not count.
 *  @param {(number | null | undefined)[]} patch */
export function winnerOf(patch) {
  const value = Math.max(...patch.map((each) => each ?? -Infinity));
  return { at: patch.indexOf(value), value };
}

/** The mean of a patch; padding does not count.
 *  @param {(number | null | undefined)[]} patch */
export function meanOf(patch) {
  const counted = /** @type {number[]} */ (patch.filter((value) => typeof value === "number"));
  const total = counted.reduce((sum, value) => sum + value, 0);
  return { total, count: counted.length, value: total / counted.length };
}

/** A stop while stepping through: the product, the part, or one of the last addends.
 *  @typedef {{what: "product" | "part" | "rest" | "bias" | "result", part?: number, at?: number}} Stop */

/** The stops in order: products of the first part, its sum, the other parts, the addends, the result.
 *  @param {{parts: number, cells: number, rest: boolean, bias: boolean}} shown  cells: products of a part, 0 = none
 *  @returns {Stop[]} */
export function stopsOf({ parts, cells, rest, bias }) {
  /** @type {Stop[]} */
  const stops = Array.from({ length: parts ? cells : 0 }, (_, at) => ({ what: "product", part: 0, at }));
  for (let part = 0; part < parts; part++) stops.push({ what: "part", part });
  if (rest) stops.push({ what: "rest" });
  if (bias) stops.push({ what: "bias" });
  stops.push({ what: "result" });
  return stops;
}

/** Whether something is shown at a stop; at stop -1 everything is.
 *  @param {Stop[]} stops
 *  @param {number} now
 *  @param {Stop} stop */
export function isShown(stops, now, { what, part, at }) {
  if (now < 0) return true;
  const products = stops.filter((each) => each.what === "product").length;
  if (what === "product" && part === 0 && at !== undefined && products) return at <= now;
  const wanted = what === "product" ? "part" : what;
  return stops.findIndex((each) => each.what === wanted && each.part === part) <= now;
}

/** Sizes of the displayed parts, in px.
 *  @typedef {{
 *    narrow: boolean, beside: boolean, grown: number, side: number, from: number, w: number, h: number, tile: number,
 *    rows: number, row: number,
 *  }} Plan  beside: whether a map's name is beside it. grown: how much larger than on a laptop things may be. side: of
 *      the output map. from: of an input map. w, h: of a number's cell; 0 if numbers do not fit, then `tile` is the side
 *      of a picture of them. rows: how many parts fit. row: height of one. */

const LARGEST_CELL = { w: 84, h: 48, alone: 1.5 }; // alone: larger, where there is nothing else
const SMALLEST_CELL = 27;
const ROOMY_CELL = 40; // an input map makes way until cells are so wide
const LAPTOP = 1190; // px: in a wider panel things grow with it
const MOST_GROWN = 1.6;
const SIGNS = 56; // "×", "=" and the space round them
const SUM = 76;
const LINE = 36; // between an input map and its patch, where lines run
const GAP = 48; // between rows and sums, where lines run too
const MAP = { few: 124, many: 96, least: 84, narrow: 64 }; // side of an input map
const NAME = 20; // height of a map's name
const NAME_BESIDE = 190; // width of the name where it stands beside
const MORE = 48; // height of the button for those that do not fit

/** @param {Op} op
 *  @param {{width: number, height: number, parts: number, kernels: boolean, vector: boolean}} room  kernels: whether
 *      there are any. vector: whether the numbers under the window are those of a vector.
 *  @returns {Plan} */
export function planDrill(op, { width, height, parts, kernels, vector }) {
  const narrow = width < 640;
  const [kh, kw] = op.size;
  const grown = clamp(width / LAPTOP, 1, MOST_GROWN);
  const side = Math.floor(narrow ? Math.min(width * 0.46, 200) : Math.min(340 * grown, width * 0.25, height * 0.55));
  const across = narrow ? width : width - side - GAP;
  const few = parts <= 3;
  const share = height / parts; // of each part, if all are to be seen
  const grids = kernels ? 3 : 1;
  let from = few ? Math.min(MAP.few * grown, Math.max(MAP.many, share - 40)) : MAP.many;
  const left = across - LINE - SIGNS - SUM; // for an input map, its patch, kernel and products
  if (kernels && kh <= 8 && left - 3 * kw * SMALLEST_CELL >= MAP.least)
    from = clamp(left - 3 * kw * ROOMY_CELL, MAP.least, from);
  if (parts === 1 && !kernels) from = Math.min(height * 0.6, across * 0.36);
  if (!few && kh * kw === 1) from = 44;
  if (narrow) from = MAP.narrow;
  const beside = !narrow && (vector || (!few && kh * kw === 1));
  const inner = narrow
    ? width - (kernels ? 44 : 0)
    : across - (beside ? NAME_BESIDE : from) - LINE - (kernels ? SIGNS : 0) - SUM;
  const largest = grown * (parts === 1 && !kernels ? LARGEST_CELL.alone : 1);
  const w = Math.floor(Math.min(LARGEST_CELL.w * largest, inner / (grids * kw)));
  const readable = w >= SMALLEST_CELL && kh <= 8;
  const tall = few ? (share - 30) / kh : 34 * grown;
  const h = Math.round(Math.max(22, Math.min(LARGEST_CELL.h * largest, w * 0.66, narrow ? 34 : tall)));
  const tile = Math.floor(Math.min(inner / grids - 4, few ? Math.min(150 * grown, share - 40) : 84));
  const body = readable ? kh * h : tile;
  const row = Math.round(
    narrow ? body + (vector ? 44 : from) + 14 : Math.max(body, vector ? 0 : from + (beside ? 0 : NAME)) + 8,
  );
  const fit = (/** @type {number} */ room) => Math.max(narrow ? 2 : 1, Math.floor((room + 8) / (row + 8)));
  const rows = fit(height) < parts ? fit(height - MORE) : parts;
  return { narrow, beside, grown, side, from: Math.floor(from), w: readable ? w : 0, h, tile, rows, row };
}
