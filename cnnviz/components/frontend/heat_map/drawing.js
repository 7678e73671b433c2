// The picture, the map over it, the bars, and the terms of a cell.

import { fitted, paintPicture, sharpContext } from "../shared/canvas.js";
import { writeClassBars } from "../shared/class_bars.js";
import { BLACK, css, isDark, signedColour, signedScale, themeOf, WHITE } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { heatColour, heatScale } from "../shared/heat.js";
import { chance, fill, number, percent } from "../shared/numbers.js";
import { argmax, clamp } from "../shared/values.js";
import { soon } from "../shared/view.js";
import { cellBox, coverBox, takeApart } from "./parts.js";

const NARROW = 760; // px below which the bars stand under the pictures
const SIDE = { min: 132, least: 240, share: 0.33, stage: 220 }; // px of a picture; share of the screen's height at most
const BARS = 300; // px that the bars have at least, beside the pictures
const GAP = { wide: 20, narrow: 12, columns: 32 };
const SHOWN = 6; // terms that are shown one by one
const THUMBNAIL = { wide: 96, narrow: 80 };
const FRAMES = [
  { colour: BLACK, out: 2, width: 2 },
  { colour: WHITE, out: 0.5, width: 1.5 },
];
const SPEAK = 400; // ms after the last move until it is read out
const CHANNELS = ["red", "green", "blue"];

export function draw(view) {
  soon(view, () => view.scene && view.root.clientWidth && drawNow(view)); // hidden: drawn when there is room
}

export function drawNow(view) {
  arrange(view);
  const { scene, pointed, selection, root } = view;
  const cell = pointed ?? [selection.row, selection.col];
  const made = scene.arrays.values ? takeApart(scene.method, scene.arrays, cell) : null;
  drawBare(view, cell);
  drawOver(view, cell);
  drawScale(view);
  writeBars(view, made);
  writeParts(view, cell, made);
  Object.assign(root.dataset, {
    method: scene.method,
    row: String(selection.row),
    col: String(selection.col),
    target: String(selection.target),
    value: made ? made.value.toPrecision(6) : "",
  });
  root.dataset.painted = scene.digest;
}

function arrange(view) {
  const { root, scene } = view;
  const width = root.clientWidth;
  const staged = Boolean(document.documentElement.dataset.zoom); // the lecture's stage enlarges what has a fixed size
  view.narrow = width < NARROW && !staged;
  root.classList.toggle("narrow", view.narrow);
  const theme = themeOf(root);
  if (theme !== view.theme) {
    Object.assign(view, { theme, signs: signedScale(root), heat: heatScale(root) }); // a colour takes a canvas
    root.classList.toggle("dark", isDark(root));
  }
  const room = view.narrow ? width - GAP.narrow : width - BARS - GAP.columns - GAP.wide;
  const most = Math.max(SIDE.least, SIDE.share * window.innerHeight);
  const side = staged ? SIDE.stage : clamp(Math.floor(room / 2), SIDE.min, Math.floor(most));
  view.size = fitted(scene.arrays.picture.shape, side);
  for (const canvas of [view.bare, view.over]) canvas.parentElement.style.width = `${view.size[1]}px`;
  const { values } = scene.arrays;
  view.limit = values ? values.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 0;
}

/** Decimals with which a number of this size has three figures; two at least. */
const digitsFor = (size) => (size > 0 ? clamp(2 - Math.floor(Math.log10(size)), 2, 6) : 2);

/** The colour of a value of the map. */
function colourOf({ scene, signs, heat, limit }, value) {
  if (scene.signed) return signedColour(limit ? value / limit : 0, signs);
  const most = scene.method === "occlusion" ? 1 : limit; // shares that are lost are compared with all of it
  return heatColour(most ? value / most : 0, heat);
}

/** The picture as it is; with occlusion, covered as for the cell. */
function drawBare(view, cell) {
  const { bare, scene, size, text } = view;
  const context = sharpContext(bare, size[1], size[0]);
  const { picture, values } = scene.arrays;
  paintPicture(context, picture, Math.max(...size));
  const [height, width] = picture.shape;
  const caption = view.root.querySelector(".bare figcaption");
  setText(caption, scene.method === "occlusion" && values ? text.covered : text.picture);
  bare.setAttribute("aria-label", caption.textContent);
  if (!values) return;
  if (scene.method === "occlusion") {
    const [top, left, bottom, right] = coverBox(values.shape, [height, width], scene.facts.side, cell);
    const grey = scene.grey;
    context.fillStyle = css([grey, grey, grey]);
    const [x, y] = [size[1] / width, size[0] / height];
    context.fillRect(left * x, top * y, (right - left) * x, (bottom - top) * y);
  }
  frame(context, scaled(cellBox(values.shape, size, cell)));
}

