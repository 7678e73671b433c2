// The stepper moves over a scene that Python has computed. Results (outputs, sums, winners,
// geometry) are read from the payload; the only arithmetic here is patch x kernel.

const WIDE = 760; // px from which input, arithmetic and output stand side by side
const GAP = { wide: 28, narrow: 12 };
const SIDE = { min: 190, max: 320 }; // width of the input and output canvases when wide
const TALLEST = { wide: 400, narrow: 300 };
const LABEL = 54; // a channel's name, left of its row
const SUM = 74; // a channel's sum, right of its row
const SYMBOLS = 44; // "x" and "=" between the grids, and their borders
const CELL = { wish: 38, stack: 30, max: 56 }; // width of a number cell: wished for, too small for one line, largest
const POOL_MATH = 232;
const RELU_MATH = 290;
const TYPE = { min: 8.5, max: 15, ratio: 0.56 }; // font sizes, and a digit's width in ems
const NUMBERED = 12; // up to so many cells a side, the canvases print their numbers
const MARGIN = 4; // px by which the marks may reach beyond a canvas
const LINED = 12; // px from which canvas cells have lines between them
const SPEEDS = [1, 4, 15, 60, 240]; // steps per second
const LISTED = 9; // up to so many numbers are read out one by one

export default function (component) {
  const view = keepView(component, ".stepper", mount);
  const { arrays, ...header } = unpack(component.data);
  receive(view, { ...header, ...arrays });
  return view.end;
}

// ---------------------------------------------------------------- pure geometry

/** How wide each part may be, and how the parts are arranged, in a component `width` px wide. */
function plan(width, scene, rem) {
  const wide = width >= WIDE;
  const [kw, outputs] = [scene.size[1], scene.outputs.length];
  const gap = wide ? GAP.wide : GAP.narrow;
  const conv = scene.operation === "conv";
  const bare = scene.x.shape[2] === 1;
  const wish = conv
    ? (bare ? 0 : rem * (LABEL + SUM)) + SYMBOLS + 3 * kw * rem * CELL.wish
    : rem * (scene.operation === "relu" ? RELU_MATH : POOL_MATH);
  if (!wide) {
    const side = Math.floor((width - gap) / 2);
    const beside = outputs > 1; // then the small arithmetic of pooling fits beside the input
    const math = beside ? side : width;
    const areas = beside ? '"input math" "outputs outputs"' : '"input outputs" "math math"';
    return { wide, side, math, areas, columns: `${side}px ${side}px`, gap };
  }
  const side = Math.floor(clamp((width - (1 + outputs) * gap - wish) / (1 + outputs), SIDE.min, SIDE.max));
  const math = Math.floor(Math.min(width - (1 + outputs) * side - (1 + outputs) * gap, conv ? Infinity : wish));
  const columns = `${side}px ${math}px ${outputs * side + (outputs - 1) * gap}px`;
  return { wide, side, math, areas: '"input math outputs"', columns, gap };
}

/** Size of a number cell and its type in rows of three grids, `across` cells wide each.
 *  Stacked: a channel's name and sum stand above its row. Bare: there is one channel and neither. */
function planCells(available, across, characters, bare, rem) {
  const inline = (available - rem * (LABEL + SUM) - SYMBOLS) / (3 * across);
  const stacked = bare || inline < CELL.stack;
  const w = Math.floor(Math.min(rem * CELL.max, stacked ? (available - SYMBOLS) / (3 * across) : inline));
  return { w, h: Math.round(clamp(w * 0.72, 20, rem * 36)), type: fit(w - 3, characters, rem), stacked };
}

/** The largest type in which `characters` fit into `width` px; 0 if none can be read. */
function fit(width, characters, rem) {
  const size = Math.min(rem * TYPE.max, width / (characters * TYPE.ratio));
  return size < TYPE.min ? 0 : size;
}

/** Size of a canvas cell: whole pixels where there are lines between cells. */
function cellSize(side, tallest, rows, cols) {
  const size = Math.min(side / cols, tallest / rows, 60);
  return size >= LINED ? Math.floor(size) : size;
}

/** First pixel of canvas row or column `k`: whole, so that no cell is blurred. */
const edge = (part, k) => Math.round(k * part.cell);

/** {input index: output indices that use it}, from a table of the inputs of each output. */
function invert(table) {
  const [count, size] = table.shape;
  const users = new Map();
  for (let k = 0; k < count * size; k++) {
    const input = table.data[k];
    users.set(input, [...(users.get(input) ?? []), Math.floor(k / size)]);
  }
  return users;
}

/** Input indices under the window for output index `k`. */
const indices = (table, k) => table.data.subarray(k * table.shape[1], (k + 1) * table.shape[1]);

const at2 = (array, i, j) => array.data[i * array.shape[1] + j];

/** Value of x, or null in the padding. */
function inputAt({ x }, row, col, channel) {
  const [height, width, channels] = x.shape;
  if (row < 0 || col < 0 || row >= height || col >= width) return null;
  return x.data[(row * width + col) * channels + channel];
}

/** Decimals that suit numbers up to `limit`; sums get one more, so that the addition comes out. */
const decimals = (limit) => (limit >= 100 ? 1 : limit >= 0.2 ? 2 : 3);
const finer = (limit) => (limit >= 1000 ? 1 : limit >= 10 ? 2 : 3);

// ---------------------------------------------------------------- small DOM helpers

/** A grid of number cells that are made once and then only painted; `quiet` if too small for text. */
function numberGrid(rows, cols, kind, className, quiet = false) {
  const node = make("div", `grid ${className}`);
  node.style.setProperty("--across", cols);
  const cells = Array.from({ length: rows * cols }, (_, k) => {
    const cell = make("span", "number");
    const text = document.createTextNode("");
    cell.append(text);
    cell.dataset.k = k;
    cell.dataset.kind = kind;
    node.append(cell);
    return { cell, text, quiet, colour: "" };
  });
  return { node, cells };
}

