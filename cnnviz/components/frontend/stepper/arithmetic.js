// The arithmetic between input and output; each builder returns its update.

import { sharpContext, showsMinus } from "../shared/canvas.js";
import { css, inkOn } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { cellNumber, fill, number } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";
import { path } from "./canvases.js";
import { at2, CELL, CURVE_MATH, fit, indices, inputAt, isInserted, LABEL, planCells, SUM, TYPE } from "./geometry.js";
import { term } from "./lines.js";
import { selectChannel } from "./moving.js";
import { brightness, numberGrid, setNumber, signed } from "./number_grid.js";
import { channelName, lineAt, sumAt } from "./place.js";

function addLine(box, name, className = "") {
  const value = make("span", className || "value");
  box.append(make("span", "", name), value);
  return value;
}

export function buildConv(view) {
  const { scene, math, text } = view;
  const [kh, kw] = scene.size;
  const channels = scene.x.shape[2];
  const many = channels > 3;
  const kernelLimit = scene.limits.kernel;
  const bare = channels === 1;
  const scales = {
    x: scene.limits.x.map((limit) => (scene.rgb ? brightness : signed(limit, view.signs))),
    kernel: signed(kernelLimit, view.signs),
    product: scene.limits.x.map((limit) => signed(limit * kernelLimit, view.signs)),
  };
  const widestX = Math.max(...scene.limits.x);
  const productLimit = widestX * kernelLimit || 1;
  const digits = { ...scene.step.digits };
  const negative = scene.x.data.some((value) => value < 0);
  const widest = () =>
    Math.max(
      longest(scene.x, digits.x, widestX, negative),
      ...Array.from(scene.kernel.data, (value) => cellNumber(value, digits.kernel).length),
      longest(scene.x, digits.product, productLimit, true),
    );
  let cells = planCells(view.layout.math, kw, widest(), bare, view.rem);
  if (!cells.type) {
    // a large kernel: one decimal is better than no number; pointing at a cell tells three
    for (const kind of ["x", "kernel", "product"]) digits[kind] = Math.min(digits[kind], 1);
    cells = planCells(view.layout.math, kw, widest(), bare, view.rem);
  }
  math.className = `math${cells.stacked ? " stacked" : ""}${bare ? " bare" : ""}`;
  styleMath(math, { w: cells.w, h: cells.h, type: cells.type, across: kw, rem: view.rem });
  math.replaceChildren();

  let bars = null;
  if (many) {
    bars = buildSums(view, digits.sum);
    math.append(bars.node);
  }
  const heads = make("div", "heads");
  for (const [name, className] of [
    ["", "name"],
    [text.patch, ""],
    ["", "gap"],
    [text.kernel, ""],
    ["", "gap"],
    [text.products, ""],
    [text.sum, "sum"],
  ])
    heads.append(make("span", className, name));
  math.append(heads);

  const blocks = (many ? [null] : [...Array(channels).keys()]).map((fixed) => {
    const row = make("div", "row");
    const name = make("span", "name");
    const sum = make("span", "sum");
    const grids = { patch: null, kernel: null, product: null };
    for (const kind of Object.keys(grids)) {
      grids[kind] = numberGrid(kh, kw, kind, kind === "patch" ? "patch" : "", !cells.type);
    }
    row.append(
      name,
      grids.patch.node,
      make("span", "sign", "×"),
      grids.kernel.node,
      make("span", "sign", "="),
      grids.product.node,
      sum,
    );
    math.append(row);
    return { fixed, name, sum, grids };
  });
  const add = make("div", "add");
  const all = many ? addLine(add, fill(text.all_channels, { n: channels })) : null;
  const alone = bare && scene.bias !== 0 ? addLine(add, text.sum) : null;
  const bias = scene.bias !== 0 ? addLine(add, text.bias) : null;
  if (!bare || bias) add.append(make("span", "rule"));
  const result = addLine(add, "=", "result");
  const equals = result.previousElementSibling;
  math.append(add);
  if (bias) bias.textContent = term(scene.bias, digits.sum);

  return (i, j) => {
    const rows = indices(scene.rows, i);
    const cols = indices(scene.cols, j);
    blocks.forEach(({ fixed, name, sum, grids }, order) => {
      const c = fixed ?? view.channel;
      setText(name, channelName(view, c));
      if (scene.rgb && !bare) name.dataset.colour = c;
      for (let a = 0; a < kh; a++)
        for (let b = 0; b < kw; b++) {
          const k = a * kw + b;
          const value = inputAt(scene, rows[a], cols[b], c);
          const weight = scene.kernel.data[k * channels + c];
          const product = (value ?? 0) * weight;
          const inserted = value !== null && isInserted(scene, rows[a], cols[b]);
          const [seen, empty] = inserted ? [null, "inserted"] : [value, "padding"];
          setNumber(grids.patch.cells[k], cellNumber(value ?? 0, digits.x), seen, scales.x[c], empty);
          setNumber(grids.kernel.cells[k], cellNumber(weight, digits.kernel), weight, scales.kernel);
          setNumber(grids.product.cells[k], cellNumber(product, digits.product), product, scales.product[c]);
          const marked = view.touched?.k === k && view.touched.kind !== "sum";
          for (const kind of Object.keys(grids)) grids[kind].cells[k].cell.classList.toggle("marked", marked);
        }
      const total = sumAt(view, i, j, c);
      setText(
        sum,
        order === 0 && !many
          ? number(total, digits.sum)
          : many
            ? `= ${number(total, digits.sum)}`
            : term(total, digits.sum),
      );
    });
    bars?.update(i, j);
    if (alone) setText(alone, number(sumAt(view, i, j, 0), digits.sum));
    if (all) setText(all, number(at2(scene.totals, i, j), digits.sum));
    setText(equals, lineAt(view, 1, i, j));
    paintResult(result, at2(scene.output_0, i, j), scene.limits.output[0], digits.sum, view);
  };
}

