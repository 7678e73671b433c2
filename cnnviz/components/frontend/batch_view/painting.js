// The batch's maps of the channel, how its values are spread, and the numbers of one of them.

import { frameOf, sharpContext } from "../shared/canvas.js";
import { contextOf, signedColour } from "../shared/colours.js";
import { setText, shape } from "../shared/elements.js";
import { fill, grouped, number } from "../shared/numbers.js";
import { showPlaying } from "../shared/step_buttons.js";
import { clamp } from "../shared/values.js";
import { affine, stepOf } from "./batch_math.js";

const WIDEST = 520; // px of all maps
const TILE = 96; // px of a map, at most
const GAP = 4; // px between maps
const HEIGHT = 168; // px of the chart
const MARGIN = { left: 10, right: 10, top: 22, bottom: 40 };
const MARK = 7; // px, the side of a marked cell at least
const AWAIT = 0.35; // opacity of values that are not reached yet

/** Layout of the maps: `across` of them in a row, each `tile` px wide. */
export function layout(count, [rows, cols], width) {
  const across = Math.min(count, Math.ceil(Math.sqrt(1.25 * count)));
  const room = Math.min(width, WIDEST) - GAP * (across - 1);
  const tile = Math.max(8, Math.min(TILE, Math.floor(room / across)));
  const high = Math.round((tile * rows) / cols);
  const down = Math.ceil(count / across);
  return {
    across,
    tile,
    high,
    width: across * (tile + GAP) - GAP,
    height: down * (high + GAP) - GAP,
    corner: (k) => [(k % across) * (tile + GAP), Math.floor(k / across) * (high + GAP)],
  };
}

export function paint(view) {
  if (!view.values || !view.root.clientWidth) return;
  paintMaps(view);
  paintSpread(view);
  writeWords(view);
}

/** Paint each value after the stage, up to the current one; the rest before it. */
function paintMaps(view) {
  const { find, values, size, count, stage, statistics, signs, step, steps, accent } = view;
  const [rows, cols] = size;
  const canvas = find(".maps canvas");
  const plan = layout(count, size, find(".maps").clientWidth);
  view.plan = plan;
  const { scale, shift } = affine(stage, statistics);
  const limit = Math.max(...view.range.map(Math.abs), ...view.range.map((x) => Math.abs(scale * x + shift))) || 1;
  const strip = document.createElement("canvas");
  Object.assign(strip, { width: cols, height: rows * count });
  const pixels = new ImageData(cols, rows * count);
  for (let k = 0; k < steps; k++) {
    const reached = k <= step;
    const colour = signedColour((reached ? scale * values[k] + shift : values[k]) / limit, signs);
    pixels.data.set([...colour, reached ? 255 : Math.round(255 * AWAIT)], 4 * k);
  }
  contextOf(strip).putImageData(pixels, 0, 0);
  const context = sharpContext(canvas, plan.width, plan.height);
  context.clearRect(0, 0, plan.width, plan.height);
  context.imageSmoothingEnabled = false;
  for (let k = 0; k < count; k++) {
    const [x, y] = plan.corner(k);
    context.drawImage(strip, 0, k * rows, cols, rows, x, y, plan.tile, plan.high);
  }
  const { picture, row, col } = view.cell();
  const [left, top] = plan.corner(picture);
  const [width, height] = [plan.tile / cols, plan.high / rows];
  const [w, h] = [Math.max(width, MARK), Math.max(height, MARK)];
  const inside = (middle, side, end) => clamp(middle - side / 2, 1, end - side - 1); // its lines are seen at an edge
  frameOf(context, accent, {
    x: inside(left + (col + 0.5) * width, w, plan.width),
    y: inside(top + (row + 0.5) * height, h, plan.height),
    width: w,
    height: h,
  });
}

