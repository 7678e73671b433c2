// From maps to probabilities: the scene of one unit, which Python has computed. Pointing, the
// place of an entry, and softmax at any temperature are worked out here; all else is looked up.

// px: the stages stand side by side if the mosaic and the scores get their least; then they share the room
const MAPS = { min: 190, max: 292 };
const ANSWERS = { min: 268, max: 320 };
const COLUMN = 44;
const GAP = { stage: 16, units: 26 };
const MAP_GAP = 2;
const UNIT = 9; // px of a hidden unit's cell
const UNIT_ROWS = 32;
const ENTRY = 1.8; // px that an entry of the band has at least, if a map's row can be folded so
const BAND = { wide: 132, narrow: 240 }; // px: height of the band
const LINE = { min: 3, max: 28 };
const ZOOM = 58; // px of an entry written out
const SCALE = 50; // slider steps per factor of ten
const LARGEST_FLOAT32 = 3.4028235e38;
const TINTS = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

export default function (component) {
  const view = keepView(component, ".dense", mount);
  receive(view, unpack(component.data));
  return view.end;
}

// ---------------------------------------------------------------- pure arithmetic and geometry

/** Where cell (row, col, channel) of [H, W, C] lands in the vector, and back: `ops.flat_index`. */
const flatIndex = ([row, col, channel], [, width, channels]) => (row * width + col) * channels + channel;
function flatPlace(index, [, width, channels]) {
  const cell = Math.floor(index / channels);
  return [Math.floor(cell / width), cell % width, index % channels];
}

/** Softmax step by step: `ops.softmax_step`. The probabilities are always computed with the shift. */
function softmaxStep(logits, temperature, shift) {
  const scaled = Array.from(logits, (z) => z / temperature);
  const largest = Math.max(...scaled);
  const safe = scaled.map((s) => Math.exp(s - largest));
  const safeTotal = safe.reduce((a, b) => a + b, 0);
  const exponentials = shift ? safe : scaled.map(Math.exp);
  const total = exponentials.reduce((a, b) => a + b, 0);
  return { scaled, largest, exponentials, total, probabilities: safe.map((e) => e / safeTotal) };
}

/** Shares in tenths of a percent that add up to 1,000: what is left over goes to the largest remainders. */
function tenths(probabilities) {
  const exact = probabilities.map((p) => 1000 * p);
  const whole = exact.map(Math.floor);
  const left = 1000 - whole.reduce((a, b) => a + b, 0);
  const order = exact.map((_, k) => k).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]));
  for (const k of order.slice(0, left)) whole[k]++;
  return whole;
}

/** The temperature of a slider position: two figures, 1 in the middle. */
const temperatureAt = (position) => Number((10 ** (position / SCALE)).toPrecision(2));
const positionOf = (temperature) => Math.round(Math.log10(temperature) * SCALE);

/** How wide mosaic and scores are beside hidden layers `columns` units wide each; null if they do not fit. */
function planFlow(width, columns) {
  const units = columns.reduce((sum, n) => sum + n * UNIT, 0) + GAP.units * Math.max(0, columns.length - 1);
  const room = width - COLUMN - units - 3 * GAP.stage;
  if (room < MAPS.min + ANSWERS.min) return null;
  const answers = clamp(room - MAPS.max, ANSWERS.min, ANSWERS.max);
  return { answers, maps: Math.min(MAPS.max, room - answers) };
}

/** Mosaic of `count` tiles in a square: as many columns as rows, or one more. */
function planMosaic(side, count, height, width) {
  const columns = Math.ceil(Math.sqrt(count));
  const tile = (side - (columns - 1) * MAP_GAP) / columns;
  const tileHeight = (tile * height) / width;
  const rows = Math.ceil(count / columns);
  return { columns, tile, tileHeight, width: side, height: rows * (tileHeight + MAP_GAP) - MAP_GAP };
}

/** The vector as lines of whole cells: a map's row is one line, or a few where there is no room. */
function planBand(width, tallest, [height, cols, channels]) {
  let parts = 1;
  while (parts < cols && (cols % parts || width / ((cols / parts) * channels) < ENTRY)) parts++;
  const perLine = (cols / parts) * channels;
  const lines = height * parts;
  const line = clamp(Math.floor(tallest / lines), LINE.min, LINE.max);
  return { parts, perLine, lines, line, entry: width / perLine, width, height: lines * line };
}

// ---------------------------------------------------------------- numbers as text

/** A whole number of 10**-digits, as it is: the decimals add up because the whole numbers do. */
const decimal = (whole, digits) => minus((whole / 10 ** digits).toFixed(digits));
const minus = (written) => (Number(written) === 0 ? written.replace("-", "") : written.replace("-", "−"));

/** With so many decimals, also a whole number: numbers in a column. What is not zero does not read as zero. */
const aligned = (value, digits) => (Number(value.toFixed(digits)) === 0 && value ? number(value, digits) : minus(value.toFixed(digits)));

