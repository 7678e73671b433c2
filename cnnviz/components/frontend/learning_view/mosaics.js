// The mosaics of kernels and maps.

import { density, paintMinus, sharpContext, showsMinus } from "../shared/canvas.js";
import { css, signedColour } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";
import { chosenBy, decimals, filtersOf, fullOf, sliceOf } from "./moments.js";

/** Paint tiles, one below the other, on a hidden canvas, and copy each to its position in the mosaic.
 *  `share(tile, cell)`, if what is drawn has signs, is what a cell has of the full colour. */
function drawMosaic(view, name, paint, share = null) {
  const { count, across, tile, step, ratio, width, height } = view.plans[name];
  const { colours } = view;
  const strip = view.strips[name];
  const [rows, cols] = name === "maps" ? view.scene.arrays.maps.shape.slice(2) : view.scene.size;
  if (strip.width !== cols || strip.height !== rows * count)
    Object.assign(strip, { width: cols, height: rows * count });
  const pixels = new ImageData(cols, rows * count);
  paint(new Uint32Array(pixels.data.buffer));
  strip.getContext("2d").putImageData(pixels, 0, 0);
  const canvas = view.mosaics[name];
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, w, h);
  context.imageSmoothingEnabled = false;
  const corner = (k) => [(k % across) * step, Math.floor(k / across) * step];
  const whole = (length) => Math.round(length * ratio);
  for (let k = 0; k < count; k++)
    context.drawImage(strip, 0, k * rows, cols, rows, ...corner(k).map(whole), whole(tile), whole(tile));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (share && showsMinus(tile / cols, tile / rows))
    for (let k = 0; k < count; k++)
      paintMinuses(context, view, [rows, cols], corner(k), tile / cols, (cell) => share(k, cell));
  const ring = (k, colour, weight) => {
    const [px, py] = corner(k);
    context.strokeStyle = colour;
    context.lineWidth = weight;
    context.strokeRect(px + weight / 2, py + weight / 2, tile - weight, tile - weight);
  };
  const chosen = chosenBy(view);
  ring(chosen, colours.paper, 5);
  ring(chosen, colours.mark, 3);
  if (view.pointed !== null && view.pointed !== chosen) ring(view.pointed, colours.ink, 2);
}

/** The minus in each cell below zero; `share(cell)` is what the cell has of the full colour.
 *  @param {CanvasRenderingContext2D} context
 *  @param {import("../shared/view.js").View} view
 *  @param {number[]} size  rows and columns
 *  @param {number[]} corner
 *  @param {number} side
 *  @param {(cell: number) => number} share */
function paintMinuses(context, { signs }, [rows, cols], [x, y], side, share) {
  for (let k = 0; k < rows * cols; k++)
    if (share(k) < 0)
      paintMinus(
        context,
        x + (k % cols) * side,
        y + Math.floor(k / cols) * side,
        side,
        side,
        signedColour(share(k), signs),
      );
}

/** 0xAABBGGRR, as little-endian image data holds it.
 *  @type {(rgb: number[]) => number} */
const packed = ([r, g, b]) => (255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);

/** A weight as the brightness of its colour channel: mid-grey is 0. */
export const brightness = (weight, full) => 127.5 + 127.5 * clamp(weight / full, -1, 1);

export function drawKernels(view, t) {
  const { scene, signs } = view;
  const full = fullOf(view, "kernels", t);
  const [rows, cols] = scene.size;
  drawMosaic(
    view,
    "kernels",
    (pixels) => {
      for (let f = 0; f < filtersOf(view); f++) {
        const parts = scene.rgb ? [0, 1, 2].map((s) => sliceOf(scene, t, f, s)) : [sliceOf(scene, t, f, 0)];
        for (let k = 0; k < rows * cols; k++)
          pixels[f * rows * cols + k] = packed(
            scene.rgb ? parts.map((part) => brightness(part[k], full)) : signedColour(parts[0][k] / full, signs),
          );
      }
    },
    scene.rgb ? null : (f, k) => sliceOf(scene, t, f, 0)[k] / full,
  );
  drawScale(view, "kernels", full);
}

/** The colour of each of the 256 entries that a map's cell can have at moment `t`. */
function paletteOf(view, t) {
  const { scene, selection, signs } = view;
  const full = fullOf(view, "maps", t);
  const step = scene.arrays.steps.data[t];
  const shown = (entry) => (selection.relu && scene.relu ? Math.max(0, entry - 128) : entry - 128);
  return Uint32Array.from({ length: 256 }, (_, entry) => packed(signedColour((shown(entry) * step) / full, signs)));
}

export function drawMaps(view, t) {
  const { scene } = view;
  const { data, shape } = scene.arrays.maps;
  const size = shape[1] * shape[2] * shape[3];
  view.palette = paletteOf(view, t);
  drawMosaic(view, "maps", (pixels) => {
    for (let k = 0; k < size; k++) pixels[k] = view.palette[data[t * size + k]];
  });
  drawScale(view, "maps", fullOf(view, "maps", t));
}

function drawScale(view, name, full) {
  const { scene, root, signs, theme } = view;
  const box = root.querySelector(`.${name} .scale`);
  setText(box.querySelector(".low"), number(-full, decimals(full)));
  setText(box.querySelector(".high"), `+${number(full, decimals(full))}`);
  const guise = `${theme} ${scene.rgb} ${density()}`;
  if (box.dataset.guise === guise) return;
  box.dataset.guise = guise;
  const [width, height] = [110, 9];
  const context = sharpContext(box.querySelector("canvas"), width, height);
  for (let k = 0; k < width; k++) {
    const share = (2 * (k + 0.5)) / width - 1;
    context.fillStyle = css(
      name === "kernels" && scene.rgb ? Array(3).fill(brightness(share, 1)) : signedColour(share, signs),
    );
    context.fillRect(k, 0, 1, height);
  }
}
