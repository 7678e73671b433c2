// Points of two classes in a square, that no straight line separates.

import { normal, uniform } from "./random.js";

export const KINDS = ["ring", "xor", "spiral"];
const EACH = 100; // points of a class
const NOISE = 0.05;

/** @typedef {{x: Float64Array, y: Uint8Array, count: number}} Points  x: [count, 2] within -1..1; y: 0 or 1 */

/** @param {string} kind  one of `KINDS`
 *  @param {number} seed
 *  @returns {Points} */
export function makePoints(kind, seed) {
  const [next, noise] = [uniform(1000 + seed), normal(2000 + seed)];
  const count = 2 * EACH;
  const [x, y] = [new Float64Array(2 * count), new Uint8Array(count)];
  for (let k = 0; k < count; k++) {
    y[k] = k % 2;
    const [a, b] = pointOf(kind, y[k], next);
    x[2 * k] = Math.max(-1, Math.min(1, a + NOISE * noise()));
    x[2 * k + 1] = Math.max(-1, Math.min(1, b + NOISE * noise()));
  }
  return { x, y, count };
}

/** @param {string} kind
 *  @param {number} label
 *  @param {() => number} next */
function pointOf(kind, label, next) {
  if (kind === "xor") {
    const [a, b] = [0.1 + 0.8 * next(), 0.1 + 0.8 * next()];
    const side = next() < 0.5 ? 1 : -1;
    return [side * a, (label ? side : -side) * b];
  }
  const share = next();
  if (kind === "spiral") {
    const angle = 1.1 * 2 * Math.PI * share + label * Math.PI;
    const radius = 0.12 + 0.78 * share;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }
  const radius = label ? 0.42 * Math.sqrt(share) : 0.65 + 0.25 * share;
  const angle = 2 * Math.PI * next();
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