function significant(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  return aligned(value, size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.1 ? 3 : size >= 0.001 ? 4 : 6);
}

/** Decimals in which exponentials of this sum can be added by eye, exact to 0.1%; null if only powers of ten do. */
function addable(total) {
  return total >= 1e-4 && total < 1e5 ? clamp(4 - Math.floor(Math.log10(total)), 3, 8) : null;
}

/** An exponential with `digits` decimals, or as a power of ten where these would say nothing. */
function power(value, digits) {
  if (value === 0) return "<\u00a010⁻³²³"; // an exponential is never 0: a float has no smaller number
  if (value === Infinity) return "∞";
  if (digits !== null && value >= 0.5 * 10 ** -digits) return fixed(Math.round(value * 10 ** digits), digits);
  const [mantissa, exponent] = value.toExponential(2).split("e");
  return `${mantissa}×10${[...String(Number(exponent))].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])).join("")}`;
}

/** The sum of exponentials as it is shown: of the rounded ones, so that it adds up. */
function powerSum(exponentials, total, digits) {
  if (digits === null) return power(total, null);
  return fixed(exponentials.reduce((sum, e) => sum + Math.round(e * 10 ** digits), 0), digits);
}

/** A whole number of 10**-digits, its thousands grouped. */
function fixed(whole, digits) {
  const unit = 10 ** digits;
  return `${grouped(Math.floor(whole / unit))}.${String(whole % unit).padStart(digits, "0")}`;
}

// ---------------------------------------------------------------- life of a view

function mount(root, { on, onResize }) {
  const find = (selector) => root.querySelector(selector);
  const part = (selector) => ({
    box: find(selector),
    layers: find(`${selector}.layers`) ?? find(`${selector} .layers`),
    base: find(`${selector} .base`),
    over: find(`${selector} .over`),
  });
  const view = {
    root,
    maps: part(".maps"),
    column: part(".column"),
    band: part(".band"),
    units: [], // one for each hidden dense layer
    answers: [],
    digest: null,
    preview: null, // the entry under the pointer
    touched: null, // the term under the pointer or the focus
    shift: false,
    width: 0,
    on,
  };
  view.rest = new Rest({
    place: () => ({ entry: view.entry, temperature: view.temperature }),
    tell: (what) => view.setTriggerValue("told", { layer: view.scene.layers[view.scene.layer].name, unit: view.scene.unit, ...what }),
  });
  view.range = find(".knob input");
  for (const leaving of ["pointerleave", "focusout"]) on(root, leaving, () => view.rest.flush());
  on(view.range, "input", () => setTemperature(view, temperatureAt(Number(view.range.value))));
  on(find(".knob button"), "click", () => setTemperature(view, 1));
  on(find(".shift input"), "change", (event) => {
    view.shift = event.target.checked;
    paintSoftmax(view);
  });
  watchPlaces(view, view.maps, (x, y) => entryInMaps(view, x, y), moveInMaps);
  watchPlaces(view, view.band, (x, y) => entryInBand(view, x, y), moveInBand);
  on(window, RECOLOURED, () => receive(view, view.scene));
  onResize(() => resized(view), root);
  on(document, "scroll", () => view.width && requestAnimationFrame(() => paintDrop(view)), { capture: true, passive: true });
  return view;
}

/** Pointer and keys on something that shows entries: `find` one at a point, `move` by a key. */
function watchPlaces(view, { layers, base }, find, move) {
  const at = (event) => {
    const box = base.getBoundingClientRect();
    return find(event.clientX - box.left, event.clientY - box.top);
  };
  view.on(layers, "pointermove", (event) => event.pointerType !== "touch" && setPreview(view, at(event)));
  view.on(layers, "pointerleave", () => setPreview(view, null));
  view.on(layers, "click", (event) => goTo(view, at(event)));
  view.on(layers, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const entry = move(view, event.key);
    if (entry === null) return;
    event.preventDefault();
    goTo(view, entry);
  });
}

/** Take in what Python sent. The same scene again disturbs nothing. */
function receive(view, scene) {
  const first = view.digest === null;
  const theme = themeOf(view.root);
  const renewed = scene.digest !== view.digest;
  if (renewed) {
    Object.assign(view, { scene, digest: scene.digest, text: scene.text, size: scene.arrays.source.data.length });
    view.logits = scene.arrays[`values_${scene.layers.length - 1}`].data;
    view.entry = clamp(first ? scene.entry : view.entry, 0, view.size - 1);
    if (first) view.temperature = scene.temperature;
    view.preview = view.touched = null;
    build(view);
    setCamera(view.root, view.text.save_picture, "cnnviz_fully_connected.png", () => resized(Object.assign(view, { width: 0 })));
  }
  follow(view, scene);
  if (renewed || theme !== view.theme) {
    view.theme = theme;
    view.signs = signedScale(view.root);
    view.root.classList.toggle("dark", isDark(view.root));
    view.width = 0; // forces a new layout
    resized(view);
  }
  paintSoftmax(view);
}

