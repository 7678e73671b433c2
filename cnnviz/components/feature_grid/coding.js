// Feature maps from few bytes: coding.py says how they are written.

/** Where rounding to so many decimals turns from number `first` to the next, up to `last`.
 *  @param {number} digits
 *  @param {number} first
 *  @param {number} last */
const halves = (digits, first, last) =>
  Array.from({ length: last - first + 1 }, (_, k) => (first + k + 0.5) / 10 ** digits);

const EDGES = Float64Array.of(
  ...[0, 9.5e-7, ...halves(6, 1, 9), ...halves(5, 1, 4), 5e-5, ...halves(4, 1, 999)],
  ...[0.1, ...halves(2, 10, 999), 10],
); // the rest, from 10.05, is every 0.1

/** A value near the middle of interval `k` > 0 of absolute values; the middle may be a whole number, and would be
 *  written as one.
 *  @param {number} k */
function insideOf(k) {
  const edge = (/** @type {number} */ n) => (n < EDGES.length ? EDGES[n] : (100.5 + n - EDGES.length) / 10);
  return 0.51 * edge(k - 1) + 0.49 * edge(k);
}

const INSIDES = Float64Array.from({ length: EDGES.length }, (_, k) => k && insideOf(k)); // those of most values

/** The value that stands for all of an interval: 0 is zero itself, and the sign is the values'.
 *  @param {number} interval */
export function valueIn(interval) {
  const k = Math.abs(interval);
  const size = k < INSIDES.length ? INSIDES[k] : insideOf(k);
  return interval < 0 ? -size : size;
}

/** Maps of `size` cells each, one after the other.
 *  @param {Uint8Array} bits
 *  @param {Int32Array} lows
 *  @param {Uint8Array} widths
 *  @param {number} size */
export function decode(bits, lows, widths, size) {
  const values = new Float32Array(lows.length * size);
  let byte = 0;
  lows.forEach((low, map) => {
    const width = widths[map];
    let [held, count] = [0, 0]; // bits taken out of bytes and not used yet
    for (let k = map * size; k < (map + 1) * size; k++) {
      for (; count < width; count += 8) held = held * 256 + bits[byte++];
      count -= width;
      const unit = 2 ** count;
      const number = low + Math.floor(held / unit);
      held %= unit;
      values[k] = valueIn(number);
    }
  });
  return values;
}

/** @param {Float32Array} values */
export const relu = (values) => values.map((value) => Math.max(0, value));

/** The largest value of each window of maps [C, H, W]; a window may reach beyond the map.
 *  @param {Float32Array} values
 *  @param {number[]} shape  [C, H, W]
 *  @param {{size: number[], stride: number[], start: number[]}} window  start: the first one's first row and column
 *  @param {number[]} output  [H, W] of the result */
export function maxPool(values, [count, height, width], { size, stride, start }, [rows, cols]) {
  const result = new Float32Array(count * rows * cols);
  let k = 0;
  for (let map = 0; map < count; map++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < cols; j++) {
        const [top, left] = [start[0] + i * stride[0], start[1] + j * stride[1]];
        let most = -Infinity;
        for (let row = Math.max(0, top); row < Math.min(height, top + size[0]); row++)
          for (let col = Math.max(0, left); col < Math.min(width, left + size[1]); col++)
            most = Math.max(most, values[(map * height + row) * width + col]);
        result[k++] = most;
      }
  return result;
}
