// Small helpers on plain values.

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Whether two values that JSON can hold are equal.
 *  @type {(a: unknown, b: unknown) => boolean} */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

const [FEW, LISTED] = [24, 12]; // up to FEW classes are all listed; of more, LISTED

/** Whether each class is listed: all of a few, of many those with the largest values and those in `always`.
 *  @param {ArrayLike<number>} values
 *  @param {number[]} always
 *  @returns {boolean[]} */
export function listed(values, always = []) {
  const all = Array.from(values);
  if (all.length <= FEW) return all.map(() => true);
  const least = all.toSorted((a, b) => b - a)[LISTED - 1];
  let room = LISTED - all.filter((value) => value > least).length; // for those equal to the last one
  return all.map((value, k) => value > least || (value === least && room-- > 0) || always.includes(k));
}

/** @type {(values: number[] | Float32Array) => number} */
export const argmax = (values) => values.indexOf(Math.max(...values));
