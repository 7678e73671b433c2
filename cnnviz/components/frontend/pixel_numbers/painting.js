// The picture with its numbers, the map, the words.

import { sharpContext } from "../shared/canvas.js";
import { BLACK, css, inkOn, tokenColour, WHITE } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { decimals, fill } from "../shared/numbers.js";
import { soon } from "../shared/view.js";
import {
  CHANNELS,
  channelsShown,
  corner,
  farthest,
  LINES,
  mix,
  NUMBERS,
  ramp,
  sliderOf,
  stageOf,
  TYPE,
  typeSize,
} from "./geometry.js";

const LETTERED = 66; // px a cell from which R, G, B stand before the numbers
export const MS = { dive: 2600, jump: 900, step: 180, plain: 400, speak: 400 };
const LETTERS = ["R", "G", "B"];

export const paintSoon = (view) => view.side && soon(view, paint);

const bytesAt = (view, row, col) => [0, 1, 2].map((c) => view.image[(row * view.width + col) * 3 + c]);

/** The network's input for a byte of a channel, as text. */
const scaledAt = (view, byte, c) => decimals(view.scaled[3 * byte + c], 3);

/** A cell's colour: the pixel's own, or one channel's share of it. */
function colourOf(view, row, col) {
  const rgb = bytesAt(view, row, col);
  const c = view.grey ? -1 : CHANNELS.indexOf(view.channel);
  return c < 0 ? rgb : rgb.map((v, k) => (k === c ? v : 0));
}

function written(view, row, col, c) {
  const byte = view.image[(row * view.width + col) * 3 + c];
  return view.unit === "byte" ? String(byte) : scaledAt(view, byte, c);
}

