// The inputs under a weight at each position, the products, and their sums: pure functions.

/** The input cell [row, column] under weight [a, b] when the window is at position [i, j]; it may lie in the padding.
 *  @param {{stride: number[], dilation: number[], pads: number[][]}} window
 *  @param {number[]} weight
 *  @param {number[]} position */
export const cellUnder = ({ stride, dilation, pads }, weight, position) =>
  [0, 1].map((k) => position[k] * stride[k] - pads[k][0] + weight[k] * dilation[k]);

/** The input at a cell, 0 in the padding.
 *  @param {{data: Float32Array, shape: number[]}} x
 *  @param {number[]} cell */
export function inputAt({ data, shape: [height, width] }, [row, col]) {
  return row < 0 || col < 0 || row >= height || col >= width ? 0 : data[row * width + col];
}

/** For a weight, at each position: the input that it meets, the product with the gradient there, and the sum so far.
 *  @param {any} view  with the arrays `x` and `upstream`, and the window
 *  @param {number[]} weight */
export function sumsOf({ x, upstream, ...window }, weight) {
  const [rows, cols] = upstream.shape;
  const inputs = new Float64Array(rows * cols);
  const products = new Float64Array(rows * cols);
  const sums = new Float64Array(rows * cols);
  let sum = 0;
  for (let k = 0; k < rows * cols; k++) {
    inputs[k] = inputAt(x, cellUnder(window, weight, [Math.floor(k / cols), k % cols]));
    products[k] = inputs[k] * upstream.data[k];
    sum += products[k];
    sums[k] = sum;
  }
  return { inputs, products, sums };
}

/** The largest absolute value.
 *  @param {ArrayLike<number>} values */
export function limitOf(values) {
  let limit = 0;
  for (let k = 0; k < values.length; k++) limit = Math.max(limit, Math.abs(values[k]));
  return limit;
}
