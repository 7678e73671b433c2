// The filter that is looked at: its numbers, its effect, its growth.

import { density, paintMinus, paintThumbnail, sharpContext } from "../shared/canvas.js";
import { css, inkOn, signedColour } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { cellNumber, fill, number, numberEms } from "../shared/numbers.js";
import { typeSize } from "../shared/type.js";
import { decimals, filtersOf, fullOf, shownBy, sliceOf } from "./moments.js";
import { brightness } from "./mosaics.js";
import { dot, lineOf, type } from "./strokes.js";

const BLOCK = { wide: 102, narrow: 150 }; // px of an enlarged kernel slice, at least
const NUMBERED = 5; // weights a side up to which the cells have room for their numbers
const LONGEST = numberEms("−0.000"); // at any moment, so that no cell changes its size in time
const LARGE = { map: 160, image: 96 };
const ROUND_NUMBER = 4; // px of a cell that its number leaves free
const GROWTH = { height: 132, left: 34, right: 8, top: 8, bottom: 8 };

/** The slices of the filter that is looked at, with their numbers. */
export function drawCells(view, t) {
  const { scene, text, colours, signs } = view;
  const f = shownBy(view);
  const full = fullOf(view, "kernels", t);
  const [rows, cols] = scene.size;
  const most = Math.max(rows, cols);
  const size = typeSize(view.root, "small");
  const room = most > NUMBERED ? 0 : Math.ceil(LONGEST * size) + ROUND_NUMBER;
  const least = view.root.classList.contains("narrow") ? BLOCK.narrow : BLOCK.wide;
  const cell = Math.max(room, Math.floor((least * view.rem) / most));
  const digits = decimals(scene.full.kernels.moments[t]);
  view.root.style.setProperty("--block", `${cols * cell}px`);
  const [, , slices] = scene.arrays.kernels.shape;
  const parts = Array.from({ length: slices }, (_, s) => sliceOf(scene, t, f, s));
  const ems = Math.max(...parts.flatMap((part) => Array.from(part, (value) => numberEms(cellNumber(value, digits)))));
  const font = type(view, "small", 400, Math.min(1, (cell - ROUND_NUMBER) / ems / size));
  view.cells.forEach(({ canvas, caption }, index) => {
    const s = scene.rgb ? index - 1 : index;
    const context = sharpContext(canvas, cols * cell, rows * cell);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = font;
    for (let k = 0; k < rows * cols; k++) {
      const [px, py] = [(k % cols) * cell, Math.floor(k / cols) * cell];
      const rgb = s < 0 ? parts.map((part) => brightness(part[k], full)) : signedColour(parts[s][k] / full, signs);
      context.fillStyle = css(rgb);
      context.fillRect(px, py, cell, cell);
      if (s >= 0 && parts[s][k] < 0) paintMinus(context, px, py, cell, cell, rgb);
      const words = s < 0 ? "" : cellNumber(parts[s][k], digits);
      if (!words || context.measureText(words).width > cell) continue;
      context.fillStyle = inkOn(rgb);
      context.fillText(words, px + cell / 2, py + cell / 2 + 1);
    }
    context.strokeStyle = colours.ink;
    context.globalAlpha = 0.3;
    context.strokeRect(0.5, 0.5, cols * cell - 1, rows * cell - 1);
    context.globalAlpha = 1;
    const channel = scene.rgb
      ? [text.red, text.green, text.blue][s]
      : fill(text.channel, { n: scene.arrays.channels.data[f * slices + s] });
    const words = s < 0 ? text.colour : channel;
    setText(caption, words);
    canvas.setAttribute(
      "aria-label",
      s < 0 ? words : `${words}: ${[...parts[s]].map((value) => number(value, digits)).join(", ")}`,
    );
  });
}