/** The class of the map that is shown: that of one just picked comes later. */
const nameOf = ({ class_names: names, selection }) => names[selection.target];

function drawOver(view, cell) {
  const { over, scene, size, selection, text, root } = view;
  const context = sharpContext(over, size[1], size[0]);
  const { picture, values } = scene.arrays;
  paintPicture(context, picture, Math.max(...size));
  const name = nameOf(scene);
  setText(root.querySelector(".over figcaption"), fill(text[`over_${scene.method}`], { name }));
  const waiting = root.querySelector(".waiting");
  waiting.hidden = Boolean(values);
  setText(waiting, text.waiting);
  if (!values) return;
  const [rows, cols] = values.shape;
  context.globalAlpha = selection.opacity / 100;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const [top, left, bottom, right] = cellBox(values.shape, size, [i, j]).map(Math.round);
      context.fillStyle = css(colourOf(view, values.data[i * cols + j]));
      context.fillRect(left, top, right - left, bottom - top);
    }
  context.globalAlpha = 1;
  frame(context, scaled(cellBox(values.shape, size, cell)));
}

const scaled = (/** @type {number[]} */ box) => box.map(Math.round);

/** A frame that is seen on any colour.
 *  @param {CanvasRenderingContext2D} context
 *  @param {number[]} box  top, left, bottom, right */
function frame(context, [top, left, bottom, right]) {
  for (const { colour, out, width } of FRAMES) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(left - out, top - out, right - left + 2 * out, bottom - top + 2 * out);
  }
}

function drawScale(view) {
  const { ramp, find, scene, text, limit, signs, heat } = view;
  const [width, height] = [120, 12];
  const context = sharpContext(ramp, width, height);
  for (let k = 0; k < width; k++) {
    const t = (k + 0.5) / width;
    context.fillStyle = css(scene.signed ? signedColour(2 * t - 1, signs) : heatColour(t, heat));
    context.fillRect(k, 0, 1, height);
  }
  const occlusion = scene.method === "occlusion";
  const digits = digitsFor(limit);
  setText(find(".low"), occlusion ? text.lost_none : number(scene.signed ? -limit : 0, digits));
  setText(find(".high"), occlusion ? text.lost_all : number(limit, digits));
  find(".scale").style.visibility = scene.arrays.values ? "visible" : "hidden";
}

/** The probabilities of all classes; with occlusion those of the covered picture, a tick where they were. */
function writeBars(view, made) {
  const { scene, selection, rows } = view;
  const before = scene.probabilities;
  const now = scene.method === "occlusion" && made ? covered(made, before.length) : before;
  writeClassBars(rows, { names: scene.class_names, now, before, picked: selection.target });
}

function covered({ terms }, count) {
  const now = new Float32Array(count);
  for (const { index, value } of terms) now[index] = value;
  return now;
}

function writeParts(view, [row, col], made) {
  const { find, scene, text } = view;
  find(".parts").style.visibility = made ? "visible" : "hidden";
  if (!made) return;
  const value = scene.method === "occlusion" ? percent(made.value) : number(made.value, digitsFor(view.limit));
  const values = { row, col, value, name: nameOf(scene) };
  setText(find(".where"), fill(text.where, values));
  setText(find(".equation"), equation(view, made, values));
  setText(find(".facts"), facts(view));
  writeTerms(view, made, [row, col]);
  clearTimeout(view.speaking);
  const words = `${find(".where").textContent} ${find(".equation").textContent}`;
  view.speaking = setTimeout(() => setText(find(".said"), words), SPEAK);
  view.over.setAttribute("aria-label", `${find(".over figcaption").textContent}. ${words}`);
}

/** The last steps to the value, in a line. */
function equation({ scene, text, limit }, { terms, total, value }, values) {
  const n = (x) => number(x, digitsFor(limit));
  if (scene.method === "grad_cam")
    return fill(text.equation_grad_cam, { ...values, total: n(total), value: n(value), count: terms.length });
  if (scene.method === "saliency") {
    const channel = text[`channel_${CHANNELS[terms[0].index]}`] ?? "";
    return fill(text.equation_saliency, { ...values, channel, total: n(total), value: n(value) });
  }
  if (scene.method !== "occlusion") return fill(text[`equation_${scene.method}`], { ...values, count: terms.length });
  const { target } = scene.selection;
  const before = scene.probabilities[target];
  const now = terms.find(({ index }) => index === target).value;
  const answer = scene.class_names[terms[0].index];
  const key = terms[0].index === argmax(scene.probabilities) ? "kept" : "changed";
  const shares = { ...values, before: chance(before), now: chance(now), lost: percent(value), answer };
  return `${fill(now > before ? text.grown : text.lost, shares)} ${fill(text[`answer_${key}`], shares)}`;
}

