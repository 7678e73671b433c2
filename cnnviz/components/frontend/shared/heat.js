// The colours of a heat map, from none to the largest value: `heat_...` in cnnviz/tokens.toml.

import { themeColour } from "./colours.js";

/** @typedef {import("./colours.js").Rgb} Rgb */

const STOPS = ["none", "few", "some", "many", "all"];

/** The colours at equal distances from 0 to 1.
 *  @param {Element} element
 *  @returns {Rgb[]} */
export const heatScale = (element) => STOPS.map((stop) => themeColour(element, `--heat-${stop}`));

/** The colour of t in [0, 1]; values beyond are clipped.
 *  @param {number} t
 *  @param {Rgb[]} stops
 *  @returns {Rgb} */
export function heatColour(t, stops) {
  const at = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const k = Math.min(Math.floor(at), stops.length - 2);
  return stops[k].map((from, c) => from + (stops[k + 1][c] - from) * (at - k));
}
