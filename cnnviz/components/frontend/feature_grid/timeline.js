// The journey's timeline: what is shown when, and how far it has got. Pure functions.

import { clamp } from "../shared/values.js";

/** The drawing of a stage: the picture enters, a kernel sweeps over the picture or over maps, negative values drop out,
 *  windows collapse to their largest value or to their mean, maps are joined, whole maps become one number each,
 *  numbers line up, units are computed, classes get their numbers, classes race; any other layer changes its maps one
 *  into the other; and earlier stages run past once more.
 *  @typedef {"enter" | "sweep" | "sweep_maps" | "drop" | "collapse" | "average" | "join" | "gather" | "line" | "dense" |
 *    "scores" | "race" | "morph" | "again"} Phase */

/** A layer, as far as it is asked for here. chain: the first of the layers that have this one's maps, map by map.
 *  flattened: whether what it takes is put into one row first.
 *  @typedef {{
 *    index: number, kind: string, takes: (number | null)[], part: string | null, derived: string | null,
 *    symbol?: string, isVector: boolean, answer: boolean, scores: boolean, chain: number, flattened: boolean,
 *  }} Layer */

/** `layers` are all that a stage represents, `shown` those that are drawn; start and end are in [0, 1].
 *  @typedef {{phase: Phase, layers: number[], shown: number[], start: number, end: number}} Stage */

/** @type {Record<Exclude<Phase, "again">, number>} */
const SECONDS = {
  enter: 1.3,
  sweep: 3.6,
  sweep_maps: 2.8,
  drop: 2.1,
  collapse: 2.3,
  average: 1.8,
  join: 2.2,
  gather: 2.2,
  line: 2.2,
  dense: 2.0,
  scores: 1.6,
  race: 3.4,
  morph: 1.3,
};
const AGAIN = 0.75; // s for one layer that is shown; of n, this times n to the power of MANY
const MANY = 0.75;
const ONCE_MORE = 0.55; // of its first time, for a layer that comes again alone
const MOST = 24; // stages; more would flash past
const SHORTEST = 13; // s for all of it
const LONGEST = 19;
/** @type {Phase[]} */
const NEVER_AGAIN = ["line", "scores", "race"];

/** The share of a stage at which its still is taken.
 *  @type {Partial<Record<Phase, number>>} */
const STILL = {
  sweep: 0.72,
  sweep_maps: 0.76,
  drop: 0.47,
  collapse: 0.5,
  average: 0.5,
  join: 0.28,
  gather: 0.5,
  line: 0.45,
};

/** The phase that draws a layer.
 *  @param {Layer} layer
 *  @param {Layer[]} layers
 *  @returns {Phase} */
export function phaseOf(layer, layers) {
  const source = layer.takes[0] === null ? null : layers[layer.takes[0]];
  if (layer.answer) return "race";
  if (layer.isVector && layer.part === "vector") {
    if (source && !source.isVector && !layer.flattened) return "gather";
    return layer.scores ? "scores" : "dense";
  }
  if (layer.symbol === "+") return "join";
  if (layer.derived === "relu") return "drop";
  if (layer.derived === "max_pool") return "collapse";
  if (layer.part === "pool") return "average";
  if (layer.part === "conv") return source ? "sweep_maps" : "sweep";
  return "morph";
}

/** Gather what comes again in one stage up to the next new thing, where there would be too many to be seen.
 *  @template {{phase: Phase, layers: number[]}} Each
 *  @param {Each[]} stages
 *  @returns {Each[]} */
function gathered(stages) {
  if (stages.length <= MOST) return stages;
  /** @type {Each[]} */
  const found = [];
  for (const stage of stages) {
    const before = found.at(-1);
    if (stage.phase === "again" && before?.phase === "again") before.layers.push(...stage.layers);
    else found.push(stage);
  }
  return found;
}

/** The stages of a network's journey. What is shown for the first time has a stage of its own; what has been shown
 *  before is gathered, however many layers there are.
 *  @param {Layer[]} layers
 *  @returns {{stages: Stage[], seconds: number}} */
