// The chosen position: lens, receptive field, facts, marks.

import { frameOf, sharpContext } from "../shared/canvas.js";
import { BLACK, css, WHITE } from "../shared/colours.js";
import { make } from "../shared/elements.js";
import { grouped } from "../shared/numbers.js";
import { boxOf, cellsJoined, cellsSeeing, fieldOf, tileCorner } from "./geometry.js";
import { drawMap, LEVELS, paintMinuses, paintVector, rgbOf } from "./maps.js";
import { fullScale, lensLayout, MARGIN, valueAt } from "./state.js";
import { cellText, joinedText, mapName, precise, rangeText, seesText, shapeText } from "./words.js";

const SPEAK_MS = 350;
const MARK = 2.25; // px
const EMPTY = 0.09; // of black or white: a cell that has no number yet, as in the journey

export function showPosition(view) {
  const layer = view.layers[view.position.layer];
  const box = drawLens(view, layer);
  drawPicture(view, layer, box);
  writeFacts(view, layer);
  markCards(view, layer);
  const { map, row, col } = view.position;
  const value = valueAt(layer, view.position);
  Object.assign(view.root.dataset, { selectedLayer: layer.name, selectedMap: map, row, col, value });
}

/** Draw the enlarged map with its cell; return where on the canvas that cell is. */
function drawLens(view, layer) {
  const { position, pixel } = view;
  const size = (view.picture.side + 2 * MARGIN) * view.unit;
  const context = sharpContext(view.root.querySelector(".lens canvas"), size, size);
  const { columns, rows, cell, x, y } = lensLayout(view, layer);
  context.clearRect(0, 0, size, size);
  context.imageSmoothingEnabled = false;
  if (layer.isVector) paintVector(context, view, layer, columns, cell, x, y);
  else {
    drawMap(context, layer, position.map, x, y, columns * cell, rows * cell);
    paintMinuses(context, view, layer, position.map, x, y, columns * cell);
    if (view.prelude?.sweeping) coverRest(context, view, columns, rows, cell, x, y);
  }
  if (pixel && layer.field) {
    const seen = cellsSeeing(layer.field, pixel.row, pixel.col, layer.height, layer.width);
    if (seen) frameOf(context, view.mark, boxOf(seen, cell, x, y), MARK);
    return null;
  }
  const at = layer.isVector ? { row: Math.floor(position.col / columns), col: position.col % columns } : position;
  const box = boxOf({ top: at.row, bottom: at.row, left: at.col, right: at.col }, cell, x, y);
  frameOf(context, view.mark, box, MARK);
  return box;
}

/** Take away what the window has not come to yet: the rest of its row, and the rows below. */
function coverRest(context, { position: { row, col }, dark }, columns, rows, cell, x, y) {
  context.globalAlpha = EMPTY;
  context.fillStyle = dark ? WHITE : BLACK;
  for (const [left, top, width, height] of [
    [col + 1, row, columns - col - 1, 1],
    [0, row + 1, columns, rows - row - 1],
  ]) {
    const box = [x + left * cell, y + top * cell, width * cell, height * cell];
    context.clearRect(...box);
    context.fillRect(...box);
  }
  context.globalAlpha = 1;
}

