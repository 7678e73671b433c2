// The selected entry and unit, and their names.

import { signedColour } from "../shared/colours.js";
import { fill } from "../shared/numbers.js";
import { cellOf, MAP_GAP, UNIT } from "./arithmetic.js";

const TINTS = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

export const shown = (view) => view.preview ?? view.entry;

/** Tiles of the mosaic: the maps; for a picture its three channels and the picture itself. */
export const tiles = ({ scene }) => scene.shape[2] + (scene.source_name === null ? 1 : 0);

/** A unit's name: its class in the last layer, else its number. */
export function unitName({ scene, text }, k, unit) {
  return k === scene.layers.length - 1 ? scene.class_names[unit] : fill(text.unit, { unit });
}

/** The name of an input of the chosen layer: a cell of a map, or a unit of the layer before. */
export function inputName({ scene, text }, index) {
  if (!scene.from_source) return fill(text.unit, { unit: index });
  const [row, col, channel] = cellOf(index, scene.shape);
  return fill(text.cell, { row, col, channel: channelName({ scene, text }, channel) });
}

export function channelName({ scene, text }, channel) {
  return scene.source_name === null ? [text.red, text.green, text.blue][channel] : String(channel);
}

/** The colour of entry k of the source: signed, or the brightness of a picture's channel. */
export function colourOf({ scene, signs }, k) {
  const value = scene.arrays.source.data[k];
  if (scene.source_name !== null) return signedColour(value / scene.full, signs);
  return TINTS[k % 3].map((share) => 255 * value * share + 18 * (1 - share));
}

export const cornerOf = ({ columns, tile, tileHeight }, k) => [
  (k % columns) * (tile + MAP_GAP),
  Math.floor(k / columns) * (tileHeight + MAP_GAP),
];

/** The middle and the size of an entry's cell on the mosaic. */
export function cellBox(view, entry) {
  const [height, width] = view.scene.shape;
  const [row, col, channel] = cellOf(entry, view.scene.shape);
  const [x, y] = cornerOf(view.mosaic, channel);
  const [w, h] = [view.mosaic.tile / width, view.mosaic.tileHeight / height];
  return { x: x + col * w, y: y + row * h, w, h, corner: [x, y] };
}

export function bandBox({ plan }, entry) {
  const { perLine, line } = plan;
  return { x: (entry % perLine) * plan.entry, y: Math.floor(entry / perLine) * line, w: plan.entry, h: line - 1 };
}

export function unitBox(view, k, unit) {
  const part = view.units[k];
  return [(unit % part.columns) * UNIT, Math.floor(unit / part.columns) * UNIT, UNIT - 1, UNIT - 1];
}
