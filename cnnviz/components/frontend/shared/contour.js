// Lines of equal height of a field.

/** The line along which a field of side * side values is 0, as segments [x1, y1, x2, y2] in cells from the top left
 *  corner: marching squares between the cells' middles.
 *  @param {ArrayLike<number>} field
 *  @param {number} side */
export function zeroLine(field, side) {
  /** @type {number[][]} */
  const segments = [];
  for (let row = 0; row + 1 < side; row++)
    for (let col = 0; col + 1 < side; col++) {
      const corners = [
        [col, row],
        [col + 1, row],
        [col + 1, row + 1],
        [col, row + 1],
      ];
      const values = corners.map(([x, y]) => field[y * side + x]);
      /** @type {number[][]} */
      const crossings = [];
      for (let k = 0; k < 4; k++) {
        const [a, b] = [values[k], values[(k + 1) % 4]];
        if (a > 0 === b > 0) continue;
        const share = a / (a - b);
        const [from, to] = [corners[k], corners[(k + 1) % 4]];
        crossings.push([0, 1].map((axis) => from[axis] + share * (to[axis] - from[axis]) + 0.5));
      }
      for (let k = 0; k + 1 < crossings.length; k += 2) segments.push([...crossings[k], ...crossings[k + 1]]);
    }
  return segments;
}
