// Lines of words and numbers that Python has put together (explain/step.py), filled in for one output cell.

import { number, term } from "../shared/numbers.js";

/**
 * A slot for numbers in a line; as `Numbers` in explain/step.py, without default values.
 * @typedef {{ of: string, digits?: number, joined?: "listed" | "added", index?: number,
 *   brackets?: boolean, bare?: boolean }} Numbers
 * @typedef {(string | Numbers)[]} Line
 */

/**
 * Write a line.
 * @param {Line} line
 * @param {(of: string) => ArrayLike<number>} valuesOf all numbers of a name, in order
 */
export const writeLine = (line, valuesOf) =>
  line.map((part) => (typeof part === "string" ? part : writeNumbers(part, Array.from(valuesOf(part.of))))).join("");

/**
 * @param {Numbers} slot
 * @param {number[]} values
 */
function writeNumbers({ digits = 0, joined, index, brackets, bare }, values) {
  const counted = index === undefined ? values : [values.at(index) ?? NaN];
  if (joined === "added" && !brackets)
    return counted.map((v, k) => (k ? term(v, digits) : number(v, digits))).join(" ");
  return counted
    .map((value, k) => {
      const text = bare ? number(value, digits).replace("≈", "") : number(value, digits);
      return brackets && value < 0 && (k || joined !== "added") ? `(${text})` : text;
    })
    .join(joined === "added" ? " + " : ", ");
}
