// Geometry of the overview of a large network: pages of maps, tiles, cells. Pure functions.

import { within } from "../feature_grid/geometry.js";

export const PAGE = 48; // maps of an opened layer that are shown at once
export const GAP = 3; // px between tiles

/** @typedef {{name: string, shape: number[], maps: number[] | null, strongest: number}} Layer */
/** @typedef {{layer: number, map: number, row: number, col: number}} Position */

/** The first map of the page on which a map is.
 *  @param {number} map */
export const pageOf = (map) => map - (map % PAGE);

/** The number of maps from `first` on, on its page.
 *  @param {number} first
 *  @param {number} count */
export const onPage = (first, count) => Math.min(PAGE, count - first);

/** Layout of tiles in a width: at most `largest`, in whole pixels.
 *  @param {number} count
 *  @param {number} width
 *  @param {number} largest */
export function tiling(count, width, largest) {
  const least = Math.min(largest, Math.max(28, largest * 0.7));
  const columns = Math.max(1, Math.min(count, Math.floor((width + GAP) / (least + GAP))));
  const tile = Math.min(largest, Math.floor((width + GAP) / columns) - GAP);
  const rows = Math.ceil(count / columns);
  return { columns, rows, tile, width: columns * (tile + GAP) - GAP, height: rows * (tile + GAP) - GAP };
}

/** @param {{columns: number, tile: number}} tiles
 *  @param {number} k
 *  @returns {[number, number]} */
export function corner({ columns, tile }, k) {
  return [(k % columns) * (tile + GAP), Math.floor(k / columns) * (tile + GAP)];
}

/** The tile at a point, the nearest one if it is between; -1 if there is none.
 *  @param {{columns: number, tile: number}} tiles
 *  @param {number} count
 *  @param {number} x
 *  @param {number} y */
export function tileAt({ columns, tile }, count, x, y) {
  const k = within(Math.floor(y / (tile + GAP)), Infinity) * columns + within(Math.floor(x / (tile + GAP)), columns);
  return k < count ? k : -1;
}

/** The height, width and number of maps of a layer; a vector is one map of one row.
 *  @param {number[]} shape */
export function sizesOf(shape) {
  const [height, width, count] = shape.length === 3 ? shape : [1, shape[0], 1];
  return { height, width, count };
}

/** The middle of the map of a layer whose values differ most; in a vector the largest number.
 *  @param {Layer[]} layers
 *  @param {number} index
 *  @returns {Position} */
export function middleOf(layers, index) {
  const { height, width } = sizesOf(layers[index].shape);
  const { maps, strongest } = layers[index];
  if (!maps) return { layer: index, map: 0, row: 0, col: strongest };
  return { layer: index, map: strongest, row: height >> 1, col: width > 1 && height > 1 ? width >> 1 : 0 };
}

/** A position, moved into another layer: the same part of the picture, or the same number of a vector as long.
 *  @param {Layer[]} layers
 *  @param {Position} position
 *  @param {number} index
 *  @returns {Position} */
export function movedTo(layers, position, index) {
  const [from, to] = [sizesOf(layers[position.layer].shape), sizesOf(layers[index].shape)];
  const [had, has] = [layers[position.layer].maps, layers[index].maps];
  if (!had && !has && from.width === to.width) return { ...position, layer: index };
  if (!had || !has) return middleOf(layers, index);
  const across = (/** @type {number} */ at, /** @type {number} */ before, /** @type {number} */ now) =>
    within(Math.floor(((at + 0.5) / before) * now), now);
  const kept = from.count === to.count ? position.map : layers[index].strongest;
  return {
    layer: index,
    map: kept,
    row: across(position.row, from.height, to.height),
    col: across(position.col, from.width, to.width),
  };
}

/** Layers one after the other whose maps have one size: [{size, indices}].
 *  @param {Layer[]} layers */
export function bySize(layers) {
  /** @type {{size: string, indices: number[]}[]} */
  const groups = [];
  layers.forEach(({ shape }, index) => {
    const size = shape.length === 3 ? `${shape[0]} × ${shape[1]}` : "";
    if (groups.at(-1)?.size !== size) groups.push({ size, indices: [] });
    groups.at(-1)?.indices.push(index);
  });
  return groups;
}
