// The view of a drill-down: its rows are built once, and filled for each cell.

import { sharpContext, showsMinus } from "../shared/canvas.js";
import { css, inkOn, signedScale } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { fill, grouped, number, numberEms } from "../shared/numbers.js";
import { writeTableSoon } from "../shared/spoken_table.js";
import { typeSize } from "../shared/type.js";
import { clamp } from "../shared/values.js";
import { fit } from "../stepper/geometry.js";
import { brightness, numberGrid, setNumber, signed } from "../stepper/number_grid.js";
import { isShown, planDrill, windowAt } from "./drill_math.js";
import { tableOf } from "./drill_table.js";
import { addends, equalsSign, formulaOf, inCell, resultText, saidOf, sourceName, waitingText } from "./drill_words.js";
import { foldColumns } from "./geometry.js";
import { paintVector } from "./maps.js";
import { fullScale } from "./state.js";
import { aboutText, cellText, kindText } from "./words.js";

const LARGE = 1.7; // type of numbers, against the stepper's
const TINTS = ["r", "g", "b"];

/** Build the rows, the sums and the output map of what is open, for the room there is. */
export function buildDrill(view) {
  const { drill, panel } = view;
  const { op, layer, sources } = drill;
  const { text } = view.scene.drill;
  drill.signs = signedScale(view.root);
  const kernels = Boolean(op.file) && op.operation !== "terms";
  drill.plan = planDrill(op, {
    width: panel.clientWidth - 2 * panel.padding,
    height: panel.height,
    parts: sources.length,
    kernels,
    vector: layer.takes.some((at) => view.layers[at ?? -1]?.isVector),
  });
  const { plan } = drill;
  panel.classList.toggle("narrow-drill", plan.narrow);
  panel.classList.toggle("beside", plan.beside);
  panel.style.setProperty("--side", `${plan.side}px`);
  panel.style.setProperty("--from", `${plan.from}px`);
  panel.style.setProperty("--row", `${plan.row}px`);
  panel.find(".drill-title").textContent = titleOf(view);
  panel.ariaLabel = titleOf(view);
  panel.find(".drill-about").textContent = `${kindText(layer)}: ${aboutText(view, layer)}`;
  const { levels } = drill;
  const up = levels.length > 1 ? view.layers[levels.at(-2).layer].title : "";
  setText(panel.find(".drill-back span"), up ? fill(text.back_to, { name: up }) : text.back);
  panel.find(".drill-own").hidden = !layer.openable;

  const parts = panel.find(".drill-parts");
  const count = drill.all ? Math.min(sources.length, view.host.most) : plan.rows;
  drill.slots = Array.from({ length: count }, (_, k) => buildSlot(view, kernels, k === 0));
  parts.replaceChildren(...drill.slots.map(({ row }) => row));
  if (op.operation === "pointwise") buildCurve(view);
  const more = panel.find(".drill-more");
  more.hidden = sources.length <= plan.rows;
  buildTotal(view);
  buildInto(view);
  const canvas = panel.find(".drill-into canvas");
  canvas.setAttribute("aria-label", fill(text.label, { name: titleOf(view) }));
}

/** One of the maps that the map is made of: the map, what is under the window, the kernel, the products, the sum. */
function buildSlot(view, kernels, first) {
  const { plan, op } = view.drill;
  const [kh, kw] = op.size;
  const row = make("div", "drill-part");
  const figure = make("figure", "drill-from");
  const holder = make("div", "drill-picture");
  const canvas = make("canvas");
  const box = make("i", "drill-window");
  holder.append(canvas, box);
  const name = make("button", "drill-name inline");
  name.type = "button";
  figure.append(holder, name);
  row.append(figure);
  const grids = {};
  const { text } = view.scene.drill;
  const heads = {
    patch: ["softmax", "moved"].includes(op.operation) ? "" : text.patch,
    kernel: view.drill.scales ? text.scale : text.kernel,
    product: text.products,
  };
  const names = kernels ? ["patch", "kernel", "product"] : ["patch"];
  const maths = make("div", "drill-maths");
  names.forEach((kind, k) => {
    if (k) maths.append(make("span", "sign", k === 1 ? "×" : "="));
    grids[kind] = plan.w ? gridOf(plan, kh, kw, kind) : { canvas: make("canvas", "drill-tile") };
    const node = grids[kind].node ?? grids[kind].canvas;
    node.classList.toggle("patch", kind === "patch");
    const cell = make("div", "drill-grid");
    if (first && heads[kind]) cell.append(make("span", "drill-of", heads[kind]));
    cell.append(node);
    maths.append(cell);
  });
  const sum = make("span", "drill-sum");
  for (const part of [maths, sum]) part.ariaHidden = "true"; // the table says it
  row.append(maths, sum);
  return { row, figure, holder, canvas, box, name, grids, sum, shown: null };
}

