// The overview of a large network as the host of its drill-down: it has few maps, and fetches the inputs of the open
// cell: the part of the maps round its window, the kernel, and pictures of the maps that are shown.

import { drillDown } from "../feature_grid/drill_door.js";
import { isUnder, opAt } from "../feature_grid/drill_math.js";
import { setText } from "../shared/elements.js";
import { boxOf } from "../shared/zoom.js";
import { drawCodes, drawNumbers } from "./painting.js";
import { corner, onPage, pageOf } from "./positions.js";

const REST_MS = 60; // after the last move, until a cell's numbers are fetched
const MOST = 64; // maps that are shown at all: as many pictures come in one answer
const KEPT = 24; // cells

/** @typedef {import("../feature_grid/drill_host.js").Host} Host */
/** @typedef {import("../feature_grid/drill_host.js").Position} Position */

/** @param {any} view
 *  @param {{select: (position: Position) => void}} does
 *  @returns {Host} */
export function overviewHost(view, { select }) {
  forgetCells(view);
  const soon = () => {
    clearTimeout(view.fetching);
    view.fetching = setTimeout(() => fetchOpen(view), REST_MS);
  };
  return {
    mapsOf: (index) => mapsOf(view, index),
    kernelOf: (layer, map) => kernelOf(view, layer, map),
    failed: (layer, map) => view.failed === `${layer.name} ${map}`,
    has: () => hasAll(view, view.drill),
    fetchFor: soon,
    follow: soon,
    ready: (position) => fetchCell(view, position),
    showMessage: (words) => setText(view.root.querySelector(".missing"), words),
    draw: (context, layer, map, width, height) => draw(view, context, layer, map, width, height),
    peak: ({ index, height, width }, map) => ({ layer: index, map, row: height >> 1, col: width >> 1 }),
    select,
    surface: ({ layer }) => (view.layers[layer].isVector ? view.lens : view.maps),
    tile: (position) => tileOf(view, position),
    most: MOST,
  };
}

/** Another picture: forget the numbers of the one before. */
export const forgetCells = (view) =>
  Object.assign(view, { cells: [], pictures: new Map(), wanted: new Map(), asked: new Set() });

/** The number of a position's map, and its cell: of a vector, the map is that of its entry. */
function cellOf(view, { layer, map, row, col }) {
  return view.layers[layer].isVector ? { map: col, i: 0, j: 0 } : { map, i: row, j: col };
}

/** The fetched data of a position's map, and of its cell if present. */
function found(view, position) {
  const { map, i, j } = cellOf(view, position);
  const { name, takes } = view.layers[position.layer];
  const own = view.cells.filter((cell) => cell.layer === name && cell.map === map);
  return own.find((cell) => takes.every((index, k) => covers(view, cell, index, k, i, j))) ?? own[0] ?? null;
}

function covers(view, cell, index, k, i, j) {
  const maps = partOf(view, cell, index, k);
  return isUnder(opAt(cell.op, cell.map, i, j, maps), maps, i, j);
}

/** The available part of an input of a layer. */
function partOf(view, cell, index, k) {
  if (index === null) return pictureOf(view);
  const layer = view.layers[index];
  if (layer.isVector) return vectorOf(layer);
  return { ...sizeOf(layer), ...(cell ? ofAnswer(cell, k) : NOTHING) };
}

/** The picture as the network takes it, once it has been read. */
function pictureOf({ preprocessed, scene }) {
  const [height, width] = scene.size;
  return preprocessed ?? { ...NOTHING, count: scene.grey ? 1 : 3, height, width };
}

const NOTHING = { data: [], exact: false, part: { map: 0, top: 0, left: 0, rows: 0, cols: 0 } };
const sizeOf = ({ count, height, width }) => ({ count, height, width });
const vectorOf = ({ data, width }) => ({ data, count: width, height: 1, width: 1, exact: true });

function ofAnswer({ inputs, arrays }, k) {
  if (!arrays[k]) return NOTHING;
  const { map, top, left } = inputs[k];
  const [, rows, cols] = arrays[k].shape;
  return { data: arrays[k].data, exact: true, part: { map, top, left, rows, cols } };
}

function mapsOf(view, index) {
  const { drill } = view;
  if (index < 0) return pictureOf(view);
  const layer = view.layers[index];
  if (layer.isVector) return vectorOf(layer);
  if (layer !== drill.layer) return partOf(view, found(view, drill.position), index, drill.layer.takes.indexOf(index));
  const { map } = drill.position;
  const values = view.answers.get("values", layer.name, `/${map}`);
  const { height, width } = layer;
  const whole = { map, top: 0, left: 0, rows: height, cols: width };
  return { ...sizeOf(layer), ...(values ? { data: values.arrays.values.data, exact: true, part: whole } : NOTHING) };
}

function kernelOf(view, { name }, map) {
  const cell = view.cells.find((each) => each.layer === name && each.map === map);
  if (!cell?.arrays.kernel) return null;
  return { kernel: cell.arrays.kernel.data, bias: cell.arrays.bias?.data[0] ?? 0 };
}

function hasAll(view, { layer, position }) {
  const cell = found(view, position);
  const { i, j } = cellOf(view, position);
  return Boolean(cell) && layer.takes.every((index, k) => covers(view, cell, index, k, i, j));
}