export function paint(view) {
  const { canvas, side, scale, ratio } = view;
  const context = sharpContext(canvas, side, side);
  const [left, top] = corner(view);
  const px = (value) => Math.round(value * ratio) / ratio; // on whole device pixels nothing is blurred
  const rows = [Math.max(0, Math.floor(top)), Math.min(view.height - 1, Math.ceil(top + side / scale) - 1)];
  const cols = [Math.max(0, Math.floor(left)), Math.min(view.width - 1, Math.ceil(left + side / scale) - 1)];
  const [lines, numbers] = [ramp(scale, LINES), ramp(scale, NUMBERS)];
  const shown = channelsShown(view);
  const lettered = shown.length > 1 && scale >= LETTERED;
  const type = typeSize(scale, (view.unit === "byte" ? 3 : view.longest) + (lettered ? 2 : 0), shown.length);
  const font = getComputedStyle(view.root).fontFamily;
  const plainInk = view.dark ? WHITE : BLACK;
  const fade = view.plainness * numbers; // colours may go only where numbers have come
  context.fillStyle = css(view.paper);
  context.fillRect(0, 0, side, side);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${fade > 0.5 || scale > 60 ? 600 : 500} ${type}px ${font}`;
  let drawn = 0;
  for (let row = rows[0]; row <= rows[1]; row++) {
    const [y0, y1] = [px((row - top) * scale), px((row + 1 - top) * scale)];
    for (let col = cols[0]; col <= cols[1]; col++) {
      const [x0, x1] = [px((col - left) * scale), px((col + 1 - left) * scale)];
      const colour = mix(colourOf(view, row, col), view.paper, fade);
      context.fillStyle = css(colour);
      context.fillRect(x0, y0, x1 - x0, y1 - y0);
      if (numbers === 0 || type < TYPE.min) continue;
      context.globalAlpha = numbers;
      const ink = inkOn(colour);
      shown.forEach((c, k) => {
        const y = (y0 + y1) / 2 + (k - (shown.length - 1) / 2) * type * TYPE.line;
        context.fillStyle = fade > 0.5 ? (shown.length > 1 ? view.inks[c] : plainInk) : ink;
        const words = written(view, row, col, c);
        context.fillText(lettered ? `${LETTERS[c]} ${words}` : words, (x0 + x1) / 2, y + type * 0.04);
        drawn++;
      });
      context.globalAlpha = 1;
    }
  }
  if (lines > 0) {
    context.strokeStyle = tokenColour(view.root, "grid");
    context.globalAlpha = 0.55 * lines;
    context.lineWidth = 1;
    context.beginPath();
    for (let row = rows[0]; row <= rows[1] + 1; row++) {
      const y = px((row - top) * scale);
      context.moveTo(0, y);
      context.lineTo(side, y);
    }
    for (let col = cols[0]; col <= cols[1] + 1; col++) {
      const x = px((col - left) * scale);
      context.moveTo(x, 0);
      context.lineTo(x, side);
    }
    context.stroke();
    context.globalAlpha = 1;
  }
  const frame = ([row, col], width, colour) => {
    const [x, y, end] = [px((col - left) * scale), px((row - top) * scale), px(scale)];
    context.strokeStyle = view.dark ? BLACK : WHITE;
    context.lineWidth = width + 2;
    context.strokeRect(x, y, end, end);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(x, y, end, end);
  };
  frame(view.cell, 2.5, view.mark);
  if (view.pointed) frame(view.pointed, 1.5, view.dark ? WHITE : BLACK);
  paintMap(view);
  write(view, drawn);
}

/** The whole picture, small, with the visible part marked. */
function paintMap(view) {
  const { mapSide, width, height } = view;
  const context = sharpContext(view.map, mapSide, mapSide);
  const unit = mapSide / width;
  const at = (k) => Math.round(k * unit);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      context.fillStyle = css(bytesAt(view, row, col));
      context.fillRect(at(col), at(row), at(col + 1) - at(col), at(row + 1) - at(row));
    }
  }
  const [left, top] = corner(view);
  const span = (view.side / view.scale) * unit;
  if (span > mapSide - 1) return;
  context.strokeStyle = view.dark ? BLACK : WHITE;
  context.lineWidth = 4;
  context.strokeRect(left * unit, top * unit, span, span);
  context.strokeStyle = view.mark;
  context.lineWidth = 2;
  context.strokeRect(left * unit, top * unit, span, span);
}

export function write(view, drawn) {
  const { root, text } = view;
  const [row, col] = view.pointed ?? view.cell;
  const rgb = bytesAt(view, row, col);
  const stage = stageOf(view.scale);
  const across = view.side / view.scale;
  root.querySelector(".swatch").style.background = css(rgb);
  setText(root.querySelector(".where b"), fill(text.where, { row, col }));
  view.rows.forEach(({ row: line, value, share }, c) => {
    setText(value, String(rgb[c]));
    setText(share, `${fill(view.steps[c], { n: rgb[c] })} = ${scaledAt(view, rgb[c], c)}`);
    line.classList.toggle("quiet", !view.grey && view.channel !== "all" && view.channel !== CHANNELS[c]);
  });
  setText(root.querySelector(".dive"), stage === "numbers" ? text.surface : text.dive);
  for (const button of root.querySelectorAll("[data-stage]")) {
    if (button.dataset.stage === stage) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
  }
  view.slider.value = sliderOf(view, view.scale);
  view.slider.setAttribute("aria-valuetext", fill(text.across, { n: Math.round(across) }));
  for (const input of root.querySelectorAll(".channel input")) input.checked = input.value === view.channel;
  for (const input of root.querySelectorAll(".unit input")) input.checked = input.value === view.unit;
  view.plainBox.checked = view.plain;
  view.screen.classList.toggle("near", view.scale > farthest(view) * 1.001);
  const numbers = [0, 1, 2].map((c) => written(view, row, col, c));
  const words = view.grey
    ? fill(text.said_grey, { row, col, grey: numbers[0] })
    : fill(text.said, { row, col, red: numbers[0], green: numbers[1], blue: numbers[2] });
  clearTimeout(view.speaking);
  view.speaking = setTimeout(() => setText(root.querySelector(".said"), words), MS.speak);
  Object.assign(root.dataset, {
    painted: view.digest,
    row: view.cell[0],
    col: view.cell[1],
    channel: view.channel,
    unit: view.unit,
    plain: view.plain,
    across: across.toFixed(1),
    stage,
    numbers: drawn,
    flying: Boolean(view.flying),
  });
}