/** Paint a number cell; a null value is padding. `scale` turns a value into a colour. */
function setNumber(holder, string, value, scale) {
  const { cell, text } = holder;
  const readable = holder.quiet ? "" : string;
  if (text.data !== readable) text.data = readable;
  const rgb = value === null ? null : scale(value);
  const colour = rgb ? css(rgb) : "padding";
  if (holder.colour === colour) return;
  holder.colour = colour;
  cell.classList.toggle("padding", !rgb);
  cell.classList.toggle("negative", value < 0);
  cell.style.backgroundColor = rgb ? colour : "";
  cell.style.color = rgb ? inkOn(rgb) : "";
}

/** The scale of signed values up to `limit`, and that of a picture's brightness in [0, 1]. */
const signed = (limit, signs) => (value) => signedColour(limit > 0 ? value / limit : 0, signs);
const brightness = (value) => Array(3).fill(255 * clamp(value, 0, 1));

// ---------------------------------------------------------------- life of a view

function mount(root, { on, onResize, onEnd }) {
  const find = (selector) => root.querySelector(selector);
  const view = {
    root,
    stage: find(".stage"),
    math: find(".math"),
    outputsBox: find(".outputs"),
    links: {
      take: { lines: find("path.take"), tint: find("polygon.take") },
      give: { lines: find("path.give"), tint: find("polygon.give") },
    },
    input: sideParts(find("figure.input")),
    outputs: [],
    scrub: find(".scrub"),
    speed: find("select"),
    said: find(".said"),
    readout: find(".readout"),
    digest: null,
    step: 0,
    channel: 0,
    preview: null, // output cell under the pointer
    pointed: null, // input cell under the pointer
    pinned: null, // input cell clicked
    touched: null, // number cell under the pointer, as an index into the window
    playing: false,
    width: 0,
  };
  view.rest = new Rest({
    place: () => ({ cell: cellAt(view, view.step), channel: view.channel }),
    tell: ({ cell, channel }) => view.setStateValue("place", { at: [...cell, channel], time: Date.now() }),
    busy: () => view.playing,
  });

  on(root, "keydown", (event) => onKey(view, event));
  for (const leaving of ["pointerleave", "focusout"]) on(root, leaving, () => view.rest.flush());
  on(find(".controls"), "click", (event) => {
    const button = event.target.closest("button");
    if (button) ACTIONS[button.dataset.do](view);
  });
  on(view.scrub, "input", () => go(view, Number(view.scrub.value)));
  on(view.speed, "change", () => (view.clock = null));
  on(view.math, "pointerover", (event) => touch(view, event.target.closest?.("[data-kind]")));
  on(view.math, "pointerleave", () => touch(view, null));
  onCanvas(on, view, view.input, {
    hover: (cell) => set(view, "pointed", cell),
    click: (cell) => set(view, "pinned", same(cell, view.pinned) ? null : cell),
  });

  on(window, RECOLOURED, () => receive(view, view.scene));
  onResize(() => resized(view), root);
  view.onOutput = (output) =>
    onCanvas(on, view, output, {
      hover: (cell) => set(view, "preview", cell),
      click: (cell) => cell && go(view, cell[0] * view.outWidth + cell[1]),
    });
  onEnd(() => cancelAnimationFrame(view.playFrame));
  return view;
}

function sideParts(figure) {
  const find = (selector) => figure.querySelector(selector);
  return {
    figure,
    name: find("figcaption b"),
    shape: find("figcaption span"),
    layers: find(".layers"),
    base: find(".base"),
    over: find(".over"),
    scale: find(".scale"),
    legend: find(".legend"),
  };
}

/** Pointer on a canvas: `hover` with the cell or null (mouse and pen), `click` (also a tap). */
function onCanvas(on, view, part, { hover, click }) {
  const cellOf = (event) => {
    const box = part.base.getBoundingClientRect();
    const col = Math.floor((event.clientX - box.left) / part.cell) - part.left;
    const row = Math.floor((event.clientY - box.top) / part.cell) - part.top;
    const inside = row >= -part.top && col >= -part.left && row < part.rows - part.top && col < part.cols - part.left;
    return inside ? [row, col] : null;
  };
  on(part.layers, "pointermove", (event) => event.pointerType !== "touch" && hover(cellOf(event)));
  on(part.layers, "pointerleave", () => hover(null));
  on(part.layers, "click", (event) => {
    view.root.focus({ preventScroll: true });
    click(cellOf(event));
  });
}

/** Take in what Python sent. The same scene again changes nothing, whatever is going on. */
function receive(view, scene) {
  const theme = themeOf(view.root);
  const first = view.digest === null;
  const renewed = scene.digest !== view.digest;
  if (renewed) {
    const [height, width] = scene.output_0.shape;
    const [i, j] = first ? [0, 0] : cellAt(view, view.step);
    const kept = !first && i < height && j < width;
    const [row, col] = kept ? [i, j] : scene.cell;
    Object.assign(view, { scene, digest: scene.digest, text: scene.text, outHeight: height, outWidth: width });
    view.step = clamp(row, 0, height - 1) * width + clamp(col, 0, width - 1);
    view.channel = clamp(first ? scene.channel : view.channel, 0, scene.x.shape[2] - 1);
    view.steps = height * width;
    view.usersOfRow = invert(scene.rows);
    view.usersOfCol = invert(scene.cols);
    view.preview = view.pointed = view.pinned = view.touched = null;
    label(view);
  }
  if (renewed || theme !== view.theme) {
    view.theme = theme;
    view.signs = signedScale(view.root);
    view.width = 0; // forces a new layout
    resized(view);
  }
  if (view.rest.hear({ cell: scene.cell, channel: scene.channel }) && !first) follow(view, scene);
  if (renewed && !first) view.rest.settle();
}

