// Walks down a surface of losses: the update rules of optimisers on the gradient of a bilinear surface. Pure functions.

/** Values of the lecture's programs: RMSProp's rho 0.9 and SGD's momentum 0.9. */
export const MOMENTUM = 0.9;
export const RHO = 0.9;
export const EPSILON = 1e-7;
export const RULES = ["sgd", "momentum", "rmsprop"];

/** @typedef {{losses: number[][], reach: number}} Surface  row r and column c are at c·step − reach, r·step − reach */
/** @typedef {{w: number[], slope: number[], memory: number[], change: number[], loss: number}} Step
 *      w: the step's start. slope: the gradient there. memory: the rule's state, updated with this gradient.
 *      change: the update of w. loss: at w. */

/** The loss and its gradient at a point of a surface, between the four points of its grid around it.
 *  @param {Surface} surface
 *  @param {number[]} w
 *  @returns {{loss: number, slope: number[]}} */
export function lossAt({ losses, reach }, [a, b]) {
  const last = losses.length - 1;
  const step = (2 * reach) / last;
  const [x, y] = [a, b].map((v) => (v + reach) / step);
  const [col, row] = [x, y].map((v) => Math.min(Math.max(Math.floor(v), 0), last - 1));
  const [u, v] = [x - col, y - row];
  const [p, q, r, s] = [losses[row][col], losses[row][col + 1], losses[row + 1][col], losses[row + 1][col + 1]];
  return {
    loss: p * (1 - u) * (1 - v) + q * u * (1 - v) + r * (1 - u) * v + s * u * v,
    slope: [((q - p) * (1 - v) + (s - r) * v) / step, ((r - p) * (1 - u) + (s - q) * u) / step],
  };
}

/** @param {Surface} surface
 *  @param {number[]} w */
export const inside = ({ reach }, w) => w.every((v) => Math.abs(v) <= reach);

/** One update by a rule.
 *  @param {string} rule  one of `RULES`
 *  @param {number} rate
 *  @param {number[]} slope
 *  @param {number[]} memory  as it was before
 *  @returns {{memory: number[], change: number[]}} */
export function update(rule, rate, slope, memory) {
  if (rule === "momentum") {
    const kept = slope.map((g, k) => MOMENTUM * memory[k] - rate * g);
    return { memory: kept, change: kept };
  }
  if (rule === "rmsprop") {
    const kept = slope.map((g, k) => RHO * memory[k] + (1 - RHO) * g ** 2);
    return { memory: kept, change: slope.map((g, k) => (-rate * g) / Math.sqrt(kept[k] + EPSILON)) };
  }
  return { memory, change: slope.map((g) => -rate * g) };
}

/** The steps of a walk, at most `count`; it ends where it leaves the surface.
 *  @param {Surface} surface
 *  @param {string} rule
 *  @param {number} rate
 *  @param {number[]} start
 *  @param {number} count
 *  @returns {Step[]} */
export function walk(surface, rule, rate, start, count) {
  /** @type {Step[]} */
  const steps = [];
  let [w, memory] = [start, [0, 0]];
  while (steps.length <= count && inside(surface, w)) {
    const { loss, slope } = lossAt(surface, w);
    const made = update(rule, rate, slope, memory);
    steps.push({ w, slope, loss, ...made });
    memory = made.memory;
    w = w.map((v, k) => v + made.change[k]);
  }
  return steps;
}

/** The end of a walk's last step, which may be outside.
 *  @param {Step} step */
export const after = ({ w, change }) => w.map((v, k) => v + change[k]);