/** Paint the histogram of all values after the stage, on one axis for all stages. */
function paintSpread(view) {
  const { find, text, bins, range, own, axis, shown, values, step } = view;
  const svg = find(".spread svg");
  const width = svg.clientWidth - MARGIN.left - MARGIN.right;
  const floor = HEIGHT - MARGIN.bottom;
  svg.setAttribute("height", String(HEIGHT));
  const x = (value) => MARGIN.left + ((value - axis[0]) / (axis[1] - axis[0])) * width;
  const now = (value) => shown.scale * value + shown.shift;
  const most = Math.max(...bins);
  const edge = (k) => x(now(range[0] + ((range[1] - range[0]) * k) / bins.length));
  const bars = bins.map((many, k) => {
    const high = ((floor - MARGIN.top) * many) / most;
    const [from, to] = [edge(k), edge(k + 1)].toSorted((a, b) => a - b);
    return shape("rect", { class: "bin", x: from, y: floor - high, width: Math.max(1, to - from - 0.5), height: high });
  });
  const deviation = Math.abs(shown.scale) * Math.sqrt(own.variance);
  const centre = now(own.mean);
  const below = floor + 9;
  const line = (name, x1, y1, x2, y2) => shape("line", { class: name, x1, y1, x2, y2 });
  const label = (value, anchor, y = HEIGHT - 6) =>
    shape("text", { x: x(value), y, "text-anchor": anchor }, number(value, 2));
  const at = x(now(values[step]));
  svg.replaceChildren(
    line("axis", x(axis[0]), floor, x(axis[1]), floor),
    ...bars,
    line("zero", x(0), MARGIN.top - 6, x(0), floor + 4),
    line("own", at, MARGIN.top - 6, at, floor + 4),
    line("deviation", x(centre - deviation), below, x(centre + deviation), below),
    shape("circle", { class: "centre", cx: x(centre), cy: below, r: 4.5 }),
    label(axis[0], "start"),
    label(axis[1], "end"),
    ...(axis[0] < 0 && axis[1] > 0 ? [label(0, "middle", MARGIN.top - 9)] : []),
  );
  const words = fill(text.spread, { mean: number(centre, 3), variance: number(deviation ** 2, 3) });
  setText(find(".spread figcaption"), words);
  svg.setAttribute("aria-label", words);
}

/** A negative number in brackets. */
const put = (value) => (value < 0 ? `(${number(value, 3)})` : number(value, 3));

function writeWords(view) {
  const { root, find, text, way, stage, statistics, ways, values, step, steps, sums, playing } = view;
  const n = (value) => number(value, 3);
  const { picture, row, col } = view.cell();
  const { mean, variance, gamma, beta, epsilon } = statistics;
  const x = values[step];
  const { centred, square, deviation, normalised, y } = stepOf(x, statistics);
  const training = way === "training";
  const last = step === steps - 1;
  const numbers = {
    x: n(x), // the numbers of a stage's line
    mean: n(mean),
    put_mean: put(mean),
    variance: n(variance),
    gamma: n(gamma),
    put_beta: put(beta),
    epsilon: String(epsilon),
    centred: n(centred),
    put_centred: put(centred),
    square: n(square),
    deviation: n(deviation),
    normalised: n(normalised),
    put_normalised: put(normalised),
    y: n(y),
    k: grouped(step + 1),
    m: grouped(steps),
    sum: n(stage === "mean" ? sums.sums[step] : sums.squares[step]),
    picture: picture + 1,
    row,
    col,
  };
  const adds = stage === "mean" || stage === "variance";
  const rule = adds && !training ? `${stage}_kept` : stage;
  const line = adds && !training ? "value" : adds && last ? `${stage}_all` : stage;
  setText(find(".rule"), fill(text[`rule_${rule}`], numbers));
  setText(find(".line"), fill(text[`line_${line}`], numbers));
  const [trained, used] = [ways.training, ways.inference].map((each) => n(stepOf(x, each).y));
  setText(find(".both"), fill(text.both, { x: numbers.x, training: trained, inference: used }));
  const count = fill(text.count, numbers);
  setText(find(".count"), count);
  const canvas = find(".maps canvas");
  canvas.setAttribute("aria-label", `${text.maps} ${count}`);
  const words = `${count}: ${find(".rule").textContent} ${find(".line").textContent}`;
  for (const [group, chosen] of [
    [".ways", way],
    [".stages", stage],
  ])
    for (const button of find(group).children) button.setAttribute("aria-pressed", String(button.value === chosen));
  showPlaying(view);
  Object.assign(view.scrub, { max: String(steps - 1), value: String(step) });
  view.scrub.setAttribute("aria-valuetext", words);
  if (!playing) setText(find(".said"), words);
  Object.assign(root.dataset, { painted: view.digest, step, way, stage, playing: Boolean(playing) });
  Object.assign(root.dataset, { x: String(x), normalised: String(normalised), y: String(y) });
  Object.assign(root.dataset, { sum: String(sums.sums[step]), squares: String(sums.squares[step]) });
}