/** The input picture with its padding, the receptive field on it, and the rays to the lens. */
function drawPicture(view, layer, lensBox) {
  const { unit, pixel, position, root } = view;
  const { rows, cols } = view.picture;
  const [side, edge] = [view.picture.side * unit, MARGIN * unit];
  const size = side + 2 * edge;
  const canvas = root.querySelector(".input canvas");
  const context = sharpContext(canvas, size, size);
  context.clearRect(0, 0, size, size);
  context.imageSmoothingEnabled = false;
  // on the stage it may be shown without the map: then it is a picture, and nothing is taken from it
  if (root.querySelector(".lens").hasAttribute("data-offstage")) {
    context.drawImage(view.picture.canvas, edge, edge, cols * unit, rows * unit);
    return;
  }
  context.strokeStyle = view.dark ? WHITE : BLACK;
  context.globalAlpha = 0.15;
  context.lineWidth = 1;
  for (let k = 0; k <= view.picture.side + 2 * MARGIN; k++) {
    // the cells of the padding: drawn as empty cells, only the ring round the picture stays visible
    line(context, k * unit, 0, k * unit, size);
    line(context, 0, k * unit, size, k * unit);
  }
  context.globalAlpha = 1;
  context.drawImage(view.picture.canvas, edge, edge, cols * unit, rows * unit);
  const whole = { top: 0, left: 0, bottom: rows - 1, right: cols - 1 };
  const field = pixel
    ? { top: pixel.row, bottom: pixel.row, left: pixel.col, right: pixel.col }
    : layer.field
      ? fieldOf(layer.field, position.row, position.col)
      : whole;
  const box = boxOf(field, unit, edge, edge);
  if (layer.field || pixel) dim(context, box, edge, side);
  frameOf(context, view.mark, box, MARK);
  drawCone(view, canvas, box, lensBox, size, !layer.field);
}

export function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/** Darken the picture outside the receptive field a little, so that the field is where one looks. */
function dim(context, box, edge, side) {
  context.save();
  context.beginPath();
  context.rect(edge, edge, side, side);
  context.rect(box.x, box.y, box.width, box.height);
  context.clip("evenodd");
  context.fillStyle = BLACK;
  context.globalAlpha = 0.28;
  context.fillRect(edge, edge, side, side);
  context.restore();
}

/** Rays from the receptive field to the cell it becomes. */
function drawCone(view, picture, from, to, size, whole) {
  const polygon = view.root.querySelector(".cone polygon");
  polygon.classList.toggle("whole", whole); // as wide as the picture: thinner, not to tint the lens
  polygon.style.visibility = to ? "visible" : "hidden";
  if (!to) return;
  const lens = view.root.querySelector(".lens canvas");
  const [x0, y0, x1, y1] = [picture.offsetLeft, picture.offsetTop, lens.offsetLeft, lens.offsetTop];
  const inside = (value) => Math.max(0, Math.min(size, value));
  const [top, bottom] = [inside(from.y), inside(from.y + from.height)];
  const right = inside(from.x + from.width);
  const points = [
    [x0 + right, y0 + top],
    [x1 + to.x, y1 + to.y],
    [x1 + to.x, y1 + to.y + to.height],
    [x0 + right, y0 + bottom],
  ];
  polygon.setAttribute("points", points.map((point) => point.map(Math.round).join(",")).join(" "));
}

function writeFacts(view, layer) {
  const { root, position } = view;
  const write = (selector, words) => {
    const element = root.querySelector(selector);
    if (element.textContent !== words) element.textContent = words;
  };
  const value = valueAt(layer, position);
  write(".lens figcaption", mapName(view, layer));
  write(".facts .value b", precise(value));
  write(".facts .where", `${cellText(view, layer)}`);
  const joined = joinedText(view, layer);
  root.querySelector(".facts .sees").classList.toggle("joined", joined !== "");
  write(".facts .sees", joined ? `${joined}\n${seesText(view, layer)}` : seesText(view, layer));
  write(
    ".facts .range",
    `${layer.isVector ? grouped(layer.width) : shapeText([layer.height, layer.width])} · ${rangeText(view, layer)}`,
  );
  root.querySelector(".facts .open").style.visibility = layer.openable ? "visible" : "hidden";
  drawBar(view, layer, value);
  clearTimeout(view.speaking);
  view.speaking = setTimeout(() => {
    const shape = layer.isVector ? "" : `, ${shapeText([layer.height, layer.width])}`;
    const words = [`${mapName(view, layer)}${shape}`, rangeText(view, layer), joined].filter(Boolean).join(", ");
    if (view.spoken !== words) write(".live", (view.spoken = words));
  }, SPEAK_MS);
}

