// The interface between a drill-down and the view below it. The grid has all maps; the overview of a large network
// fetches the inputs of a cell (`overviewHost` in layer_overview/drill_host.js).

import { setText } from "../shared/elements.js";
import { boxOf } from "../shared/zoom.js";
import { addressOf, fetchFor, kernelOf, mapsOf } from "./drill_numbers.js";
import { tileCorner } from "./geometry.js";
import { drawMap } from "./maps.js";
import { invalidate, peakPosition, select } from "./state.js";

/** @typedef {{layer: number, map: number, row: number, col: number}} Position */

/** mapsOf: a layer's maps, or the picture's for -1. kernelOf: of a map; null while it is not there.
 *  failed: whether the kernel cannot be had. has: whether all numbers of the open cell are there.
 *  fetchFor: fetch the inputs of a map. follow: the visitor has moved to a cell. ready: fetch the data that a position needs
 *  before it is opened. showMessage: say above the maps why none opens, or "". draw: a layer's map on a canvas. peak: the
 *  most interesting position of a map. select: select a position. surface: the focusable element at a position. tile: the
 *  box of its map on the page. most: rows that are shown at all.
 *  @typedef {{
 *    mapsOf: (index: number) => any,
 *    kernelOf: (layer: any, map: number) => {kernel: ArrayLike<number>, bias: number} | null,
 *    failed: (layer: any, map: number) => boolean,
 *    has?: () => boolean,
 *    fetchFor: (layer: number, map: number) => unknown,
 *    follow?: () => void,
 *    ready?: (position: Position) => Promise<boolean>,
 *    showMessage: (words: string) => void,
 *    draw: (context: CanvasRenderingContext2D, layer: any, map: number, width: number, height: number) => void,
 *    peak: (layer: any, map: number) => Position,
 *    select: (position: Position) => void,
 *    surface: (position: Position) => HTMLElement | null | undefined,
 *    tile: (position: Position) => {left: number, top: number, width: number, height: number} | null,
 *    most: number,
 *  }} Host */

/** @param {any} view
 *  @returns {Host} */
export const gridHost = (view) => ({
  mapsOf: (index) => mapsOf(view, index),
  kernelOf: (layer, map) => kernelOf(view, layer, map),
  failed: (layer, map) => view.kernels.get(addressOf(view, layer, map)) === null,
  fetchFor: (layer, map) => fetchFor(view, layer, map),
  showMessage: (words) => setText(view.root.querySelector(".missing"), words),
  draw: (context, layer, map, width, height) => drawMap(context, layer, map, 0, 0, width, height),
  peak: peakPosition,
  select: (position) => {
    select(view, position);
    invalidate(view, "position");
  },
  surface: ({ layer }) => view.cards[layer]?.surface ?? view.root.querySelector(".answer li[tabindex='0']"),
  tile: (position) => tileOnCard(view, position),
  most: Number.POSITIVE_INFINITY,
});

function tileOnCard(view, { layer, map, col }) {
  const card = view.cards[layer];
  const other = view.layers[layer];
  if (!card?.canvas) return card?.surface ? boxOf(card.surface) : null;
  const { left, top } = boxOf(card.canvas);
  const { columns, cell, tile } = card.layout;
  const [x, y] = other.isVector
    ? [(col % columns) * cell, Math.floor(col / columns) * cell]
    : tileCorner(card.layout, map);
  const side = other.isVector ? cell : tile;
  return { left: left + x, top: top + y, width: side, height: side };
}
