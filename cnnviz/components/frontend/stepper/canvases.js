// Input and output as canvases, painted once per scene and size.

import { paintMinus, sharpContext, showsMinus } from "../shared/canvas.js";
import { css, inkOn } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { cellNumber, number, numberEms } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";
import { edge, fit, inputAt, isInserted, LINED, NUMBERED, PADDING, TYPE } from "./geometry.js";
import { level, signed } from "./number_grid.js";
import { channelName } from "./position.js";

export const MARGIN = 4; // px by which the marks may reach beyond a canvas

/** The empty layer of marks over a canvas, in the canvas' own coordinates. */
export function marksOn(part) {
  const context = sharpContext(part.over, part.width + 2 * MARGIN, part.height + 2 * MARGIN);
  context.clearRect(0, 0, part.width + 2 * MARGIN, part.height + 2 * MARGIN);
  context.translate(MARGIN, MARGIN);
  return context;
}

/** A picture drawn once, to be copied at each step. */
export function drawn(part, draw) {
  const canvas = document.createElement("canvas");
  draw(sharpContext(canvas, part.width, part.height));
  return canvas;
}

export function path(context, points, width) {
  context.lineWidth = width;
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

export function paintInput(view) {
  const { scene, input } = view;
  const [height, width, channels] = scene.x.shape;
  const limit = scene.limits.x[view.channel];
  const many = channels > 3 || scene.listed;
  const scale = signed(limit, view.signs);
  const value = (row, col) => inputAt(scene, row, col, many ? view.channel : 0);
  const picture = (row, col) => {
    const rgb = [0, 1, 2].map((c) => level(scene, inputAt(scene, row, col, Math.min(c, channels - 1))));
    return css(rgb);
  };
  const mixed = !scene.rgb && !many && channels > 1; // 2 or 3 maps that are no picture: the first stands for them
  const context = sharpContext(input.base, input.width, input.height);
  context.clearRect(0, 0, input.width, input.height);
  paintCells(
    context,
    input,
    (row, col) =>
      inputAt(scene, row, col, 0) === null ? null : scene.rgb ? picture(row, col) : css(scale(value(row, col))),
    view,
  );
  paintPadding(context, view);
  if (Math.max(...scene.inserted) > 1) paintInserted(context, view);
  const { digits } = scene.step;
  if (!scene.rgb) {
    const real = (row, col) => (isInserted(scene, row, col) ? null : value(row, col));
    paintMinuses(context, input, [height, width], value, scale);
    paintNumbers(context, input, [height, width], real, digits.input, scale, view);
  }
  const shape = `${height} × ${width}${channels > 1 ? ` × ${channels}` : ""}`;
  const which = many || mixed ? ` · ${channelName(view, many ? view.channel : 0)}` : "";
  // of numbers that are listed, the one that is shown has a name of its own
  if (scene.listed) setText(input.name, channelName(view, view.channel));
  setText(input.shape, scene.listed ? `${height} × ${width}` : shape + which);
  input.scale.hidden = scene.rgb;
  if (!scene.rgb) {
    const values = many ? scene.x.data.filter((_, k) => k % channels === view.channel) : scene.x.data;
    paintScale(input, values, digits.input, scale, view);
  }
}

/** The minus in each cell below zero, where cells are large. */
export function paintMinuses(context, { top, left, cell }, [height, width], value, scale) {
  if (!showsMinus(cell, cell)) return;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++)
      if (value(i, j) < 0) paintMinus(context, (left + j) * cell, (top + i) * cell, cell, cell, scale(value(i, j)));
}

/** Fill the cells, with grid lines where there is room. `colour` returns null for padding. */
export function paintCells(context, part, colour, view) {
  const { top, left, rows, cols } = part;
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      const fillStyle = colour(row - top, col - left);
      if (fillStyle === null) continue;
      const [x, y] = [edge(part, col), edge(part, row)];
      context.fillStyle = fillStyle;
      context.fillRect(x, y, edge(part, col + 1) - x, edge(part, row + 1) - y);
    }
  paintLines(context, part, view);
}

function paintLines(context, { cell, rows, cols, width, height }, view) {
  context.fillStyle = view.ink;
  context.globalAlpha = 0.18;
  const every = cell >= LINED ? 1 : 0;
  for (let row = 0; row <= rows; row += every || rows) context.fillRect(0, Math.min(row * cell, height - 1), width, 1);
  for (let col = 0; col <= cols; col += every || cols) context.fillRect(Math.min(col * cell, width - 1), 0, 1, height);
  context.globalAlpha = 1;
}