function gridOf(plan, kh, kw, kind) {
  const grid = numberGrid(kh, kw, kind, "");
  grid.node.className = "drill-numbers";
  grid.node.style.setProperty("--across", String(kw));
  grid.node.style.setProperty("--w", `${plan.w}px`);
  grid.node.style.setProperty("--h", `${plan.h}px`);
  grid.node.classList.toggle("signs", showsMinus(plan.w, plan.h));
  return grid;
}

function buildTotal(view) {
  const { drill, panel } = view;
  drill.lines = new Map();
  const total = panel.find(".drill-total");
  const line = (what) => {
    const [name, value] = [make("span", "drill-addend"), make("span", "drill-value")];
    total.append(name, value);
    drill.lines.set(what, { name, value });
  };
  total.replaceChildren();
  const { op } = drill;
  if (op.operation === "conv") for (const what of ["part", "rest", "bias"]) line(what);
  else for (const what of [...(op.terms ?? []).slice(1), "formula"]) line(what);
  drill.lines.get("formula")?.name.classList.add("drill-formula");
  total.append(make("span", "drill-rule"));
  line("result");
  drill.lines.get("result").value.className = "drill-result";
}

/** Build the map that is open. */
export function buildInto(view) {
  const { drill, panel } = view;
  const { layer, plan, position } = drill;
  const canvas = panel.find(".drill-into canvas");
  if (layer.isVector) {
    const columns = foldColumns(layer.width, 1, 1);
    const cell = Math.max(3, Math.floor(plan.side / columns));
    drill.into = { columns, cell, cellHeight: cell };
    const context = sharpContext(canvas, columns * cell, Math.ceil(layer.width / columns) * cell);
    paintVector(context, view, layer, columns, cell, 0, 0);
    return;
  }
  const cell = plan.side / Math.max(layer.width, layer.height);
  drill.into = { columns: layer.width, cell, cellHeight: cell };
  const context = sharpContext(canvas, cell * layer.width, cell * layer.height);
  context.imageSmoothingEnabled = false;
  view.host.draw(context, layer, position.map, cell * layer.width, cell * layer.height);
}

export function titleOf(view) {
  const { layer, position } = view.drill;
  const { text } = view.scene.drill;
  return fill(layer.isVector ? text.number_of : text.map_of, {
    layer: layer.title,
    n: layer.isVector ? position.col : position.map,
  });
}

/** Fill everything for the current cell. */
export function paintDrill(view) {
  const { drill, panel } = view;
  const { op, layer, parts, stops, step } = drill;
  const { text } = view.scene.drill;
  setText(panel.find(".drill-where"), layer.isVector ? cellWords(view) : cellText(view, layer));
  drill.slots.forEach((slot, k) => {
    slot.row.hidden = !parts[k];
    if (parts[k]) paintSlot(view, slot, parts[k], k);
  });
  if (op.operation === "pointwise") paintCurve(view);
  const more = panel.find(".drill-more");
  if (!more.hidden) {
    const sum = number(drill.rest.sum, op.digits.sum);
    const { most } = view.host;
    const some = drill.sources.length > most;
    const words =
      op.operation === "conv" && drill.ready
        ? fill(some ? text.more_some : text.more, { n: grouped(drill.rest.count), sum, most })
        : fill(some ? text.more_some_plain : text.more_plain, { n: grouped(drill.rest.count), most });
    setText(more, drill.all ? text.fewer : words);
    more.ariaExpanded = String(drill.all);
  }
  paintTotal(view);
  paintMark(view);
  setText(panel.find(".drill-said"), saidOf(view));
  writeTableSoon(panel.find(".spoken > table"), () => tableOf(view));
  const walking = step >= 0;
  setText(panel.find(".drill-next span"), walking ? (step < stops.length - 1 ? text.next : text.all) : text.walk);
  panel.find(".drill-previous").hidden = !walking;
  setText(panel.find(".drill-count"), walking ? fill(text.count, { step: step + 1, steps: stops.length }) : "");
  panel.dataset.step = step;
  panel.dataset.value = drill.value;
  panel.dataset.sum = drill.sum;
  panel.dataset.exact = drill.exact;
  panel.classList.toggle("walking", walking);
  setText(panel.find(".drill-hint"), view.touch ? text.hint_touch : text.hint);
  drawLines(view);
}