/** Go where Python points, unless it only passes back what it was told, or repeats itself. */
function follow(view, { entry, temperature }) {
  const given = { entry, temperature };
  const { heard, pending } = view.rest;
  const news = (name) => heard && given[name] !== heard[name] && !pending.some((told) => told[name] === given[name]);
  if (news("entry")) view.entry = entry;
  if (news("temperature")) view.temperature = temperature;
  view.rest.pending = pending.slice(pending.findLastIndex((told) => same(told, given)) + 1);
  view.rest.heard = given;
}

/** Another unit is told at once. */
const choose = (view, k, unit) => view.rest.send({ layer: view.scene.layers[k].name, unit });

function resized(view) {
  const width = Math.floor(view.root.clientWidth);
  const ratio = window.devicePixelRatio;
  if (!view.scene || width < 1 || (width === view.width && ratio === view.ratio)) return;
  Object.assign(view, { width, ratio });
  arrange(view);
}

// ---------------------------------------------------------------- moving

const shown = (view) => view.preview ?? view.entry;

function setPreview(view, entry) {
  if (view.preview === entry) return;
  view.preview = entry;
  refresh(view);
}

function goTo(view, entry) {
  if (entry === null || entry < 0 || entry >= view.size) return;
  view.entry = entry;
  view.preview = null;
  view.rest.settle();
  refresh(view);
}

function touch(view, term) {
  if (view.touched === term) return;
  view.touched = term;
  view.preview = term !== null && view.scene.from_source ? view.scene.terms[term].index : null;
  refresh(view);
}

function setTemperature(view, temperature) {
  view.temperature = temperature;
  view.rest.settle();
  paintSoftmax(view);
}

const refresh = (view) => soon(view, paintPlace);

function moveInBand(view, key) {
  const [, width, channels] = view.scene.shape;
  const by = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -channels, ArrowDown: channels,
    PageUp: -width * channels, PageDown: width * channels, Home: -view.entry, End: view.size - 1 - view.entry,
  }[key];
  return by === undefined ? null : clamp(view.entry + by, 0, view.size - 1);
}

function moveInMaps(view, key) {
  const { shape } = view.scene;
  const place = flatPlace(view.entry, shape);
  const [axis, by] = {
    ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [1, -1], ArrowRight: [1, 1], PageUp: [2, -1], PageDown: [2, 1],
  }[key] ?? [null];
  if (axis === null) return null;
  place[axis] = clamp(place[axis] + by, 0, shape[axis] - 1);
  return flatIndex(place, shape);
}

function entryInMaps(view, x, y) {
  const { columns, tile, tileHeight } = view.mosaic;
  const { shape } = view.scene;
  const [height, width, channels] = shape;
  const [tileCol, tileRow] = [Math.floor(x / (tile + MAP_GAP)), Math.floor(y / (tileHeight + MAP_GAP))];
  const k = tileRow * columns + tileCol;
  if (x < 0 || y < 0 || tileCol >= columns || k >= tiles(view)) return null;
  const channel = k < channels ? k : flatPlace(view.entry, shape)[2]; // the picture itself: the channel stays
  const row = clamp(Math.floor(((y - tileRow * (tileHeight + MAP_GAP)) / tileHeight) * height), 0, height - 1);
  const col = clamp(Math.floor(((x - tileCol * (tile + MAP_GAP)) / tile) * width), 0, width - 1);
  return flatIndex([row, col, channel], shape);
}

function entryInBand(view, x, y) {
  const { line, lines, perLine, entry } = view.plan;
  const k = clamp(Math.floor(y / line), 0, lines - 1) * perLine + clamp(Math.floor(x / entry), 0, perLine - 1);
  return k;
}

/** Tiles of the mosaic: the maps; for a picture its three channels and the picture itself. */
const tiles = ({ scene }) => scene.shape[2] + (scene.source_name === null ? 1 : 0);

// ---------------------------------------------------------------- building what stays

