// Numbers as text: columns of decimals, powers of ten.

import { decimals, grouped, number, powerOfTen } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";

/** A whole number of 10**-digits, as it is: the decimals add up because the whole numbers do. */
export const decimal = (whole, digits) => decimals(whole / 10 ** digits, digits);

/** Format with a fixed number of decimals, whole numbers too: numbers in a column. No nonzero number reads as zero. */
export const aligned = (value, digits) =>
  Number(value.toFixed(digits)) === 0 && value ? number(value, digits) : decimals(value, digits);

/** A factor of a product, without a power of ten: the smaller, the more decimals. */
export function asFactor(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  return aligned(value, size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : size >= 0.001 ? 4 : 6);
}

/** Decimals in which exponentials of this sum can be added by eye, exact to 0.1%; null if only powers of ten do. */
export function addable(total) {
  if (total < 1e-4 || total >= 1e5) return null;
  return total >= 1e4 ? 1 : clamp(4 - Math.floor(Math.log10(total)), 3, 8); // wide columns have fewer
}

/** An exponential with `digits` decimals, or as a power of ten where these would show only zeros. */
export function power(value, digits) {
  if (value === Infinity) return "∞";
  if (digits !== null && value >= 0.5 * 10 ** -digits) return fixed(Math.round(value * 10 ** digits), digits);
  return powerOfTen(value);
}

/** The sum of exponentials as it is shown: of the rounded ones, so that it adds up. */
export function powerSum(exponentials, total, digits) {
  if (digits === null) return power(total, null);
  return fixed(
    exponentials.reduce((sum, e) => sum + Math.round(e * 10 ** digits), 0),
    digits,
  );
}

/** A whole number of 10**-digits, its thousands grouped. */
function fixed(whole, digits) {
  const unit = 10 ** digits;
  return `${grouped(Math.floor(whole / unit))}.${String(whole % unit).padStart(digits, "0")}`;
}
