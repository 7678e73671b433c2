// The zoom at which an element fills its room without overflowing, found by trial.

/** A measurement at a zoom. overflow: the factor by which it is too wide or too high; at most 1 if it fits.
 *  @typedef {{zoom: number, overflow: number}} Tried */

const ENOUGH = 1.05; // a room filled so far is full: each try costs frames
const JUMP = 1.3; // factor beyond which a too large element has another layout; below it there is little to gain
const ENOUGH_BELOW_JUMP = 1.12;
const REFITS = 2; // at one size
export const LIMITS = { smallest: 0.4, largest: 12 };

/** The zoom to try next, or null if the best one is found.
 *  @param {Tried[]} tried in order, at least one
 *  @returns {number | null} */
export function nextZoom(tried) {
  const last = /** @type {Tried} */ (tried.at(-1));
  const [low, high] = bounds(tried);
  const enough = high && high.overflow > JUMP ? ENOUGH_BELOW_JUMP : ENOUGH;
  if (low && (1 / low.overflow < enough || (high && high.zoom / low.zoom < ENOUGH))) return null;
  const aim = last.zoom * (0.995 / last.overflow) ** (1 / growth(tried));
  const inside = aim > (low?.zoom ?? 0) * 1.005 && aim < (high?.zoom ?? Infinity) * 0.995;
  const middle = low && high ? (low.zoom + high.zoom) / 2 : aim;
  const next = Math.min(LIMITS.largest, Math.max(LIMITS.smallest, inside ? aim : middle));
  return tried.some(({ zoom }) => Math.abs(zoom / next - 1) < 0.003) ? null : next;
}

/** The power of the zoom with which something too large grows, by the last two tries: 1 for a picture, less for text
 *  that is as large on the screen at any zoom. What fits is enlarged step by step: its layout may become another one. */
function growth(tried) {
  const [before, last] = tried.slice(-2);
  if (!last || before.overflow <= 1 || last.overflow <= 1) return 1;
  const power = Math.log(last.overflow / before.overflow) / Math.log(last.zoom / before.zoom);
  return power > 0 ? Math.min(2, Math.max(0.2, power)) : 1;
}

/** The attempt with the largest zoom that fitted, else with the smallest.
 *  @param {Tried[]} tried at least one
 *  @returns {Tried} */
export function bestZoom(tried) {
  const [low] = bounds(tried);
  return low ?? tried.reduce((best, each) => (each.zoom < best.zoom ? each : best));
}

/** Whether something fits, and just as the best of all that was tried before: no need to look for better.
 *  @param {Tried} now
 *  @param {Tried} before */
export const isAsExpected = (now, before) => now.overflow <= 1 && Math.abs(now.overflow - before.overflow) < 0.01;

/** Whether something that was fitted should be fitted again, as its content has changed since; a line more or less is no
 *  reason. What comes to the same size again and again does not get better. Content that comes late, piece by piece
 *  on a server that starts, has another size each time.
 *  @param {number} share of its room that it takes
 *  @param {number} zoom at which it does
 *  @param {Map<string, number>} seen how often it was fitted again at each size; counted here */
export function isWorthRefitting(share, zoom, seen) {
  if (share <= 1.01 && share > 0.6) return false;
  const size = `${zoom.toFixed(2)} ${share.toFixed(1)}`;
  const times = (seen.get(size) ?? 0) + 1;
  seen.set(size, times);
  return times <= REFITS;
}

/** The largest that fitted, and the smallest above it that did not.
 *  @param {Tried[]} tried
 *  @returns {[Tried | undefined, Tried | undefined]} */
function bounds(tried) {
  const ordered = [...tried].sort((a, b) => a.zoom - b.zoom);
  const low = ordered.findLast(({ overflow }) => overflow <= 1);
  return [low, ordered.find(({ zoom, overflow }) => overflow > 1 && zoom > (low?.zoom ?? 0))];
}