const cellWords = (view) =>
  view.drill.layer.width === view.scene.class_names.length ? cellText(view, view.drill.layer) : "";

const maps = (view, source) => view.drill.inputs[source.input];

function paintSlot(view, slot, part, k) {
  const { drill } = view;
  const { op, plan, stops, step } = drill;
  const index = drill.layer.takes[part.source.input] ?? -1;
  const key = `${index} ${part.source.channel} ${plan.from} ${drill.painted}`;
  if (slot.shown !== key) {
    slot.shown = key;
    setText(slot.name, sourceName(view, index, part.source.channel));
    slot.name.disabled = index < 0;
    slot.row.dataset.source = index;
    slot.row.dataset.channel = part.source.channel;
    slot.scale = paintFrom(view, slot, index, part.source.channel);
  }
  placeWindow(view, slot, maps(view, part.source));
  const shown = (what, at) => isShown(stops, step, { what, part: k, at });
  const { digits } = op;
  const colour = { patch: xScale(view, index, part.source.channel), kernel: signed(op.limit ?? 1, drill.signs) };
  colour.product = signed(plan.w ? drill.xLimit * (op.limit ?? 1) : drill.largestProduct, drill.signs);
  const values = { patch: part.patch, kernel: part.kernel, product: part.products };
  const decimals = { patch: digits.x, kernel: digits.kernel, product: digits.product };
  const now = stops[step];
  for (const [kind, grid] of Object.entries(slot.grids)) {
    const numbers = values[kind];
    if (grid.canvas) {
      paintTile(grid.canvas, op, plan.tile, numbers, colour[kind], kind === "product" && !shown("product"));
      continue;
    }
    grid.node.style.setProperty("--type", `${typeOf(view)}px`);
    grid.cells.forEach((holder, at) => {
      const value = numbers ? numbers[at] : null;
      const hidden = kind === "product" && !shown("product", at);
      const unknown = !numbers || Number.isNaN(value);
      const missing = value === null || value === undefined || unknown;
      const words = unknown ? "·" : inCell(value, decimals[kind]);
      setNumber(
        holder,
        hidden ? "" : words,
        hidden || missing ? null : value,
        colour[kind],
        hidden ? "waiting" : value === undefined && numbers ? "inserted" : "padding",
      );
      holder.cell.classList.toggle("waiting", hidden);
      const one = now?.what === "product" && k === 0 && now.at === at;
      const winner = op.operation === "max" && drill.winner === at;
      holder.cell.classList.toggle("marked", one || winner);
    });
  }
  const text = op.operation === "conv" && drill.ready && shown("part") ? number(part.sum, digits.sum) : "";
  setText(slot.sum, op.operation === "softmax" ? shareText(view, part) : text);
  slot.sum.style.color = "";
  slot.row.classList.toggle("now", now?.part === k);
}

/** A class' logit, and its share of the exponentials. */
function shareText(view, part) {
  const { drill } = view;
  return number(drill.shares[part.source.channel], 4);
}

