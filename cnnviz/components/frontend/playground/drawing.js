// Both networks' borders, units and losses.

import { sharpContext } from "../shared/canvas.js";
import { contextOf, css, signedColour, signedScale, themeOf, tokenColour } from "../shared/colours.js";
import { zeroLine } from "../shared/contour.js";
import { make, setText, shape, switchOff } from "../shared/elements.js";
import { fill, number, percent, term } from "../shared/numbers.js";
import { KINDS } from "./points.js";
import { collapsed, forward, gradients, gridOf, pieces, SIZES } from "./small_network.js";

const SIDE = 56; // cells of the grid on which the networks are computed
const GRID = gridOf(SIDE);
const LARGEST = 460; // px of a border's picture
const NARROW = 620; // px of the component below which units take four rows
const SHADES = 255;
const HEIGHT = 140; // px of the losses
const MARGIN = { left: 34, right: 96, top: 8, bottom: 22 };

export function paint(view, end) {
  const { root, text, cards } = view;
  root.classList.toggle("narrow", root.clientWidth < NARROW);
  takeColours(view);
  writeBar(view, end);
  cards.forEach((card, k) => paintCard(view, card, k));
  paintLosses(view, end);
  const { steps } = view.networks[0];
  const parts = cards.map(({ accuracy, linear }) => `${linear ? text.straight : text.bent}: ${accuracy}`).join(". ");
  if (!view.playing) setText(root.querySelector(".spoken"), `${fill(text.steps, { n: steps, end })}. ${parts}`);
  Object.assign(root.dataset, { painted: "", steps, kind: view.kind, seed: view.seed, playing: view.playing });
}

/** A shade for each share of -1 to 1: a look at a colour costs too much for each cell. */
function takeColours(view) {
  const theme = themeOf(view.root);
  if (theme === view.theme) return;
  const signs = signedScale(view.root);
  view.theme = theme;
  view.shades = Array.from({ length: 2 * SHADES + 1 }, (_, k) => signedColour(k / SHADES - 1, signs));
  view.colours = {
    ink: tokenColour(view.root, "text"),
    paper: tokenColour(view.root, "background"),
    mark: tokenColour(view.root, "accent"),
    classes: [css(signs.negative), css(signs.positive)],
  };
}

function writeBar(view, end) {
  const { find, text, kind, networks, playing } = view;
  const kinds = find(".kinds");
  kinds.setAttribute("aria-label", text.kinds);
  if (!kinds.children.length)
    kinds.append(...KINDS.map((name) => Object.assign(make("button"), { type: "button", value: name })));
  for (const button of kinds.children) {
    button.dataset.kind = button.value;
    setText(button, text[`kind_${button.value}`]);
    button.setAttribute("aria-pressed", String(button.value === kind));
  }
  const { steps } = networks[0];
  setText(find(".go"), playing ? text.stop : steps >= end ? text.again : text.start);
  setText(find(".once"), text.once);
  switchOff(find(".once"), steps >= end);
  setText(find(".reset"), text.reset);
  switchOff(find(".reset"), steps === 0);
  setText(find(".other"), text.other);
  setText(find("output"), fill(text.steps, { n: steps, end }));
}

function paintCard(view, card, k) {
  const { text, chosen, points } = view;
  const network = view.networks[k];
  const pass = forward(network, GRID);
  const logits = pass.sums.at(-1);
  const beyond = Float64Array.from({ length: SIDE * SIDE }, (_, n) => logits[2 * n + 1] - logits[2 * n]);
  const { loss, accuracy } = gradients(network, points);
  card.accuracy = percent(accuracy);
  setText(card.title, network.linear ? text.straight : text.bent);
  card.facts.replaceChildren(
    ...fill(text.facts, { accuracy: `**${card.accuracy}**`, loss: number(loss, 3) })
      .split("**")
      .map((part, n) => (n % 2 ? make("b", "", part) : part)),
  );
  writeWhat(view, card, network, pass);
  paintBorder(view, card, beyond, pass);
  card.border.setAttribute(
    "aria-label",
    `${card.title.textContent}: ${fill(text.picture, { accuracy: card.accuracy })}`,
  );
  card.units.setAttribute("aria-label", text.units);
  Object.assign(card.root.dataset, { accuracy, loss });
  for (const button of card.units.children) {
    const [layer, unit] = [Number(button.dataset.layer), Number(button.dataset.unit)];
    const values = fieldOf(pass.outputs[layer], unit, SIZES[layer + 1]);
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-9);
    paintField(view, button.firstChild, values, (v) => v / largest, 2);
    button.ariaLabel = fill(text.unit, { layer: layer + 1, unit: unit + 1 });
    button.title = button.ariaLabel;
    button.setAttribute("aria-pressed", String(chosen?.layer === layer && chosen.unit === unit));
  }
}

/** Write the network as a function: one weighted sum, or many pieces. */
function writeWhat({ text }, card, network, pass) {
  if (!network.linear) return setText(card.what, fill(text.what_bent, { count: pieces(pass) }));
  const [a, b, c] = collapsed(network);
  const sum = `z = ${number(a)}·x₁ ${term(b)}·x₂ ${term(c)}`;
  return setText(card.what, fill(text.what_straight, { sum }));
}

