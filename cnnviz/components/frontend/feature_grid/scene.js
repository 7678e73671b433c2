// The canvases of the journey: what is drawn in advance, and what a stage's drawing is made of.

import { density } from "../shared/canvas.js";
import { contextOf, css, themeColour } from "../shared/colours.js";
import { colourIndex, drawMap, rgbOf } from "./maps.js";
import { fullScale } from "./state.js";
import { inside, lineUp, panels, tileBox, tiling } from "./timeline.js";

const LONGEST_STRIP = 8192; // numbers: more are thinned out

/** A scene on two canvases, one over the other: `back` is drawn when its `key` changes, `front` in each frame. */
export function newScene(view, stages, width, height) {
  const ratio = density();
  const [back, front] = [...view.root.querySelectorAll(".screen canvas")].map((canvas) => {
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const context = contextOf(canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.imageSmoothingEnabled = false;
    context.textRendering = "geometricPrecision"; // small letters that are enlarged would stand at whole pixels of the small ones
    return context;
  });
  const { fontFamily } = getComputedStyle(view.root);
  const ink = css(themeColour(view.root, "--st-text-color"));
  const paper = css(themeColour(view.root, "--st-background-color"));
  const inks = Array.from(view.table, (colour) => css(rgbOf(colour)));
  const rooms = panels(width, height);
  return { view, stages, width, height, ratio, back, front, fontFamily, ink, paper, inks, ...rooms, ready: new Map() };
}

/** A drawing that is made once and then copied, by its key. */
export function prepared(scene, key, make) {
  if (!scene.ready.has(key)) scene.ready.set(key, make());
  return scene.ready.get(key);
}

/** Draw on the canvas below what does not move, unless it is there; true if it was drawn. */
export function still(scene, key, draw) {
  if (scene.key === key) return false;
  scene.key = key;
  scene.done = 0;
  const { back } = scene;
  back.globalAlpha = 1;
  back.clearRect(0, 0, scene.width, scene.height);
  draw(back);
  back.globalAlpha = 1;
  return true;
}

export const layerOf = (scene, stage) => scene.view.layers[stage.shown[0]];
export const sourceOf = (scene, layer) => scene.view.layers[layer.takes[0] ?? -1] ?? null;

/** The colour of a number of a layer. */
export const inkOf = (scene, layer, map, value) => scene.inks[colourIndex(value, fullScale(scene.view, layer, map))];

/** The map of a layer that is shown large: the same one through a chain, where map k is made of map k. */
export const heroOf = (scene, layer) => {
  const { strongest } = scene.view.layers[layer.chain];
  return strongest < layer.count ? strongest : layer.strongest;
};

export const pictureBox = (scene, box) => inside(box, scene.view.picture.cols / scene.view.picture.rows);
export const mapBox = (layer, box) => inside(box, layer.width / layer.height);

export function drawPicture(scene, context, box, alpha = 1) {
  context.globalAlpha = alpha;
  context.drawImage(scene.view.picture.canvas, box.x, box.y, box.width, box.height);
  context.globalAlpha = 1;
}

/** Draw the large map of a layer, or the picture for null. */
export function drawHero(scene, context, layer, box, alpha = 1) {
  if (!layer) return drawPicture(scene, context, pictureBox(scene, box), alpha);
  context.globalAlpha = alpha;
  if (layer.isVector) drawTiles(scene, context, tilesOf(scene, layer, box), alpha);
  else {
    const { x, y, width, height } = mapBox(layer, box);
    drawMap(context, layer, heroOf(scene, layer), x, y, width, height);
  }
  context.globalAlpha = 1;
}

/** All maps of a layer, or all numbers of a vector, as tiles in a box; they are painted once. */
export function tilesOf(scene, layer, box) {
  const name = `tiles ${layer.index} ${box.width} ${box.height}`;
  const { tiles, canvas } = prepared(scene, name, () => paintTiles(scene, layer, box));
  return { canvas, tiles: { ...tiles, x: Math.round(box.x + tiles.x), y: Math.round(box.y + tiles.y) } };
}

function paintTiles(scene, layer, { width, height }) {
  const { ratio } = scene;
  const number = layer.isVector ? layer.width : layer.count;
  const tiles = tiling({ x: 0, y: 0, width, height }, number, layer.isVector ? 1 : layer.width / layer.height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil((tiles.columns * (tiles.wide + tiles.gap) - tiles.gap) * ratio);
  canvas.height = Math.ceil((tiles.rows * (tiles.high + tiles.gap) - tiles.gap) * ratio);
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = !layer.isVector && tiles.wide * ratio < layer.width;
  const own = { ...tiles, x: 0, y: 0 };
  for (let k = 0; k < number; k++) {
    const box = tileBox(own, k);
    if (layer.isVector) {
      context.fillStyle = inkOf(scene, layer, 0, layer.data[k]);
      context.fillRect(box.x, box.y, box.width, box.height);
    } else drawMap(context, layer, k, box.x, box.y, box.width, box.height);
  }
  return { tiles, canvas };
}

/** The box of all tiles. */
export const boxOfTiles = ({ tiles, canvas }, ratio) => ({
  x: tiles.x,
  y: tiles.y,
  width: canvas.width / ratio,
  height: canvas.height / ratio,
});

export function drawTiles(scene, context, painted, alpha = 1, box = boxOfTiles(painted, scene.ratio)) {
  if (alpha <= 0) return;
  context.globalAlpha = alpha;
  context.drawImage(painted.canvas, box.x, box.y, box.width, box.height);
  context.globalAlpha = 1;
}

/** Draw a part of tile k: `from` and `to` are shares of its height, `left` and `right` of its width. */
export function drawPart(scene, context, { canvas, tiles }, k, from = 0, to = 1, left = 0, right = 1) {
  const { ratio } = scene;
  const own = tileBox({ ...tiles, x: 0, y: 0 }, k);
  const [x0, x1] = [left, right].map((share) => Math.round((own.x + share * own.width) * ratio));
  const [y0, y1] = [from, to].map((share) => Math.round((own.y + share * own.height) * ratio));
  if (x1 <= x0 || y1 <= y0) return;
  const [w, h] = [x1 - x0, y1 - y0];
  context.drawImage(canvas, x0, y0, w, h, tiles.x + x0 / ratio, tiles.y + y0 / ratio, w / ratio, h / ratio);
}

/** Draw empty tiles where tiles will be. */
export function drawEmpty(scene, context, { tiles }, number, alpha = 0.09) {
  context.globalAlpha = alpha;
  context.fillStyle = scene.ink;
  context.beginPath();
  for (let k = 0; k < number; k++) {
    const { x, y, width, height } = tileBox(tiles, k);
    context.rect(x, y, width, height);
  }
  context.fill();
  context.globalAlpha = 1;
}

/** Numbers in one row, a pixel each: of a vector, of flattened maps, or of the picture for null. */
export function stripOf(scene, layer) {
  return prepared(scene, `strip ${layer?.index}`, () => {
    const { view } = scene;
    const colours = layer ? numbersInRow(scene, layer) : picturePixels(view.scene.arrays.image);
    const step = Math.ceil(colours.length / LONGEST_STRIP);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.ceil(colours.length / step), 1];
    const pixels = new ImageData(canvas.width, 1);
    const words = new Uint32Array(pixels.data.buffer);
    for (let k = 0; k < canvas.width; k++) words[k] = colours[k * step];
    contextOf(canvas).putImageData(pixels, 0, 0);
    return canvas;
  });
}

function numbersInRow({ view }, layer) {
  const values = layer.isVector ? layer.data : lineUp(layer.data, layer.count);
  const colour = (k) =>
    view.table[colourIndex(values[k], fullScale(view, layer, layer.isVector ? 0 : k % layer.count))];
  return Uint32Array.from(values, (_, k) => colour(k));
}

function picturePixels({ data }) {
  return Uint32Array.from({ length: data.length / 3 }, (_, k) => {
    const [r, g, b] = data.subarray(3 * k, 3 * k + 3);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

/** A layer's large map with its negative numbers taken out, and the cells that these are. */
export function withoutNegatives(scene, layer) {
  return prepared(scene, `negatives ${layer.index}`, () => {
    const map = layer.isVector ? 0 : heroOf(scene, layer);
    const { width, height, data } = layer;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const pixels = new ImageData(width, height);
    const colours = new Uint32Array(pixels.data.buffer);
    const scale = fullScale(scene.view, layer, map);
    const negative = [];
    for (let k = 0; k < width * height; k++) {
      const value = data[map * width * height + k];
      colours[k] = scene.view.table[colourIndex(Math.max(0, value), scale)];
      if (value < 0) negative.push({ k, ink: inkOf(scene, layer, map, value) });
    }
    contextOf(canvas).putImageData(pixels, 0, 0);
    return { canvas, negative };
  });
}
