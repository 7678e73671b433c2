// Both pictures and the file's row of numbers.

import { sharpContext } from "../shared/canvas.js";
import { BLACK, css, WHITE } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { fill, grouped } from "../shared/numbers.js";
import { typeSize } from "../shared/type.js";
import { clamp } from "../shared/values.js";
import { soon } from "../shared/view.js";
import { fileIndices, followed, lands } from "./positions.js";

const BAR = 30; // px: height of the file's row of numbers
const SPEAK = 400; // ms after the last move until it is read out
const CHANNELS = ["red", "green", "blue"];
const LETTERS = ["R", "G", "B"];

export const paintSoon = (view) => view.sidePx && soon(view, paint);

export function paint(view) {
  const placed = Math.floor(view.placed);
  const marks =
    placed < view.count ? [Math.max(0, placed - 1)] : fileIndices(view, followed(view).side, followed(view).cell);
  for (const side of ["right", "wrong"]) paintPictureOf(view, side, placed, marks);
  paintStrip(view, placed, marks);
  write(view, placed, marks);
}

/** A picture with the file's first `placed` numbers in it; where none has arrived, the page shows. */
function paintPictureOf(view, side, placed, marks) {
  const { width, height, sidePx, pictures, order, count } = view;
  const context = sharpContext(view.canvases[side], sidePx, sidePx);
  const ratio = view.ratio;
  const at = (k) => Math.round((k * sidePx * ratio) / width) / ratio;
  context.fillStyle = view.empty;
  context.fillRect(0, 0, sidePx, sidePx);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const first = (row * width + col) * 3;
      const here = [0, 1, 2].map((c) => (side === "right" ? order[first + c] : first + c) < placed);
      if (!here.some(Boolean)) continue;
      const [r, g, b] = here.map((there, c) => (there ? pictures[side][first + c] : 0));
      context.fillStyle = css([r, g, b]);
      context.fillRect(at(col), at(row), at(col + 1) - at(col), at(row + 1) - at(row));
    }
  }
  const cells = marks.map((k) => ({ k, ...lands(view, side, k) }));
  const distinct = cells.filter(
    (cell, i) => cells.findIndex((other) => other.row === cell.row && other.col === cell.col) === i,
  );
  for (const { row, col } of distinct) {
    const [x, y, end] = [at(col) - 1, at(row) - 1, at(1) + 2];
    context.strokeStyle = view.dark ? BLACK : WHITE;
    context.lineWidth = 5;
    context.strokeRect(x, y, end, end);
    context.strokeStyle = view.mark;
    context.lineWidth = 2.5;
    context.strokeRect(x, y, end, end);
  }
  // names beside the marks, where these lie apart and it is not the pixel pointed at itself
  if (side === followed(view).side || placed < count || distinct.length < 3 || side === "right") return;
  const type = typeSize(view.root, "small");
  context.font = `600 ${type}px ${getComputedStyle(view.root).fontFamily}`;
  context.textBaseline = "middle";
  for (const { k, row, col } of distinct) {
    const words = `${LETTERS[lands(view, "right", k).channel]} ${pictures.wrong[k]}`;
    const wide = context.measureText(words).width + 8;
    const x = at(col) + at(1) + 5 + wide > sidePx ? at(col) - wide - 5 : at(col) + at(1) + 5;
    const y = clamp(at(row) + at(1) / 2, 0.8 * type, sidePx - 0.8 * type);
    context.fillStyle = view.mark;
    context.fillRect(x, y - 0.7 * type, wide, 1.4 * type);
    context.fillStyle = view.onMark;
    context.fillText(words, x + 4, y + 0.5);
  }
}

