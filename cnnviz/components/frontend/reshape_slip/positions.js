// The position of a number in the file and in either picture.

/** Row, column and channel of number `k` of a picture. */
const positionOf = (view, k) => ({
  row: Math.floor(k / 3 / view.width),
  col: Math.floor(k / 3) % view.width,
  channel: k % 3,
});

/** The indices in the file of a pixel's red, green and blue. */
export function fileIndices(view, side, [row, col]) {
  const first = (row * view.width + col) * 3;
  return [0, 1, 2].map((c) => (side === "right" ? view.order[first + c] : first + c));
}

/** The position of the file's number `k` in either picture. */
export const lands = (view, side, k) => positionOf(view, side === "right" ? view.inverse[k] : k);

export const followed = (view) => view.pointed ?? { side: view.side, cell: view.cell };
