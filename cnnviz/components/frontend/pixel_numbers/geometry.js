// Zoom, centre and type: pure functions.

import { clamp } from "../shared/values.js";

export const LINES = [20, 26]; // px a cell: from here lines between cells fade in, and are there
export const NUMBERS = [34, 42]; // the same for the numbers in the cells
export const TYPE = { min: 8, max: 30, digit: 0.56, line: 1.16 };

export const CHANNELS = ["red", "green", "blue"];

/** The channels whose numbers stand in a cell: of a grey picture, whose three are alike, the first. */
export function channelsShown({ grey, channel }) {
  if (grey) return [0];
  return CHANNELS.map((_name, c) => c).filter((c) => channel === "all" || CHANNELS[c] === channel);
}

/** The position of a value between low and high, 0 to 1.
 *  @type {(value: number, ends: number[]) => number} */
export const ramp = (value, [low, high]) => clamp((value - low) / (high - low), 0, 1);

export const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);

export const mix = (a, b, t) => a.map((v, k) => v + (b[k] - v) * t);

/** The centre of the view nearest to (x, y) that shows nothing but picture. */
export function insideCentre(view, x, y, scale) {
  const half = view.side / scale / 2;
  return [clamp(x, half, view.width - half), clamp(y, half, view.height - half)];
}

/** The view's left and top edge, in cells. */
export const corner = (view) => [view.x - view.side / view.scale / 2, view.y - view.side / view.scale / 2];

/** The largest type in which a cell's numbers fit into `scale` px. */
export function typeSize(scale, characters, rows) {
  const room = scale - 6;
  return Math.min(TYPE.max, room / (characters * TYPE.digit), room / (rows * TYPE.line));
}

export function stageOf(scale) {
  if (ramp(scale, NUMBERS) >= 0.5) return "numbers";
  return ramp(scale, LINES) >= 0.5 ? "cells" : "picture";
}

export const farthest = (view) => view.side / view.width;

export const nearest = (view) => view.side / view.least;

export const sliderOf = (view, scale) =>
  (100 * Math.log(scale / farthest(view))) / Math.log(nearest(view) / farthest(view));

export const scaleOf = (view, slider) => farthest(view) * (nearest(view) / farthest(view)) ** (slider / 100);