export function plan(layers) {
  /** @type {(Omit<Stage, "start" | "end"> & {share: number})[]} */
  let stages = [{ phase: "enter", layers: [], shown: [], share: 1 }];
  const seen = new Set();
  for (const layer of layers) {
    const phase = phaseOf(layer, layers);
    const { index } = layer;
    if (layer.flattened) stages.push({ phase: "line", layers: [index], shown: [index], share: 1 });
    const lesson = phase === "morph" || phase === "average" ? `${phase} ${layer.kind}` : phase;
    const fresh = NEVER_AGAIN.includes(phase) || !seen.has(lesson);
    seen.add(lesson);
    const last = stages[stages.length - 1];
    if (fresh) stages.push({ phase, layers: [index], shown: [index], share: 1 });
    else if (last.phase === "again" && layers[last.layers[0]].isVector === layer.isVector) last.layers.push(index);
    else stages.push({ phase: "again", layers: [index], shown: [], share: 1 });
  }
  stages = gathered(stages);
  for (const stage of stages) {
    if (stage.phase !== "again") continue;
    const maps = stage.layers.filter((index) => !layers[index].isVector);
    const drawn = maps.length ? maps : stage.layers;
    // the last of each chain: after ReLU, after pooling
    stage.shown = drawn.filter((index, k) => layers[drawn[k + 1]]?.chain !== layers[index].chain);
    if (stage.layers.length === 1)
      Object.assign(stage, { phase: phaseOf(layers[stage.layers[0]], layers), share: ONCE_MORE });
  }
  const lengths = stages.map(({ phase, shown, share }) =>
    phase === "again" ? AGAIN * shown.length ** MANY : share * SECONDS[phase],
  );
  const sum = lengths.reduce((a, b) => a + b, 0);
  let passed = 0;
  return {
    seconds: clamp(sum, Math.min(sum, SHORTEST), LONGEST),
    stages: stages.map(({ phase, layers, shown }, k) => {
      const start = passed / sum;
      passed += lengths[k];
      return { phase, layers, shown, start, end: k === stages.length - 1 ? 1 : passed / sum };
    }),
  };
}

/** The stage at time t in [0, 1], and its progress, 0 to 1.
 *  @param {Stage[]} stages
 *  @param {number} t */
export function stageAt(stages, t) {
  const found = stages.findIndex(({ end }) => t < end);
  const index = found < 0 ? stages.length - 1 : found;
  const { start, end } = stages[index];
  return { index, progress: clamp((t - start) / (end - start), 0, 1) };
}

/** The time of a stage's still, for reduced motion.
 *  @param {Stage} stage */
export const stillTime = ({ phase, start, end }) =>
  phase === "race" ? 1 : start + (STILL[phase] ?? 0.9) * (end - start);

/** Progress of the part from `from` to `to` of a stage at progress p, 0 to 1.
 *  @type {(p: number, from: number, to: number) => number} */
export const within = (p, from, to) => clamp((p - from) / (to - from), 0, 1);

/** @type {(p: number) => number} */
export const easeOut = (p) => 1 - (1 - p) ** 3;

/** @type {(p: number) => number} */
export const easeInOut = (p) => (p < 0.5 ? 4 * p ** 3 : 1 - (2 - 2 * p) ** 3 / 2);

/** @type {(a: number, b: number, p: number) => number} */
export const mix = (a, b, p) => a + (b - a) * p;

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/** A box on its way from one to another.
 *  @type {(a: Box, b: Box, p: number) => Box} */
export const mixBox = (a, b, p) => ({
  x: mix(a.x, b.x, p),
  y: mix(a.y, b.y, p),
  width: mix(a.width, b.width, p),
  height: mix(a.height, b.height, p),
});

const ACCELERATION = 2.4;

/** The number of n cells that the kernel has computed: slowly at first, so that it can be followed, then faster.
 *  @type {(p: number, n: number) => number} */
export const swept = (p, n) => (p >= 1 ? n : Math.floor(n * Math.max(0, p) ** ACCELERATION));

/** The output cells that the window passes between two frames: of one row, as far as they are of one.
 *  @param {number} before  cells computed one frame ago
 *  @param {number} done  cells computed now
 *  @param {number} width  of the output
 *  @param {number} height */
export function passing(before, done, width, height) {
  const cell = Math.min(done, width * height - 1);
  const row = Math.floor(cell / width);
  const first = Math.max(Math.min(before, cell), row * width);
  return { row, from: first - row * width, to: cell - row * width };
}

const FALLING = 0.45; // of the time that all cells take, for one

/** A cell that drops out: how far it has fallen, in heights of its map, and what is left of it to see. The cells
 *  below go first, as if the ground was taken away.
 *  @param {number} p
 *  @param {number} height  where in its map it is, 0 at the bottom to 1
 *  @param {number} chance  0 to 1: each has its own */
export function falling(p, height, chance) {
  const own = within(
    p,
    (0.7 * height + 0.3 * chance) * (1 - FALLING),
    (0.7 * height + 0.3 * chance) * (1 - FALLING) + FALLING,
  );
  return { drop: 0.55 * own ** 2, alpha: 1 - own ** 3 };
}

/** A number in [0, 1) that looks like chance and is always the same for k.
 *  @type {(k: number) => number} */
export const scatter = (k) => (Math.imul(k + 1, 2654435761) >>> 0) / 2 ** 32;

/** Progress of the k-th of n items that start one after the other; each takes `share` of the time.
 *  @type {(p: number, k: number, n: number, share?: number) => number} */