/** The addition of a layer's inputs: each with its name, which shows its map when it is clicked. */
export function buildSum(view) {
  const { scene, math } = view;
  const channels = [...Array(scene.x.shape[2]).keys()];
  const digits = scene.step.digits.sum;
  const limit = Math.max(...scene.limits.x);
  const scale = signed(limit, view.signs);
  const w = Math.floor(view.rem * 72);
  const type = fit(w - 3, number(-limit, digits).length, view.rem);
  math.className = "math addition";
  styleMath(math, { w, h: Math.round(view.rem * 34), type, across: 1, rem: view.rem });
  const rows = channels.map((channel) => {
    const row = make("div", "term");
    const name = make("button", "name", channelName(view, channel));
    name.type = "button";
    name.addEventListener("click", () => selectChannel(view, channel));
    const grid = numberGrid(1, 1, "sum", "patch", !type);
    grid.cells[0].cell.dataset.k = String(channel);
    row.append(name, make("span", "sign", channel ? "+" : ""), grid.node);
    return { row, name, holder: grid.cells[0] };
  });
  const add = make("div", "add");
  add.append(make("span", "rule"));
  const result = addLine(add, "=", "result");
  const equals = result.previousElementSibling;
  math.replaceChildren(...rows.map(({ row }) => row), add);
  return (i, j) => {
    rows.forEach(({ name, holder }, channel) => {
      const value = sumAt(view, i, j, channel);
      setNumber(holder, cellNumber(value, digits), value, scale);
      name.setAttribute("aria-pressed", String(channel === view.channel));
    });
    setText(equals, lineAt(view, 1, i, j));
    paintResult(result, at2(scene.output_0, i, j), scene.limits.output[0], digits, view);
  };
}

/** Characters of the longest number up to `limit`. */
function longest(array, digits, limit, negative) {
  const whole = array.data.length <= 4096 && array.data.every(Number.isInteger) && Number.isInteger(limit);
  return (
    number(negative ? -limit : limit, whole ? 0 : digits).length + (Number.isInteger(limit) && !whole ? digits + 1 : 0)
  );
}

function styleMath(math, { w, h, type, across, rem }) {
  math.style.setProperty("--w", `${w}px`);
  math.style.setProperty("--h", `${h}px`);
  math.style.setProperty("--type", `${type || TYPE.min}px`);
  math.style.setProperty("--across", across);
  math.style.setProperty("--label", `${rem * LABEL}px`);
  math.style.setProperty("--sum", `${rem * SUM}px`);
  math.classList.toggle("signs", showsMinus(w, h));
}

function paintResult(node, value, limit, digits, view) {
  setText(node, number(value, digits).replace("≈", "")); // the sign before it says so
  const rgb = signed(limit, view.signs)(value);
  node.style.backgroundColor = css(rgb);
  node.style.color = inkOn(rgb);
}

/** The sums of all channels, from which one is picked. */
function buildSums(view, digits) {
  const { scene, text } = view;
  const channels = scene.x.shape[2];
  const width = view.layout.math;
  const across = Math.min(channels, channels > 64 ? 16 : 8);
  const w = Math.floor((width - 2) / across);
  const type = fit(w - 3, number(-scene.limits.sums, digits).length, view.rem);
  const scale = signed(scene.limits.sums, view.signs);
  const node = make("div", "sums");
  const pick = make("label", "pick");
  const input = Object.assign(make("input"), { type: "number", min: 0, max: channels - 1, value: view.channel });
  const choice = make("span");
  choice.append(`${text.channel} `, input);
  pick.append(make("span", "", text.channel_sums), choice);
  const grid = numberGrid(Math.ceil(channels / across), across, "sum", "", !type);
  grid.cells.splice(channels).forEach(({ cell }) => cell.remove());
  grid.node.style.setProperty("--w", `${w}px`);
  grid.node.style.setProperty("--h", `${view.rem * (channels > 32 ? 20 : 26)}px`);
  grid.node.style.setProperty("--type", `${Math.min(13 * view.rem, type || TYPE.min)}px`);
  grid.node.classList.toggle("signs", showsMinus(w, view.rem * (channels > 32 ? 20 : 26)));
  grid.node.addEventListener("click", (event) => {
    const cell = /** @type {Element} */ (event.target).closest("[data-k]");
    if (cell instanceof HTMLElement) selectChannel(view, Number(cell.dataset.k));
  });
  input.addEventListener("input", () => input.value !== "" && selectChannel(view, Number(input.value)));
  node.append(pick, grid.node);
  return {
    node,
    update(i, j) {
      grid.cells.forEach((holder, c) => {
        const sum = sumAt(view, i, j, c);
        setNumber(holder, cellNumber(sum, digits), sum, scale);
        holder.cell.classList.toggle("chosen", c === view.channel);
      });
      if (Number(input.value) !== view.channel) input.value = view.channel;
    },
  };
}