/** The largest type in which all numbers of the window, the kernel and the products fit. */
function typeOf(view) {
  const { drill } = view;
  if (drill.type) return drill.type;
  const { op, xLimit, plan } = drill;
  const { digits } = op;
  const rem = (parseFloat(getComputedStyle(document.documentElement).fontSize) / 16) * LARGE * plan.grown;
  const signed = drill.layer.takes.some((at) => view.layers[at ?? -1]?.signed);
  const texts = [number((signed ? -0.999 : 0.999) * xLimit, digits.x)];
  if (op.file && op.operation !== "terms")
    texts.push(number(-0.999 * op.limit, digits.kernel), number(-0.999 * xLimit * op.limit, digits.product));
  const longest = Math.max(...texts.map(numberEms));
  drill.type = Math.min(fit(plan.w - 5, longest, rem) || 9, plan.h * 0.66);
  return drill.type;
}

function xScale(view, index, channel) {
  const { drill } = view;
  const { mean, divisor } = view.scene.drill;
  if (index < 0 && !mean.length) return brightness({ picture_range: [0, 255 / divisor] });
  const layer = view.layers[index];
  return signed(index < 0 ? drill.xLimit : fullScale(view, layer, layer.isVector ? 0 : channel), drill.signs);
}

/** Paint the map that a row is about; return its cell's side in px, 0 where there is no map. */
function paintFrom(view, slot, index, channel) {
  const { plan } = view.drill;
  const layer = view.layers[index];
  const vector = layer?.isVector;
  slot.row.classList.toggle("of-vector", Boolean(vector));
  if (vector) return 0;
  const { height, width } = maps(view, { input: view.drill.layer.takes.indexOf(index < 0 ? null : index) });
  const cell = plan.from / Math.max(height, width);
  const context = sharpContext(slot.canvas, cell * width, cell * height);
  context.imageSmoothingEnabled = false;
  if (index >= 0) view.host.draw(context, layer, channel, cell * width, cell * height);
  else if (view.scene.arrays.image) context.drawImage(tinted(view, channel), 0, 0, cell * width, cell * height);
  return cell;
}

