// The three maps with their marks, the grids of the kernel, the words.

import { sharpContext } from "../shared/canvas.js";
import { css, inkOn, signedColour } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { bracketed, fill, significant } from "../shared/numbers.js";
import { showPlaying } from "../shared/step_buttons.js";
import { cellUnder, inputAt, limitOf } from "./sums.js";

const FEW = 5; // weights a side up to which a kernel has its numbers in the cells
const MARK = 4; // px at least, the side of a mark

const positionOf = (view) => [Math.floor(view.step / view.outWidth), view.step % view.outWidth];

export function paint(view) {
  if (!view.cell) return;
  const position = positionOf(view);
  const { x, upstream, sums, pads, weight, kernel, dilation } = view;
  const [[top, bottom], [left, right]] = pads;
  const [rows, cols] = upstream.shape;
  const cell = cellUnder(view, weight, position);
  const start = cellUnder(view, [0, 0], position);
  const extent = [0, 1].map((k) => (kernel.shape[k] - 1) * dilation[k] + 1);
  const seen = view.limits;

  const inputs = [x.shape[0] + top + bottom, x.shape[1] + left + right];
  const side = view.cell * Math.max(rows, cols);
  const unit = side / Math.max(...inputs);
  paintMap(view, view.parts.x, inputs, unit, (i, j) => {
    const [row, col] = [i - top, j - left];
    const inside = row >= 0 && col >= 0 && row < x.shape[0] && col < x.shape[1];
    return inside ? inputAt(x, [row, col]) / seen.x : null;
  });
  outline(view, view.parts.x, [start[0] + top, start[1] + left], extent, unit, 1.5);
  outline(view, view.parts.x, [cell[0] + top, cell[1] + left], [1, 1], unit, 2.5);
  paintMap(view, view.parts.upstream, [rows, cols], view.cell, (i, j) => upstream.data[i * cols + j] / seen.upstream);
  outline(view, view.parts.upstream, position, [1, 1], view.cell, 2.5);
  paintMap(view, view.parts.products, [rows, cols], view.cell, (i, j) => {
    const k = i * cols + j;
    return k <= view.step ? sums.products[k] / seen.products : null;
  });
  outline(view, view.parts.products, position, [1, 1], view.cell, 2.5);
  paintWords(view, position[0], position[1]);
}

/** Draw a map; `share` returns a value in [-1, 1], or null for nothing.
 *  @param {any} view
 *  @param {any} part
 *  @param {number[]} size
 *  @param {number} unit
 *  @param {(i: number, j: number) => number | null} share */
function paintMap(view, part, [rows, cols], unit, share) {
  const context = sharpContext(part.canvas, Math.round(cols * unit), Math.round(rows * unit));
  context.fillStyle = view.nothing;
  context.fillRect(0, 0, cols * unit, rows * unit);
  const at = (k) => Math.round(k * unit);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) {
      const value = share(i, j);
      if (value === null) continue;
      context.fillStyle = css(signedColour(value, view.signs));
      context.fillRect(at(j), at(i), at(j + 1) - at(j), at(i + 1) - at(i));
    }
  part.context = context;
}

/** A frame with a halo round cells, so that it shows on every colour.
 *  @param {any} view
 *  @param {any} part
 *  @param {number[]} corner
 *  @param {number[]} size
 *  @param {number} unit
 *  @param {number} weight */
function outline(view, { context }, [row, col], [height, width], unit, weight) {
  const [w, h] = [Math.max(width * unit, MARK), Math.max(height * unit, MARK)];
  const [x, y] = [(col + width / 2) * unit - w / 2, (row + height / 2) * unit - h / 2];
  for (const [colour, line] of [
    [view.halo, weight + 2],
    [view.focus, weight],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x, y, w, h);
  }
}

/** The kernel, its gradient and the updated kernel; the chosen weight is marked in all. */
export function paintGrids(view) {
  const { kernel, gradient, after, weight, text } = view;
  const [rows, cols] = kernel.shape;
  const limit = Math.max(limitOf(kernel.data), limitOf(after.data)) || 1;
  const limits = { kernel: limit, gradient: limitOf(gradient.data) || 1, after: limit };
  for (const [name, { cells }] of Object.entries(view.grids)) {
    cells.forEach((node, k) => {
      const value = view[name].data[k];
      const colour = signedColour(value / limits[name], view.signs);
      node.style.background = css(colour);
      node.style.color = css(inkOn(colour) === "black" ? [0, 0, 0] : [255, 255, 255]);
      setText(node, Math.max(rows, cols) <= FEW ? significant(value, 2) : "");
      const chosen = k === weight[0] * cols + weight[1];
      node.classList.toggle("chosen", chosen);
      if (name === "gradient") {
        node.setAttribute("aria-checked", String(chosen));
        node.tabIndex = chosen ? 0 : -1;
        const [row, column] = [Math.floor(k / cols), k % cols];
        node.setAttribute("aria-label", fill(text.weight, { row, column, gradient: significant(value) }));
      }
    });
  }
  const k = weight[0] * cols + weight[1];
  const [w, g, then] = [kernel.data[k], gradient.data[k], after.data[k]].map((value) => significant(value));
  setText(view.find(".rate"), String(view.rate));
  setText(
    view.find(".update"),
    fill(text.update, { row: weight[0], column: weight[1], w, rate: String(view.rate), g: bracketed(g), then }),
  );
}

function paintWords(view, row, column) {
  const { root, text, step, steps, sums, upstream, gradient, weight, kernel } = view;
  const total = gradient.data[weight[0] * kernel.shape[1] + weight[1]];
  const line = fill(text.line, {
    row,
    column,
    x: significant(sums.inputs[step]),
    g: bracketed(significant(upstream.data[step])),
    product: significant(sums.products[step]),
  });
  const last = step === steps - 1;
  const sum = fill(last ? text.sum_all : text.sum, {
    positions: step + 1,
    all: steps,
    sum: significant(last ? total : sums.sums[step]),
    total: significant(total),
  });
  setText(view.find(".line"), line);
  setText(view.find(".sum"), sum);
  setText(view.find(".count"), fill(text.count, { step: step + 1, steps }));
  showPlaying(view);
  view.scrub.max = steps - 1;
  view.scrub.value = step;
  view.scrub.setAttribute("aria-valuetext", `${line} ${sum}`);
  if (!view.playing) setText(view.find(".said"), `${line} ${sum}`);
  Object.assign(root.dataset, {
    painted: view.digest,
    step,
    row,
    col: column,
    weight: weight.join(","),
    sum: String(sums.sums[step]),
    total: String(total),
    playing: Boolean(view.playing),
  });
}
