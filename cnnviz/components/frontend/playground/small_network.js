// A fully connected network 2-8-8-2 on points of a plane, with ReLU or without any activation, and its training by
// RMSProp on all points at once: pure functions. A test holds them to Keras.

import { normal } from "./random.js";

export const SIZES = [2, 8, 8, 2];
const RHO = 0.9;
const EPSILON = 1e-7;

/** @typedef {{kernel: Float64Array, bias: Float64Array}} Dense  kernel: [inputs, units] */
/** @typedef {{linear: boolean, layers: Dense[], squares: Dense[], steps: number}} Network
 *      squares: the running means of squared gradients */
/** @typedef {{sums: Float64Array[], outputs: Float64Array[]}} Pass  of each layer, before and after ReLU, [count, units] */

/** A network as it is initialised: kernels N(0, 2 / inputs), biases 0. With and without ReLU it begins the same.
 *  @param {number} seed
 *  @param {boolean} linear  whether it has no ReLU
 *  @returns {Network} */
export function newNetwork(seed, linear) {
  const next = normal(seed);
  const layers = SIZES.slice(1).map((units, k) => ({
    kernel: Float64Array.from({ length: SIZES[k] * units }, () => next() * Math.sqrt(2 / SIZES[k])),
    bias: new Float64Array(units),
  }));
  return { linear, layers, squares: layers.map(zeros), steps: 0 };
}

/** @param {Dense} layer */
const zeros = ({ kernel, bias }) => ({ kernel: new Float64Array(kernel.length), bias: new Float64Array(bias.length) });

/** @param {Network} network
 *  @param {Float64Array} x  [count, 2]
 *  @returns {Pass} */
export function forward({ linear, layers }, x) {
  /** @type {Pass} */
  const pass = { sums: [], outputs: [] };
  let input = x;
  layers.forEach(({ kernel, bias }, k) => {
    const sums = times(input, kernel, bias, SIZES[k]);
    const output = linear || k === layers.length - 1 ? sums : sums.map((z) => Math.max(z, 0));
    pass.sums.push(sums);
    pass.outputs.push(output);
    input = output;
  });
  return pass;
}

/** @param {Float64Array} input  [count, inputs]
 *  @param {Float64Array} kernel
 *  @param {Float64Array} bias
 *  @param {number} inputs */
function times(input, kernel, bias, inputs) {
  const units = bias.length;
  const count = input.length / inputs;
  const sums = new Float64Array(count * units);
  for (let n = 0; n < count; n++)
    for (let j = 0; j < units; j++) {
      let sum = bias[j];
      for (let i = 0; i < inputs; i++) sum += input[n * inputs + i] * kernel[i * units + j];
      sums[n * units + j] = sum;
    }
  return sums;
}

/** The gradients of the mean cross-entropy, the loss itself, and the share of points that are right.
 *  @param {Network} network
 *  @param {import("./points.js").Points} points */
export function gradients(network, { x, y, count }) {
  const { layers, linear } = network;
  const { sums, outputs } = forward(network, x);
  const logits = sums[layers.length - 1];
  let [loss, right] = [0, 0];
  let slope = new Float64Array(logits.length);
  for (let n = 0; n < count; n++) {
    const beyond = logits[2 * n + 1 - y[n]] - logits[2 * n + y[n]]; // the wrong logit minus the right one
    loss += Math.max(beyond, 0) + Math.log1p(Math.exp(-Math.abs(beyond)));
    right += beyond < 0 ? 1 : 0;
    const wrong = 1 / (1 + Math.exp(-beyond));
    slope[2 * n + y[n]] = -wrong / count;
    slope[2 * n + 1 - y[n]] = wrong / count;
  }
  const found = layers.map(zeros);
  for (let k = layers.length - 1; k >= 0; k--) {
    const [inputs, units] = [SIZES[k], SIZES[k + 1]];
    const input = k ? outputs[k - 1] : x;
    const { kernel, bias } = found[k];
    const before = new Float64Array(count * inputs);
    for (let n = 0; n < count; n++)
      for (let j = 0; j < units; j++) {
        const g = slope[n * units + j];
        if (g === 0) continue;
        bias[j] += g;
        for (let i = 0; i < inputs; i++) {
          kernel[i * units + j] += input[n * inputs + i] * g;
          before[n * inputs + i] += layers[k].kernel[i * units + j] * g;
        }
      }
    if (k && !linear) sums[k - 1].forEach((z, n) => z <= 0 && (before[n] = 0));
    slope = before;
  }
  return { found, loss: loss / count, accuracy: right / count };
}

/** One step of RMSProp; returns the loss and the accuracy before it.
 *  @param {Network} network
 *  @param {import("./points.js").Points} points
 *  @param {number} rate */
export function train(network, points, rate) {
  const { found, loss, accuracy } = gradients(network, points);
  network.layers.forEach((layer, k) => {
    for (const name of /** @type {const} */ (["kernel", "bias"])) {
      const [weights, squares, gradient] = [layer[name], network.squares[k][name], found[k][name]];
      for (let i = 0; i < weights.length; i++) {
        squares[i] = RHO * squares[i] + (1 - RHO) * gradient[i] ** 2;
        weights[i] -= (rate * gradient[i]) / Math.sqrt(squares[i] + EPSILON);
      }
    }
  });
  network.steps++;
  return { loss, accuracy };
}

/** The equivalent of a network without activations, of any depth: one weighted sum of the two inputs, [weight 1,
 *  weight 2, bias], of the second logit minus the first.
 *  @param {Network} network */
export function collapsed({ layers }) {
  let kernel = Float64Array.of(1, 0, 0, 1);
  let bias = new Float64Array(2);
  layers.forEach((layer, k) => {
    kernel = times(kernel, layer.kernel, new Float64Array(SIZES[k + 1]), SIZES[k]);
    bias = times(bias, layer.kernel, layer.bias, SIZES[k]);
  });
  return [kernel[1] - kernel[0], kernel[3] - kernel[2], bias[1] - bias[0]];
}

/** The middles of the cells of a grid over the square, row by row from the top: [side * side, 2].
 *  @param {number} side */
export function gridOf(side) {
  const x = new Float64Array(2 * side * side);
  for (let k = 0; k < side * side; k++) {
    x[2 * k] = ((k % side) + 0.5) * (2 / side) - 1;
    x[2 * k + 1] = 1 - (Math.floor(k / side) + 0.5) * (2 / side);
  }
  return x;
}

/** The number of linear regions of the plane that the grid meets; in each, other units are active.
 *  @param {Pass} pass */
export function pieces({ sums }) {
  const hidden = sums.slice(0, -1);
  const count = hidden[0].length / SIZES[1];
  const seen = new Set();
  for (let n = 0; n < count; n++) {
    let pattern = 0;
    hidden.forEach((layer, k) => {
      for (let j = 0; j < SIZES[k + 1]; j++) pattern = 2 * pattern + (layer[n * SIZES[k + 1] + j] > 0 ? 1 : 0);
    });
    seen.add(pattern);
  }
  return seen.size;
}
