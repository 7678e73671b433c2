// The surface with its lines of equal loss, the walks on it, and the numbers of a step.

import { sharpContext } from "../shared/canvas.js";
import { contextOf, themeColour, tokenColour } from "../shared/colours.js";
import { zeroLine } from "../shared/contour.js";
import { make, setText, shape, switchOff } from "../shared/elements.js";
import { fill, number } from "../shared/numbers.js";
import { typeSize } from "../shared/type.js";
import { after, inside, MOMENTUM, RHO, RULES } from "./descent_math.js";

const LARGEST = 520; // px of the surface
const WIDE = 860; // px from which the numbers stand beside it
const LEVELS = [0.3, 0.5, 1, 2, 4, 8, 16, 32, 64];
const HEIGHT = 150; // px of the losses
const MARGIN = { left: 34, right: 12, top: 8, bottom: 22 };
const NUMBERS = 4; // decimals of weights and gradients

/** The weights [a, b] at a point of the picture of the surface. */
export const weightsAt = ({ size, scene }, [x, y]) => [
  (x / size) * 2 * scene.reach - scene.reach,
  scene.reach - (y / size) * 2 * scene.reach,
];

export function paint(view) {
  const { root, text, scene, steps } = view;
  root.classList.toggle("narrow", root.clientWidth < WIDE);
  writeBar(view);
  paintGround(view);
  setText(root.querySelector(".ground figcaption"), text.ground);
  view.canvas.setAttribute("aria-label", fill(text.ground_label, { a: view.start[0], b: view.start[1] }));
  const losses = RULES.map((rule, k) => writeRule(view, rule, k));
  writeSums(view);
  paintLosses(view);
  if (!view.playing)
    setText(root.querySelector(".spoken"), RULES.map((rule, k) => `${text[`rule_${rule}`]}: ${losses[k]}`).join(". "));
  Object.assign(root.dataset, { painted: "", steps, rate: view.rate, rule: view.rule, start: view.start.join(",") });
  root.dataset.losses = view.walks.map((walk) => walk.at(-1).loss.toFixed(4)).join(",");
  root.dataset.network = scene.network;
}

function writeBar(view) {
  const { find, text, steps, last, playing, rate } = view;
  const group = find(".rates");
  group.setAttribute("aria-label", text.rates);
  if (!group.children.length)
    for (const name of ["small", "right", "large"])
      group.append(Object.assign(make("button"), { type: "button", value: name }));
  for (const button of group.children) {
    setText(button, text[`rate_${button.value}`]);
    button.setAttribute("aria-pressed", String(button.value === rate));
  }
  setText(find(".go"), playing ? text.stop : text.start);
  setText(find(".once"), text.once);
  switchOff(find(".once"), steps >= last);
  setText(find(".reset"), text.reset);
  switchOff(find(".reset"), steps === 0);
  setText(find("output"), fill(text.steps, { n: steps, end: last }));
  find(".rules").setAttribute("aria-label", text.rules);
}

