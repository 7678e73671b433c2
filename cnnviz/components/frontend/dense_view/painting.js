// Painting of one move.

import { sharpContext } from "../shared/canvas.js";
import { css, inkOn, WHITE } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { fill, grouped, number } from "../shared/numbers.js";
import { cellOf, UNIT } from "./arithmetic.js";
import { paintLinks } from "./links.js";
import { bandBox, cellBox, channelName, colourOf, shown, unitBox } from "./state.js";

function overlay({ over, base }) {
  const [width, height] = [parseFloat(base.style.width), parseFloat(base.style.height)];
  const context = sharpContext(over, width, height);
  context.clearRect(0, 0, width, height);
  return context;
}

/** The frame of a contribution's source: its sign is its colour, and dashes if it is negative. */
function frameTerm(context, view, box, { shown: whole }, weight) {
  const [x, y, w, h] = box;
  if (whole < 0) context.setLineDash([3, 2]);
  frame(context, view, x, y, w, h, whole < 0 ? view.colours.down : view.colours.up, weight);
  context.setLineDash([]);
}

/** A frame with a halo, so that it shows on every colour. */
function frame(context, view, x, y, w, h, colour = view.mark, weight = 2) {
  for (const [style, line] of [
    [WHITE, weight + 2],
    [colour, weight],
  ]) {
    context.strokeStyle = style;
    context.lineWidth = line;
    context.strokeRect(x, y, w, h);
  }
}

export function paintEntry(view) {
  if (!view.width) return;
  const { scene, text } = view;
  const entry = shown(view);
  const [row, col, channel] = cellOf(entry, scene.shape);
  const [, width, channels] = scene.shape;
  markMaps(view, entry);
  markBand(view, entry);
  markUnits(view);
  paintZoom(view, entry);
  const [general, numbers] = view.root.querySelector(".formula").children;
  setText(general, text.formula);
  setText(numbers, fill(text.formula_numbers, { row, width, col, channels, channel, index: grouped(entry) }));
  const value = number(scene.arrays.source.data[entry], 3);
  const position = fill(text.cell, { row, col, channel: channelName(view, channel) });
  view.band.layers.setAttribute("aria-valuenow", entry);
  view.band.layers.setAttribute("aria-valuetext", fill(text.entry, { index: entry, position, value }));
  view.root.querySelector(".formula").ariaLive = view.preview === null ? "polite" : "off";
  Object.assign(view.root.dataset, { entry, row, col, channel, source: value });
  paintLinks(view, entry);
  [...view.root.querySelectorAll(".terms .term")].forEach((line) =>
    line.classList.toggle("here", scene.from_source && Number(line.dataset.index) === entry),
  );
}

function markMaps(view, entry) {
  const context = overlay(view.maps);
  const { tile, tileHeight } = view.mosaic;
  const grown = (box, least) => {
    const [w, h] = [Math.max(box.w, least), Math.max(box.h, least)];
    return [box.x + box.w / 2 - w / 2, box.y + box.h / 2 - h / 2, w, h];
  };
  if (view.scene.from_source)
    for (const term of view.scene.terms) frameTerm(context, view, grown(cellBox(view, term.index), 4), term, 1.5);
  const box = cellBox(view, entry);
  context.strokeStyle = view.mark;
  context.lineWidth = 1.5;
  context.strokeRect(box.corner[0] + 0.75, box.corner[1] + 0.75, tile - 1.5, tileHeight - 1.5);
  frame(context, view, ...grown(box, 8), view.mark, 2.5);
}

function markBand(view, entry) {
  const context = overlay(view.band);
  const channels = view.scene.shape[2];
  const block = bandBox(view, entry - (entry % channels));
  context.strokeStyle = view.mark;
  context.lineWidth = 1.5;
  context.strokeRect(block.x, block.y - 0.5, channels * block.w, block.h + 1);
  const box = bandBox(view, entry);
  const width = Math.max(box.w, 5);
  frame(context, view, box.x + box.w / 2 - width / 2, box.y - 2, width, box.h + 4, view.mark, 2.5);
}

function markUnits(view) {
  const { scene, text } = view;
  view.units.forEach((part, k) => {
    const context = overlay(part);
    const values = scene.arrays[`values_${k}`].data;
    if (scene.layer === k + 1)
      scene.terms.forEach((term, t) =>
        frameTerm(context, view, unitBox(view, k, term.index), term, view.touched === t ? 3 : 1.5),
      );
    const chosen = scene.layer === k ? scene.unit : null;
    if (chosen !== null) frame(context, view, ...unitBox(view, k, chosen), view.mark, 2.5);
    if (part.pointed !== null) frame(context, view, ...unitBox(view, k, part.pointed), view.mark, 1.5);
    const unit =
      part.pointed ?? (scene.layer === k + 1 && view.touched !== null ? scene.terms[view.touched].index : null);
    const name = scene.layers[k].relu ?? scene.layers[k].title;
    part.caption.replaceChildren(make("b", "", name), " ", make("span", "", grouped(scene.layers[k].size)));
    part.tip.hidden = unit === null;
    if (unit === null) return;
    const [x, y] = unitBox(view, k, unit);
    setText(part.tip, `${fill(text.unit, { unit })}: ${number(values[unit], 3)}`);
    part.tip.style.cssText = `left:${Math.min(x, part.columns * UNIT - 60)}px;top:${y + (y < 30 ? 14 : -28)}px`;
  });
}

function paintZoom(view, entry) {
  const { scene, text } = view;
  const cells = [...view.root.querySelector(".zoom").children];
  const first = entry - (cells.length - 1) / 2;
  cells.forEach((cell, k) => {
    const index = first + k;
    const inside = index >= 0 && index < view.size;
    cell.style.visibility = inside ? "" : "hidden";
    if (!inside) return;
    const [row, col, channel] = cellOf(index, scene.shape);
    const [value, name, position] = cell.children;
    const rgb = colourOf(view, index);
    value.style.backgroundColor = css(rgb);
    value.classList.toggle("minus", scene.arrays.source.data[index] < 0);
    value.style.color = inkOn(rgb);
    setText(value, number(scene.arrays.source.data[index], 2));
    setText(name, grouped(index));
    setText(position, view.scene.pooled ? "" : `${row},${col},${channel}`);
    cell.dataset.entry = index;
    cell.classList.toggle("here", index === entry);
    cell.classList.toggle("first", channel === 0);
    cell.title = fill(text.cell, { row, col, channel: channelName(view, channel) });
  });
}
