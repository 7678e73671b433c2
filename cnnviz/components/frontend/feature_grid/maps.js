// Maps, vectors and the picture painted on canvases.

import { density, paintMinus, sharpContext, showsMinus } from "../shared/canvas.js";
import { css, isDark, signedColour, signedScale, themeOf, tokenColour } from "../shared/colours.js";
import { tileCorner } from "./geometry.js";
import { fullScale } from "./state.js";

const ATLAS_COLUMNS = 16;
export const LEVELS = 256; // colours on either side of zero

export function paintMaps(view) {
  view.theme = themeOf(view.root);
  view.dark = isDark(view.root);
  view.mark = tokenColour(view.root, "accent");
  view.root.classList.toggle("dark", view.dark);
  view.table = colourTable(signedScale(view.root));
  for (const card of view.cards) {
    if (!card.canvas) continue;
    const layer = view.layers[card.index];
    const { layout } = card;
    const context = sharpContext(card.canvas, layout.width, layout.height);
    context.clearRect(0, 0, layout.width, layout.height);
    if (layer.isVector) {
      paintVector(context, view, layer, layout.columns, layout.cell, 0, 0);
      continue;
    }
    layer.atlas = paintAtlas(view, layer);
    context.imageSmoothingEnabled = layout.tile * density() < layer.width; // shrinking only
    for (let map = 0; map < layer.count; map++) {
      const [x, y] = tileCorner(layout, map);
      drawMap(context, layer, map, x, y, layout.tile, layout.tile);
      paintMinuses(context, view, layer, map, x, y, layout.tile);
    }
  }
  view.picture.canvas = paintPicture(view.scene.arrays.image);
}

/** ABGR colours of the values -1 to 1 in 2 * LEVELS + 1 steps. */
export function colourTable(scale) {
  return Uint32Array.from({ length: 2 * LEVELS + 1 }, (_, k) => {
    const [r, g, b] = signedColour(k / LEVELS - 1, scale).map(Math.round);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

export const rgbOf = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];

export function colourIndex(value, scale) {
  return Math.round(Math.max(-1, Math.min(1, value / scale)) * LEVELS) + LEVELS;
}

/** All maps of a layer at their native resolution, ATLAS_COLUMNS to a row, on a canvas off the page. */
function paintAtlas(view, layer) {
  const { count, height, width, data } = layer;
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(count, ATLAS_COLUMNS) * width;
  canvas.height = Math.ceil(count / ATLAS_COLUMNS) * height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  const colours = new Uint32Array(pixels.data.buffer);
  let k = 0;
  for (let map = 0; map < count; map++) {
    const scale = fullScale(view, layer, map);
    const corner = Math.floor(map / ATLAS_COLUMNS) * height * canvas.width + (map % ATLAS_COLUMNS) * width;
    for (let row = 0; row < height; row++) {
      const start = corner + row * canvas.width;
      for (let col = 0; col < width; col++) colours[start + col] = view.table[colourIndex(data[k++], scale)];
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

export function drawMap(context, { atlas, height, width }, map, x, y, drawnWidth, drawnHeight) {
  const [left, top] = [(map % ATLAS_COLUMNS) * width, Math.floor(map / ATLAS_COLUMNS) * height];
  context.drawImage(atlas, left, top, width, height, x, y, drawnWidth, drawnHeight);
}

/** A map's negative cells as such, where they are large; `side` is that of the map. */
export function paintMinuses(context, view, layer, map, x, y, side) {
  const { data, height, width } = layer;
  const [w, h] = [side / width, side / height];
  if (!showsMinus(w, h)) return;
  const scale = fullScale(view, layer, map);
  for (let k = 0; k < height * width; k++) {
    const value = data[map * height * width + k];
    const [left, top] = [x + (k % width) * w, y + Math.floor(k / width) * h];
    if (value < 0) paintMinus(context, left, top, w, h, rgbOf(view.table[colourIndex(value, scale)]));
  }
}

export function paintVector(context, view, layer, columns, cell, x, y) {
  const scale = fullScale(view, layer, 0);
  const gap = cell > 4 ? 1 : 0;
  for (let k = 0; k < layer.width; k++) {
    const rgb = rgbOf(view.table[colourIndex(layer.data[k], scale)]);
    const [left, top] = [x + (k % columns) * cell, y + Math.floor(k / columns) * cell];
    context.fillStyle = css(rgb);
    context.fillRect(left, top, cell - gap, cell - gap);
    if (layer.data[k] < 0) paintMinus(context, left, top, cell, cell, rgb);
  }
}

function paintPicture({ data: bytes, shape: [height, width] }) {
  const canvas = document.createElement("canvas");
  [canvas.height, canvas.width] = [height, width];
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let k = 0; k < height * width; k++)
    pixels.data.set([bytes[3 * k], bytes[3 * k + 1], bytes[3 * k + 2], 255], 4 * k);
  context.putImageData(pixels, 0, 0);
  return canvas;
}