/** Go where Python points. */
function follow(view, { cell, channel }) {
  view.step = clamp(cell[0], 0, view.outHeight - 1) * view.outWidth + clamp(cell[1], 0, view.outWidth - 1);
  refresh(view);
  pickChannel(view, channel, { tell: false });
}

function resized(view) {
  const width = Math.floor(view.stage.clientWidth);
  const ratio = density();
  if (!view.scene || width < 1 || (width === view.width && ratio === view.ratio)) return;
  Object.assign(view, { width, ratio });
  build(view);
}

// ---------------------------------------------------------------- moving

const cellAt = (view, step) => [Math.floor(step / view.outWidth), step % view.outWidth];
const shown = (view) => view.preview ?? cellAt(view, view.step);

const ACTIONS = {
  first: (view) => go(view, 0),
  last: (view) => go(view, view.steps - 1),
  next: (view) => go(view, view.step + 1),
  previous: (view) => go(view, view.step - 1),
  nextRow: (view) => view.step + view.outWidth < view.steps && go(view, view.step + view.outWidth),
  previousRow: (view) => view.step >= view.outWidth && go(view, view.step - view.outWidth),
  toggle: (view) => (view.playing ? pause(view) : play(view)),
  picture: (view) => takePicture(view),
};

const KEYS = {
  ArrowRight: "next",
  ArrowLeft: "previous",
  ArrowDown: "nextRow",
  ArrowUp: "previousRow",
  Home: "first",
  End: "last",
  " ": "toggle",
};

function onKey(view, event) {
  const own = event.target;
  const action = KEYS[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || own.matches("select, input[type=number]")) return;
  if (event.key === "Escape") {
    view.pinned = null;
    refresh(view);
  } else if (action && !(event.key === " " && own.matches("button"))) {
    event.preventDefault(); // no scrolling; the slider must not move on its own as well
    ACTIONS[action](view);
  }
}

function go(view, step) {
  view.step = clamp(step, 0, view.steps - 1);
  view.preview = null; // a key press must be seen, wherever the pointer rests
  if (view.playing && view.step === view.steps - 1) pause(view);
  view.rest.settle();
  refresh(view);
}

function set(view, name, value) {
  if (same(view[name], value)) return;
  view[name] = value;
  refresh(view);
}

function play(view) {
  if (view.step === view.steps - 1) view.step = 0;
  Object.assign(view, { playing: true, clock: null });
  const tick = (now) => {
    if (!view.playing) return;
    view.playFrame = requestAnimationFrame(tick);
    const held = view.preview || view.pointed || document.hidden; // looking at a cell pauses
    if (held || view.clock === null) view.clock = { start: now, done: 0 };
    const due = Math.floor(((now - view.clock.start) * Number(view.speed.value)) / 1000) - view.clock.done;
    if (due < 1) return;
    view.clock.done += due;
    go(view, view.step + due);
  };
  view.playFrame = requestAnimationFrame(tick);
  refresh(view);
}

function pause(view) {
  view.playing = false;
  cancelAnimationFrame(view.playFrame);
  view.rest.settle();
  refresh(view);
}

function pickChannel(view, channel, { tell = true } = {}) {
  const next = clamp(Math.round(channel) || 0, 0, view.scene.x.shape[2] - 1);
  if (next === view.channel) return;
  view.channel = next;
  paintInput(view);
  if (tell) view.rest.settle();
  refresh(view);
}

function touch(view, cell) {
  set(view, "touched", cell ? { kind: cell.dataset.kind, k: Number(cell.dataset.k) } : null);
}

/** Save the stage and the sentence below it as a picture. */
function takePicture(view) {
  const { root, stage, said, scene } = view;
  const name = `cnnviz_${scene.operation}_row${root.dataset.row}_column${root.dataset.col}.png`;
  return savePicture(root, [stage, said], name, () => resized(Object.assign(view, { width: 0 })));
}

const refresh = (view) => soon(view, paint);

// ---------------------------------------------------------------- building, once per scene and size

/** Names that depend on the language only. */
function label(view) {
  const { root, text, scene } = view;
  root.setAttribute("aria-label", text.label);
  root.dataset.operation = scene.operation;
  const names = {
    first: text.first,
    previousRow: text.previous_row,
    previous: text.previous,
    next: text.next,
    nextRow: text.next_row,
    last: text.last,
    picture: text.picture,
  };
  for (const button of root.querySelectorAll("button")) {
    const name = names[button.dataset.do];
    if (name) Object.assign(button, { title: name, ariaLabel: name });
  }
  view.scrub.setAttribute("aria-label", text.scrub);
  view.scrub.max = view.steps - 1;
  Object.assign(view.speed, { title: text.speed, ariaLabel: text.speed });
  const chosen = view.speed.value || String(SPEEDS[matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 1]);
  view.speed.replaceChildren(...SPEEDS.map((n) => new Option(fill(text.speed_option, { n }), n)));
  view.speed.value = chosen;
}

