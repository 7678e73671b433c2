// The layers and the selected position.

import { send } from "../shared/message.js";
import { soon } from "../shared/view.js";
import { foldColumns, within } from "./geometry.js";

export const MARGIN = 2; // cells of padding drawn round the input picture

/** The position with these names, or null if this network has no such layer. Python may send the name as `layer`. */
export function positionByName(view, { name, layer: alias, map, row, col }) {
  const layer = view.layers.find((other) => other.name === (name ?? alias));
  if (!layer) return null;
  return {
    layer: layer.index,
    map: within(map, layer.count),
    row: within(row, layer.height),
    col: within(col, layer.width),
  };
}

export function firstPosition(view) {
  const layer = view.layers.find(({ filters }) => filters) ?? view.layers[0];
  return peakPosition(layer, layer.strongest);
}

/** The cell of the largest absolute value of a map. */
export function peakPosition(layer, map) {
  const start = map * layer.height * layer.width;
  let best = 0;
  for (let k = 1; k < layer.height * layer.width; k++) {
    if (Math.abs(layer.data[start + k]) > Math.abs(layer.data[start + best])) best = k;
  }
  return { layer: layer.index, map, row: Math.floor(best / layer.width), col: best % layer.width };
}

export function valueAt(layer, { map, row, col }) {
  return layer.data[(map * layer.height + row) * layer.width + col];
}

/** The value in full colour of a map: one for its whole layer, or its own largest. */
export function fullScale(view, layer, map) {
  if (view.scale !== "map") return layer.full || 1;
  return Math.max(Math.abs(layer.range[2 * map]), Math.abs(layer.range[2 * map + 1])) || 1;
}

/** Ask for a frame that draws: "layout" (all of it), "maps" (every picture) or "position" (the selection). */
export function invalidate(view, what) {
  view.stale.add(what);
  soon(view, view.draw);
}

/** Layout of the lens's cells: a map as it is, a vector as a square of cells. */
export function lensLayout(view, layer) {
  const side = view.picture.side * view.unit;
  const columns = layer.isVector ? foldColumns(layer.width, 1, 1) : layer.width;
  const rows = layer.isVector ? Math.ceil(layer.width / columns) : layer.height;
  const cell = side / Math.max(columns, rows);
  const edge = MARGIN * view.unit;
  return { columns, rows, cell, x: edge + (side - columns * cell) / 2, y: edge + (side - rows * cell) / 2 };
}

export function select(view, position) {
  if (!position) return;
  if (view.prelude) {
    view.prelude.rest = position; // it ends there
    return;
  }
  const old = view.position;
  if (["layer", "map", "row", "col"].every((part) => old[part] === position[part])) return;
  view.position = position;
  invalidate(view, "position");
}

export function openPage(view) {
  const layer = view.layers[view.position.layer];
  if (!layer.openable) return;
  const { map, row, col } = view.position;
  clearTimeout(view.remembering); // a message on the way would bring this page back
  send(view, "cell", { layer: layer.name, map, row, col });
}
