// Looking up the data of a moment and a filter.

import { density } from "../shared/canvas.js";
import { pointerOn } from "../shared/zoom.js";

const TILE_GAP = 3;

/** Index of the moment that is looked at. */
export const momentOf = ({ scene, selection }) => scene.moments.findIndex((moment) => moment.step === selection.step);

/** The filter that the visitor has picked, else Python's proposal; and the one under the pointer before it.
 *  @type {(view: Record<string, any>) => number} */
export const chosenBy = ({ scene, selection }) => selection.filter ?? scene.chosen;

export const shownBy = (view) => view.pointed ?? chosenBy(view);

export const filtersOf = ({ scene }) => scene.arrays.maps.shape[1];

/** The absolute value in full colour at moment `t`. */
export const fullOf = ({ scene, selection }, what, t) =>
  selection.scale === "moment" ? scene.full[what].moments[t] : scene.full[what].training;

/** Slice `s` of filter `f` at moment `t`: its weights, row by row. */
export function sliceOf({ arrays }, t, f, s) {
  const [, filters, slices, rows, cols] = arrays.kernels.shape;
  const start = ((t * filters + f) * slices + s) * rows * cols;
  return arrays.kernels.data.subarray(start, start + rows * cols);
}

/** The probability of each class at moment `t`, or null if they are not known. */
export function answerAt({ arrays }, t) {
  const { data, shape } = arrays.probabilities;
  const [moments, classes] = shape;
  return moments ? data.subarray(classes * t, classes * (t + 1)) : null;
}

/** Layout of `count` tiles in a mosaic of at most `width` px. Each of a tile's own pixels is `scale` whole ones of
 *  the canvas; these are the screen's if that does not waste too much room, else a little finer. */
export function plan(count, width, native) {
  const across = Math.round(Math.sqrt(2 * count)); // twice as many as rows
  const room = Math.max(1, (width + TILE_GAP) / across - TILE_GAP) * density();
  const whole = Math.floor(room / native);
  const fits = whole >= 1 && whole * native > 0.78 * room;
  const scale = fits ? whole : Math.max(1, Math.ceil(room / native));
  const ratio = fits ? density() : (scale * native * density()) / room; // canvas pixels in a CSS pixel
  const step = (scale * native + Math.floor(TILE_GAP * ratio)) / ratio;
  const tile = (scale * native) / ratio;
  const rows = Math.ceil(count / across);
  const gap = step - tile;
  return { count, across, rows, tile, step, ratio, width: across * step - gap, height: rows * step - gap };
}

/** The tile under a pointer, or null between tiles and beside them. */
export function tileAt({ count, across, tile, step }, canvas, event) {
  const [x, y] = pointerOn(canvas, event);
  const [col, row] = [Math.floor(x / step), Math.floor(y / step)];
  const k = row * across + col;
  return x >= 0 && y >= 0 && col < across && k < count && x % step < tile && y % step < tile ? k : null;
}

export const decimals = (limit) => (limit >= 100 ? 0 : limit >= 10 ? 1 : limit >= 0.2 ? 2 : 3);