/** Fetch the inputs of a position unless they are there; returns whether they are. */
async function fetchCell(view, position) {
  const layer = view.layers[position.layer];
  const { answers } = view;
  const { map } = cellOf(view, position);
  const own = layer.isVector ? null : answers.fetch("values", layer.name, `/${position.map}`);
  if (view.preprocessed && hasAll(view, { layer, position })) return true;
  const at = `/${position.map}/${position.row}/${position.col}`;
  const answer = await answers.once("cells", layer.name, at);
  await answers.picture;
  if (answers !== view.answers) return false; // of the picture before
  view.failed = answer ? "" : `${layer.name} ${map}`;
  if (answer) keep(view, view.layers[position.layer], map, answer);
  own?.then((arrived) => arrived && answers === view.answers && drillDown.repaint(view));
  return Boolean(answer);
}

function keep(view, layer, map, { op, window, inputs, arrays }) {
  view.cells.unshift({ layer: layer.name, map, op, inputs, arrays });
  view.cells.length = Math.min(view.cells.length, KEPT);
  Object.assign(layer, { drill: op, window });
  layer.takes.forEach((index, k) => {
    if (index !== null) Object.assign(view.layers[index], { largest: inputs[k].limit, signed: inputs[k].signed });
  });
}

/** Fetch what the open cell is made of. */
async function fetchOpen(view) {
  const { drill } = view;
  if (!drill) return;
  const had = hasAll(view, drill);
  await fetchCell(view, drill.position);
  if (view.drill !== drill) return;
  if (had) return;
  drill.op = drill.layer.drill ?? drill.op;
  view.arrived();
}

/** The box of a map's picture on the page. */
function tileOf(view, { layer, map }) {
  const [first, { shape }] = [pageOf(map), view.layers[layer]];
  const shown = layer === view.position.layer && first === view.first && !view.maps.hidden;
  if (!shown || map - first >= onPage(first, shape[2])) return boxOf(view.lens);
  const { left, top } = boxOf(view.maps);
  const [x, y] = corner(view.tiles, map - first);
  return { left: left + x, top: top + y, width: view.tiles.tile, height: view.tiles.tile };
}

/** Draw a map: its numbers if they are all there, else a picture, else what the overview has of it. */
function draw(view, context, layer, map, width, height) {
  const whole = wholeMap(view, layer, map);
  if (whole) return drawNumbers(view, context, layer, whole, width, height);
  const picture = view.pictures.get(`${layer.name} ${map}`) ?? onOpenedPage(view, layer, map);
  if (picture) return drawCodes(view, context, picture, [[0, 0, 0]], Math.max(width, height));
  want(view, layer, map);
  const known = layer.maps.indexOf(map);
  if (known >= 0)
    return drawCodes(view, context, view.scene.arrays[layer.name], [[known, 0, 0]], Math.max(width, height));
  drawNumbers(view, context, layer, new Float32Array(layer.height * layer.width), width, height);
}

/** All numbers of a map, if they are there. */
function wholeMap(view, layer, map) {
  const values = view.answers.get("values", layer.name, `/${map}`);
  if (values) return values.arrays.values.data;
  const size = layer.height * layer.width;
  const index = view.drill?.layer.takes.indexOf(layer.index) ?? -1;
  if (index < 0) return null;
  const { data, part } = partOf(view, found(view, view.drill.position), layer.index, index);
  if (part.rows !== layer.height || part.cols !== layer.width || map < part.map) return null;
  const start = (map - part.map) * size;
  return start + size <= data.length ? data.subarray(start, start + size) : null;
}

/** The picture of a map among those of the opened layer. */
function onOpenedPage(view, { name }, map) {
  const first = pageOf(map);
  const codes = view.answers.get("pictures", name, `/${first}`)?.arrays.codes;
  if (!codes || map - first >= codes.shape[0]) return null;
  const [, rows, cols] = codes.shape;
  const start = (map - first) * rows * cols;
  return { data: codes.data.subarray(start, start + rows * cols), shape: [1, rows, cols] };
}

/** Ask for the picture of a map: with those of all that are wanted at the same time. */
function want(view, { name }, map) {
  if (!view.wanted.size) setTimeout(() => fetchPictures(view));
  const maps = view.wanted.get(name) ?? new Set();
  view.wanted.set(name, maps.add(map));
}

async function fetchPictures(view) {
  const { answers, wanted, pictures, asked } = view; // those of this picture
  view.wanted = new Map();
  for (const [name, all] of wanted) {
    const maps = [...all].filter((map) => !asked.has(`${name} ${map}`)).slice(0, MOST);
    if (!maps.length) continue;
    for (const map of maps) asked.add(`${name} ${map}`);
    const answer = await answers.once("pictures", name, `?${maps.map((map) => `map=${map}`).join("&")}`);
    for (const map of maps) asked.delete(`${name} ${map}`);
    if (!answer || pictures !== view.pictures) continue;
    const { data, shape } = answer.arrays.codes;
    const size = shape[1] * shape[2];
    maps.forEach((map, k) => {
      const codes = data.subarray(k * size, (k + 1) * size);
      pictures.set(`${name} ${map}`, { data: codes, shape: [1, shape[1], shape[2]] });
    });
    drillDown.repaint(view);
  }
}
