// Looking up the networks' answers for a shift.

import { fill, number } from "../shared/numbers.js";

export const signed = (step) => (step > 0 ? `+${step}` : number(step));

/** Ten probabilities of network `k` for a shift, or null while they are not computed or not finite. */
export function answerOf(view, k, dx, dy) {
  const ten = tenOf(view, k, dx, dy);
  return Number.isFinite(ten[0]) ? ten : null;
}

/** Whether the network has answered with a number that is not finite. */
export const isLost = (view, k, dx, dy) => tenOf(view, k, dx, dy)[0] === Infinity;

/** The text for a missing answer: that it is still being computed, or that it is not finite. */
export const missing = (view, k, dx, dy) => (isLost(view, k, dx, dy) ? view.text.lost : view.text.waiting);

function tenOf({ scene }, k, dx, dy) {
  const { data, shape } = scene.arrays.probabilities;
  const [, rows, cols, classes] = shape;
  const start = ((k * rows + dy + scene.reach) * cols + dx + scene.reach) * classes;
  return data.subarray(start, start + classes);
}

/** The class that the heat maps show: picked by the visitor, else Python's proposal.
 *  @type {(view: Record<string, any>) => number | null} */
export const watchedBy = ({ scene, selection }) => selection.watched ?? scene.watched;

/** "2 right, 1 down" in the visitor's language. */
export function wording({ text }, dx, dy) {
  const across = dx < 0 ? fill(text.left, { n: -dx }) : dx > 0 ? fill(text.right, { n: dx }) : "";
  const down = dy < 0 ? fill(text.up, { n: -dy }) : dy > 0 ? fill(text.down, { n: dy }) : "";
  return [across, down].filter(Boolean).join(", ") || text.unshifted;
}