function build(view) {
  const { root, scene, text } = view;
  const find = (selector) => root.querySelector(selector);
  const [height, width, channels] = scene.shape;
  const last = scene.layers.length - 1;
  const layer = scene.layers[scene.layer];
  say(find(".maps figcaption b"), scene.source_name ?? text.picture);
  say(find(".maps figcaption span"), [height, width, channels].join(" × "));
  view.maps.layers.setAttribute("aria-label", fill(text.maps_label, { height, width, channels }));
  say(find(".flat h3"), fill(text.flatten, { shape: [height, width, channels].join(" × "), n: grouped(view.size) }));
  view.band.layers.setAttribute("aria-label", fill(text.band_label, { n: grouped(view.size) }));
  view.band.layers.setAttribute("aria-valuemax", view.size - 1);
  const unit = unitName(view, scene.layer, scene.unit);
  say(find(".sum h3"), fill(text.sum, { layer: layer.name, unit }));
  say(find(".sum .note"), fill(text.sum_note, { n: grouped(scene.terms.length + scene.rest.count) }));
  say(find(".soft h3"), text.softmax);
  say(find(".knob span"), text.temperature);
  say(find(".knob button"), text.reset);
  say(find(".shift span"), text.shift);
  const heads = find("thead").querySelectorAll("th");
  [text.class, `${text.score} z`, "", "eˢ", text.probability].forEach((words, k) => say(heads[k], words));
  say(find("tfoot th"), text.total);
  const titles = find(".answers .heads").children;
  [scene.layers[last].name, text.score, text.probability].forEach((words, k) => say(titles[k], words));
  buildUnits(view);
  buildAnswers(view);
  buildTerms(view);
  const relu = layer.relu;
  const after = scene.value > 0 ? decimal(scene.value, scene.digits) : "0";
  const value = decimal(scene.value, scene.digits);
  say(
    find(".after"),
    relu ? fill(text.after_relu, { relu, value, after }) : scene.layer === last ? text.after_score : "",
  );
  Object.assign(root.dataset, { layer: layer.name, unit: scene.unit, value: scene.value / 10 ** scene.digits });
}

/** A unit's name: its class in the last layer, else its number. */
function unitName({ scene, text }, k, unit) {
  return k === scene.layers.length - 1 ? scene.class_names[unit] : fill(text.unit, { unit });
}

function buildUnits(view) {
  const { root, scene, text } = view;
  const holder = root.querySelector(".between");
  const names = scene.layers.slice(0, -1).map(({ name, size }) => `${name} ${size}`);
  const wanted = JSON.stringify([names, text.units_label]);
  if (view.built === wanted) return;
  view.built = wanted;
  holder.replaceChildren();
  view.units = scene.layers.slice(0, -1).map((layer, k) => {
    const figure = make("figure", "units");
    const caption = make("figcaption");
    const layers = make("div", "layers");
    Object.assign(layers, { tabIndex: 0, role: "application" });
    layers.dataset.layer = layer.name;
    const part = { caption, layers, base: make("canvas", "base"), over: make("canvas", "over"), tip: make("span", "tip"), pointed: null };
    layers.append(part.base, part.over, part.tip);
    figure.append(caption, layers);
    holder.append(figure);
    const at = (event) => {
      const box = part.base.getBoundingClientRect();
      const [col, row] = [event.clientX - box.left, event.clientY - box.top].map((p) => Math.floor(p / UNIT));
      const unit = row * part.columns + col;
      return col >= 0 && row >= 0 && col < part.columns && unit < layer.size ? unit : null;
    };
    const point = (unit) => {
      part.pointed = unit;
      refresh(view);
    };
    view.on(layers, "pointermove", (event) => event.pointerType !== "touch" && point(at(event)));
    view.on(layers, "pointerleave", () => point(null));
    view.on(layers, "click", (event) => at(event) !== null && choose(view, k, at(event)));
    view.on(layers, "keydown", (event) => {
      const from = part.pointed ?? (view.scene.layer === k ? view.scene.unit : 0);
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -part.columns, ArrowDown: part.columns }[event.key];
      if (by) point(clamp(from + by, 0, layer.size - 1));
      else if (event.key === "Enter") choose(view, k, from);
      else return;
      event.preventDefault();
    });
    view.on(layers, "blur", () => point(null));
    return part;
  });
}

function buildAnswers(view) {
  const { root, scene, text } = view;
  const list = root.querySelector(".answers ol");
  const body = root.querySelector("tbody");
  const last = scene.layers.length - 1;
  while (list.children.length < scene.class_names.length) {
    const k = list.children.length;
    const line = make("li");
    const button = make("button");
    button.type = "button";
    button.append(make("span", "name"), bar("score"), make("span", "amount"), bar("share"), make("span", "amount"));
    view.on(button, "click", () => choose(view, view.scene.layers.length - 1, k));
    line.append(button);
    list.append(line);
    const row = make("tr");
    const name = make("th", "name");
    name.scope = "row";
    const shares = make("td", "chance");
    shares.append(bar("share"));
    row.append(name, make("td"), make("td"), make("td", "power"), shares, make("td"));
    body.append(row);
  }
  const { limit } = scene.layers[last];
  view.answers = scene.class_names.map((name, k) => {
    const button = list.children[k].firstChild;
    const [label, score, amount, share, probability] = button.children;
    const row = body.children[k];
    for (const node of [label, row.firstChild]) {
      say(node, name);
      if (k === scene.true_label) node.append(make("em", "", text.true_label));
    }
    say(amount, aligned(view.logits[k], 2));
    const width = (50 * Math.abs(view.logits[k])) / limit;
    const negative = view.logits[k] < 0;
    score.firstChild.className = negative ? "negative" : "positive";
    score.firstChild.style.cssText = `width:${width}%;left:${negative ? 50 - width : 50}%`;
    button.setAttribute("aria-pressed", String(scene.layer === last && scene.unit === k));
    return { button, share: share.firstChild, probability, row };
  });
}

