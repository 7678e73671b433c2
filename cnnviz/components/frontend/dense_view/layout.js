// Layout, and painting once per size.

import { density, sharpContext } from "../shared/canvas.js";
import { css, signedColour, tokenColour } from "../shared/colours.js";
import { headerHeight, setText } from "../shared/elements.js";
import { fill, grouped } from "../shared/numbers.js";
import { MAPS, planBand, planFlow, planMosaic, UNIT } from "./arithmetic.js";
import { buildZoom } from "./building.js";
import { paintEntry } from "./painting.js";
import { colourOf, cornerOf, tiles } from "./state.js";

const UNIT_ROWS = 32;
const ROOMY = 960; // px from which the captions of the column and of the units beside it do not touch
const BAND = { wide: 132, narrow: 240 }; // px: height of the band

export function resized(view) {
  const width = Math.floor(view.root.clientWidth);
  const ratio = density();
  if (!view.scene || width < 1 || (width === view.width && ratio === view.ratio)) return;
  Object.assign(view, { width, ratio });
  arrange(view);
}

function arrange(view) {
  const { root, scene } = view;
  const hidden = scene.layers.slice(0, -1).map(({ size }) => size);
  const flow = planFlow(
    view.width,
    hidden.map((size) => Math.ceil(size / UNIT_ROWS)),
  );
  const wide = (view.wide = flow !== null);
  root.classList.toggle("narrow", !wide);
  root.style.setProperty("--top", `${headerHeight()}px`);
  const style = getComputedStyle(root);
  view.mark = tokenColour(root, "accent");
  view.ink = style.color;
  view.colours = { up: style.getPropertyValue("--up").trim(), down: style.getPropertyValue("--down").trim() };
  const [height, width] = scene.shape;
  view.mosaic = planMosaic(flow?.maps ?? Math.min(view.width, 360), tiles(view), height, width);
  view.plan = planBand(view.width, wide ? BAND.wide : BAND.narrow, scene.shape);
  const n = grouped(view.size);
  const roomy = flow?.maps === MAPS.max && view.width >= ROOMY;
  setText(root.querySelector(".column figcaption b"), roomy ? fill(view.text.numbers, { n }) : n);
  root.style.setProperty("--answers", wide ? `${flow.answers}px` : "100%");
  const heads = root.querySelector(".heads");
  heads.classList.remove("tall");
  heads.classList.toggle("tall", heads.firstElementChild.scrollWidth > heads.firstElementChild.clientWidth);
  view.fold = { width: 14, height: wide ? view.mosaic.height : 0 };
  for (const part of view.units) {
    const { size } = scene.layers[view.units.indexOf(part)];
    part.columns = wide ? Math.ceil(size / UNIT_ROWS) : Math.floor(view.width / UNIT);
    part.rows = Math.ceil(size / part.columns);
  }
  paintMaps(view);
  paintBand(view);
  paintColumn(view);
  view.units.forEach((part, k) => paintUnits(view, part, k));
  const { parts } = view.plan;
  const note = parts > 1 ? view.text.band_folded : view.text.band_note;
  setText(root.querySelector(".flat .note"), fill(note, { lines: parts, channels: scene.shape[2] }));
  buildZoom(view);
  paintEntry(view);
  requestAnimationFrame(() => requestAnimationFrame(() => (root.dataset.painted = view.digest)));
}

/** A picture of `count` pixels, `colour(k)` each, on a canvas off the page. */
function pixels(width, height, colour) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let k = 0; k < width * height; k++) image.data.set([...colour(k), 255], 4 * k);
  context.putImageData(image, 0, 0);
  return canvas;
}

function paintMaps(view) {
  const { mosaic, scene } = view;
  const [height, width, channels] = scene.shape;
  const context = sharpContext(view.maps.base, mosaic.width, mosaic.height);
  context.clearRect(0, 0, mosaic.width, mosaic.height);
  context.imageSmoothingEnabled = false;
  for (let channel = 0; channel < tiles(view); channel++) {
    const data = scene.arrays.source.data;
    const colour =
      channel < channels
        ? (k) => colourOf(view, k * channels + channel)
        : (k) => [255 * data[3 * k], 255 * data[3 * k + 1], 255 * data[3 * k + 2]];
    const [x, y] = cornerOf(mosaic, channel);
    context.drawImage(pixels(width, height, colour), x, y, mosaic.tile, mosaic.tileHeight);
    context.strokeStyle = view.ink; // an edge, as a map of zeros has the colour of the page
    context.globalAlpha = 0.22;
    context.strokeRect(x + 0.5, y + 0.5, mosaic.tile - 1, mosaic.tileHeight - 1);
    context.globalAlpha = 1;
  }
}

function paintBand(view) {
  const { perLine, lines, line, entry, width, height } = view.plan;
  const context = sharpContext(view.band.base, width, height);
  context.clearRect(0, 0, width, height);
  const picture = pixels(perLine, lines, (k) => colourOf(view, k));
  context.imageSmoothingEnabled = false;
  for (let k = 0; k < lines; k++) context.drawImage(picture, 0, k, perLine, 1, 0, k * line, width, line - 1);
  const block = view.scene.shape[2] * entry; // one cell with all of its channels
  context.fillStyle = view.ink;
  context.globalAlpha = 0.28;
  if (block >= 8) for (let x = block; x < width - 1; x += block) context.fillRect(Math.round(x), 0, 1, height);
  context.globalAlpha = 1;
}

/** The vector as the one column it is: each pixel the mean of the entries that fall on it. */
function paintColumn(view) {
  const { width, height } = view.fold;
  view.column.box.hidden = !height;
  if (!height) return;
  const context = sharpContext(view.column.base, width, height);
  const rows = Math.round(height);
  for (let y = 0; y < rows; y++) {
    const [from, to] = [
      Math.floor((y * view.size) / rows),
      Math.max(Math.floor((y * view.size) / rows) + 1, Math.floor(((y + 1) * view.size) / rows)),
    ];
    const sum = [0, 0, 0];
    for (let k = from; k < to; k++) colourOf(view, k).forEach((part, c) => (sum[c] += part));
    context.fillStyle = css(sum.map((part) => part / (to - from)));
    context.fillRect(0, y, width, 1);
  }
}

function paintUnits(view, part, k) {
  const { size, limit } = view.scene.layers[k];
  const values = view.scene.arrays[`values_${k}`].data;
  const context = sharpContext(part.base, part.columns * UNIT, part.rows * UNIT);
  context.clearRect(0, 0, part.columns * UNIT, part.rows * UNIT);
  for (let unit = 0; unit < size; unit++) {
    context.fillStyle = css(signedColour(values[unit] / limit, view.signs));
    context.fillRect((unit % part.columns) * UNIT, Math.floor(unit / part.columns) * UNIT, UNIT - 1, UNIT - 1);
  }
  const label = { layer: view.scene.layers[k].title, n: grouped(size) };
  part.layers.setAttribute("aria-label", fill(view.text.units_label, label));
}
