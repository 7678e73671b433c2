// Canvases that are sharp on every screen, and drawings shared by several components.

import { BLACK, contextOf, inkOn, WHITE } from "./colours.js";

/** @typedef {import("./colours.js").Rgb} Rgb */

const SIGNED_CELL = 14; // px: from this size on, a cell below zero has a minus in its corner

/** Whether cells are large enough for the second sign of what is below zero, which is left in grey too.
 *  @type {(width: number, height: number) => boolean} */
export const showsMinus = (width, height) => Math.min(width, height) >= SIGNED_CELL;

/** Draw the minus of a cell below zero: a stroke in its upper left corner, where no digit is.
 *  @param {CanvasRenderingContext2D} context
 *  @param {number} x
 *  @param {number} y
 *  @param {number} width
 *  @param {number} height
 *  @param {Rgb} rgb */
export function paintMinus(context, x, y, width, height, rgb) {
  if (!showsMinus(width, height)) return;
  const [left, top] = [x + Math.max(3, 0.08 * width), y + Math.max(3, 0.1 * height)].map(Math.round);
  context.fillStyle = inkOn(rgb);
  context.fillRect(left, top, Math.max(5, Math.round(0.24 * width)), height < 40 ? 2 : 3);
}

let forced = 0; // canvas pixels in a CSS pixel while `atDensity` draws

/** Set the number of canvas pixels per CSS pixel, independent of the screen; 0: the screen's own again.
 *  @param {number} ratio
 *  @param {() => void} draw */
export function atDensity(ratio, draw) {
  forced = ratio;
  draw();
}

/** Canvas pixels in a CSS pixel; more where the lecture's stage enlarges the view. */
export const density = () =>
  forced || (window.devicePixelRatio || 1) * (Number(document.documentElement.dataset.zoom) || 1);

/** Size a canvas in CSS pixels and return its context, scaled for the screen's density.
 *  @param {HTMLCanvasElement} canvas
 *  @param {number} width
 *  @param {number} height */
export function sharpContext(canvas, width, height) {
  const ratio = density();
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = contextOf(canvas);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Draw picture `i` of uint8 [N, H, W, 3] on a canvas at its own size; CSS enlarges it.
 *  @param {HTMLCanvasElement} canvas
 *  @param {{data: Uint8Array, shape: number[]}} pictures
 *  @param {number} i */
export function paintThumbnail(canvas, { data, shape }, i) {
  const [, height, width] = shape;
  Object.assign(canvas, { width, height });
  const pixels = new ImageData(width, height);
  for (let k = 0; k < width * height; k++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * k + c] = data[3 * (i * width * height + k) + c];
    pixels.data[4 * k + 3] = 255;
  }
  contextOf(canvas).putImageData(pixels, 0, 0);
}

/** The height and width in which a picture or map is drawn, as it is: its longer side has this length.
 *  @param {number[]} shape  its rows and columns, and what else it has
 *  @param {number} side
 *  @returns {[number, number]} */
export const fitted = ([rows, cols], side) => [
  Math.round((side * rows) / Math.max(rows, cols)),
  Math.round((side * cols) / Math.max(rows, cols)),
];

/** Draw uint8 [H, W, 3] on a square of `side` px, its pixels with sharp edges.
 *  @param {CanvasRenderingContext2D} context
 *  @param {{data: Uint8Array, shape: number[]}} picture
 *  @param {number} side */
export function paintPicture(context, { data, shape }, side) {
  const small = document.createElement("canvas");
  paintThumbnail(small, { data, shape: [1, ...shape] }, 0);
  context.imageSmoothingEnabled = false;
  const [height, width] = fitted(shape, side);
  context.drawImage(small, 0, 0, width, height);
}

/** A frame that stands out on every picture: the colour between white lines.
 *  @param {CanvasRenderingContext2D} context
 *  @param {string} colour
 *  @param {{x: number, y: number, width: number, height: number}} box
 *  @param {number} line  px of the colour */
export function frameOf(context, colour, { x, y, width, height }, line = 2) {
  context.lineJoin = "round";
  for (const [own, wide] of /** @type {[string, number][]} */ ([
    [WHITE, 2 * line],
    [colour, line],
  ])) {
    Object.assign(context, { strokeStyle: own, lineWidth: wide });
    context.strokeRect(x, y, width, height);
  }
}

/** Darken a picture outside of a part of it.
 *  @param {CanvasRenderingContext2D} context
 *  @param {number} width  of the picture
 *  @param {number} height
 *  @param {{x: number, y: number, width: number, height: number}} part
 *  @param {number} opacity */
export function darkenOutside(context, width, height, part, opacity) {
  context.save();
  context.beginPath();
  context.rect(0, 0, width, height);
  context.rect(part.x, part.y, part.width, part.height);
  context.clip("evenodd");
  context.globalAlpha = opacity;
  context.fillStyle = BLACK;
  context.fillRect(0, 0, width, height);
  context.restore();
}