const fieldOf = (values, unit, units) =>
  Float64Array.from({ length: values.length / units }, (_, n) => values[n * units + unit]);

function paintField({ shades }, canvas, values, share, every = 1) {
  const side = SIDE / every;
  Object.assign(canvas, { width: side, height: side });
  const pixels = new ImageData(side, side);
  for (let row = 0; row < side; row++)
    for (let col = 0; col < side; col++) {
      const t = Math.max(-1, Math.min(1, share(values[row * every * SIDE + col * every])));
      const [r, g, b] = shades[Math.round((t + 1) * SHADES)];
      pixels.data.set([r, g, b, 255], 4 * (row * side + col));
    }
  contextOf(canvas).putImageData(pixels, 0, 0);
}

function paintBorder(view, card, beyond, pass) {
  const { colours, points, chosen } = view;
  const size = Math.floor(Math.min(LARGEST, card.root.clientWidth));
  card.field ??= document.createElement("canvas");
  paintField(view, card.field, beyond, (z) => Math.tanh(z / 2)); // 2p - 1
  const context = sharpContext(card.border, size, size);
  context.imageSmoothingEnabled = true;
  context.drawImage(card.field, 0, 0, size, size);
  const cell = size / SIDE;
  const line = (values, style, width, dash = []) => {
    context.beginPath();
    for (const [x1, y1, x2, y2] of zeroLine(values, SIDE)) {
      context.moveTo(x1 * cell, y1 * cell);
      context.lineTo(x2 * cell, y2 * cell);
    }
    context.setLineDash(dash);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
    context.setLineDash([]);
  };
  if (!card.linear)
    for (let unit = 0; unit < SIZES[1]; unit++) {
      context.globalAlpha = 0.55;
      line(fieldOf(pass.sums[0], unit, SIZES[1]), colours.ink, 1);
      context.globalAlpha = 1;
    }
  drawPoints(context, points, size, colours);
  line(beyond, colours.paper, 6);
  line(beyond, colours.ink, 3);
  if (chosen) {
    const values = fieldOf(pass.sums[chosen.layer], chosen.unit, SIZES[chosen.layer + 1]);
    line(values, colours.paper, 6);
    line(values, colours.mark, 3.5);
  }
}

/** Discs are class 0, squares class 1: colour is not all that tells them apart. */
function drawPoints(context, { x, y, count }, size, { classes, paper }) {
  const r = Math.max(2.5, size / 110);
  for (let n = 0; n < count; n++) {
    const [px, py] = [((x[2 * n] + 1) / 2) * size, ((1 - x[2 * n + 1]) / 2) * size];
    context.beginPath();
    if (y[n]) context.rect(px - r, py - r, 2 * r, 2 * r);
    else context.arc(px, py, r * 1.1, 0, 2 * Math.PI);
    context.fillStyle = classes[y[n]];
    context.strokeStyle = paper;
    context.lineWidth = 1.25;
    context.fill();
    context.stroke();
  }
}

function paintLosses({ root, text, histories }, end) {
  const svg = root.querySelector(".losses svg");
  setText(root.querySelector(".losses figcaption"), text.losses);
  const width = svg.clientWidth - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  svg.setAttribute("height", String(HEIGHT));
  const most = Math.max(1, ...histories.flat().map(({ loss }) => loss));
  const x = (step) => MARGIN.left + (step / end) * width;
  const y = (loss) => MARGIN.top + height * (1 - loss / most);
  const parts = [];
  for (const loss of [0, 0.5, 1].map((share) => Number((share * most).toFixed(1)))) {
    parts.push(shape("line", { class: "axis", x1: x(0), x2: x(end), y1: y(loss), y2: y(loss) }));
    parts.push(shape("text", { x: x(0) - 6, y: y(loss) + 4, "text-anchor": "end" }, String(loss)));
  }
  for (const step of [0, end / 2, end])
    parts.push(shape("text", { x: x(step), y: HEIGHT - 4, "text-anchor": "middle" }, String(step)));
  const names = [text.bent, text.straight];
  let before = Infinity;
  [1, 0].forEach((k) => {
    const history = histories[k];
    const kind = k ? "straight" : "bent";
    if (!history.length) return;
    const line = history.map(({ loss }, step) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`);
    parts.push(shape("polyline", { class: kind, points: line.join(" ") }));
    const at = y(history.at(-1).loss);
    const clear = before === Infinity || Math.abs(at - before) > 17 ? at : before + 17;
    before = clear;
    parts.push(shape("text", { class: `${kind}-name`, x: x(history.length) + 6, y: clear + 4 }, names[k]));
  });
  svg.replaceChildren(...parts);
  const words = histories.map((history, k) => `${names[k]} ${history.length ? number(history.at(-1).loss, 3) : "–"}`);
  svg.setAttribute("aria-label", `${text.losses}: ${words.join(", ")}`);
}
