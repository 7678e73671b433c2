// Thumbnails, an opened layer's maps, the map that is looked at, and the photograph, painted on canvases.

import { fieldOf, foldColumns } from "../feature_grid/geometry.js";
import { colourTable } from "../feature_grid/maps.js";
import { darkenOutside, frameOf, sharpContext } from "../shared/canvas.js";
import { css, signedColour, signedScale, tokenColour } from "../shared/colours.js";
import { corner, onPage, PAGE, sizesOf, tiling } from "./positions.js";

const COLOURS = 256;
const TILE = 36; // px: largest thumbnail in the list of layers
const OPENED = 84; // and in the opened layer
const [CARD, SLIM_CARD] = [112, 86]; // px: width of the pictures on a card

/** The colours of the codes 0 to 255, ABGR.
 *  @param {any} view */
export function prepareColours(view) {
  const { zero, levels } = view.scene;
  const scale = signedScale(view.root);
  view.table = colourTable(scale);
  view.codes = Uint32Array.from({ length: COLOURS }, (_, code) => {
    const [r, g, b] = signedColour((code - zero) / levels, scale).map(Math.round);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
  view.mark = tokenColour(view.root, "accent");
}

const codeOf = ({ zero, levels }, value, full) => Math.round(zero + levels * Math.max(-1, Math.min(1, value / full)));

/** Codes uint8 [height, width] as a picture, on a canvas off the page that the next call draws on again. */
function pictureOf({ codes: table, scratch }, codes, height, width) {
  const canvas = scratch;
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  const colours = new Uint32Array(pixels.data.buffer);
  for (let k = 0; k < height * width; k++) colours[k] = table[codes[k]];
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** Draw a map's numbers in a box. */
export function drawNumbers(view, context, { full, height, width }, data, wide, high) {
  const codes = Uint8Array.from(data, (value) => codeOf(view.scene, value, full));
  context.imageSmoothingEnabled = false;
  context.drawImage(pictureOf(view, codes, height, width), 0, 0, wide, high);
}

/** Draw some maps of uint8 [N, h, w]: `corners` has the number and the corner of each. */
export function drawCodes(view, context, { data, shape }, corners, side) {
  const [count, height, width] = shape;
  const all = pictureOf(view, data, count * height, width); // one below the other
  context.imageSmoothingEnabled = false;
  const scale = side / Math.max(height, width);
  for (const [k, x, y] of corners)
    context.drawImage(all, 0, k * height, width, height, x, y, width * scale, height * scale);
}

/** The codes of a vector's numbers. */
const vectorCodes = ({ scene }, { full }, data) => Uint8Array.from(data, (value) => codeOf(scene, value, full));

/** A layer's thumbnails on its card. */
export function paintCard(view, card) {
  const layer = view.layers[card.index];
  const packed = view.scene.arrays[layer.name];
  const wide = view.root.classList.contains("slim") ? SLIM_CARD : CARD;
  if (!layer.maps) {
    const columns = foldColumns(packed.data.length, 3, 2);
    const rows = Math.ceil(packed.data.length / columns);
    const codes = new Uint8Array(rows * columns).fill(view.scene.zero);
    codes.set(vectorCodes(view, layer, packed.data));
    const height = Math.round((wide * rows) / columns);
    const context = sharpContext(card.canvas, wide, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(pictureOf(view, codes, rows, columns), 0, 0, wide, height);
    return;
  }
  const tiles = tiling(layer.maps.length, wide, TILE);
  const context = sharpContext(card.canvas, tiles.width, tiles.height);
  const corners = layer.maps.map((_, k) => [k, ...corner(tiles, k)]);
  drawCodes(view, context, packed, corners, tiles.tile);
}

/** The maps of the opened layer, from `view.first` on; grey tiles where they are not there yet. */
export function paintOpened(view) {
  const layer = view.layers[view.position.layer];
  view.maps.hidden = !layer.maps;
  if (!layer.maps) return false;
  const { count } = sizesOf(layer.shape);
  const number = onPage(view.first, count);
  view.tiles = tiling(number, view.width, OPENED);
  const context = sharpContext(view.maps, view.tiles.width, view.tiles.height);
  context.clearRect(0, 0, view.tiles.width, view.tiles.height);
  const answer = view.answers.get("pictures", layer.name, `/${view.first}`);
  const corners = Array.from({ length: number }, (_, k) => [k, ...corner(view.tiles, k)]);
  if (answer) drawCodes(view, context, answer.arrays.codes, corners, view.tiles.tile);
  else {
    context.fillStyle = css(signedColour(0, signedScale(view.root)));
    for (const [, x, y] of corners) context.fillRect(x, y, view.tiles.tile, view.tiles.tile);
    const known = layer.maps.flatMap((map, k) =>
      corners[map - view.first] ? [[k, ...corners[map - view.first].slice(1)]] : [],
    );
    drawCodes(view, context, view.scene.arrays[layer.name], known, view.tiles.tile);
  }
  const chosen = view.position.map - view.first;
  if (chosen >= 0 && chosen < PAGE) {
    const [x, y] = corner(view.tiles, chosen);
    frameOf(context, view.mark, { x, y, width: view.tiles.tile, height: view.tiles.tile });
  }
  return Boolean(answer);
}

/** The exact numbers of the map that is looked at: {data, height, width}, or null while they are not there. */
export function numbersOf(view) {
  const layer = view.layers[view.position.layer];
  const { height, width } = sizesOf(layer.shape);
  if (!layer.maps) return { data: view.scene.arrays[layer.name].data, height, width };
  const answer = view.answers.get("values", layer.name, `/${view.position.map}`);
  return answer ? { data: answer.arrays.values.data, height, width } : null;
}

/** Layout of the lens's cells: a map as it is, a vector folded. */
export function lensGrid(view) {
  const { height, width } = sizesOf(view.layers[view.position.layer].shape);
  const columns = height === 1 ? foldColumns(width, 1, 1) : width;
  const rows = height === 1 ? Math.ceil(width / columns) : height;
  return { columns, rows, cell: view.side / Math.max(columns, rows) };
}

export function paintLens(view) {
  const { side, position, scene } = view;
  const layer = view.layers[position.layer];
  const { columns, rows, cell } = lensGrid(view);
  const context = sharpContext(view.lens, side, side);
  context.clearRect(0, 0, side, side);
  const numbers = numbersOf(view);
  if (numbers) {
    const codes = new Uint8Array(rows * columns).fill(scene.zero);
    numbers.data.forEach((value, k) => (codes[k] = codeOf(scene, value, layer.full)));
    context.imageSmoothingEnabled = columns * devicePixelRatio > side * 4;
    context.drawImage(pictureOf(view, codes, rows, columns), 0, 0, columns * cell, rows * cell);
  } else paintRough(view, context, layer);
  const at =
    sizesOf(layer.shape).height === 1
      ? [Math.floor(position.col / columns), position.col % columns]
      : [position.row, position.col];
  frameOf(context, view.mark, {
    x: at[1] * cell,
    y: at[0] * cell,
    width: Math.max(cell, 5),
    height: Math.max(cell, 5),
  });
}

/** The picture of a map whose numbers are not there yet. */
function paintRough(view, context, layer) {
  const { position, side } = view;
  const answer = view.answers.get("pictures", layer.name, `/${view.first}`);
  const known = layer.maps.indexOf(position.map);
  if (answer && position.map >= view.first && position.map < view.first + answer.arrays.codes.shape[0])
    drawCodes(view, context, answer.arrays.codes, [[position.map - view.first, 0, 0]], side);
  else if (known >= 0) drawCodes(view, context, view.scene.arrays[layer.name], [[known, 0, 0]], side);
}

/** The photograph, dark outside the receptive field. */
export function paintPhoto(view) {
  const { side, position, scene, photograph } = view;
  const context = sharpContext(view.photo, side, side);
  context.clearRect(0, 0, side, side);
  if (!photograph) return;
  const [rows, cols] = scene.size;
  const scale = side / Math.max(rows, cols);
  context.imageSmoothingEnabled = scale < 1;
  context.drawImage(photograph.canvas, 0, 0, cols * scale, rows * scale);
  const field = fieldInPicture(view.layers[position.layer].field, position, scene.size);
  if (!field) return;
  const [left, top] = [field.left * scale, field.top * scale];
  const [width, height] = [(field.right + 1 - field.left) * scale, (field.bottom + 1 - field.top) * scale];
  const part = { x: left, y: top, width, height };
  darkenOutside(context, side, side, part, 0.45);
  frameOf(context, view.mark, part);
}

/** The part of the receptive field that lies in the picture; null = all of it.
 *  @param {import("../feature_grid/geometry.js").Field | null} field
 *  @param {{row: number, col: number}} position
 *  @param {number[]} size */
export function fieldInPicture(field, { row, col }, [rows, cols]) {
  if (!field) return null;
  const { top, left, bottom, right } = fieldOf(field, row, col);
  return {
    top: Math.max(0, top),
    left: Math.max(0, left),
    bottom: Math.min(rows - 1, bottom),
    right: Math.min(cols - 1, right),
  };
}
