// Choosing an entry, a unit, a temperature.

import { clamp } from "../shared/values.js";
import { soon } from "../shared/view.js";
import { cellOf, flatIndex, MAP_GAP } from "./arithmetic.js";
import { paintEntry } from "./painting.js";
import { paintSoftmax } from "./softmax.js";
import { tiles } from "./state.js";

/** Select another unit: sent at once. */
export const choose = (view, k, unit) => view.sync.send({ layer: view.scene.layers[k].name, unit });

export function setPreview(view, entry) {
  if (view.preview === entry) return;
  view.preview = entry;
  refresh(view);
}

export function goTo(view, entry) {
  if (entry === null || entry < 0 || entry >= view.size) return;
  view.entry = entry;
  view.preview = null;
  view.sync.changed();
  refresh(view);
}

export function touch(view, term) {
  if (view.touched === term) return;
  view.touched = term;
  view.preview = term !== null && view.scene.from_source ? view.scene.terms[term].index : null;
  refresh(view);
}

export function setTemperature(view, temperature) {
  view.temperature = temperature;
  view.sync.changed();
  paintSoftmax(view);
}

export const refresh = (view) => soon(view, paintEntry);

export function moveInBand(view, key) {
  const [, width, channels] = view.scene.shape;
  const by = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -channels,
    ArrowDown: channels,
    PageUp: -width * channels,
    PageDown: width * channels,
    Home: -view.entry,
    End: view.size - 1 - view.entry,
  }[key];
  return by === undefined ? null : clamp(view.entry + by, 0, view.size - 1);
}

export function moveInMaps(view, key) {
  const { shape } = view.scene;
  const cell = cellOf(view.entry, shape);
  const [axis, by] = {
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
    ArrowLeft: [1, -1],
    ArrowRight: [1, 1],
    PageUp: [2, -1],
    PageDown: [2, 1],
  }[key] ?? [null];
  if (axis === null) return null;
  cell[axis] = clamp(cell[axis] + by, 0, shape[axis] - 1);
  return flatIndex(cell, shape);
}

export function entryInMaps(view, x, y) {
  const { columns, tile, tileHeight } = view.mosaic;
  const { shape } = view.scene;
  const [height, width, channels] = shape;
  const [tileCol, tileRow] = [Math.floor(x / (tile + MAP_GAP)), Math.floor(y / (tileHeight + MAP_GAP))];
  const k = tileRow * columns + tileCol;
  if (x < 0 || y < 0 || tileCol >= columns || k >= tiles(view)) return null;
  const channel = k < channels ? k : cellOf(view.entry, shape)[2]; // the picture itself: the channel stays
  const row = clamp(Math.floor(((y - tileRow * (tileHeight + MAP_GAP)) / tileHeight) * height), 0, height - 1);
  const col = clamp(Math.floor(((x - tileCol * (tile + MAP_GAP)) / tile) * width), 0, width - 1);
  return flatIndex([row, col, channel], shape);
}

export function entryInBand(view, x, y) {
  const { line, lines, perLine, entry } = view.plan;
  const k = clamp(Math.floor(y / line), 0, lines - 1) * perLine + clamp(Math.floor(x / entry), 0, perLine - 1);
  return k;
}
