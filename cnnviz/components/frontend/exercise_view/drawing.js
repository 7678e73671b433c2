// The picture of an exercise: small arrays as tables of numbers with the colours of their signs, large ones as images.

import { contextOf, css, inkOn, signedColour, signedScale } from "../shared/colours.js";
import { make } from "../shared/elements.js";
import { cellNumber } from "../shared/numbers.js";

/** @typedef {{data: any, shape: number[], dtype: string}} Cells  of two axes, or of three with channels */
/** An exercise's description of an array: its name, and its drawing.
 *  @typedef {{
 *    name: string, role: string, view: "numbers" | "brightness" | "bytes" | "map" | "picture", label: string | null, decimals: number,
 *    marked: number[] | null, question: number[] | null,
 *  }} Shown */

const WIDE = 8; // columns from which on cells are smaller

/** The signs before an array's role. */
export const SIGNS = { kernel: "∗", upstream: "∗", bias: "+", output: "→", exponentials: "→" };

/** Draw an array.
 *  @param {Shown} shown
 *  @param {Cells} cells
 *  @param {{limit: number, label: string}} options */
export const drawn = (shown, cells, options) =>
  shown.view === "map" || shown.view === "picture" ? image(shown, cells, options) : numberTable(shown, cells, options);

/** White, in views whose numbers are drawn as greys.
 *  @type {Record<string, number>} */
const WHITE = { brightness: 9, bytes: 255 };

/** Rows and columns of an array; a vector is one row.
 *  @param {number[]} shape
 *  @returns {[number, number]} */
export const sizeOf = (shape) => (shape.length === 1 ? [1, shape[0]] : [shape[0], shape[1]]);

/** The largest absolute value of the finite numbers, at least slightly above zero.
 *  @param {ArrayLike<number>[]} arrays */
export const limitOf = (...arrays) =>
  arrays.reduce((most, data) => Array.from(data).reduce((m, v) => Math.max(m, Math.abs(v) || 0), most), 1e-9);

/** A table of numbers; NaN is a cell that is not known yet.
 *  @param {Shown} shown
 *  @param {Cells} cells
 *  @param {{limit: number, label: string}} options */
function numberTable({ view, decimals, marked, question }, { data, shape }, { limit, label }) {
  const [rows, cols] = sizeOf(shape);
  const table = make("table", cols > WIDE ? "numbers many" : "numbers");
  table.setAttribute("aria-label", label);
  const body = make("tbody");
  for (let row = 0; row < rows; row++) {
    const line = make("tr");
    for (let col = 0; col < cols; col++) {
      const value = data[row * cols + col];
      const asked = question?.[0] === row && question[1] === col;
      const unknown = Number.isNaN(value);
      const cell = make("td", "", asked ? "?" : unknown ? "" : cellNumber(value, decimals));
      cell.classList.toggle("asked", asked);
      const white = WHITE[view];
      cell.dataset[white ? "grey" : "share"] = asked || unknown ? "" : String(value / (white ?? limit));
      if (marked) edge(cell, row - marked[0], col - marked[1], marked[2], marked[3]);
      line.append(cell);
    }
    body.append(line);
  }
  table.append(body);
  return table;
}

/** Give a cell its part of the frame round the marked ones. */
function edge(cell, row, col, rows, cols) {
  if (row < 0 || col < 0 || row >= rows || col >= cols) return;
  const sides = { top: row === 0, left: col === 0, bottom: row === rows - 1, right: col === cols - 1 };
  for (const [side, is] of Object.entries(sides)) if (is) cell.classList.add(side);
}

/** A canvas with a pixel for each cell, which CSS enlarges; a frame over it marks a part.
 *  @param {Shown} shown
 *  @param {Cells} cells
 *  @param {{limit: number, label: string}} options */
function image({ marked }, cells, { limit, label }) {
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const [rows, cols] = sizeOf(cells.shape);
  pictures.set(canvas, { cells, limit });
  const box = make("div", "image");
  box.style.setProperty("--ratio", String(cols / rows));
  box.append(canvas);
  if (marked) {
    const mark = make("i");
    const [row, col, high, wide] = marked;
    const percent = (/** @type {number} */ part, /** @type {number} */ whole) => `${(100 * part) / whole}%`;
    mark.style.inset = `${percent(row, rows)} auto auto ${percent(col, cols)}`;
    Object.assign(mark.style, { width: percent(wide, cols), height: percent(high, rows) });
    box.append(mark);
  }
  return box;
}

/** The cells on each canvas.
 *  @type {WeakMap<HTMLCanvasElement, {cells: Cells, limit: number}>} */
const pictures = new WeakMap();

/** Give all tables and images below an element the colours of now.
 *  @param {HTMLElement} root */
export function colour(root) {
  const scale = signedScale(root);
  for (const cell of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("td[data-share]"))) {
    const { share } = cell.dataset;
    const rgb = share ? signedColour(Number(share), scale) : null;
    cell.style.background = rgb ? css(rgb) : "";
    cell.style.color = rgb ? inkOn(rgb) : "";
  }
  for (const cell of /** @type {NodeListOf<HTMLElement>} */ (
    root.querySelectorAll("td[data-grey]:not([data-grey=''])")
  )) {
    const level = Math.round(255 * Number(cell.dataset.grey));
    cell.style.background = css([level, level, level]);
    cell.style.color = inkOn([level, level, level]);
  }
  for (const canvas of root.querySelectorAll("canvas")) paint(canvas, scale);
}

function paint(canvas, scale) {
  const { cells, limit } = pictures.get(canvas) ?? {};
  if (!cells) return;
  const [rows, cols] = sizeOf(cells.shape);
  const channels = cells.shape[2] ?? 1;
  Object.assign(canvas, { width: cols, height: rows });
  const pixels = new ImageData(cols, rows);
  for (let k = 0; k < rows * cols; k++) {
    const own = (c) => cells.data[k * channels + Math.min(c, channels - 1)];
    const rgb = cells.dtype === "uint8" ? [own(0), own(1), own(2)] : signedColour(own(0) / limit, scale);
    pixels.data.set([...rgb.map(Math.round), 255], 4 * k);
  }
  contextOf(canvas).putImageData(pixels, 0, 0);
}