function build(view) {
  const { scene, stage, root, text } = view;
  // all sizes follow the page's type: a presenter's is larger
  view.rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const layout = plan(view.width, scene, view.rem);
  view.layout = layout;
  view.font = getComputedStyle(root).fontFamily;
  view.focus = getComputedStyle(root.querySelector(".play")).backgroundColor; // --focus, resolved
  view.halo = getComputedStyle(root).getPropertyValue("--st-background-color") || "#fff";
  view.ink = getComputedStyle(root).color;
  root.classList.toggle("narrow", !layout.wide);
  stage.style.gridTemplateColumns = layout.columns;
  stage.style.gridTemplateAreas = layout.areas;
  stage.style.columnGap = view.outputsBox.style.gap = `${layout.gap}px`;
  for (const [part, area] of [[view.input.figure, "input"], [view.math, "math"], [view.outputsBox, "outputs"]])
    part.style.gridArea = area;

  if (view.built !== view.digest) {
    view.outputs.forEach((output) => output.figure.remove());
    view.outputs = scene.outputs.map(() => {
      const figure = view.input.figure.cloneNode(true);
      figure.className = "output";
      figure.style.gridArea = "";
      figure.querySelector(".legend i").className = "hatch";
      figure.querySelector(".scale").hidden = false; // a picture as input hides its own
      view.outputsBox.append(figure);
      const output = sideParts(figure);
      view.onOutput(output);
      return output;
    });
    view.built = view.digest;
  }

  const [[top, bottom], [left, right]] = scene.pads;
  const [height, width, channels] = scene.x.shape;
  sizePart(view.input, layout, { rows: height + top + bottom, cols: width + left + right, top, left });
  say(view.input.name, scene.input_name || text.input);
  const padded = top + bottom + left + right > 0;
  view.input.legend.style.visibility = padded ? "" : "hidden";
  say(view.input.legend.querySelector("span"), scene.operation === "conv" ? text.padding_zero : text.padding_ignored);
  view.input.base.setAttribute("aria-label", `${text.input} ${height} × ${width} × ${channels}`);
  const names = { max: text.max, average: text.average };
  view.outputs.forEach((output, k) => {
    sizePart(output, layout, { rows: view.outHeight, cols: view.outWidth, top: 0, left: 0 });
    say(output.name, (scene.outputs.length > 1 && names[scene.outputs[k]]) || scene.output_name || text.output);
    say(output.shape, `${view.outHeight} × ${view.outWidth}`);
    say(output.legend.querySelector("span"), text.waiting);
    output.legend.style.visibility = "";
    output.base.setAttribute("aria-label", `${text.output} ${view.outHeight} × ${view.outWidth}`);
    const array = scene[`output_${k}`];
    const limit = scene.limits.output[k];
    output.full = drawn(output, (context) => {
      const scale = signed(limit, view.signs);
      paintCells(context, output, (i, j) => css(scale(at2(array, i, j))), view);
      paintMinuses(context, output, array.shape, (i, j) => at2(array, i, j), scale);
      paintNumbers(context, output, array.shape, (i, j) => at2(array, i, j), limit, view);
    });
    output.empty = drawn(output, (context) => paintEmpty(context, output, view));
    paintScale(output, array.data, limit, view);
  });
  view.updateMath = { conv: buildConv, relu: buildRelu, max: buildPool, average: buildPool }[scene.operation](view);
  paintInput(view);
  paint(view);
  measure(view);
  paintLinks(view);
}

function sizePart(part, layout, { rows, cols, top, left }) {
  const cell = cellSize(layout.side, layout.wide ? TALLEST.wide : TALLEST.narrow, rows, cols);
  Object.assign(part, { rows, cols, top, left, cell, width: Math.round(cell * cols), height: Math.round(cell * rows) });
  part.figure.style.width = part.layers.style.width = `${part.width}px`;
  part.figure.style.minWidth = `${Math.min(layout.side, 150)}px`;
  part.figure.style.margin = "0 auto";
  part.scale.style.width = `${part.width}px`;
  part.layers.style.height = `${part.height}px`;
  part.over.style.left = part.over.style.top = `${-MARGIN}px`;
}

/** The empty layer of marks over a canvas, in the canvas' own coordinates. */
function marksOn(part) {
  const context = sharpContext(part.over, part.width + 2 * MARGIN, part.height + 2 * MARGIN);
  context.clearRect(0, 0, part.width + 2 * MARGIN, part.height + 2 * MARGIN);
  context.translate(MARGIN, MARGIN);
  return context;
}

/** A picture drawn once, to be copied at each step. */
function drawn(part, draw) {
  const canvas = document.createElement("canvas");
  draw(sharpContext(canvas, part.width, part.height));
  return canvas;
}

/** Where the connecting lines start and end, relative to the stage. */
function measure(view) {
  const origin = view.stage.getBoundingClientRect();
  const place = (node) => {
    const box = node.getBoundingClientRect();
    return { left: box.left - origin.left, right: box.right - origin.left, top: box.top - origin.top, bottom: box.bottom - origin.top };
  };
  const patches = [...view.math.querySelectorAll(".patch")].map(place);
  const result = view.math.querySelector(".result");
  view.anchors = {
    input: place(view.input.base),
    output: place(view.outputs[0].base),
    patch: patches.length ? { ...patches[0], bottom: patches.at(-1).bottom } : null,
    result: result && place(result),
  };
}

// ---------------------------------------------------------------- arithmetic; each builder returns its update

function channelName(view, channel) {
  const { scene, text } = view;
  if (scene.rgb && scene.x.shape[2] === 3) return [text.red, text.green, text.blue][channel];
  return `${text.channel} ${channel}`;
}

function addLine(box, name, className = "") {
  const value = make("span", className || "value");
  box.append(make("span", "", name), value);
  return value;
}

/** A signed term of an addition: "+ 0.12", "− 0.05". */
const term = (value, digits) => `${value < 0 ? "−" : "+"} ${number(Math.abs(value), digits)}`;