function paintGround(view) {
  const { root, canvas, scene, walks, steps } = view;
  const size = Math.floor(Math.min(LARGEST, root.querySelector(".ground").clientWidth));
  view.size = size;
  const context = sharpContext(canvas, size, size);
  const [ink, paper, series, mark] = ["text", "background", "series", "accent"].map((name) => tokenColour(root, name));
  const side = scene.losses.length;
  const flipped = scene.losses.toReversed().flat().map(Math.log); // the second direction goes up
  view.field ??= document.createElement("canvas");
  Object.assign(view.field, { width: side, height: side });
  const pixels = new ImageData(side, side);
  const [low, high] = [Math.min(...flipped), Math.max(...flipped)];
  const [from, to] = [themeColour(root, "--st-background-color"), themeColour(root, "--quiet")];
  flipped.forEach((height, k) => {
    const share = 0.62 * ((height - low) / (high - low));
    pixels.data.set([...from.map((v, c) => v + share * (to[c] - v)), 255], 4 * k);
  });
  contextOf(view.field).putImageData(pixels, 0, 0);
  // the middles of the cells are the grid's points, and the outer ones lie on the picture's edge
  const scale = size / (side - 1);
  context.imageSmoothingEnabled = true;
  context.drawImage(view.field, -scale / 2, -scale / 2, size + scale, size + scale);
  context.font = `${typeSize(root, "note")}px ${getComputedStyle(root).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (const level of LEVELS) {
    const segments = zeroLine(
      flipped.map((height) => height - Math.log(level)),
      side,
    ).map((segment) => segment.map((v) => (v - 0.5) * scale));
    if (!segments.length) continue;
    context.beginPath();
    for (const [x1, y1, x2, y2] of segments) {
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
    }
    context.strokeStyle = ink;
    context.globalAlpha = 0.45;
    context.lineWidth = 1;
    context.stroke();
    context.globalAlpha = 1;
    const point = labelPosition(segments, size);
    if (!point) continue;
    const [x, y] = point;
    context.lineWidth = 4;
    context.strokeStyle = paper;
    context.fillStyle = ink;
    context.strokeText(String(level), x, y);
    context.fillText(String(level), x, y);
  }
  const pixel = ([a, b]) => [
    ((a + scene.reach) / (2 * scene.reach)) * size,
    ((scene.reach - b) / (2 * scene.reach)) * size,
  ];
  const styles = { sgd: series, momentum: ink, rmsprop: mark };
  RULES.forEach((rule, k) => {
    const taken = walks[k].slice(0, steps);
    const way = [view.start, ...taken.map(after)].map(pixel);
    context.strokeStyle = paper;
    context.lineWidth = 5;
    strokeWay(context, way, []);
    context.strokeStyle = styles[rule];
    context.lineWidth = rule === view.rule ? 3 : 2;
    strokeWay(context, way, rule === "momentum" ? [7, 3] : []);
    context.fillStyle = styles[rule];
    for (const point of way.slice(1, -1)) drawMark(context, rule, point, 2.5, paper);
    drawMark(context, rule, way.at(-1), 7, paper);
  });
  const [x, y] = pixel(view.start);
  context.beginPath();
  context.arc(x, y, 11, 0, 2 * Math.PI);
  context.strokeStyle = ink;
  context.lineWidth = 2;
  context.stroke();
  const [cx, cy] = pixel([0, 0]);
  context.beginPath();
  context.moveTo(cx - 6, cy);
  context.lineTo(cx + 6, cy);
  context.moveTo(cx, cy - 6);
  context.lineTo(cx, cy + 6);
  context.stroke();
}

/** The position of a line's label inside the picture; null if the line is outside. */
function labelPosition(segments, size) {
  const inner = segments.filter(([x, y]) => x > 14 && x < size - 14 && y > 10 && y < size - 10);
  const cost = ([x, y]) => Math.abs(size - x - y) + (x < size / 2 ? size : 0); // on the diagonal, to the upper right
  return inner.length ? inner.reduce((best, one) => (cost(one) < cost(best) ? one : best)) : null;
}

function strokeWay(context, way, dash) {
  context.setLineDash(dash);
  context.beginPath();
  way.forEach(([x, y]) => context.lineTo(x, y));
  context.stroke();
  context.setLineDash([]);
}

function drawMark(context, rule, point, r, paper) {
  const [x, y] = point;
  context.beginPath();
  if (rule === "momentum") context.rect(x - r, y - r, 2 * r, 2 * r);
  else if (rule === "rmsprop") {
    context.moveTo(x, y - 1.2 * r);
    context.lineTo(x + 1.2 * r, y + r);
    context.lineTo(x - 1.2 * r, y + r);
    context.closePath();
  } else context.arc(x, y, r, 0, 2 * Math.PI);
  context.fill();
  if (r < 4) return;
  context.strokeStyle = paper;
  context.lineWidth = 1.5;
  context.stroke();
}

/** A rule's button with its text: the loss after the steps, or that the walk has left the surface. */
function writeRule(view, rule, k) {
  const { root, text, scene, walks, steps } = view;
  const button = root.querySelector(`.rules .${rule}`);
  const walk = walks[k];
  const gone = steps >= walk.length && !inside(scene, after(walk.at(-1)));
  const { loss } = walk[Math.min(steps, walk.length - 1)];
  const words = gone ? fill(text.gone, { n: walk.length }) : fill(text.loss_now, { loss: number(loss, 3) });
  setText(button.children[1], text[`rule_${rule}`]);
  setText(button.children[2], words);
  button.setAttribute("aria-pressed", String(rule === view.rule));
  return words;
}

/** The update of the chosen rule with the numbers of its last step; before the first one, of that. */
function writeSums(view) {
  const { root, text, scene, rule, rate, walks, steps } = view;
  const walk = walks[RULES.indexOf(rule)];
  const index = Math.max(0, Math.min(steps, walk.length) - 1);
  const step = walk[index];
  const before = index ? walk[index - 1].memory : [0, 0];
  const eta = scene.rates[rule][rate];
  const n = (value) => number(value, NUMBERS);
  const put = (value) => (value < 0 ? `(${n(value)})` : n(value));
  const next = after(step);
  const each = (write) => [0, 1].map(write);
  const lines = [[text.gradient, each((k) => `g${"₁₂"[k]} = ${n(step.slope[k])}`)]];
  if (rule === "sgd")
    lines.push(["w ← w − η·g", each((k) => `${n(step.w[k])} − ${eta} × ${put(step.slope[k])} = ${n(next[k])}`)]);
  if (rule === "momentum")
    lines.push(
      [
        `m ← ${MOMENTUM}·m − η·g`,
        each((k) => `${MOMENTUM} × ${put(before[k])} − ${eta} × ${put(step.slope[k])} = ${n(step.memory[k])}`),
      ],
      ["w ← w + m", each((k) => `${n(step.w[k])} + ${put(step.change[k])} = ${n(next[k])}`)],
    );
  if (rule === "rmsprop")
    lines.push(
      [
        `v ← ${RHO}·v + 0.1·g²`,
        each((k) => `${RHO} × ${n(before[k])} + 0.1 × ${put(step.slope[k])}² = ${n(step.memory[k])}`),
      ],
      [
        "w ← w − η·g ÷ √v",
        each(
          (k) => `${n(step.w[k])} − ${eta} × ${put(step.slope[k])} ÷ ${n(Math.sqrt(step.memory[k]))} = ${n(next[k])}`,
        ),
      ],
    );
  const title = fill(text.update, { rule: text[`rule_${rule}`], n: index + 1, rate: eta });
  root.querySelector(".sums").replaceChildren(
    make("b", "", title),
    ...lines.flatMap(([name, [first, second]]) => {
      const both = make("span");
      both.append(make("div", "", first), make("div", "", second));
      return [make("span", "", name), both];
    }),
  );
}

function paintLosses({ root, text, walks, steps, last }) {
  const svg = root.querySelector(".losses svg");
  setText(root.querySelector(".losses figcaption"), text.losses);
  const width = svg.clientWidth - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  svg.setAttribute("height", String(HEIGHT));
  const [low, high] = [Math.log(LEVELS[0] / 1.5), Math.log(LEVELS.at(-1))];
  const x = (step) => MARGIN.left + (step / last) * width;
  const y = (loss) => MARGIN.top + height * (1 - Math.max(0, Math.min(1, (Math.log(loss) - low) / (high - low))));
  const parts = [];
  for (const loss of [0.5, 2, 8, 32]) {
    parts.push(shape("line", { class: "axis", x1: x(0), x2: x(last), y1: y(loss), y2: y(loss) }));
    parts.push(shape("text", { x: x(0) - 6, y: y(loss) + 4, "text-anchor": "end" }, String(loss)));
  }
  for (const step of [0, last / 2, last])
    parts.push(shape("text", { x: x(step), y: HEIGHT - 4, "text-anchor": "middle" }, String(step)));
  RULES.forEach((rule, k) => {
    const line = walks[k].slice(0, steps + 1).map(({ loss }, step) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
    parts.push(shape("polyline", { class: rule, points: line.join(" ") }));
  });
  svg.replaceChildren(...parts);
  svg.setAttribute("aria-label", text.losses);
}
