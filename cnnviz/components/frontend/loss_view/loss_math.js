// Softmax cross-entropy of one answer, and how it is written: pure functions. `cross_entropy` and
// `cross_entropy_gradient` in arithmetic/gradients.py compute the same.

import { powerOfTen } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";

/** Range of the probability of the right class. */
export const PROBABILITIES = { low: 0.001, high: 0.999 };
const DIGITS = { few: 2, many: 7 };
const LOSS_DIGITS = 3;

/** @typedef {{probabilities: number[], loss: number, gradient: number[], others: number}} LossStep
 *      others: ln of the sum of the other classes' exponentials */

/** Probabilities, loss and gradient of logits for the class `label`.
 *  @param {number[]} logits
 *  @param {number} label
 *  @returns {LossStep} */
export function lossStep(logits, label) {
  const others = logOfSum(logits.filter((_, k) => k !== label));
  const whole = logOfSum(logits);
  const probabilities = logits.map((z) => Math.exp(z - whole));
  const beyond = others - logits[label]; // ln((1 - p) / p)
  const loss = beyond > 0 ? beyond + Math.log1p(Math.exp(-beyond)) : Math.log1p(Math.exp(beyond));
  const gradient = probabilities.map((p, k) => (k === label ? -1 / (1 + Math.exp(-beyond)) : p));
  return { probabilities, loss, gradient, others };
}

/** @param {number[]} logits */
function logOfSum(logits) {
  const largest = Math.max(...logits);
  return largest + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - largest), 0));
}

/** The logits whose softmax gives `label` the probability p: only its own is another.
 *  @param {number[]} logits
 *  @param {number} label
 *  @param {number} p */
export function logitsFor(logits, label, p) {
  const { others } = lossStep(logits, label);
  return logits.map((z, k) => (k === label ? others + Math.log(p / (1 - p)) : z));
}

/** A probability by keys, from the one that is shown; null: the key is none of these.
 *  @param {string} key
 *  @param {number} p
 *  @returns {number | null} */
export function probabilityByKey(key, p) {
  const { low, high } = PROBABILITIES;
  if (key === "Home") return low;
  if (key === "End") return high;
  const by = { ArrowRight: 0.01, ArrowUp: 0.01, ArrowLeft: -0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1 }[key];
  return by === undefined ? null : nearby(p + by);
}

/** A probability that can be dragged to, in hundredths, nearer to 0 and 1 in thousandths.
 *  @param {number} p */
export function nearby(p) {
  const near = Number(p.toFixed(p < 0.0095 || p > 0.9905 ? 3 : 2));
  return clamp(near, PROBABILITIES.low, PROBABILITIES.high);
}

/** p, its loss and p − 1 as they are written: who computes the others from the p that is written gets these.
 *  @param {LossStep} step
 *  @param {number} label
 *  @returns {{p: string, loss: string, slope: string}} */
export function written({ probabilities, loss, gradient }, label) {
  const p = probabilities[label];
  const fits = (/** @type {number} */ shown) => (-Math.log(shown)).toFixed(LOSS_DIGITS) === loss.toFixed(LOSS_DIGITS);
  if (loss >= 0.5 * 10 ** -LOSS_DIGITS)
    for (let digits = DIGITS.few; digits <= DIGITS.many; digits++) {
      const text = p.toFixed(digits);
      if (Number(text) > 0 && Number(text) < 1 && fits(Number(text)))
        return { p: text, loss: loss.toFixed(LOSS_DIGITS), slope: `−${(1 - Number(text)).toFixed(digits)}` };
    }
  if (p > 0.5) {
    const rest = powerOfTen(-gradient[label]); // −ln(1 − x) is x where x is small
    return { p: `(1 − ${rest})`, loss: powerOfTen(loss), slope: `−${rest}` };
  }
  return { p: powerOfTen(p, 4), loss: loss.toFixed(LOSS_DIGITS), slope: "−1.000" };
}

/** Points [p, −ln p] of the curve from p = `low` to 1, closer together where it is steep.
 *  @param {number} most  the loss at its upper end
 *  @returns {[number, number][]} */
export function curve(most, count = 120) {
  return Array.from({ length: count + 1 }, (_, k) => {
    const loss = most * (1 - k / count) ** 2;
    return [Math.exp(-loss), loss];
  });
}