function buildConv(view) {
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
  const digits = { x: decimals(widestX), kernel: decimals(kernelLimit), product: decimals(productLimit), sum: finer(scene.limits.sums) };
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
  for (const [name, className] of [["", "name"], [text.patch, ""], ["", "gap"], [text.kernel, ""], ["", "gap"], [text.products, ""], [text.sum, "sum"]])
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
    row.append(name, grids.patch.node, make("span", "sign", "×"), grids.kernel.node, make("span", "sign", "="), grids.product.node, sum);
    math.append(row);
    return { fixed, name, sum, grids };
  });
  const add = make("div", "add");
  const all = many ? addLine(add, fill(text.all_channels, { n: channels })) : null;
  const alone = bare && scene.bias !== 0 ? addLine(add, text.sum) : null;
  const bias = scene.bias !== 0 ? addLine(add, text.bias) : null;
  if (!bare || bias) add.append(make("span", "rule"));
  const result = addLine(add, "=", "result");
  const equals = result.previousSibling;
  math.append(add);
  if (bias) bias.textContent = term(scene.bias, digits.sum);
  view.digits = digits;

  return (i, j) => {
    const rows = indices(scene.rows, i);
    const cols = indices(scene.cols, j);
    blocks.forEach(({ fixed, name, sum, grids }, order) => {
      const c = fixed ?? view.channel;
      say(name, channelName(view, c));
      if (scene.rgb && !bare) name.dataset.colour = c;
      for (let a = 0; a < kh; a++)
        for (let b = 0; b < kw; b++) {
          const k = a * kw + b;
          const value = inputAt(scene, rows[a], cols[b], c);
          const weight = scene.kernel.data[k * channels + c];
          const product = (value ?? 0) * weight;
          setNumber(grids.patch.cells[k], cellNumber(value ?? 0, digits.x), value, scales.x[c]);
          setNumber(grids.kernel.cells[k], cellNumber(weight, digits.kernel), weight, scales.kernel);
          setNumber(grids.product.cells[k], cellNumber(product, digits.product), product, scales.product[c]);
          const marked = view.touched?.k === k && view.touched.kind !== "sum";
          for (const kind of Object.keys(grids)) grids[kind].cells[k].cell.classList.toggle("marked", marked);
        }
      const total = sumAt(view, i, j, c);
      say(sum, order === 0 && !many ? number(total, digits.sum) : many ? `= ${number(total, digits.sum)}` : term(total, digits.sum));
    });
    bars?.update(i, j);
    if (alone) say(alone, number(sumAt(view, i, j, 0), digits.sum));
    if (all) say(all, number(at2(scene.totals, i, j), digits.sum));
    say(equals, `${bare && !bias ? `${text.sum} ` : ""}${equalsSign(shownSum(view, i, j), number(at2(scene.output_0, i, j), digits.sum))}`);
    paintResult(result, at2(scene.output_0, i, j), scene.limits.output[0], digits.sum, view);
  };
}

const sumAt = ({ scene, outWidth }, i, j, c) => scene.sums.data[(i * outWidth + j) * scene.x.shape[2] + c];

/** Characters of the longest number up to `limit`. */
function longest(array, digits, limit, negative) {
  const whole = array.data.length <= 4096 && array.data.every(Number.isInteger) && Number.isInteger(limit);
  return number(negative ? -limit : limit, whole ? 0 : digits).length + (Number.isInteger(limit) && !whole ? digits + 1 : 0);
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
  say(node, behindSign(number(value, digits)));
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
    const cell = event.target.closest("[data-k]");
    if (cell) pickChannel(view, Number(cell.dataset.k));
  });
  input.addEventListener("input", () => input.value !== "" && pickChannel(view, Number(input.value)));
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