function bar(kind) {
  const track = make("span", `track ${kind}`);
  track.append(make("i"));
  return track;
}

/** The waterfall: every line starts where the one above it ended. */
function buildTerms(view) {
  const { root, scene, text } = view;
  const holder = root.querySelector(".terms");
  const { digits } = scene;
  const lines = scene.terms.map((term, k) => {
    const [x, weight] = [significant(term.x), significant(term.weight)];
    const product = readNumber(x) * readNumber(weight);
    // as the digits shown have it; a product that is not zero is not equal to one that is
    const equals = Math.round(product * 10 ** digits) === term.shown && (term.shown || !product) ? "=" : "≈";
    return { k, label: inputName(view, term.index), factors: [x, "×", weight, equals], shown: term.shown };
  });
  lines.push({ label: fill(text.rest, { n: grouped(scene.rest.count) }), shown: scene.rest.shown, kind: "rest" });
  if (scene.bias !== null) lines.push({ label: text.bias, shown: scene.bias, kind: "bias" });
  let at = 0;
  for (const line of lines) {
    line.from = at;
    at += line.shown;
    line.to = at;
  }
  const result = { label: unitName(view, scene.layer, scene.unit), shown: scene.value, from: 0, to: scene.value, kind: "result" };
  const ends = [0, ...lines.map(({ to }) => to), scene.value];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const place = (value) => (high > low ? (100 * (value - low)) / (high - low) : 0);
  const before = root.querySelector(".terms").contains(view.root.getRootNode().activeElement);
  holder.replaceChildren(...[...lines, result].map((line) => termRow(view, line, place, digits)));
  if (before) holder.querySelector("[tabindex]")?.focus();
}

function termRow(view, { k, label, factors, shown, from, to, kind = "term" }, place, digits) {
  const row = make("div", kind);
  row.append(make("span", "label", label));
  for (const factor of factors ?? [kind === "result" ? "=" : "+"]) row.append(make("span", /\d/.test(factor) ? "factor" : "sign", factor));
  const amount = make("span", "amount", decimal(shown, digits));
  amount.dataset.shown = shown;
  const track = make("span", "track");
  const [a, b] = [place(from), place(to)].sort((x, y) => x - y);
  const zero = make("u");
  zero.style.left = `${place(0)}%`;
  const piece = make("i", shown < 0 ? "negative" : "positive");
  piece.style.cssText = `left:${a}%;width:${b - a}%`;
  const end = make("s"); // the running total, handed down to the next line
  end.style.left = `${place(to)}%`;
  track.append(zero, piece, end);
  row.append(amount, track);
  if (k === undefined) return row;
  row.tabIndex = 0;
  row.setAttribute("role", "button");
  row.dataset.index = view.scene.terms[k].index;
  row.onpointerenter = row.onfocus = () => touch(view, k);
  row.onpointerleave = row.onblur = () => touch(view, null);
  row.onclick = () => visit(view, k);
  row.onkeydown = (event) => {
    const next = { ArrowDown: row.nextSibling, ArrowUp: row.previousSibling }[event.key];
    if (event.key === "Enter" || event.key === " ") visit(view, k);
    else if (next?.tabIndex === 0) next.focus();
    else return;
    event.preventDefault();
  };
  return row;
}

/** A click on a contribution: to its entry, or to the unit of the layer before that it comes from. */
function visit(view, k) {
  const { scene } = view;
  if (scene.from_source) {
    goTo(view, scene.terms[k].index);
    if (!view.wide) view.maps.box.scrollIntoView({ block: "nearest" }); // when wide it stays in view
  } else choose(view, scene.layer - 1, scene.terms[k].index);
}

/** What an input of the chosen layer is: a cell of a map, or a unit of the layer before. */
function inputName({ scene, text }, index) {
  if (!scene.from_source) return fill(text.unit, { unit: index });
  const [row, col, channel] = flatPlace(index, scene.shape);
  return fill(text.cell, { row, col, channel: channelName({ scene, text }, channel) });
}

function channelName({ scene, text }, channel) {
  return scene.source_name === null ? [text.red, text.green, text.blue][channel] : String(channel);
}

// ---------------------------------------------------------------- layout and what is painted once