/** The colour bar: from the lowest colour to the highest, zero marked, the value under the pointer too. */
function drawBar(view, layer, value) {
  const holder = view.root.querySelector(".bar");
  const canvas = holder.querySelector("canvas");
  const width = (view.barWidth ??= holder.clientWidth); // reading it each time would force a layout
  const height = 18;
  const context = sharpContext(canvas, width, height);
  const scale = fullScale(view, layer, view.position.map);
  const low = layer.signed ? -1 : 0;
  const xOf = (t) => ((t - low) / (1 - low)) * (width - 8) + 4;
  context.clearRect(0, 0, width, height);
  for (let x = 4; x < width - 4; x++) {
    const t = low + ((x - 4) / (width - 8)) * (1 - low);
    context.fillStyle = css(rgbOf(view.table[Math.round(t * LEVELS) + LEVELS]));
    context.fillRect(x, 6, 1.5, height - 6);
  }
  context.fillStyle = view.dark ? WHITE : BLACK;
  context.fillRect(Math.round(xOf(0)) - 0.5, 6, 1, height - 6);
  const x = xOf(Math.max(low, Math.min(1, value / scale)));
  context.fillStyle = view.mark;
  context.beginPath();
  context.moveTo(x - 4, 0);
  context.lineTo(x + 4, 0);
  context.lineTo(x, 6);
  context.fill();
  const beyond = scale < layer.largest && view.scale === "layer"; // a few values are stronger than full colour
  const [least, most] = beyond ? ["≤ ", "≥ "] : ["", ""];
  const words = layer.signed ? [least + precise(-scale), "0", most + precise(scale)] : ["0", "", most + precise(scale)];
  holder.querySelectorAll("span").forEach((span, k) => {
    if (span.textContent !== words[k]) span.textContent = words[k];
  });
}

function markCards(view, layer) {
  const joined = cellsJoined(layer, view.layers, view.position);
  for (const card of view.cards) {
    if (card.isAnswer) continue;
    const other = view.layers[card.index];
    const chosen = other === layer;
    card.element.classList.toggle("chosen", chosen);
    if (card.bars) {
      card.rows.forEach(({ row }, k) => row.classList.toggle("marked", chosen && k === view.position.col));
      continue;
    }
    // the same map before and after ReLU or pooling is marked too, thinly
    const linked = !layer.isVector && !other.isVector && other.chain === layer.chain;
    const input = joined.find((cell) => cell.layer === card.index);
    markCell(card, other, input ?? (chosen && joined.length ? view.position : null));
    card.mark.hidden = !chosen && !linked && !input;
    if (card.mark.hidden) continue;
    card.mark.classList.toggle("linked", !chosen);
    const { layout } = card;
    const { map, col } = input ?? view.position;
    const [x, y] = other.isVector
      ? [(col % layout.columns) * layout.cell, Math.floor(col / layout.columns) * layout.cell]
      : tileCorner(layout, map);
    const side = other.isVector ? layout.cell - 1 : layout.tile;
    card.mark.style.cssText = `width:${side}px;height:${side}px;transform:translate(${x}px,${y}px)`;
  }
}

const CELL_MIN = 5; // px

/** Mark one cell of a card's map, where a join is made of it; null = none. */
function markCell(card, layer, cell) {
  if (layer.isVector || (!cell && !card.cell)) return;
  if (!card.cell) {
    card.cell = make("i", "mark cell");
    card.surface.append(card.cell);
  }
  card.cell.hidden = !cell;
  if (!cell) return;
  const { layout } = card;
  const [x, y] = tileCorner(layout, cell.map);
  const [width, height] = [layout.tile / layer.width, layout.tile / layer.height];
  const [w, h] = [width, height].map((side) => Math.max(CELL_MIN, side));
  const [left, top] = [x + (cell.col + 0.5) * width - w / 2, y + (cell.row + 0.5) * height - h / 2];
  card.cell.style.cssText = `width:${w}px;height:${h}px;transform:translate(${left}px,${top}px)`;
}
