// Painting of one step.

import { sharpContext } from "../shared/canvas.js";
import { MARGIN, marksOn } from "./canvases.js";
import { at2, edge, indices, LINED } from "./geometry.js";
import { cellAt, shown, usersOf } from "./position.js";
import { paintWords } from "./words.js";

export function paint(view) {
  if (!view.layout) return;
  const [i, j] = shown(view);
  paintOutputs(view, i, j);
  paintWindow(view, i, j);
  view.updateMath(i, j);
  if (view.anchors) paintLinks(view);
  paintWords(view, i, j);
}

function paintOutputs(view, i, j) {
  const [row, col] = cellAt(view, view.step);
  const [lastRow, lastCol] = cellAt(view, view.reached);
  const users = usersOf(view, view.pinned ?? view.pointed);
  const complete = view.scene.whole || view.reached === view.steps - 1;
  for (const part of view.outputs) {
    part.legend.lastElementChild.style.visibility = complete ? "hidden" : ""; // it names the cells that wait
    const { base, full, empty, cell, width, height } = part;
    const context = sharpContext(base, width, height);
    const copy = (from, x, y, w, h) => {
      const r = view.ratio; // the pictures are in screen pixels
      if (w > 0 && h > 0) context.drawImage(from, x * r, y * r, w * r, h * r, x, y, w, h);
    };
    context.clearRect(0, 0, width, height);
    const [above, below, done] = [edge(part, lastRow), edge(part, lastRow + 1), edge(part, lastCol + 1)];
    if (complete) copy(full, 0, 0, width, height);
    else {
      copy(full, 0, 0, width, above);
      copy(full, 0, above, done, below - above);
      copy(empty, done, above, width - done, below - above);
      copy(empty, 0, below, width, height - below);
    }

    const marks = marksOn(part);
    marks.fillStyle = view.focus;
    for (const [a, b] of users) {
      marks.globalAlpha = cell >= LINED ? 0.35 : 0.7;
      marks.fillRect(b * cell, a * cell, cell, cell);
      marks.globalAlpha = 1;
      if (cell >= LINED) outline(marks, view, b * cell + 1, a * cell + 1, cell - 2, cell - 2, 1.5);
    }
    if (view.preview) {
      marks.setLineDash([3, 2]);
      outline(marks, view, col * cell, row * cell, cell, cell, 1.5);
      marks.setLineDash([]);
    }
    outline(marks, view, j * cell - 1, i * cell - 1, cell + 2, cell + 2, 3);
  }
}

/** A frame with a halo, so that it shows on every colour. */
function outline(context, view, x, y, w, h, weight) {
  context.strokeStyle = view.halo;
  context.lineWidth = weight + 2;
  context.strokeRect(x, y, w, h);
  context.strokeStyle = view.focus;
  context.lineWidth = weight;
  context.strokeRect(x, y, w, h);
}

function paintWindow(view, i, j) {
  const { scene, input } = view;
  const { cell, top, left } = input;
  const context = marksOn(input);
  const rows = indices(scene.rows, i);
  const cols = indices(scene.cols, j);
  const x = (col) => (col + left) * cell;
  const y = (row) => (row + top) * cell;
  const box = [x(cols[0]), y(rows[0]), x(cols.at(-1) + 1) - x(cols[0]), y(rows.at(-1) + 1) - y(rows[0])];
  const holes = Math.max(...scene.dilation) > 1;
  if (holes) {
    context.setLineDash([4, 3]);
    outline(context, view, ...box, 1.5);
    context.setLineDash([]);
    for (const row of rows)
      for (const col of cols) outline(context, view, x(col), y(row), cell, cell, cell >= 12 ? 3 : 1.5);
  } else outline(context, view, ...box, 3);
  if (scene.winners) {
    const k = at2(scene.winners, i, j);
    const [row, col] = [rows[Math.floor(k / cols.length)], cols[k % cols.length]];
    outline(context, view, x(col) + 1, y(row) + 1, cell - 2, cell - 2, 2);
  }
  if (view.touched && view.touched.kind !== "sum") {
    const { k } = view.touched;
    outline(context, view, x(cols[k % cols.length]), y(rows[Math.floor(k / cols.length)]), cell, cell, 2);
  }
  for (const spot of [view.pinned, view.pointed])
    if (spot) {
      context.strokeStyle = view.halo;
      context.lineWidth = 4;
      context.strokeRect(x(spot[1]), y(spot[0]), cell, cell);
      context.strokeStyle = view.ink;
      context.lineWidth = 2;
      context.strokeRect(x(spot[1]), y(spot[0]), cell, cell);
    }
  view.box = box;
}

/** Window -> patch, and result -> output cell. */
export function paintLinks(view) {
  const { anchors, links, box } = view;
  const [i, j] = shown(view);
  const { cell } = view.outputs[0];
  const { input, output, patch, result } = anchors;
  const right = input.left + box[0] + box[2];
  const top = input.top + box[1];
  const [x, y] = [output.left + j * cell, output.top + i * cell];
  paintBand(
    links.take,
    patch && [
      [right, top],
      [right, top + box[3]],
      [patch.left - 2, patch.bottom],
      [patch.left - 2, patch.top],
    ],
    input.right + MARGIN,
    Infinity,
  );
  paintBand(
    links.give,
    result && [
      [result.right, result.top],
      [result.right, result.bottom],
      [x, y + cell],
      [x, y],
    ],
    -Infinity,
    output.left - MARGIN,
  );
}

/** A band of four corners, left ones first: its two lines whole, its tint only between two x, off the cells. */
function paintBand({ lines, tint }, corners, from, to) {
  const points = (path) => path.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const [a, b, c, d] = corners ?? [];
  lines.setAttribute("d", corners ? `M${points([a, d])} M${points([b, c])}` : "");
  const along = ([x0, y0], [x1, y1], x) => [x, x0 === x1 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)];
  const cut = (p, q) => [p, q].map((end) => (end[0] < from ? along(p, q, from) : end[0] > to ? along(p, q, to) : end));
  tint.setAttribute("points", corners ? points([...cut(a, d), ...cut(b, c).reverse()]) : "");
}