export function inTurn(p, k, n, share = 0.4) {
  const start = n > 1 ? (k / (n - 1)) * (1 - share) : 0;
  return within(p, start, start + share);
}

/** The index of the largest value of each window of a map among the cells of the map.
 *  @param {Float32Array} values  of one map
 *  @param {number[]} shape  [H, W] of it
 *  @param {{size: number[], stride: number[], start: number[]}} window
 *  @param {number[]} output  [H, W] */
export function peaks(values, [height, width], { size, stride, start }, [rows, cols]) {
  const found = new Int32Array(rows * cols);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const [top, left] = [start[0] + i * stride[0], start[1] + j * stride[1]];
      let best = -1;
      for (let row = Math.max(0, top); row < Math.min(height, top + size[0]); row++)
        for (let col = Math.max(0, left); col < Math.min(width, left + size[1]); col++)
          if (best < 0 || values[row * width + col] > values[best]) best = row * width + col;
      found[i * cols + j] = best;
    }
  return found;
}

/** The numbers of maps in the row that flattening puts them into: cell after cell, of each the number in every map.
 *  @param {Float32Array} values  map after map
 *  @param {number} count  of maps */
export function lineUp(values, count) {
  const size = values.length / count;
  return values.map((_, k) => values[(k % count) * size + Math.floor(k / count)]);
}

/** The probabilities while the classes race: softmax of p times the logits. All are equal at the start.
 *  @param {ArrayLike<number>} logits
 *  @param {number} p */
export function racing(logits, p) {
  const largest = Math.max(...Array.from(logits));
  const powers = Array.from(logits, (z) => Math.exp(p * (z - largest)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

const GAP = 34; // px between the two panels
const EDGE = 6; // px round all of it

/** Boxes of the two panels, and of a wide one that takes all the room: side by side, or stacked where the room is high.
 *  @param {number} width
 *  @param {number} height
 *  @returns {{first: Box, second: Box, whole: Box, stacked: boolean}} */
export function panels(width, height) {
  const whole = { x: EDGE, y: EDGE, width: width - 2 * EDGE, height: height - 2 * EDGE };
  const stacked = height > width * 0.9;
  if (stacked) {
    const side = Math.floor(Math.min(whole.width, (whole.height - GAP / 2) * 0.5));
    const x = Math.floor((width - side) / 2);
    const second = {
      x: whole.x,
      y: whole.y + side + GAP / 2,
      width: whole.width,
      height: whole.height - side - GAP / 2,
    };
    return { first: { x, y: whole.y, width: side, height: side }, second, whole, stacked };
  }
  const side = Math.floor(Math.min(whole.height, (whole.width - GAP) / 2));
  const second = {
    x: 0,
    y: whole.y,
    width: Math.min(whole.width - side - GAP, Math.floor(side * 1.35)),
    height: whole.height,
  };
  const x = Math.floor((width - side - GAP - second.width) / 2);
  const y = Math.floor((height - side) / 2);
  second.x = x + side + GAP;
  second.y = y;
  second.height = side;
  return { first: { x, y, width: side, height: side }, second, whole, stacked };
}

/** Tiles in a box: as large as they can be, whole pixels, the rest of the room around them.
 *  @param {Box} box
 *  @param {number} count
 *  @param {number} shape  width by height of one */
export function tiling({ x, y, width, height }, count, shape = 1) {
  let best = { columns: 1, high: 0, gap: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const gap = Math.max(1, Math.min(4, Math.round(Math.min(width / columns, height / rows) / 24)));
    const high = Math.min((width / columns - gap) / shape, height / rows - gap);
    if (high > best.high) best = { columns, high, gap };
  }
  const { columns, gap } = best;
  const [wide, high] = [best.high * shape, best.high].map((side) =>
    side > 8 ? Math.floor(side) : Math.max(0.5, side),
  );
  const rows = Math.ceil(count / columns);
  const [left, top] = [x + (width - columns * (wide + gap) + gap) / 2, y + (height - rows * (high + gap) + gap) / 2];
  return { columns, rows, wide, high, gap, x: Math.round(left), y: Math.round(top) };
}

/** The box of tile k.
 *  @param {ReturnType<typeof tiling>} tiles
 *  @param {number} k
 *  @returns {Box} */
export const tileBox = ({ columns, wide, high, gap, x, y }, k) => ({
  x: x + (k % columns) * (wide + gap),
  y: y + Math.floor(k / columns) * (high + gap),
  width: wide,
  height: high,
});

/** The largest box of that shape in the middle of another.
 *  @param {Box} box
 *  @param {number} shape  width by height
 *  @returns {Box} */
export function inside({ x, y, width, height }, shape) {
  const [w, h] = width / height > shape ? [height * shape, height] : [width, width / shape];
  return { x: x + (width - w) / 2, y: y + (height - h) / 2, width: w, height: h };
}