/** The picture, and the map that the filter makes of it. */
export function drawEffect(view, t) {
  const { scene, text, selection, root } = view;
  const find = (selector) => root.querySelector(`.effect ${selector}`);
  const f = shownBy(view);
  const { image, maps, ranges } = scene.arrays;
  const guise = `${scene.digest} ${view.rem} ${density()}`;
  if (view.pictured !== guise) {
    view.pictured = guise;
    const small = make("canvas");
    paintThumbnail(small, { data: image.data, shape: [1, ...image.shape] }, 0);
    enlarge(find(".input"), small, LARGE.image * view.rem, 0);
  }
  const [, filters, rows] = maps.shape;
  enlarge(find(".map"), view.strips.maps, LARGE.map * view.rem, f * rows);
  const relu = selection.relu && scene.relu;
  const [low, high] = [0, 1]
    .map((k) => ranges.data[(t * filters + f) * 2 + k])
    .map((value) => (relu ? Math.max(0, value) : value));
  const digits = decimals(Math.max(Math.abs(low), Math.abs(high)));
  const range = fill(text.range, { min: number(low, digits), max: number(high, digits) });
  const [first, second] = root.querySelectorAll(".effect figcaption");
  setText(first, text.picture);
  setText(second, `${fill(text.map, { n: f })}: ${range}`);
  find(".input").setAttribute("aria-label", text.picture);
  find(".map").setAttribute("aria-label", second.textContent);
}

/** Draw the square of `source` that begins at row `from`, enlarged. */
function enlarge(canvas, source, side, from) {
  const context = sharpContext(canvas, side, side);
  context.imageSmoothingEnabled = false;
  context.drawImage(source, 0, from, source.width, source.width, 0, 0, side, side);
}

/** The norm of the filter's kernel over time, and how far it is from where it began. */
export function drawGrowth(view, t) {
  const { scene, text, root, colours } = view;
  const box = root.querySelector(".growth");
  const { height, left, right, top, bottom } = GROWTH;
  const width = view.growth;
  const canvas = box.querySelector("canvas");
  const context = sharpContext(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const f = shownBy(view);
  const series = ["norms", "distances"].map((name) =>
    scene.moments.map((_, k) => scene.arrays[name].data[k * filtersOf(view) + f]),
  );
  const most = Math.max(...series.flat()) || 1;
  const x = (k) => left + (k * (width - left - right)) / Math.max(1, scene.moments.length - 1);
  const y = (value) => top + (height - top - bottom) * (1 - value / most);
  lineOf(
    context,
    [
      [left, y(0)],
      [width - right, y(0)],
    ],
    colours.ink,
    1,
    [],
    0.35,
  );
  lineOf(
    context,
    [
      [x(t), top - 4],
      [x(t), y(0)],
    ],
    colours.mark,
    1.5,
    [],
    0.6,
  );
  const [norms, ways] = series.map((values) => values.map((value, k) => [x(k), y(value)]));
  lineOf(context, norms, colours.ink, 2);
  lineOf(context, ways, colours.mark, 2, [5, 4]);
  context.fillStyle = colours.ink;
  dot(context, ...norms[t], 4);
  context.fillStyle = colours.mark;
  dot(context, ...ways[t], 4);
  context.fillStyle = colours.ink;
  context.globalAlpha = 0.75;
  context.font = type(view, "tiny");
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(number(most, decimals(most)), left - 5, y(most) + 3);
  context.fillText("0", left - 5, y(0));
  context.globalAlpha = 1;
  const digits = decimals(most);
  const words = [
    fill(text.norm, { value: number(series[0][t], digits) }),
    fill(text.distance, { value: number(series[1][t], digits) }),
  ];
  const note = box.querySelector(".note");
  if (!note.firstChild)
    for (const name of ["size", "way"]) {
      const item = make("span", name);
      item.append(make("i"), document.createTextNode(""));
      note.append(item);
    }
  words.forEach((word, k) => {
    const node = note.children[k].lastChild;
    if (node.data !== word) node.data = word;
  });
  canvas.setAttribute("aria-label", `${text.growth}: ${words.join(", ")}`);
}