function buildPool(view) {
  const { scene, math, text } = view;
  const [kh, kw] = scene.size;
  const limit = scene.limits.x[0];
  const fine = kw <= 3 ? finer(limit) : decimals(limit);
  const digits = { x: fine, sum: fine };
  const scale = signed(limit, view.signs);
  view.digits = digits;
  const w = Math.floor(Math.min(view.rem * CELL.max, (view.layout.math - 4) / kw));
  const type = fit(w - 3, longest(scene.x, digits.x, limit, scene.x.data.some((value) => value < 0)), view.rem);
  math.className = "math";
  styleMath(math, { w, h: Math.round(clamp(w * 0.72, 20, view.rem * 40)), type, across: kw, rem: view.rem });
  const head = make("div", "heads", text.patch);
  head.style.display = "block";
  const row = make("div", "row");
  row.style.display = "block";
  const grid = numberGrid(kh, kw, "patch", "patch", !type);
  row.append(grid.node);
  const lines = make("div", "lines");
  const results = scene.outputs.map((name) => {
    const how = make("span");
    const result = make("span", "result");
    lines.append(how, result);
    return { name, how, result };
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
    results.forEach(({ name, how, result }, k) => {
      const count = at2(scene.counts, i, j);
      const value = at2(scene[`output_${k}`], i, j);
      const total = name === "max" ? "" : number(at2(scene.totals, i, j), digits.sum);
      const shown = number(value, digits.sum);
      const sign = equalsSign(name === "max" ? readNumber(shown) : readNumber(total) / count, shown);
      say(how, name === "max" ? `${text.largest} ${sign}` : `${text.mean}\n${total} / ${count} ${sign}`);
      paintResult(result, value, scene.limits.output[k], digits.sum, view);
    });
  };
}

function buildRelu(view) {
  const { scene, math, layout } = view;
  const limit = scene.limits.x[0] || 1;
  const digits = { x: finer(limit), sum: finer(limit) };
  view.digits = digits;
  math.className = "math";
  const line = make("div", "add");
  const how = make("span");
  const result = make("span", "result");
  line.append(how, result);
  line.style.alignSelf = "center";
  const canvas = make("canvas", "graph");
  math.replaceChildren(canvas, line);
  const width = Math.min(layout.math, view.rem * RELU_MATH);
  const height = Math.round(width * 0.7);
  const margin = 24;
  const px = (x) => width / 2 + (x / limit) * (width / 2 - margin);
  const py = (y) => height - margin - (y / limit) * (height - 2 * margin);
  return (i, j) => {
    const input = inputAt(scene, i, j, 0);
    const value = at2(scene.output_0, i, j);
    const context = sharpContext(canvas, width, height);
    context.clearRect(0, 0, width, height);
    context.strokeStyle = context.fillStyle = view.ink;
    context.font = `${12 * view.rem}px ${view.font}`;
    context.textAlign = "center";
    path(context, [[px(-limit) - 10, py(0)], [px(limit) + 10, py(0)]], 1);
    path(context, [[px(0), py(0) + 6], [px(0), py(limit) - 10]], 1);
    context.fillText(number(-limit, 2), px(-limit), py(0) + 16);
    context.fillText("0", px(0), py(0) + 18);
    context.fillText(number(limit, 2), px(limit), py(0) + 16);
    context.fillText("f(x) = max(0, x)", px(-limit / 2), py(limit));
    path(context, [[px(-limit), py(0)], [px(0), py(0)], [px(limit), py(limit)]], 3);
    context.strokeStyle = context.fillStyle = view.focus;
    context.setLineDash([4, 3]);
    path(context, [[px(input), py(0)], [px(input), py(value)], [px(0), py(value)]], 1.5);
    context.setLineDash([]);
    context.beginPath();
    context.arc(px(input), py(value), 7, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = view.halo;
    context.lineWidth = 2;
    context.stroke();
    const shown = number(input, digits.x);
    say(how, `max(0, ${shown}) ${equalsSign(Math.max(0, readNumber(shown)), number(value, digits.sum))}`);
    paintResult(result, value, scene.limits.output[0], digits.sum, view);
  };
}

function path(context, points, width) {
  context.lineWidth = width;
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}

// ---------------------------------------------------------------- canvases

function paintInput(view) {
  const { scene, input, text } = view;
  const [height, width, channels] = scene.x.shape;
  const limit = scene.limits.x[view.channel];
  const many = channels > 3;
  const scale = signed(limit, view.signs);
  const value = (row, col) => inputAt(scene, row, col, many ? view.channel : 0);
  const picture = (row, col) => {
    const rgb = [0, 1, 2].map((c) => 255 * clamp(inputAt(scene, row, col, Math.min(c, channels - 1)), 0, 1));
    return css(rgb);
  };
  const mixed = !scene.rgb && !many && channels > 1; // 2 or 3 maps that are no picture: the first stands for them
  const context = sharpContext(input.base, input.width, input.height);
  context.clearRect(0, 0, input.width, input.height);
  paintCells(
    context,
    input,
    (row, col) =>
      inputAt(scene, row, col, 0) === null ? null : scene.rgb ? picture(row, col) : css(scale(value(row, col))),
    view,
  );
  paintPadding(context, view);
  if (!scene.rgb) {
    paintMinuses(context, input, [height, width], value, scale);
    paintNumbers(context, input, [height, width], value, limit, view);
  }
  const shape = `${height} × ${width}${channels > 1 ? ` × ${channels}` : ""}`;
  const which = many || mixed ? ` · ${text.channel} ${many ? view.channel : 0}` : "";
  say(input.shape, shape + which);
  input.scale.hidden = scene.rgb;
  if (!scene.rgb) {
    const values = many ? scene.x.data.filter((_, k) => k % channels === view.channel) : scene.x.data;
    paintScale(input, values, limit, view);
  }
}

/** The minus in each cell below zero, where cells are large. */
function paintMinuses(context, { top, left, cell }, [height, width], value, scale) {
  if (!showsMinus(cell, cell)) return;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++)
      if (value(i, j) < 0) paintMinus(context, (left + j) * cell, (top + i) * cell, cell, cell, scale(value(i, j)));
}

/** Fill the cells, with grid lines where there is room. `colour` returns null for padding. */
function paintCells(context, part, colour, view) {
  const { top, left, rows, cols } = part;
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      const fillStyle = colour(row - top, col - left);
      if (fillStyle === null) continue;
      const [x, y] = [edge(part, col), edge(part, row)];
      context.fillStyle = fillStyle;
      context.fillRect(x, y, edge(part, col + 1) - x, edge(part, row + 1) - y);
    }
  paintLines(context, part, view);
}

function paintLines(context, { cell, rows, cols, width, height }, view) {
  context.fillStyle = view.ink;
  context.globalAlpha = 0.18;
  const every = cell >= LINED ? 1 : 0;
  for (let row = 0; row <= rows; row += every || rows) context.fillRect(0, Math.min(row * cell, height - 1), width, 1);
  for (let col = 0; col <= cols; col += every || cols) context.fillRect(Math.min(col * cell, width - 1), 0, 1, height);
  context.globalAlpha = 1;
}

function paintNumbers(context, { cell, top, left }, [height, width], value, limit, view) {
  if (height > NUMBERED || width > NUMBERED) return;
  const digits = decimals(limit);
  const scale = signed(limit, view.signs);
  let characters = 1;
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) characters = Math.max(characters, cellNumber(value(i, j), digits).length);
  const size = Math.min(fit(cell - 4, characters, view.rem), cell * 0.5);
  if (size < TYPE.min) return;
  context.font = `${size}px ${view.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let i = 0; i < height; i++)
    for (let j = 0; j < width; j++) {
      context.fillStyle = inkOn(scale(value(i, j)));
      context.fillText(cellNumber(value(i, j), digits), (left + j + 0.5) * cell, (top + i + 0.5) * cell + 1);
    }
}

/** Padding: a dot in every cell, or the 0 it counts as where that can be read. */
function paintPadding(context, view) {
  const { input, scene } = view;
  const { cell, rows, cols, top, left } = input;
  const zero = scene.operation === "conv" && cell >= 18;
  context.fillStyle = view.ink;
  context.font = `${Math.min(14, cell * 0.45)}px ${view.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      if (inputAt(scene, row - top, col - left, 0) !== null) continue;
      const [x, y] = [(col + 0.5) * cell, (row + 0.5) * cell];
      context.globalAlpha = 0.6;
      if (zero) context.fillText("0", x, y + 1);
      const spots = cell >= 18 ? [[-1, -1], [1, -1], [-1, 1], [1, 1]] : [[0, 0]];
      const dot = cell >= 18 ? 2 : clamp(cell / 3, 1, 2);
      for (const [dx, dy] of spots) context.fillRect(x + dx * cell * 0.34 - dot / 2, y + dy * cell * 0.34 - dot / 2, dot, dot);
    }
  context.globalAlpha = 1;
}