function arrange(view) {
  const { root, scene } = view;
  const hidden = scene.layers.slice(0, -1).map(({ size }) => size);
  const flow = planFlow(view.width, hidden.map((size) => Math.ceil(size / UNIT_ROWS)));
  const wide = (view.wide = flow !== null);
  root.classList.toggle("narrow", !wide);
  root.style.setProperty("--top", `${headerHeight()}px`);
  const style = getComputedStyle(root);
  view.mark = style.getPropertyValue("--mark").trim();
  view.ink = style.color;
  view.colours = { up: style.getPropertyValue("--up").trim(), down: style.getPropertyValue("--down").trim() };
  const [height, width] = scene.shape;
  view.mosaic = planMosaic(flow?.maps ?? Math.min(view.width, 360), tiles(view), height, width);
  view.plan = planBand(view.width, wide ? BAND.wide : BAND.narrow, scene.shape);
  const n = grouped(view.size);
  say(root.querySelector(".column figcaption b"), flow?.maps === MAPS.max ? fill(view.text.numbers, { n }) : n);
  root.style.setProperty("--answers", wide ? `${flow.answers}px` : "100%");
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
  say(root.querySelector(".flat .note"), fill(note, { lines: parts, channels: scene.shape[2] }));
  buildZoom(view);
  paintPlace(view);
  requestAnimationFrame(() => requestAnimationFrame(() => (root.dataset.painted = view.digest)));
}

/** The colour of entry k of the source: signed, or the brightness of a picture's channel. */
function colourOf({ scene, signs }, k) {
  const value = scene.arrays.source.data[k];
  if (scene.source_name !== null) return signedColour(value / scene.full, signs);
  return TINTS[k % 3].map((share) => 255 * value * share + 18 * (1 - share));
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

const cornerOf = ({ columns, tile, tileHeight }, k) => [(k % columns) * (tile + MAP_GAP), Math.floor(k / columns) * (tileHeight + MAP_GAP)];

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
    const [from, to] = [Math.floor((y * view.size) / rows), Math.max(Math.floor((y * view.size) / rows) + 1, Math.floor(((y + 1) * view.size) / rows))];
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
  const label = { layer: view.scene.layers[k].name, n: grouped(size) };
  part.layers.setAttribute("aria-label", fill(view.text.units_label, label));
}

function buildZoom(view) {
  const holder = view.root.querySelector(".zoom");
  const count = Math.max(5, Math.min(17, Math.floor(view.width / ZOOM))) | 1; // odd: the chosen one in the middle
  const shown = count * ZOOM > view.width + ZOOM / 2 ? count - 2 : count;
  if (holder.children.length === shown) return;
  holder.replaceChildren();
  for (let k = 0; k < shown; k++) {
    const cell = make("button", "entry");
    Object.assign(cell, { type: "button", tabIndex: -1 }); // the band takes the keys
    cell.append(make("b"), make("span"), make("small"));
    cell.onclick = () => goTo(view, Number(cell.dataset.entry));
    holder.append(cell);
  }
}

// ---------------------------------------------------------------- painting, once per move

function overlay({ over, base }) {
  const [width, height] = [parseFloat(base.style.width), parseFloat(base.style.height)];
  const context = sharpContext(over, width, height);
  context.clearRect(0, 0, width, height);
  return context;
}

/** The frame of what a contribution comes from: its sign is its colour, and dashes if it is negative. */
function frameTerm(context, view, box, { shown: whole }, weight) {
  const [x, y, w, h] = box;
  if (whole < 0) context.setLineDash([3, 2]);
  frame(context, view, x, y, w, h, whole < 0 ? view.colours.down : view.colours.up, weight);
  context.setLineDash([]);
}

/** A frame with a halo, so that it shows on every colour. */
function frame(context, view, x, y, w, h, colour = view.mark, weight = 2) {
  for (const [style, line] of [["#fff", weight + 2], [colour, weight]]) {
    context.strokeStyle = style;
    context.lineWidth = line;
    context.strokeRect(x, y, w, h);
  }
}

function paintPlace(view) {
  if (!view.width) return;
  const { scene, text } = view;
  const entry = shown(view);
  const [row, col, channel] = flatPlace(entry, scene.shape);
  const [, width, channels] = scene.shape;
  markMaps(view, entry);
  markBand(view, entry);
  markUnits(view);
  paintZoom(view, entry);
  const [general, numbers] = view.root.querySelector(".formula").children;
  say(general, text.formula);
  say(numbers, fill(text.formula_numbers, { row, width, col, channels, channel, index: grouped(entry) }));
  const value = number(scene.arrays.source.data[entry], 3);
  const place = fill(text.cell, { row, col, channel: channelName(view, channel) });
  view.band.layers.setAttribute("aria-valuenow", entry);
  view.band.layers.setAttribute("aria-valuetext", fill(text.entry, { index: entry, place, value }));
  view.root.querySelector(".formula").ariaLive = view.preview === null ? "polite" : "off";
  Object.assign(view.root.dataset, { entry, row, col, channel, source: value });
  paintLinks(view, entry);
  [...view.root.querySelectorAll(".terms .term")].forEach((line) =>
    line.classList.toggle("here", scene.from_source && Number(line.dataset.index) === entry),
  );
}