/** One colour of the picture. */
function tinted(view, channel) {
  const { data, shape } = view.scene.arrays.image;
  const [height, width] = shape;
  const canvas = Object.assign(document.createElement("canvas"), { height, width });
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let k = 0; k < height * width; k++) {
    const value = data[3 * k + channel];
    TINTS.forEach((_, c) => (pixels.data[4 * k + c] = view.scene.grey || c === channel ? value : value * 0.25));
    pixels.data[4 * k + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** The window on a row's map. It may reach beyond it. */
function placeWindow(view, slot, { height: most, width: across }) {
  const { drill } = view;
  slot.box.hidden = !slot.scale;
  if (!slot.scale) return;
  let { rows, cols } = drill.window;
  if (drill.op.operation === "terms") {
    rows = rows.map((row) => Math.min(row, most - 1)); // a map of a single cell is repeated
    cols = cols.map((col) => Math.min(col, across - 1));
  }
  const [byRow, byCol] = drill.op.inserted;
  const cell = slot.scale;
  const [top, left] = [(rows[0] / byRow) * cell, (cols[0] / byCol) * cell];
  const height = ((rows.at(-1) - rows[0]) / byRow + 1) * cell;
  const width = ((cols.at(-1) - cols[0]) / byCol + 1) * cell;
  slot.at = { top, left, height, width };
  slot.box.style.cssText = `width:${Math.max(5, width)}px;height:${Math.max(5, height)}px;transform:translate(${left}px,${top}px)`;
}

/** Numbers as a picture, where there are too many to be read. */
function paintTile(canvas, { size: [kh, kw] }, side, numbers, scale, hidden) {
  const cell = side / Math.max(kh, kw);
  const context = sharpContext(canvas, cell * kw, cell * kh);
  context.clearRect(0, 0, side, side);
  if (hidden || !numbers) return;
  for (let k = 0; k < kh * kw; k++) {
    if (!Number.isFinite(numbers[k])) continue;
    context.fillStyle = css(scale(numbers[k]));
    context.fillRect((k % kw) * cell, Math.floor(k / kw) * cell, cell + 0.3, cell + 0.3);
  }
}

function paintTotal(view) {
  const { drill } = view;
  const { op, layer, stops, step, lines } = drill;
  const { text } = view.scene.drill;
  const shown = (what) => isShown(stops, step, { what, part: what === "part" ? drill.parts.length - 1 : undefined });
  const write = (what, name, value) => {
    const line = lines.get(what);
    line.name.hidden = line.value.hidden = name === null;
    if (name === null) return;
    setText(line.name, name);
    setText(line.value, value);
  };
  const result = resultText(view);
  let sign = "=";
  if (op.operation === "conv") {
    const known = drill.ready;
    const all = addends(view);
    for (const what of ["part", "rest", "bias"]) {
      const line = known && all.find((each) => each.what === what);
      write(what, line ? line.name : null, line && shown(what) ? number(line.value, op.digits.sum) : "");
    }
    const terms = all.map(({ value }) => number(value, op.digits.sum));
    sign = known && terms.length ? equalsSign(terms, result) : "=";
    if (!known) write("part", waitingText(view), "");
  } else {
    for (const { term, value } of drill.terms)
      write(term, drill.there ? text[`term_${term}`] : null, number(value, op.digits.x));
    const [formula, equals] = formulaOf(view);
    sign = op.operation === "other" || op.operation === "softmax" ? "" : equals;
    const shownFormula = op.operation === "other" ? text.unknown_op : op.operation === "softmax" ? text.share : formula;
    write("formula", drill.there ? shownFormula : waitingText(view), "");
  }
  const line = lines.get("result");
  setText(line.name, sign);
  setText(line.value, shown("result") ? result.replace("≈", "") : "?");
  const rgb =
    shown("result") && !Number.isNaN(drill.value)
      ? signed(fullScale(view, layer, layer.isVector ? 0 : drill.position.map), drill.signs)(drill.value)
      : null;
  line.value.style.backgroundColor = rgb ? css(rgb) : "";
  line.value.style.color = rgb ? inkOn(rgb) : "";
}

/** The current cell of the output map; its colour is hidden until the steps have come to it. */
function paintMark(view) {
  const { drill, panel } = view;
  const { layer, position, into, stops, step } = drill;
  const [row, col] = layer.isVector
    ? [Math.floor(position.col / into.columns), position.col % into.columns]
    : [position.row, position.col];
  const side = Math.max(6, into.cell);
  const centre = (k) => (k + 0.5) * into.cell - side / 2;
  drill.mark = { x: (col + 0.5) * into.cell, y: (row + 0.5) * into.cell };
  const mark = panel.find(".drill-mark");
  mark.style.cssText = `width:${side}px;height:${side}px;transform:translate(${centre(col)}px,${centre(row)}px)`;
  mark.classList.toggle("waiting", !isShown(stops, step, { what: "result" }));
}

/* ---------------------------------------------------------------- the curve of a pointwise function */

function buildCurve(view) {
  const [slot] = view.drill.slots;
  slot.curve = make("canvas", "drill-curve");
  slot.row.insertBefore(slot.curve, slot.sum);
}

function paintCurve(view) {
  const { drill } = view;
  const { op, plan, parts, slots } = drill;
  const { curve } = op;
  const width = Math.min(plan.narrow ? 330 : 420 * plan.grown, Math.max(200, view.panel.clientWidth * 0.3));
  const height = Math.round(width * 0.72);
  const context = sharpContext(slots[0].curve, width, height);
  const limit = curve.at(-1)[0];
  const ys = curve.map(([, y]) => y);
  const [low, high] = [Math.min(0, ...ys), Math.max(...ys) || 1];
  const margin = 30;
  const px = (x) => width / 2 + (x / limit) * (width / 2 - margin);
  const py = (y) => margin + ((high - y) / (high - low || 1)) * (height - 2 * margin);
  const style = getComputedStyle(view.panel);
  context.clearRect(0, 0, width, height);
  const path = (points, colour, line, dash = []) => {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.setLineDash(dash);
    context.beginPath();
    points.forEach(([x, y], k) => (k ? context.lineTo(px(x), py(y)) : context.moveTo(px(x), py(y))));
    context.stroke();
  };
  path(
    [
      [-limit, 0],
      [limit, 0],
    ],
    style.color,
    1,
  );
  path(
    [
      [0, low],
      [0, high],
    ],
    style.color,
    1,
  );
  path(curve, style.color, 3.5);
  context.fillStyle = style.color;
  context.font = `${typeSize(view.panel, "lead")}px ${style.fontFamily}`;
  context.textAlign = "center";
  context.fillText(op.formula, width / 2, 16);
  for (const x of [-limit, limit]) context.fillText(number(x, 1), px(x), py(0) + 18);
  if (!drill.there || !isShown(drill.stops, drill.step, { what: "part", part: 0 })) return;
  const [x, y] = [clamp(parts[0].patch[0] ?? 0, -limit, limit), drill.value];
  const mark = getComputedStyle(view.panel.find(".drill-result")).borderTopColor;
  path(
    [
      [x, 0],
      [x, y],
      [0, y],
    ],
    mark,
    2,
    [5, 4],
  );
  context.setLineDash([]);
  context.fillStyle = mark;
  context.beginPath();
  context.arc(px(x), py(y), 8, 0, 2 * Math.PI);
  context.fill();
}

/* ---------------------------------------------------------------- lines */

/** The position of a node in the body, without transforms in progress. */
function within(node, body) {
  let [x, y] = [0, 0];
  for (let at = node; at && at !== body; at = at.offsetParent) {
    x += at.offsetLeft;
    y += at.offsetTop;
  }
  return { left: x, top: y, right: x + node.offsetWidth, bottom: y + node.offsetHeight };
}

export function measureDrill(view) {
  const { drill, panel } = view;
  const body = panel.find(".drill-body");
  drill.anchors = {
    slots: drill.slots.map(({ row, holder, grids, sum, curve }) => {
      const first = grids.patch.node ?? grids.patch.canvas;
      return {
        row: within(row, body),
        from: within(holder, body),
        patch: within(first, body),
        out: within(drill.op.operation === "conv" || drill.op.operation === "softmax" ? sum : (curve ?? first), body),
      };
    }),
    total: within(panel.find(".drill-total"), body),
    result: within(panel.find(".drill-result"), body),
    into: within(panel.find(".drill-into canvas"), body),
    width: body.clientWidth,
    height: body.clientHeight,
  };
}

/** From each window to what is under it, from the sums to the total, from the result to its cell. */
function drawLines(view) {
  const { drill, panel } = view;
  const { anchors, slots, mark, plan } = drill;
  const svg = panel.find(".drill-lines");
  if (!anchors) return;
  svg.setAttribute("viewBox", `0 0 ${anchors.width} ${anchors.height}`);
  const shapes = [];
  slots.forEach((slot, k) => {
    const { from, patch, out } = anchors.slots[k];
    if (slot.row.hidden) return;
    if (slot.scale && !plan.narrow && !plan.beside) {
      const { top, left, height, width } = slot.at;
      const x = Math.min(from.right, from.left + Math.max(0, left + width));
      const [y0, y1] = [from.top + top, from.top + top + height];
      shapes.push(["take", `M${x} ${y0}L${patch.left - 2} ${patch.top}L${patch.left - 2} ${patch.bottom}L${x} ${y1}Z`]);
    }
    if (plan.narrow) return;
    const [x0, y0] = [out.right + 4, (out.top + out.bottom) / 2];
    const [x1, y1] = [anchors.total.left - 4, anchors.total.top + 18];
    const bend = (x1 - x0) * 0.55;
    shapes.push(["flow", `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`]);
  });
  const { into, result } = anchors;
  const [x, y] = [into.left + mark.x, into.top + mark.y];
  const above = result.bottom < into.top + 4;
  const [rx, ry] = above
    ? [(result.left + result.right) / 2, result.bottom + 2]
    : [result.left - 3, (result.top + result.bottom) / 2];
  if (!plan.narrow) shapes.push(["give", `M${rx} ${ry}L${x} ${y}`]);
  while (svg.children.length > shapes.length) svg.lastChild.remove();
  shapes.forEach(([name, d], k) => {
    const path = svg.children[k] ?? svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
    path.setAttribute("class", name);
    path.setAttribute("d", d);
  });
}

/** The window of the current cell. */
export const windowOf = ({ op, position, layer }) =>
  layer.isVector ? windowAt(op, 0, 0) : windowAt(op, position.row, position.col);