/** Cells not computed yet: hatched, which no value is. */
function paintEmpty(context, part, view) {
  const { width, height } = part;
  context.strokeStyle = view.ink;
  context.globalAlpha = 0.3;
  for (let x = -height; x < width; x += 6) path(context, [[x, height], [x + height, 0]], 1);
  context.globalAlpha = 1;
  paintLines(context, part, view);
}

/** Colour bar from the smallest value (or 0) to the largest (or 0), with 0 marked. */
function paintScale(part, values, limit, view) {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const digits = decimals(limit);
  const scale = signed(limit, view.signs);
  const stops = Array.from({ length: 13 }, (_, k) => css(scale(low + ((high - low) * k) / 12)));
  part.scale.querySelector(".ramp").style.background = `linear-gradient(90deg, ${stops.join(",")})`;
  const zero = part.scale.querySelector(".zero");
  const share = high > low ? -low / (high - low) : 0;
  say(part.scale.querySelector(".low"), number(low, digits));
  say(part.scale.querySelector(".high"), high > low ? number(high, digits) : "");
  zero.hidden = share < 0.22 || share > 0.78; // it would run into its neighbour
  zero.style.left = `${share * 100}%`;
}

// ---------------------------------------------------------------- painting, once per step

function paint(view) {
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
  const users = usersOf(view, view.pinned ?? view.pointed);
  for (const part of view.outputs) {
    const { base, full, empty, cell, width, height } = part;
    const context = sharpContext(base, width, height);
    const copy = (from, x, y, w, h) => {
      const r = view.ratio; // the pictures are in screen pixels
      if (w > 0 && h > 0) context.drawImage(from, x * r, y * r, w * r, h * r, x, y, w, h);
    };
    context.clearRect(0, 0, width, height);
    const [above, below, done] = [edge(part, row), edge(part, row + 1), edge(part, col + 1)];
    copy(full, 0, 0, width, above);
    copy(full, 0, above, done, below - above);
    copy(empty, done, above, width - done, below - above);
    copy(empty, 0, below, width, height - below);

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

/** Output cells [row, column] that an input cell takes part in. */
function usersOf(view, input) {
  if (!input) return [];
  const rows = view.usersOfRow.get(input[0]) ?? [];
  const cols = view.usersOfCol.get(input[1]) ?? [];
  return rows.flatMap((i) => cols.map((j) => [i, j]));
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
    for (const row of rows) for (const col of cols) outline(context, view, x(col), y(row), cell, cell, cell >= 12 ? 3 : 1.5);
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
function paintLinks(view) {
  const { anchors, links, box } = view;
  const [i, j] = shown(view);
  const { cell } = view.outputs[0];
  const { input, output, patch, result } = anchors;
  const right = input.left + box[0] + box[2];
  const top = input.top + box[1];
  const [x, y] = [output.left + j * cell, output.top + i * cell];
  paintBand(links.take, patch && [[right, top], [right, top + box[3]], [patch.left - 2, patch.bottom], [patch.left - 2, patch.top]], input.right + MARGIN, Infinity);
  paintBand(links.give, result && [[result.right, result.top], [result.right, result.bottom], [x, y + cell], [x, y]], -Infinity, output.left - MARGIN);
}

/** A band of four corners, left ones first: its two lines whole, its tint only between two x, off the cells. */
function paintBand({ lines, tint }, corners, from, to) {
  const points = (path) => path.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const [a, b, c, d] = corners ?? [];
  lines.setAttribute("d", corners ? `M${points([a, d])} M${points([b, c])}` : "");
  const along = ([x0, y0], [x1, y1], x) => [x, y0 + ((y1 - y0) * (x - x0)) / (x1 - x0)];
  const cut = (p, q) => [p, q].map((end) => (end[0] < from ? along(p, q, from) : end[0] > to ? along(p, q, to) : end));
  tint.setAttribute("points", corners ? points([...cut(a, d), ...cut(b, c).reverse()]) : "");
}

// ---------------------------------------------------------------- words

function paintWords(view, i, j) {
  const { root, text, scrub } = view;
  const [row, col] = cellAt(view, view.step);
  Object.assign(root.dataset, {
    step: i * view.outWidth + j,
    row: i,
    col: j,
    value: String(at2(view.scene.output_0, i, j)),
    channel: view.channel,
    preview: Boolean(view.preview),
    playing: view.playing,
  });
  root.classList.toggle("playing", view.playing);
  const button = root.querySelector(".play");
  const name = view.playing ? text.pause : text.play;
  say(button.querySelector("span"), name);
  if (button.title !== name) Object.assign(button, { title: name, ariaLabel: name });
  if (scrub.value !== String(view.step)) scrub.value = view.step;
  scrub.setAttribute("aria-valuetext", fill(text.place, { row, column: col }));
  say(root.querySelector(".count"), fill(text.step_count, { step: view.step + 1, steps: view.steps }));
  // only where the visitor rests is read out; a screen reader could not keep up with the rest
  const live = view.playing || view.preview ? "off" : "polite";
  if (view.said.ariaLive !== live) view.said.ariaLive = live;
  say(view.said, sentence(view, i, j));
  say(view.readout, pointedAt(view, i, j));
}

/** The step in words: "Row 3, column 5: 0.12 + 0.33 − 0.05 + bias 0.01 = 0.41". */
function sentence(view, i, j) {
  const { scene, text, digits } = view;
  const place = fill(text.place, { row: i, column: j });
  const value = number(at2(scene.output_0, i, j), digits.sum);
  const said = (calculation, shown, result) => {
    const how = equalsSign(shown, result) === "=" ? text.said : text.said_rounded;
    return fill(how, { place, calculation, value: behindSign(result) });
  };
  if (scene.operation === "relu") {
    const input = number(inputAt(scene, i, j, 0), digits.x);
    return said(`max(0, ${input})`, Math.max(0, readNumber(input)), value);
  }
  if (scene.operation === "conv") {
    const channels = scene.x.shape[2];
    const many = channels > 3;
    const listed = channels === 1 && scene.kernel.data.length <= LISTED;
    const products = fill(text.all_products, { n: scene.kernel.data.length });
    if (!listed && (many || channels === 1) && scene.bias === 0) return fill(text.said_products, { place, products, value });
    let calculation = "";
    if (listed) calculation = productsOf(view, i, j);
    else if (many || channels === 1) calculation = `${products} ${number(at2(scene.totals, i, j), digits.sum)}`;
    else
      for (let c = 0; c < channels; c++) {
        const sum = sumAt(view, i, j, c);
        calculation += c ? ` ${term(sum, digits.sum)}` : number(sum, digits.sum);
      }
    if (scene.bias !== 0) calculation += ` ${scene.bias < 0 ? "−" : "+"} ${text.bias} ${number(Math.abs(scene.bias), digits.sum)}`;
    return said(calculation, shownSum(view, i, j), value);
  }
  const count = at2(scene.counts, i, j);
  const values = [...indices(scene.rows, i)].flatMap((row) => [...indices(scene.cols, j)].map((col) => inputAt(scene, row, col, 0)));
  const counted = values.filter((v) => v !== null).map((v) => number(v, digits.x));
  return scene.outputs
    .map((name, k) => {
      const value = number(at2(scene[`output_${k}`], i, j), digits.sum);
      if (name === "max") {
        const numbers = count > LISTED ? fill(text.said_many, { n: count }) : counted.join(", ");
        return fill(text.said_max, { place, numbers, value });
      }
      const total = number(at2(scene.totals, i, j), digits.sum);
      const sum = count > LISTED ? fill(text.said_sum_of, { n: count, total }) : `(${counted.join(" + ").replaceAll("+ −", "− ")})`;
      const shown = count > LISTED ? readNumber(total) : counted.reduce((all, v) => all + readNumber(v), 0);
      return said(`${sum} / ${count}`, shown / count, value);
    })
    .map((line, k) => (k ? line.slice(line.indexOf(":") + 2) : line))
    .join(" · ");
}

/** The sum of the numbers of a convolution's addition as they are shown. */
function shownSum(view, i, j) {
  const { scene, digits } = view;
  const channels = scene.x.shape[2];
  const listed = channels === 1 && scene.kernel.data.length <= LISTED;
  const rounded = (value, places) => readNumber(number(value, places));
  let total = rounded(scene.bias, digits.sum);
  if (channels > 3) total += rounded(at2(scene.totals, i, j), digits.sum);
  else if (listed) total += productValues(view, i, j).reduce((sum, product) => sum + rounded(product, digits.product), 0);
  else for (let c = 0; c < channels; c++) total += rounded(sumAt(view, i, j, c), digits.sum);
  return total;
}

/** The products under a window with one channel, as an addition. */
function productsOf(view, i, j) {
  const { product: places } = view.digits;
  return productValues(view, i, j)
    .map((product, k) => (k ? term(product, places) : number(product, places)))
    .join(" ");
}

function productValues({ scene }, i, j) {
  const cols = indices(scene.cols, j);
  return [...indices(scene.rows, i)].flatMap((row, a) =>
    [...cols].map((col, b) => (inputAt(scene, row, col, 0) ?? 0) * scene.kernel.data[a * cols.length + b]),
  );
}

/** What the pointer rests on; else what it could rest on. */
function pointedAt(view, i, j) {
  const { scene, text, digits, touched } = view;
  if (touched?.kind === "sum")
    return `${fill(text.channel_count, { channel: touched.k, channels: scene.x.shape[2] })}: ${number(sumAt(view, i, j, touched.k), digits.sum)}`;
  if (touched) return touchedProduct(view, i, j);
  const spot = view.pointed ?? view.pinned;
  if (!spot) return text.hint;
  const n = usersOf(view, spot).length;
  const channels = scene.x.shape[2];
  const listed = channels > 3 ? [view.channel] : [...Array(channels).keys()];
  const values = listed.map((c) => inputAt(scene, ...spot, c));
  const used =
    values[0] === null
      ? fill(text.used_padding, { n })
      : fill(text.used, { row: spot[0], column: spot[1], value: values.map((v) => number(v, 3)).join(", "), n });
  return same(spot, view.pinned) ? `${used} (${text.pinned})` : used;
}

function touchedProduct(view, i, j) {
  const { scene, digits, touched } = view;
  const [kw, channels] = [scene.size[1], scene.x.shape[2]];
  const [row, col] = [indices(scene.rows, i)[Math.floor(touched.k / kw)], indices(scene.cols, j)[touched.k % kw]];
  if (!scene.kernel) return number(inputAt(scene, row, col, 0) ?? 0, digits.sum);
  const shownChannels = channels > 3 ? [view.channel] : [...Array(channels).keys()];
  return shownChannels
    .map((c) => {
      const value = inputAt(scene, row, col, c) ?? 0;
      const weight = scene.kernel.data[touched.k * channels + c];
      const name = channels > 1 ? `${channelName(view, c)}: ` : "";
      const [x, w, product] = [value, weight, value * weight].map((v) => number(v, 3));
      return `${name}${x} × ${w} ${equalsSign(readNumber(x) * readNumber(w), product)} ${behindSign(product)}`;
    })
    .join(" · ");
}