/** The middle and the size of an entry's cell on the mosaic. */
function cellBox(view, entry) {
  const [height, width] = view.scene.shape;
  const [row, col, channel] = flatPlace(entry, view.scene.shape);
  const [x, y] = cornerOf(view.mosaic, channel);
  const [w, h] = [view.mosaic.tile / width, view.mosaic.tileHeight / height];
  return { x: x + col * w, y: y + row * h, w, h, corner: [x, y] };
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

function bandBox({ plan }, entry) {
  const { perLine, line } = plan;
  return { x: (entry % perLine) * plan.entry, y: Math.floor(entry / perLine) * line, w: plan.entry, h: line - 1 };
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

function unitBox(view, k, unit) {
  const part = view.units[k];
  return [(unit % part.columns) * UNIT, Math.floor(unit / part.columns) * UNIT, UNIT - 1, UNIT - 1];
}

function markUnits(view) {
  const { scene, text } = view;
  view.units.forEach((part, k) => {
    const context = overlay(part);
    const values = scene.arrays[`values_${k}`].data;
    if (scene.layer === k + 1)
      scene.terms.forEach((term, t) => frameTerm(context, view, unitBox(view, k, term.index), term, view.touched === t ? 3 : 1.5));
    const chosen = scene.layer === k ? scene.unit : null;
    if (chosen !== null) frame(context, view, ...unitBox(view, k, chosen), view.mark, 2.5);
    if (part.pointed !== null) frame(context, view, ...unitBox(view, k, part.pointed), view.mark, 1.5);
    const told = part.pointed ?? (scene.layer === k + 1 && view.touched !== null ? scene.terms[view.touched].index : null);
    const name = scene.layers[k].relu ?? scene.layers[k].name;
    part.caption.replaceChildren(make("b", "", name), " ", make("span", "", grouped(scene.layers[k].size)));
    part.tip.hidden = told === null;
    if (told === null) return;
    const [x, y] = unitBox(view, k, told);
    say(part.tip, `${fill(text.unit, { unit: told })}: ${number(values[told], 3)}`);
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
    const [row, col, channel] = flatPlace(index, scene.shape);
    const [value, name, place] = cell.children;
    const rgb = colourOf(view, index);
    value.style.backgroundColor = css(rgb);
    value.classList.toggle("minus", scene.arrays.source.data[index] < 0);
    value.style.color = inkOn(rgb);
    say(value, number(scene.arrays.source.data[index], 2));
    say(name, grouped(index));
    say(place, `${row},${col},${channel}`);
    cell.dataset.entry = index;
    cell.classList.toggle("here", index === entry);
    cell.classList.toggle("first", channel === 0);
    cell.title = fill(text.cell, { row, col, channel: channelName(view, channel) });
  });
}

/** Lines over the page: the entry's way, and from the largest contributions to the unit they make. */
function paintLinks(view, entry) {
  const svg = view.root.querySelector(".links");
  if (!view.wide) return svg.replaceChildren();
  const boxOf = boxesWithin(svg);
  const { scene, text } = view;
  const [maps, column] = [boxOf(view.maps.base), boxOf(view.column.base)];
  const last = scene.layers.length - 1;
  const cell = (index) => {
    const box = cellBox(view, index);
    return [maps.x + box.x + box.w / 2, maps.y + box.y + box.h / 2];
  };
  const onColumn = (index) => column.y + ((index + 0.5) / view.size) * column.h;
  const unitAt = (k, unit) => {
    if (k === last) {
      const box = boxOf(view.answers[unit].button);
      return [box.x, box.y + box.h / 2];
    }
    const [x, y, w, h] = unitBox(view, k, unit);
    const box = boxOf(view.units[k].base);
    return [box.x + x + w / 2, box.y + y + h / 2];
  };
  const shapes = [];
  const add = (tag, attributes) => shapes.push(shape(tag, attributes));
  const curve = ([x0, y0], [x1, y1], attributes) => {
    const middle = (x0 + x1) / 2;
    add("path", { d: `M${x0},${y0} C${middle},${y0} ${middle},${y1} ${x1},${y1}`, ...attributes });
  };
  // everything to everything: each layer is fed by all of the one before
  const stages = [maps, column, ...view.units.map(({ base }) => boxOf(base)), boxOf(view.root.querySelector(".answers ol"))];
  stages.slice(1).forEach((next, k) => {
    const [left, right] = [stages[k].x + stages[k].w, next.x];
    const points = [[left, stages[k].y], [right, next.y], [right, next.y + next.h], [left, stages[k].y + stages[k].h]];
    add("polygon", { class: "all", points: points.join(" ") });
  });
  // what happens between the stages, in words below the gaps
  const foot = Math.max(...stages.map(({ y, h }) => y + h));
  const word = (x, anchor, words) => {
    add("text", { x, y: foot + 17, class: "word", "text-anchor": anchor });
    shapes.at(-1).textContent = `${words} →`;
  };
  word(column.x - 3, "end", text.word_flatten);
  word(column.x + column.w + 8, "start", text.word_sum);
  word(stages.at(-1).x + stages.at(-1).w * 0.66, "middle", text.word_softmax);
  const to = unitAt(scene.layer, scene.unit);
  const from = scene.from_source ? column : boxOf(view.units[scene.layer - 1].base);
  const edge = from.x + from.w;
  add("polygon", { class: "fan", points: `${edge},${from.y} ${to.join(",")} ${edge},${from.y + from.h}` });
  const strongest = Math.max(1, ...scene.terms.map(({ shown }) => Math.abs(shown)));
  scene.terms.forEach(({ index, shown: whole }, k) => {
    const look = { class: `${whole < 0 ? "negative" : "positive"}${view.touched === k ? " touched" : ""}`, "stroke-width": (0.8 + (2.6 * Math.abs(whole)) / strongest).toFixed(2) };
    if (scene.from_source) {
      curve(cell(index), [column.x, onColumn(index)], { ...look, class: `${look.class} faint` });
      curve([edge, onColumn(index)], to, look);
    } else {
      const [x, y] = unitAt(scene.layer - 1, index);
      curve([x, y], to, look);
    }
  });
  // map cell -> column -> its line in the band
  curve(cell(entry), [column.x, onColumn(entry)], { class: "entry" });
  add("path", { class: "entry tail", d: `M${column.x + column.w / 2},${onColumn(entry)} V${foot + 26}` });
  add("circle", { class: "dot", cx: column.x + column.w / 2, cy: onColumn(entry), r: 3.5 });
  svg.replaceChildren(...shapes);
  paintDrop(view);
}

/** The last piece of the entry's way, from below the column to the band, which may have scrolled away. */
function paintDrop(view) {
  const svg = view.root.querySelector(".drop");
  const boxOf = boxesWithin(svg);
  const [flow, column, band] = [boxOf(view.root.querySelector(".flow")), boxOf(view.column.base), boxOf(view.band.base)];
  const box = bandBox(view, shown(view));
  const [from, x, y] = [flow.y + flow.h, band.x + box.x + box.w / 2, band.y + box.y];
  const gone = !view.wide || y < from;
  view.root.querySelector(".tail")?.classList.toggle("gone", gone);
  if (gone) return svg.replaceChildren();
  svg.replaceChildren(shape("path", { class: "entry", d: `M${column.x + column.w / 2},${from} L${x},${y}` }));
}

/** Boxes of elements in the coordinates of an svg. */
function boxesWithin(svg) {
  const home = svg.getBoundingClientRect();
  return (node) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    return { x: left - home.left, y: top - home.top, w: width, h: height };
  };
}

function shape(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// ---------------------------------------------------------------- softmax

function paintSoftmax(view) {
  const { root, scene, text, temperature } = view;
  const find = (selector) => root.querySelector(selector);
  const step = softmaxStep(view.logits, temperature, view.shift);
  const shares = tenths(step.probabilities);
  const digits = addable(step.total);
  const best = step.probabilities.indexOf(Math.max(...step.probabilities));
  const largest = Math.max(...step.exponentials);
  view.answers.forEach(({ button, share, probability, row }, k) => {
    const written = chance(shares[k] / 1000);
    share.style.width = `${100 * step.probabilities[k]}%`;
    say(probability, written);
    const [name, z, scaled, exponential, bars, shown] = row.children;
    for (const node of [button, row]) node.classList.toggle("best", k === best);
    say(z, aligned(view.logits[k], 2));
    say(scaled, aligned(step.scaled[k] - (view.shift ? step.largest : 0), 2));
    say(exponential, power(step.exponentials[k], digits));
    exponential.style.setProperty("--share", `${(100 * step.exponentials[k]) / (largest || 1)}%`);
    bars.firstChild.firstChild.style.width = `${100 * step.probabilities[k]}%`;
    say(shown, written);
    row.dataset.probability = step.probabilities[k];
    button.setAttribute("aria-label", fill(text.answer_label, { name: scene.class_names[k], score: aligned(view.logits[k], 2), chance: written }));
  });
  const heads = find("thead").querySelectorAll("th");
  say(heads[2], view.shift ? "s = z ÷ T − max" : "s = z ÷ T");
  const [total, whole] = find("tfoot").querySelectorAll("td");
  say(total, powerSum(step.exponentials, step.total, digits));
  say(whole, percent(shares.reduce((a, b) => a + b, 0) / 1000));
  const words = `T = ${temperature}`;
  say(find(".knob output"), words);
  const position = String(positionOf(temperature));
  if (view.range.value !== position) view.range.value = position;
  view.range.setAttribute("aria-label", text.temperature);
  view.range.setAttribute("aria-valuetext", words);
  find(".knob button").disabled = temperature === 1;
  say(find(".told"), temperature === 1 ? text.t_own : temperature < 1 ? text.t_sharp : text.t_flat);
  const single = step.exponentials.map(Math.fround);
  const sum = single.reduce((a, b) => a + b, 0);
  const lost = sum > LARGEST_FLOAT32 || sum === 0;
  say(find(".overflow"), lost ? text.overflow : view.shift ? text.shifted : text.not_shifted);
  find(".overflow").classList.toggle("warn", lost);
  root.dataset.temperature = temperature;
}
