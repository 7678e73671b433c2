// Whether an answer is right, and if not, which mistake leads to it. What is right was computed in Python.

/** An answer as numbers: one, several, or the index of an option.
 *  @typedef {{values: number[], reason: string}} Mistake */
/** @typedef {{values: number[], tolerance: number}} Answer */

export const LETTER = /^[A-Z]$/; // of an option that is a picture

/** The number that a visitor typed, or null: with a true minus, thousands apart as in "1,216", or a decimal comma.
 *  @param {string} typed
 *  @returns {number | null} */
export function parseNumber(typed) {
  const bare = typed
    .normalize("NFKC")
    .replace(/[\s_']/g, "")
    .replace(/[−–]/g, "-");
  const plain = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(bare) ? bare.replaceAll(",", "") : bare.replace(",", ".");
  if (!/^[+-]?(\d{1,15}(\.\d*)?|\.\d+)$/.test(plain)) return null;
  return Number(plain);
}

/** The index of the option that a key chooses, -1 for none: by its number, 1 for the first; of options that are called
 *  by letters, by its letter too.
 *  @param {string} key
 *  @param {string[]} options */
export function chosenBy(key, options) {
  const index = LETTER.test(key.toUpperCase()) ? options.indexOf(key.toUpperCase()) : -1;
  if (index >= 0) return index;
  return /^[1-9]$/.test(key) && Number(key) <= options.length ? Number(key) - 1 : -1;
}

/** Whether answers agree, number by number.
 *  @param {number[]} given
 *  @param {number[]} wanted
 *  @param {number} tolerance */
export const agrees = (given, wanted, tolerance) =>
  given.length === wanted.length && given.every((value, k) => Math.abs(value - wanted[k]) <= tolerance);

/** The same rule as `Exercise.check`.
 *  @param {{answer: Answer, mistakes: Mistake[]}} exercise
 *  @param {number[]} given
 *  @returns {{right: boolean, reason: string}}  reason: "" if the answer is right, or no known mistake */
export function judge({ answer: { values, tolerance }, mistakes }, given) {
  if (agrees(given, values, tolerance)) return { right: true, reason: "" };
  return { right: false, reason: mistakes.find((mistake) => agrees(given, mistake.values, tolerance))?.reason ?? "" };
}
