// Batch normalisation, value by value: as `batch_norm` in cnnviz/arithmetic/normalization.py for whole arrays.

/** The statistics and parameters that normalise a channel.
 *  @typedef {{mean: number, variance: number, gamma: number, beta: number, epsilon: number}} Statistics */

/** @typedef {"mean" | "variance" | "normalise" | "scale"} Stage */

/** In the order of the algorithm.
 *  @type {Stage[]} */
export const STAGES = ["mean", "variance", "normalise", "scale"];

/** One value on its way.
 *  @param {number} x
 *  @param {Statistics} statistics */
export function stepOf(x, { mean, variance, gamma, beta, epsilon }) {
  const centred = x - mean;
  const deviation = Math.sqrt(variance + epsilon);
  const normalised = centred / deviation;
  return { centred, square: centred ** 2, deviation, normalised, y: gamma * normalised + beta };
}

/** For each value: the sum of the values so far, and of the squares of their distances from the mean.
 *  @param {ArrayLike<number>} values
 *  @param {number} mean */
export function sumsOf(values, mean) {
  const sums = new Float64Array(values.length);
  const squares = new Float64Array(values.length);
  let [sum, square] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    sum += values[k];
    square += (values[k] - mean) ** 2;
    sums[k] = sum;
    squares[k] = square;
  }
  return { sums, squares };
}

/** The channel after a stage, as scale * x + shift.
 *  @param {Stage} stage
 *  @param {Statistics} statistics */
export function affine(stage, { mean, variance, gamma, beta, epsilon }) {
  if (stage === "mean" || stage === "variance") return { scale: 1, shift: 0 };
  const inverse = 1 / Math.sqrt(variance + epsilon);
  if (stage === "normalise") return { scale: inverse, shift: -mean * inverse };
  return { scale: gamma * inverse, shift: beta - gamma * mean * inverse };
}

/** The smallest and the largest value.
 *  @param {ArrayLike<number>} values */
export function rangeOf(values) {
  let [low, high] = [values[0], values[0]];
  for (let k = 1; k < values.length; k++) {
    low = Math.min(low, values[k]);
    high = Math.max(high, values[k]);
  }
  return [low, high];
}

/** The number of values in each of `count` equal parts of a range.
 *  @param {ArrayLike<number>} values
 *  @param {number[]} range
 *  @param {number} count */
export function binsOf(values, [low, high], count) {
  const bins = new Array(count).fill(0);
  for (let k = 0; k < values.length; k++)
    bins[Math.min(count - 1, Math.floor(((values[k] - low) / (high - low || 1)) * count))]++;
  return bins;
}
