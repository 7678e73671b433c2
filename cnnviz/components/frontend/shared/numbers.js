// Formatting of numbers: the same rules as text/numbers.py and text/rounding.py, as tests check.

/**
 * A number as a student reads it: integers bare, else `digits` decimals, a true minus sign. What is not zero
 * is never written as zero: it gets the decimals that it needs, at most `most`, or reads "≈0". The same rule
 * as in text/numbers.py.
 * @param {number} value
 */
export function number(value, digits = 2, most = 6) {
  if (Number.isInteger(value)) return String(value).replace("-", "−"); // −0 is "0"
  let text = value.toFixed(digits);
  if (Number(text) === 0) {
    const decimals = Math.max(digits, -Number(value.toExponential(0).split("e")[1])); // its first digit that is not 0
    text = decimals <= most ? value.toFixed(decimals) : value < 0 ? "≈-0" : "≈0";
  }
  return text.replace("-", "−");
}

/** Format with a fixed number of decimals, whole numbers too, and never "−0.00": numbers in a column.
 *  @param {number} value
 *  @param {number} digits */
export function decimals(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** A number for a cell, whose width allows no more than `digits` decimals.
 *  @param {number} value */
export const cellNumber = (value, digits = 2) => number(value, digits, digits);

/** A measured number, such as a gradient, with a number of significant digits, and a power of ten if it is small; the same
 *  rule as `significant` in text/numbers.py.
 *  @param {number} value */
export function significant(value, digits = 3) {
  if (value === 0) return "0";
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent > -4 && exponent < 5)
    return Number(`${mantissa}e${exponent}`)
      .toFixed(Math.max(0, digits - 1 - exponent))
      .replace("-", "−");
  const raised = [...String(exponent)].map((sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)])).join("");
  return `${mantissa}×10${raised}`.replace("-", "−");
}

/** A constant of a formula, with at most four significant digits and no power of ten; the same rule as `constant` in
 *  text/numbers.py.
 *  @param {number} value */
export function constant(value) {
  const near = Number(value.toPrecision(4));
  if (near === 0) return "0";
  const decimals = 3 - Number(near.toExponential().split("e")[1]);
  const text = near.toFixed(Math.min(Math.max(0, decimals), 100));
  return (text.includes(".") ? text.replace(/\.?0+$/, "") : text).replace("-", "−");
}

/** A term of a sum that is not the first: "+ 0.12", "− 0.05".
 *  @param {number} value */
export const term = (value, digits = 2) => `${value < 0 ? "−" : "+"} ${number(Math.abs(value), digits)}`;

/** A number's text, in brackets if it is negative.
 *  @param {string} text */
export const bracketed = (text) => (text.startsWith("−") ? `(${text})` : text);

/** The width of a number in ems of the page's font, whose digits are all half an em wide.
 *  @param {string} text */
export const numberEms = (text) => [...text].reduce((sum, sign) => sum + (sign === "." ? 0.25 : 0.5), 0);

/** Parse a text that `number` has written.
 *  @param {string} text */
export const readNumber = (text) => Number(text.replace("−", "-").replace("≈", ""));

/** A number with its thousands apart.
 *  @param {number} value */
export const grouped = (value) => value.toLocaleString("en-US");

/** A share as a percentage, as text/rounding.py writes it: only none reads "0%" and only all of it "100%".
 *  @param {number} share */
export function percent(share) {
  if (share === 0 || share === 1) return `${100 * share}%`;
  const digits = (100 * share).toFixed(1);
  if (digits === "0.0") return "<\u00a00.1%";
  return digits === "100.0" ? (share < 1 ? ">\u00a099.9%" : "<\u00a0100.1%") : `${digits}%`;
}

/** A probability from softmax: never quite 0 or 1, even where a float has no number between.
 *  @param {number} probability */
export const chance = (probability) => percent(Math.min(Math.max(probability, Number.MIN_VALUE), 1 - Number.EPSILON));

/** A number > 0 with a power of ten.
 *  @param {number} value */
export function powerOfTen(value, digits = 2) {
  if (value === 0) return "<\u00a010⁻³²³"; // no exponential is 0: a float has no smaller number
  const [mantissa, exponent] = value.toExponential(digits).split("e");
  return `${mantissa}×10${[...String(Number(exponent))].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)])).join("")}`;
}

/** Put values into a sentence: fill("row {row}", {row: 3}).
 *  @param {string} sentence
 *  @param {Record<string, unknown>} values */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}