/** The file's row of numbers: red, green, blue, each number a stroke as bright as it is large. */
function paintStrip(view, placed, marks) {
  const { total, count, pictures, text } = view;
  const type = typeSize(view.root, "small");
  const marked = 1.1 * type + 10; // from the top: where the numbers begin, below the positions
  const height = marked + BAR + 4;
  const context = sharpContext(view.strip, total, height);
  const steps = Math.round(total * view.ratio);
  context.clearRect(0, 0, total, height);
  for (let s = 0; s < steps; s++) {
    const k = Math.floor((s / steps) * count);
    const c = Math.floor((k * 3) / count);
    const v = pictures.wrong[k];
    context.globalAlpha = k < placed ? 1 : 0.22;
    context.fillStyle = css([0, 1, 2].map((channel) => (channel === c ? v : 0)));
    context.fillRect(s / view.ratio, marked, 1 / view.ratio, BAR);
  }
  context.globalAlpha = 1;
  context.font = `500 ${type}px ${getComputedStyle(view.root).fontFamily}`;
  context.textBaseline = "middle";
  CHANNELS.forEach((name, c) => {
    const words = text[`channel_${name}`];
    const x = (c / 3) * total;
    context.fillStyle = BLACK;
    context.globalAlpha = 0.62;
    context.fillRect(x + 4, marked + (BAR - 1.3 * type) / 2, context.measureText(words).width + 12, 1.3 * type);
    context.globalAlpha = 1;
    context.fillStyle = WHITE;
    context.fillText(words, x + 10, marked + BAR / 2 + 0.5);
  });
  const taken = [];
  for (const k of marks) {
    const x = ((k + 0.5) / count) * total;
    context.fillStyle = view.mark;
    context.fillRect(x - 1, marked - 6, 2, BAR + 10);
    context.beginPath();
    context.moveTo(x - 6, marked - 10);
    context.lineTo(x + 6, marked - 10);
    context.lineTo(x, marked - 1);
    context.fill();
    if (taken.some((other) => Math.abs(other - x) < 40)) continue;
    taken.push(x);
    context.fillStyle = view.ink;
    context.textAlign = x > total - 24 ? "right" : x < 24 ? "left" : "center";
    context.fillText(grouped(k), clamp(x, 2, total - 2), 0.55 * type);
    context.textAlign = "left";
  }
}

export function write(view, placed, marks) {
  const { root, text, pictures } = view;
  const position = ({ row, col, channel }) =>
    fill(text.position, { row, col, channel: text[`channel_${CHANNELS[channel]}`] });
  view.rows.forEach(({ row, cells }, i) => {
    const k = marks[i];
    row.hidden = k === undefined;
    if (k === undefined) return;
    const [right, wrong] = [lands(view, "right", k), lands(view, "wrong", k)];
    [String(pictures.wrong[k]), grouped(k), position(right), position(wrong)].forEach((words, n) =>
      setText(cells[n], words),
    );
  });
  const { side, cell } = followed(view);
  const filling = placed < view.count;
  const title = filling
    ? fill(text.filling, { n: grouped(placed) })
    : side === "right"
      ? text.title_right
      : text.title_wrong;
  setText(root.querySelector(".title"), title);
  setText(root.querySelector(".play"), view.playing ? text.pause : text.play);
  setText(root.querySelector("output"), fill(text.placed_of, { n: grouped(placed), count: grouped(view.count) }));
  view.slider.value = placed;
  const [marked] = marks;
  const [to, from] = [lands(view, "wrong", marked), lands(view, "right", marked)];
  const words = fill(side === "right" || filling ? text.said_right : text.said_wrong, {
    value: pictures.wrong[marked],
    channel: text[`channel_${CHANNELS[from.channel]}`],
    row: from.row,
    col: from.col,
    k: grouped(marked),
    to_row: to.row,
    to_col: to.col,
    to_channel: text[`channel_${CHANNELS[to.channel]}`],
  });
  clearTimeout(view.speaking);
  if (!view.playing) view.speaking = setTimeout(() => setText(root.querySelector(".said"), words), SPEAK);
  Object.assign(root.dataset, { drawn: view.digest, side, row: cell[0], col: cell[1], placed, marks: marks.join(",") });
}