/** The numbers in the cells, where they can be read; `value` returns null for none. */
export function paintNumbers(context, { cell, top, left }, [height, width], value, digits, scale, view) {
  if (height > NUMBERED || width > NUMBERED) return;
  let ems = 0.5;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) ems = Math.max(ems, numberEms(cellNumber(value(i, j) ?? 0, digits)));
  const room = Math.max(cell * 0.5, Math.min(view.floor, cell * 0.66)); // as large as the zeros of the padding
  const size = Math.min(fit(cell - PADDING, ems, view.rem, view.floor), room);
  if (size < Math.max(TYPE.min, 0.98 * view.floor)) return;
  context.font = `${size}px ${view.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      if (value(i, j) === null) continue;
      context.fillStyle = inkOn(scale(value(i, j)));
      context.fillText(cellNumber(value(i, j), digits), (left + j + 0.5) * cell, (top + i + 0.5) * cell + 1);
    }
}

/** Padding: a dot in every cell, or the 0 it counts as where that can be read. */
function paintPadding(context, view) {
  const { input, scene } = view;
  const { cell, rows, cols, top, left } = input;
  const zero = scene.operation === "conv" && cell >= 18;
  context.fillStyle = view.ink;
  context.font = `${Math.min(Math.max(14, view.floor), cell * 0.66)}px ${view.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      if (inputAt(scene, row - top, col - left, 0) !== null) continue;
      const [x, y] = [(col + 0.5) * cell, (row + 0.5) * cell];
      context.globalAlpha = 0.6;
      if (zero) context.fillText("0", x, y + 1);
      const spots =
        cell >= 18
          ? [
              [-1, -1],
              [1, -1],
              [-1, 1],
              [1, 1],
            ]
          : [[0, 0]];
      const dot = cell >= 18 ? 2 : clamp(cell / 3, 1, 2);
      for (const [dx, dy] of spots)
        context.fillRect(x + dx * cell * 0.34 - dot / 2, y + dy * cell * 0.34 - dot / 2, dot, dot);
    }
  context.globalAlpha = 1;
}

/** Zeros between the cells of a transposed convolution: grey with a stroke across, and the 0 where it can be read. */
function paintInserted(context, view) {
  const { input, scene } = view;
  const { cell, top, left } = input;
  const [height, width] = scene.x.shape;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${Math.min(Math.max(14, view.floor), cell * 0.66)}px ${view.font}`;
  context.strokeStyle = context.fillStyle = view.ink;
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      if (!isInserted(scene, row, col)) continue;
      const [x, y] = [edge(input, col + left), edge(input, row + top)];
      const [w, h] = [edge(input, col + left + 1) - x, edge(input, row + top + 1) - y];
      context.globalAlpha = 0.12;
      context.fillRect(x, y, w, h);
      context.globalAlpha = 0.3;
      if (cell >= 6)
        path(
          context,
          [
            [x + 1, y + h - 1],
            [x + w - 1, y + 1],
          ],
          1,
        );
      context.globalAlpha = 0.6;
      if (cell >= 18) context.fillText("0", x + w / 2, y + h / 2 + 1);
    }
  context.globalAlpha = 1;
}

/** Cells not computed yet: hatched, which no value is. */
export function paintEmpty(context, part, view) {
  const { width, height } = part;
  context.strokeStyle = view.ink;
  context.globalAlpha = 0.3;
  for (let x = -height; x < width; x += 6)
    path(
      context,
      [
        [x, height],
        [x + height, 0],
      ],
      1,
    );
  context.globalAlpha = 1;
  paintLines(context, part, view);
}

const SMALL = 14; // px: the type of what stands at a colour bar

/** Colour bar from the smallest value (or 0) to the largest (or 0), with 0 marked. */
export function paintScale(part, values, digits, scale, view) {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const stops = Array.from({ length: 13 }, (_, k) => css(scale(low + ((high - low) * k) / 12)));
  part.scale.querySelector(".ramp").style.background = `linear-gradient(90deg, ${stops.join(",")})`;
  const zero = part.scale.querySelector(".zero");
  const share = high > low ? -low / (high - low) : 0;
  setText(part.scale.querySelector(".low"), number(low, digits));
  setText(part.scale.querySelector(".high"), high > low ? number(high, digits) : "");
  // the words at its ends are as wide as their letters and half a zero
  const letter = (0.5 * Math.max(SMALL * view.rem, view.floor)) / part.width;
  const [left, right] = [low, high].map((end) => (number(end, digits).length + 1.5) * letter);
  zero.hidden = share < left || share > 1 - right; // it would run into its neighbour
  zero.style.left = `${share * 100}%`;
}
