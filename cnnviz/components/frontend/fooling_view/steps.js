// A picture after a step along signs: `stepped` in cnnviz/explain/fooling.py.

/** Each number moved by `size`, kept in 0..255.
 *  @param {Uint8Array} picture
 *  @param {Uint8Array} signs  0, 1, 2 for -1, 0, 1
 *  @param {number} size */
export const stepped = (picture, signs, size) =>
  picture.map((value, k) => Math.min(255, Math.max(0, value + size * (signs[k] - 1))));

/** The difference of both pictures as a picture, enlarged: grey is none, black and white a whole step.
 *  @param {Uint8Array} before
 *  @param {Uint8Array} after
 *  @param {number} size */
export const enlarged = (before, after, size) =>
  before.map((value, k) => Math.round(127.5 + (127.5 * (after[k] - value)) / Math.max(1, size)));
