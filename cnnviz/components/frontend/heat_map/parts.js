// The terms of one number of a heat map: `take_apart` in cnnviz/explain/attribution, from the same arrays.

/** @typedef {{index: number, weight: number, value: number, product: number}} Term */
/** @typedef {{terms: Term[], total: number, value: number}} Cell */
/** @typedef {{data: Float32Array, shape: number[]}} Packed */
/** @typedef {Record<string, Packed>} Arrays */

/** The terms weight(k) * value(k), k < count, the largest by size first.
 *  @param {number} count
 *  @param {(k: number) => number} weight
 *  @param {(k: number) => number} value
 *  @returns {Term[]} */
function sortedTerms(count, weight, value) {
  const terms = Array.from({ length: count }, (_, index) => {
    const [w, v] = [weight(index), value(index)];
    return { index, weight: w, value: v, product: w * v };
  });
  return terms.sort((a, b) => Math.abs(b.product) - Math.abs(a.product) || a.index - b.index);
}

/** @param {Term[]} terms */
const sum = (terms) => terms.reduce((total, { product }) => total + product, 0);

/** Entry c of the last axis at (i, j) of [H, W, C].
 *  @param {Packed} array
 *  @param {number} i
 *  @param {number} j
 *  @returns {(c: number) => number} */
const last = ({ data, shape }, i, j) => {
  const start = (i * shape[1] + j) * shape[2];
  return (c) => data[start + c];
};

/** Entry k of the first axis at (i, j) of [K, H, W].
 *  @param {Packed} array
 *  @param {number} i
 *  @param {number} j
 *  @returns {(k: number) => number} */
const first = ({ data, shape }, i, j) => {
  const [, rows, cols] = shape;
  return (k) => data[k * rows * cols + i * cols + j];
};

/** @type {Record<string, (arrays: Arrays, i: number, j: number) => Cell>} */
const METHODS = {
  grad_cam({ maps, weights }, i, j) {
    const terms = sortedTerms(weights.data.length, (k) => weights.data[k], first(maps, i, j));
    const total = sum(terms);
    return { terms, total, value: Math.max(0, total) };
  },
  saliency({ gradients }, i, j) {
    const terms = sortedTerms(gradients.shape[2], () => 1, last(gradients, i, j));
    return { terms, total: terms[0].value, value: Math.abs(terms[0].value) };
  },
  smooth_grad({ copies }, i, j) {
    const count = copies.shape[0];
    const terms = sortedTerms(count, () => 1 / count, first(copies, i, j));
    const total = sum(terms);
    return { terms, total, value: total };
  },
  integrated_gradients({ gradients, difference }, i, j) {
    const terms = sortedTerms(gradients.shape[2], last(gradients, i, j), last(difference, i, j));
    const total = sum(terms);
    return { terms, total, value: total };
  },
  occlusion({ probabilities, uncovered, values }, i, j) {
    const covered = last(probabilities, i, j);
    const terms = Array.from(uncovered.data, (weight, index) => {
      const value = covered(index);
      return { index, weight, value, product: weight * value };
    }).sort((a, b) => b.value - a.value || a.index - b.index);
    return { terms, total: terms[0].value, value: values.data[i * values.shape[1] + j] };
  },
};

/** Take a cell of a heat map apart.
 *  @param {string} method
 *  @param {Arrays} arrays
 *  @param {number[]} cell  its row and column
 *  @returns {Cell} */
export const takeApart = (method, arrays, [i, j]) => METHODS[method](arrays, i, j);

/** The rectangle of a picture that a cell of a map lies over, [top, left, bottom, right] in pixels.
 *  @param {number[]} map  its rows and columns
 *  @param {number[]} picture  its rows and columns
 *  @param {number[]} cell  its row and column */
export const cellBox = ([rows, cols], [height, width], [i, j]) => [
  (i * height) / rows,
  (j * width) / cols,
  ((i + 1) * height) / rows,
  ((j + 1) * width) / cols,
];

/** The square that covers the picture for a cell: `box` in cnnviz/explain/attribution/occlusion.py.
 *  @param {number[]} map
 *  @param {number[]} picture
 *  @param {number} side
 *  @param {number[]} cell  its row and column */
export function coverBox([rows, cols], [height, width], side, [i, j]) {
  const top = roundHalfEven(((i + 0.5) * height) / rows - side / 2);
  const left = roundHalfEven(((j + 0.5) * width) / cols - side / 2);
  return [Math.max(0, top), Math.max(0, left), Math.min(height, top + side), Math.min(width, left + side)];
}

/** Round half to even, as Python's `round`.
 *  @param {number} x */
function roundHalfEven(x) {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
}
