// The curve of an ascent's means in a chart.

/** The points of a curve, [x, y] in px from the chart's upper left corner; the lowest of the means and 0 is at its
 *  bottom, the largest at its top.
 *  @param {number[]} after  steps before each point, ascending
 *  @param {ArrayLike<number>} means
 *  @param {{left: number, top: number, width: number, height: number}} box */
export function pointsOf(after, means, { left, top, width, height }) {
  const values = Array.from(means);
  const low = Math.min(0, ...values);
  const span = Math.max(...values) - low || 1;
  const last = after.at(-1) || 1;
  return values.map((value, k) => [left + (after[k] / last) * width, top + height * (1 - (value - low) / span)]);
}

/** @param {number[][]} points */
export const written = (points) => points.map((point) => point.map((v) => v.toFixed(1)).join(",")).join(" ");