function facts({ scene, text }) {
  const { facts: known } = scene;
  const values = Object.fromEntries(Object.entries(known).map(([name, value]) => [name, number(value, 2)]));
  if (scene.method === "integrated_gradients") {
    const apart = number(known.logit - known.logit_of_black, 2);
    return fill(text.facts_integrated_gradients, { ...values, apart });
  }
  if (scene.method === "grad_cam") {
    const [count, rows, cols] = scene.arrays.maps.shape;
    return fill(text.facts_grad_cam, { count, rows, cols, layer: scene.layer });
  }
  return fill(text[`facts_${scene.method}`], values);
}

/** A card for each of the largest terms, one for all others, and their sum. */
function writeTerms(view, { terms, total, value }, cell) {
  const { root, scene, text, limit } = view;
  const digits = digitsFor(limit);
  const list = root.querySelector(".terms");
  const shown = scene.method === "occlusion" ? [] : terms.slice(0, SHOWN);
  const most = Math.abs(shown[0]?.product ?? 0);
  const cards = shown.map((term) => card(view, term, most, cell));
  const rest = terms.slice(shown.length);
  if (shown.length && rest.length) {
    const amount = rest.reduce((sum, { product }) => sum + product, 0);
    const others = make("li", "rest");
    others.append(make("span", "title", fill(text.others, { count: rest.length })));
    others.append(make("span", "product", signed(amount, digits)));
    cards.push(others);
  }
  if (shown.length && scene.method !== "saliency") {
    const sum = make("li", "sum");
    sum.append(make("span", "title", text.sum), make("span", "product", `= ${number(total, digits)}`));
    cards.push(sum);
  }
  list.replaceChildren(...cards);
  list.dataset.total = String(value);
}

const signed = (value, digits) => `${value < 0 ? "" : "+"}${number(value, digits)}`;

function card(view, term, most, cell) {
  const { scene, text, narrow, limit } = view;
  const digits = digitsFor(limit);
  const made = make("li", term.product < 0 ? "negative" : "");
  if (scene.method === "grad_cam") {
    const canvas = make("canvas");
    canvas.setAttribute("aria-hidden", "true");
    drawMap(view, canvas, term.index, cell, narrow ? THUMBNAIL.narrow : THUMBNAIL.wide);
    made.append(canvas);
  }
  const title =
    scene.method === "grad_cam"
      ? fill(text.map, { index: term.index })
      : scene.method === "smooth_grad"
        ? fill(text.copy, { index: term.index + 1 })
        : text[`channel_${CHANNELS[term.index]}`];
  made.append(make("span", "title", title));
  if (scene.method !== "saliency") {
    const weight = scene.method === "smooth_grad" ? `1/${scene.arrays.copies.shape[0]}` : bracketed(term.weight);
    made.append(make("span", "factors", `${weight} × ${number(term.value, digitsFor(Math.abs(term.value)))}`));
  }
  const product = scene.method === "saliency" ? number(term.product, digits) : signed(term.product, digits);
  made.append(make("span", "product", product));
  const amount = make("span", "amount");
  amount.style.width = `${most ? (100 * Math.abs(term.product)) / most : 0}%`;
  made.append(amount);
  return made;
}

function bracketed(value) {
  const written = number(value, digitsFor(Math.abs(value)));
  return value < 0 ? `(${written})` : written;
}

/** One map of the layer, with the cell marked. */
function drawMap({ scene, signs }, canvas, index, [row, col], side) {
  const { data, shape } = scene.arrays.maps;
  const [, rows, cols] = shape;
  const own = data.subarray(index * rows * cols, (index + 1) * rows * cols);
  const limit = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const size = fitted([rows, cols], side);
  const context = sharpContext(canvas, size[1], size[0]);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const [top, left, bottom, right] = cellBox([rows, cols], size, [i, j]).map(Math.round);
      context.fillStyle = css(signedColour(own[i * cols + j] / limit, signs));
      context.fillRect(left, top, right - left, bottom - top);
    }
  frame(context, scaled(cellBox([rows, cols], size, [row, col])));
}