export function buildPool(view) {
  const { scene, math, text } = view;
  const [kh, kw] = scene.size;
  const limit = scene.limits.x[0];
  const { digits } = scene.step;
  const scale = signed(limit, view.signs);
  const w = Math.floor(Math.min(view.rem * CELL.max, (view.layout.math - 4) / kw));
  const type = fit(
    w - 3,
    longest(
      scene.x,
      digits.x,
      limit,
      scene.x.data.some((value) => value < 0),
    ),
    view.rem,
  );
  math.className = "math";
  styleMath(math, { w, h: Math.round(clamp(w * 0.72, 20, view.rem * 40)), type, across: kw, rem: view.rem });
  const head = make("div", "heads", text.patch);
  head.style.display = "block";
  const row = make("div", "row");
  row.style.display = "block";
  const grid = numberGrid(kh, kw, "patch", "patch", !type);
  row.append(grid.node);
  const lines = make("div", "lines");
  const results = scene.outputs.map(() => {
    const how = make("span");
    const result = make("span", "result");
    lines.append(how, result);
    return { how, result };
  });
  math.replaceChildren(head, row, lines);
  return (i, j) => {
    const rows = indices(scene.rows, i);
    const cols = indices(scene.cols, j);
    const winner = scene.winners ? at2(scene.winners, i, j) : -1;
    grid.cells.forEach((holder, k) => {
      const value = inputAt(scene, rows[Math.floor(k / kw)], cols[k % kw], 0);
      setNumber(holder, value === null ? "" : cellNumber(value, digits.x), value, scale);
      holder.cell.classList.toggle("winner", k === winner);
      holder.cell.classList.toggle("marked", view.touched?.k === k);
    });
    results.forEach(({ how, result }, k) => {
      setText(how, lineAt(view, scene.outputs.length + k, i, j));
      paintResult(result, at2(scene[`output_${k}`], i, j), scene.limits.output[k], digits.sum, view);
    });
  };
}

/** A pointwise function as a curve, with the current value on it. */
export function buildCurve(view) {
  const { scene, math, layout } = view;
  const curve = Array.from({ length: scene.curve.shape[0] }, (_, k) => [
    at2(scene.curve, k, 0),
    at2(scene.curve, k, 1),
  ]);
  const limit = curve[curve.length - 1][0];
  const heights = curve.map(([, y]) => y);
  const [low, high] = [Math.min(0, ...heights), Math.max(...heights) || 1];
  math.className = "math";
  const head = make("div", "formula", scene.formula);
  const line = make("div", "add");
  const how = make("span");
  const result = make("span", "result");
  line.append(how, result);
  line.style.alignSelf = "center";
  const canvas = make("canvas", "graph");
  math.replaceChildren(head, canvas, line);
  const width = Math.min(layout.math, view.rem * CURVE_MATH);
  const height = Math.round(width * 0.7);
  const margin = 24;
  const px = (x) => width / 2 + (x / limit) * (width / 2 - margin);
  const py = (y) => margin + ((high - y) / (high - low)) * (height - 2 * margin);
  const place = ([x, y]) => [px(x), py(y)];
  const drawCurve = (context) => {
    context.strokeStyle = context.fillStyle = view.ink;
    context.font = `${12 * view.rem}px ${view.font}`;
    context.textAlign = "center";
    path(
      context,
      [
        [px(-limit) - 10, py(0)],
        [px(limit) + 10, py(0)],
      ],
      1,
    );
    path(
      context,
      [
        [px(0), py(low) + 6],
        [px(0), py(high) - 10],
      ],
      1,
    );
    for (const x of [-limit, 0, limit]) context.fillText(number(x, 2), px(x), py(0) + (x ? 16 : 18));
    path(context, curve.map(place), 3);
  };
  return (i, j) => {
    const input = inputAt(scene, i, j, 0);
    const value = at2(scene.output_0, i, j);
    const context = sharpContext(canvas, width, height);
    context.clearRect(0, 0, width, height);
    drawCurve(context);
    context.strokeStyle = context.fillStyle = view.focus;
    context.setLineDash([4, 3]);
    path(
      context,
      [
        [px(input), py(0)],
        [px(input), py(value)],
        [px(0), py(value)],
      ],
      1.5,
    );
    context.setLineDash([]);
    context.beginPath();
    context.arc(px(input), py(value), 7, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = view.halo;
    context.lineWidth = 2;
    context.stroke();
    setText(how, lineAt(view, 1, i, j));
    paintResult(result, value, scene.limits.output[0], scene.step.digits.sum, view);
  };
}
