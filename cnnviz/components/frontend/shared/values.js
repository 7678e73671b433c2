// Small helpers on plain values.

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Whether two values that JSON can hold are equal.
 *  @type {(a: unknown, b: unknown) => boolean} */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @type {(values: number[] | Float32Array) => number} */
export const argmax = (values) => values.indexOf(Math.max(...values));
