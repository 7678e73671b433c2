// Feature maps from few bytes: coding.py defines the encoding.

const TINY = [0, 9.5e-7, ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => (k + 0.5) / 1e6)].concat(
  [1, 2, 3, 4].map((k) => (k + 0.5) / 1e5),
  5e-5,
);

/** Numbering of the intervals beyond the tiny ones: [the first beyond, scale, offset, least value], where interval k
 *  holds the values that are rounded to (k - offset) / scale. */
const RANGES = [
  [1016, 1e4, 15, 5e-5],
  [2007, 1e2, 1006, 0.1],
  [Infinity, 10, 1907, 10.01],
];

/** A value in the interval, or the part of one, with this number: near the middle, but not there, where a whole number
 *  may be, which would be written as one.
 *  @param {number} number
 *  @param {number} parts  of an interval */
export function valueIn(number, parts) {
  const k = Math.floor(Math.abs(number) / parts);
  const sign = Math.sign(number);
  if (k === 0) return 0;
  if (k < TINY.length) return (sign * (TINY[k - 1] + TINY[k])) / 2;
  const [, scale, offset, least] = /** @type {number[]} */ (RANGES.find(([end]) => k < end));
  const part = ((Math.abs(number) % parts) + 0.49) / parts;
  return sign * Math.max(least, (k - offset - 0.5 + part) / scale);
}

/** Maps of `size` cells each, one after the other.
 *  @param {Uint8Array} bits
 *  @param {Int32Array} lows
 *  @param {Uint8Array} widths
 *  @param {Uint8Array} parts
 *  @param {Int32Array} wholes
 *  @param {number} size */
export function decode(bits, lows, widths, parts, wholes, size) {
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
      values[k] = valueIn(number, parts[map]);
    }
  });
  for (const k of wholes) values[k] = Math.round(values[k]);
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
