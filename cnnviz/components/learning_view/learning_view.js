// A layer at every moment of its training. Python has sent all moments: kernels, maps, predictions; here
// the moment and the filter are picked, and what belongs to them is drawn.

const WIDE = 820; // px from which kernels, maps and answer stand side by side
const NARROW = 560; // px below which everything stands one below the other
const ROOM = { maps: 0.44, answer: 210, gap: 24 }; // the maps' share of the width; px
const TILE_GAP = 3;
const FAINT = 0.1; // of full colour: below that, a moment's tiles are hard to see
const AXIS = { left: 44, right: 18, top: 8, curve: 58, ticks: 18, groups: 18 };
const BLOCK = { wide: 102, narrow: 150 }; // px of an enlarged kernel slice; narrow: of a picture's
const LARGE = { map: 160, image: 96 };
const GROWTH = { height: 132, left: 34, right: 8, top: 8, bottom: 8 };
const SPEEDS = [1, 2, 4, 8]; // moments a second
const GUESS = 0.1; // accuracy of guessing among ten classes

export default function (component) {
  const view = keepView(component, ".learning", mount);
  receive(view, unpack(component.data));
  return view.end;
}

// ---------------------------------------------------------------- looking up

/** Index of the moment that is looked at. */
const momentOf = ({ scene, place }) => scene.moments.findIndex((moment) => moment.step === place.step);

/** The filter that the visitor has picked, else Python's proposal; and the one under the pointer before it. */
const chosenBy = ({ scene, place }) => place.filter ?? scene.chosen;
const shownBy = (view) => view.pointed ?? chosenBy(view);

const filtersOf = ({ scene }) => scene.arrays.maps.shape[1];

/** The absolute value in full colour at moment `t`. */
const fullOf = ({ scene, place }, what, t) =>
  place.scale === "moment" ? scene.full[what].moments[t] : scene.full[what].training;

/** Slice `s` of filter `f` at moment `t`: its weights, row by row. */
function sliceOf({ arrays }, t, f, s) {
  const [, filters, slices, rows, cols] = arrays.kernels.shape;
  const start = ((t * filters + f) * slices + s) * rows * cols;
  return arrays.kernels.data.subarray(start, start + rows * cols);
}

/** The ten probabilities at moment `t`, or null if they are not known. */
function answerAt({ arrays }, t) {
  const { data, shape } = arrays.probabilities;
  return shape[0] ? data.subarray(10 * t, 10 * t + 10) : null;
}

/** How `count` tiles stand in a mosaic of at most `width` px. Each of a tile's own pixels is `scale` whole ones of
 *  the canvas; these are the screen's if that does not waste too much room, else a little finer. */
function plan(count, width, native) {
  const across = Math.round(Math.sqrt(2 * count)); // twice as many as rows
  const room = Math.max(1, (width + TILE_GAP) / across - TILE_GAP) * density();
  const whole = Math.floor(room / native);
  const fits = whole >= 1 && whole * native > 0.78 * room;
  const scale = fits ? whole : Math.max(1, Math.ceil(room / native));
  const ratio = fits ? density() : (scale * native * density()) / room; // canvas pixels in a CSS pixel
  const step = (scale * native + Math.round(TILE_GAP * ratio)) / ratio;
  const tile = (scale * native) / ratio;
  const rows = Math.ceil(count / across);
  const gap = step - tile;
  return { count, across, rows, tile, step, ratio, width: across * step - gap, height: rows * step - gap };
}

/** The tile under a pointer, or null between tiles and beside them. */
function tileAt({ count, across, tile, step }, canvas, event) {
  const box = canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const [col, row] = [Math.floor(x / step), Math.floor(y / step)];
  const k = row * across + col;
  return x >= 0 && y >= 0 && col < across && k < count && x % step < tile && y % step < tile ? k : null;
}

// ---------------------------------------------------------------- life of a view

function mount(root, { on, onResize, onEnd }) {
  const find = (selector) => root.querySelector(selector);
  const view = {
    root,
    axis: find(".axis"),
    mosaics: { kernels: find(".kernels .mosaic"), maps: find(".maps .mosaic") },
    plans: {},
    strips: { kernels: make("canvas"), maps: make("canvas") },
    speed: find("select"),
    lines: [],
    cells: [],
    place: null, // {step, filter, relu, scale}; filter is null unless the visitor has picked one
    pointed: null, // the filter under the pointer
    playing: false,
    dragging: false,
  };
  view.rest = new Rest({
    place: () => ({ ...view.place }),
    tell: (place) => view.setTriggerValue("place", place),
    busy: () => view.playing || view.dragging,
  });

  on(root, "keydown", (event) => onKey(view, event));
  for (const leaving of ["pointerleave", "focusout"]) on(root, leaving, () => view.rest.flush());
  on(find(".buttons"), "click", (event) => {
    const action = event.target.closest("button")?.dataset.do;
    if (action) ACTIONS[action](view);
  });
  on(find(".relu"), "click", (event) => {
    const choice = event.target.closest("button")?.dataset.relu;
    if (choice) choose(view, { relu: choice === "1" });
  });
  on(find(".colours"), "click", (event) => {
    const scale = event.target.closest("button")?.dataset.scale;
    if (scale) choose(view, { scale });
  });
  for (const group of root.querySelectorAll("[role=radiogroup]"))
    on(group, "keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      event.preventDefault();
      event.stopPropagation(); // here the arrows choose; they do not go through time
      const other = group.querySelector('[aria-checked="false"]');
      other.click();
      other.focus();
    });

  const { axis } = view;
  on(axis, "pointerdown", (event) => {
    if (event.button !== 0) return;
    axis.setPointerCapture(event.pointerId);
    view.dragging = true;
    pause(view);
    go(view, momentAt(view, event));
  });
  on(axis, "pointermove", (event) => view.dragging && go(view, momentAt(view, event)));
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(axis, type, () => (view.dragging = false));

  for (const [name, canvas] of Object.entries(view.mosaics)) {
    on(canvas, "pointermove", (event) => event.pointerType === "mouse" && point(view, tileAt(view.plans[name], canvas, event)));
    on(canvas, "pointerleave", () => point(view, null));
    on(canvas, "click", (event) => {
      const k = tileAt(view.plans[name], canvas, event);
      if (k !== null) choose(view, { filter: k });
    });
    on(canvas, "keydown", (event) => {
      const { across, count } = view.plans[name];
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation(); // here the arrows choose a filter; they do not go through time
      const next = chosenBy(view) + step;
      view.pointed = null; // a key press must be seen, wherever the pointer rests
      if (next >= 0 && next < count) choose(view, { filter: next });
    });
  }
  on(window, RECOLOURED, () => draw(view));
  onResize(() => draw(view), root, find(".growth"));
  onEnd(() => (view.playing = false));
  return view;
}

function receive(view, scene) {
  const { text } = scene;
  const find = (selector) => view.root.querySelector(selector);
  const renamed = !same([scene.class_names, scene.true_label], [view.scene?.class_names, view.scene?.true_label]);
  const changed = scene.digest !== view.scene?.digest;
  Object.assign(view, { scene, text });
  if (changed) view.pointed = null;
  if (view.rest.hear(scene.place)) view.place = { ...scene.place };
  if (momentOf(view) < 0) view.place.step = scene.moments[0].step; // of another recording
  if (chosenBy(view) >= filtersOf(view)) view.place.filter = null;
  setCamera(view.root, text.save_picture, `cnnviz_learning_${scene.layer}.png`, () => drawNow(view));
  const names = { first: text.first, previous: text.previous, next: text.next, last: text.last };
  for (const [action, name] of Object.entries(names))
    Object.assign(find(`[data-do="${action}"]`), { title: name, ariaLabel: name });
  Object.assign(view.speed, { title: text.speed, ariaLabel: text.speed });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const speed = view.speed.value || String(SPEEDS[still ? 0 : 1]);
  view.speed.replaceChildren(...SPEEDS.map((n) => new Option(fill(text.speed_option, { n }), n)));
  view.speed.value = speed;
  const { axis } = view;
  Object.assign(axis, { ariaLabel: text.axis, ariaValueMax: String(scene.moments.length - 1) });
  const [rows, cols, inputs] = scene.size;
  const [size, n] = [`${rows}×${cols}×${inputs}`, filtersOf(view)];
  say(find(".kernels h3"), fill(text.kernels, { layer: scene.layer, n, size }));
  say(find(".kernels .note"), scene.rgb ? text.kernels_colour : text.kernels_slice);
  say(find(".maps h3"), text.maps);
  find(".relu").hidden = !scene.relu;
  find(".relu").setAttribute("aria-label", text.relu);
  say(find('[data-relu="0"]'), text.before_relu);
  say(find('[data-relu="1"]'), text.after_relu);
  say(find(".colours span"), text.colours);
  find(".colours").setAttribute("aria-label", text.colours);
  say(find('[data-scale="training"]'), text.scale_training);
  say(find('[data-scale="moment"]'), text.scale_moment);
  view.mosaics.kernels.setAttribute("aria-label", fill(text.kernels_label, { n }));
  view.mosaics.maps.setAttribute("aria-label", fill(text.maps_label, { n }));
  say(find(".growth h3"), text.growth);
  say(find(".answer h3"), text.answer);
  fillScales(view);
  fillCells(view);
  if (renamed) fillBars(view);
  draw(view);
}

// ---------------------------------------------------------------- moving

const last = ({ scene }) => scene.moments.length - 1;

const ACTIONS = {
  first: (view) => go(view, 0),
  last: (view) => go(view, last(view)),
  next: (view) => go(view, momentOf(view) + 1),
  previous: (view) => go(view, momentOf(view) - 1),
  toggle: (view) => (view.playing ? pause(view) : play(view)),
};

const KEYS = { ArrowRight: "next", ArrowLeft: "previous", Home: "first", End: "last", " ": "toggle" };

function onKey(view, event) {
  const action = KEYS[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  if (event.key === " " && event.target.matches("button")) return;
  event.preventDefault(); // no scrolling
  ACTIONS[action](view);
}

function go(view, moment) {
  const t = clamp(moment, 0, last(view));
  view.place.step = view.scene.moments[t].step;
  if (view.playing && t === last(view)) pause(view);
  view.rest.settle();
  draw(view);
}

function choose(view, choice) {
  Object.assign(view.place, choice);
  view.rest.settle();
  draw(view);
}

function point(view, filter) {
  if (filter === view.pointed) return;
  view.pointed = filter;
  draw(view);
}

function play(view) {
  if (momentOf(view) === last(view)) go(view, 0);
  view.playing = true;
  let clock = null;
  const tick = (now) => {
    if (!view.playing) return;
    requestAnimationFrame(tick);
    if (clock === null || document.hidden) clock = { start: now, done: 0 };
    const due = Math.floor(((now - clock.start) * Number(view.speed.value)) / 1000) - clock.done;
    if (due < 1) return;
    clock.done += due;
    go(view, momentOf(view) + due);
  };
  requestAnimationFrame(tick);
  draw(view);
}

function pause(view) {
  if (!view.playing) return;
  view.playing = false;
  view.rest.settle();
  draw(view);
}

/** The moment nearest to a pointer on the axis. */
function momentAt(view, event) {
  const { left, right } = AXIS;
  const box = view.axis.getBoundingClientRect();
  const share = (event.clientX - box.left - left) / (box.width - left - right);
  return Math.round(clamp(share, 0, 1) * last(view));
}

// ---------------------------------------------------------------- parts that are made once

/** One line for each class: its name, its bar, its number. */
function fillBars(view) {
  const { scene, text, root } = view;
  const list = root.querySelector(".answer ol");
  list.replaceChildren();
  view.lines = scene.class_names.map((name, k) => {
    const [row, label, track, bar, value] = [make("li"), make("span", "name", name), make("span", "track"), make("i"), make("span", "value")];
    if (k === scene.true_label) label.append(make("em", "", text.true_label));
    track.append(bar);
    row.append(label, track, value);
    list.append(row);
    return { row, bar, value };
  });
}

/** The colour scale below a mosaic: its two ends and, between them, all colours. */
function fillScales(view) {
  for (const box of view.root.querySelectorAll(".scale")) {
    if (box.firstChild) continue;
    const ramp = make("canvas");
    ramp.setAttribute("aria-hidden", "true");
    box.append(make("span", "low"), ramp, make("span", "high"));
  }
}

/** The enlarged slices of one filter: as one colour picture first, if it looks at the picture. */
function fillCells(view) {
  const { scene, text, root } = view;
  const count = scene.arrays.kernels.shape[2] + (scene.rgb ? 1 : 0);
  if (view.cells.length === count) return;
  const box = root.querySelector(".cells");
  box.replaceChildren();
  view.cells = Array.from({ length: count }, () => {
    const [figure, canvas, caption] = [make("figure"), make("canvas"), make("figcaption")];
    canvas.setAttribute("role", "img");
    figure.append(canvas, caption);
    box.append(figure);
    return { canvas, caption };
  });
}

// ---------------------------------------------------------------- drawing

function draw(view) {
  soon(view, () => view.scene && view.root.clientWidth && drawNow(view)); // hidden: drawn when there is room
}

function drawNow(view) {
  arrange(view);
  const t = momentOf(view);
  drawAxis(view, t);
  drawKernels(view, t);
  drawMaps(view, t);
  writeAnswer(view, t);
  drawCells(view, t);
  drawEffect(view, t);
  drawGrowth(view, t);
  writeWords(view, t);
}

function arrange(view) {
  const { root, scene } = view;
  const width = root.clientWidth;
  const kind = width >= WIDE ? "wide" : width >= NARROW ? "middle" : "narrow";
  for (const name of ["middle", "narrow"]) root.classList.toggle(name, kind === name);
  const style = getComputedStyle(root);
  const paper = style.getPropertyValue("--st-background-color").trim() || "#fff";
  const theme = themeOf(root);
  if (theme !== view.theme) {
    Object.assign(view, { theme, signs: signedScale(root) }); // to look at a colour takes a canvas
    root.classList.toggle("dark", isDark(root));
  }
  root.style.setProperty("--top", `${headerHeight()}px`);
  const mark = style.getPropertyValue("--st-primary-color").trim() || "#d0006f";
  view.colours = { ink: style.color, mark, paper, font: style.fontFamily };
  view.rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // a presenter's type is larger
  const [, filters, , native] = scene.arrays.maps.shape;
  const share = kind === "wide" ? ROOM.maps : kind === "middle" ? 0.62 : 1;
  view.plans.maps = plan(filters, width * share, native);
  const rest = width - view.plans.maps.width - ROOM.gap;
  const room = kind === "wide" ? rest - ROOM.gap - ROOM.answer * view.rem : kind === "middle" ? rest : width;
  view.plans.kernels = plan(filters, Math.min(room, view.plans.maps.width), scene.size[1]);
  for (const name of ["kernels", "maps"])
    root.querySelector(`.${name}`).style.width = kind === "narrow" ? "" : `${view.plans[name].width}px`;
  view.width = width;
  view.growth = Math.max(120, root.querySelector(".growth").clientWidth);
}

/** Text of `size` px in the page's type, larger where the page's is. */
const type = (view, size, weight = 400) => `${weight} ${size * view.rem}px ${view.colours.font}`;

function drawAxis(view, t) {
  const { axis, scene, text, colours, width } = view;
  const { left, right, top, curve, ticks, groups } = AXIS;
  const context = sharpContext(axis.firstElementChild, width, top + curve + (ticks + groups) * view.rem + 4);
  context.clearRect(0, 0, width, 400);
  const { moments } = scene;
  const x = (k) => left + (k * (width - left - right)) / Math.max(1, moments.length - 1);
  const known = moments.map(({ accuracy }) => accuracy).filter((value) => value !== null);
  const most = Math.ceil(10 * Math.max(0.2, ...known)) / 10;
  const y = (accuracy) => top + curve * (1 - accuracy / most);
  const bottom = top + curve;
  const firsts = moments.filter(({ first }) => first).length;
  const border = firsts < moments.length ? (x(firsts - 1) + x(firsts)) / 2 : x(firsts - 1) + 8;

  context.fillStyle = colours.ink;
  context.globalAlpha = 0.06;
  context.fillRect(left - 8, top - 6, border - left + 8, curve + 12);
  context.globalAlpha = 1;
  lineOf(context, [[left - 8, bottom], [width - right + 8, bottom]], colours.ink, 1, [], 0.35);
  lineOf(context, [[left - 8, y(GUESS)], [width - right + 8, y(GUESS)]], colours.ink, 1, [2, 4], 0.6);

  const points = moments.flatMap(({ accuracy }, k) => (accuracy === null ? [] : [[x(k), y(accuracy), k]]));
  lineOf(context, points, colours.ink, 2, [], 0.35);
  lineOf(context, points.filter(([, , k]) => k <= t), colours.ink, 3);
  for (const [px, py, k] of points) {
    context.fillStyle = colours.ink;
    context.globalAlpha = k <= t ? 1 : 0.45;
    dot(context, px, py, 3);
  }
  context.globalAlpha = 1;
  lineOf(context, [[x(t), top - 6], [x(t), bottom + 6]], colours.mark, 2.5);
  const { accuracy } = moments[t];
  context.fillStyle = colours.mark;
  dot(context, x(t), accuracy === null ? bottom : y(accuracy), 7);

  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillStyle = colours.ink;
  context.font = type(view, 11);
  context.globalAlpha = 0.75;
  context.fillText(`${Math.round(100 * most)}%`, left - 12, y(most) + 2);
  context.fillText("0%", left - 12, bottom);
  context.textAlign = "left";
  context.fillText(text.axis_accuracy, left + 9, top + 4);
  context.textAlign = "right";
  context.fillText(text.guessing, width - right - 10, y(GUESS) - 7);
  context.globalAlpha = 1;
  context.textAlign = "center";
  const row = bottom + 6 + (ticks * view.rem) / 2;
  let free = -Infinity;
  const room = (k) => context.measureText(moments[k].tick).width / 2 + 3;
  context.font = type(view, 13, 700);
  const own = [x(t) - room(t), x(t) + room(t)];
  context.fillStyle = colours.mark;
  context.fillText(moments[t].tick, x(t), row);
  context.fillStyle = colours.ink;
  context.font = type(view, 12);
  moments.forEach(({ tick }, k) => {
    const [from, to] = [x(k) - room(k), x(k) + room(k)];
    if (k === t || from < free || (to > own[0] && from < own[1])) return;
    context.fillText(tick, x(k), row);
    free = to;
  });
  context.font = type(view, 12);
  context.globalAlpha = 0.75;
  const line = row + ((ticks + groups) * view.rem) / 2;
  const zones = [[text.first_epoch, left - 8, border], [text.later, border, width - right + 8]];
  for (const [words, from, to] of zones)
    if (context.measureText(words).width <= to - from) context.fillText(words, (from + to) / 2, line);
  context.globalAlpha = 1;
}

function lineOf(context, points, colour, width, dash = [], alpha = 1) {
  Object.assign(context, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha, lineJoin: "round" });
  context.setLineDash(dash);
  context.beginPath();
  for (const [px, py] of points) context.lineTo(px, py);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function dot(context, px, py, radius) {
  context.beginPath();
  context.arc(px, py, radius, 0, 7);
  context.fill();
}

/** Paint tiles, one below the other, on a hidden canvas, and copy each to its place in the mosaic.
 *  `share(tile, cell)`, if what is drawn has signs, is what a cell has of the full colour. */
function drawMosaic(view, name, paint, share = null) {
  const { count, across, tile, step, ratio, width, height } = view.plans[name];
  const { colours } = view;
  const strip = view.strips[name];
  const [rows, cols] = name === "maps" ? view.scene.arrays.maps.shape.slice(2) : view.scene.size;
  if (strip.width !== cols || strip.height !== rows * count) Object.assign(strip, { width: cols, height: rows * count });
  const pixels = new ImageData(cols, rows * count);
  paint(new Uint32Array(pixels.data.buffer));
  strip.getContext("2d").putImageData(pixels, 0, 0);
  const canvas = view.mosaics[name];
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, w, h);
  context.imageSmoothingEnabled = false;
  const place = (k) => [(k % across) * step, Math.floor(k / across) * step];
  const whole = (length) => Math.round(length * ratio);
  for (let k = 0; k < count; k++)
    context.drawImage(strip, 0, k * rows, cols, rows, ...place(k).map(whole), whole(tile), whole(tile));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (share && showsMinus(tile / cols, tile / rows))
    for (let k = 0; k < count; k++) paintMinuses(context, view, [rows, cols], place(k), tile / cols, (cell) => share(k, cell));
  const ring = (k, colour, weight) => {
    const [px, py] = place(k);
    context.strokeStyle = colour;
    context.lineWidth = weight;
    context.strokeRect(px + weight / 2, py + weight / 2, tile - weight, tile - weight);
  };
  const chosen = chosenBy(view);
  ring(chosen, colours.paper, 5);
  ring(chosen, colours.mark, 3);
  if (view.pointed !== null && view.pointed !== chosen) ring(view.pointed, colours.ink, 2);
}

/** The minus in each cell below zero; `share(cell)` is what the cell has of the full colour. */
function paintMinuses(context, { signs }, [rows, cols], [x, y], side, share) {
  for (let k = 0; k < rows * cols; k++)
    if (share(k) < 0) paintMinus(context, x + (k % cols) * side, y + Math.floor(k / cols) * side, side, side, signedColour(share(k), signs));
}

/** 0xAABBGGRR, as little-endian image data holds it. */
const packed = ([r, g, b]) => (255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);

/** A weight as the brightness of its colour channel: mid-grey is 0. */
const brightness = (weight, full) => 127.5 + 127.5 * clamp(weight / full, -1, 1);

function drawKernels(view, t) {
  const { scene, signs } = view;
  const full = fullOf(view, "kernels", t);
  const [rows, cols] = scene.size;
  drawMosaic(view, "kernels", (pixels) => {
    for (let f = 0; f < filtersOf(view); f++) {
      const parts = scene.rgb ? [0, 1, 2].map((s) => sliceOf(scene, t, f, s)) : [sliceOf(scene, t, f, 0)];
      for (let k = 0; k < rows * cols; k++)
        pixels[f * rows * cols + k] = packed(
          scene.rgb ? parts.map((part) => brightness(part[k], full)) : signedColour(parts[0][k] / full, signs),
        );
    }
  }, scene.rgb ? null : (f, k) => sliceOf(scene, t, f, 0)[k] / full);
  drawScale(view, "kernels", full);
}

/** The colour of each of the 256 entries that a map's cell can have at moment `t`. */
function paletteOf(view, t) {
  const { scene, place, signs } = view;
  const full = fullOf(view, "maps", t);
  const step = scene.arrays.steps.data[t];
  const shown = (entry) => (place.relu && scene.relu ? Math.max(0, entry - 128) : entry - 128);
  return Uint32Array.from({ length: 256 }, (_, entry) => packed(signedColour((shown(entry) * step) / full, signs)));
}

function drawMaps(view, t) {
  const { scene } = view;
  const { data, shape } = scene.arrays.maps;
  const size = shape[1] * shape[2] * shape[3];
  view.palette = paletteOf(view, t);
  drawMosaic(view, "maps", (pixels) => {
    for (let k = 0; k < size; k++) pixels[k] = view.palette[data[t * size + k]];
  });
  drawScale(view, "maps", fullOf(view, "maps", t));
}

const decimals = (limit) => (limit >= 100 ? 0 : limit >= 10 ? 1 : limit >= 0.2 ? 2 : 3);

function drawScale(view, name, full) {
  const { scene, root, signs, theme } = view;
  const box = root.querySelector(`.${name} .scale`);
  say(box.querySelector(".low"), number(-full, decimals(full)));
  say(box.querySelector(".high"), `+${number(full, decimals(full))}`);
  const guise = `${theme} ${scene.rgb} ${density()}`;
  if (box.dataset.guise === guise) return;
  box.dataset.guise = guise;
  const [width, height] = [110, 9];
  const context = sharpContext(box.querySelector("canvas"), width, height);
  for (let k = 0; k < width; k++) {
    const share = (2 * (k + 0.5)) / width - 1;
    context.fillStyle = css(name === "kernels" && scene.rgb ? Array(3).fill(brightness(share, 1)) : signedColour(share, signs));
    context.fillRect(k, 0, 1, height);
  }
}

function writeAnswer(view, t) {
  const { scene, text, root } = view;
  const find = (selector) => root.querySelector(`.answer ${selector}`);
  const ten = answerAt(scene, t);
  find("ol").hidden = find(".verdict").hidden = !ten;
  find(".missing").hidden = Boolean(ten);
  say(find(".missing"), text.no_predictions);
  if (!ten) return;
  const top = argmax(ten);
  view.lines.forEach(({ row, bar, value }, k) => {
    bar.style.width = `${100 * ten[k]}%`;
    say(value, chance(ten[k]));
    row.classList.toggle("best", k === top);
  });
  const right = top === scene.true_label;
  const parts = [make("b", "", fill(text.says, { name: scene.class_names[top], percent: chance(ten[top]) }))];
  if (scene.true_label !== null) parts.push(make("span", right ? "good" : "bad", right ? text.right : text.wrong));
  find(".verdict").replaceChildren(...parts);
}

/** The slices of the filter that is looked at, with their numbers. */
function drawCells(view, t) {
  const { scene, text, colours, signs } = view;
  const f = shownBy(view);
  const full = fullOf(view, "kernels", t);
  const [rows, cols] = scene.size;
  const roomy = scene.rgb && view.root.classList.contains("narrow"); // then two stand side by side, else three
  const cell = Math.floor(((roomy ? BLOCK.narrow : BLOCK.wide) * view.rem) / Math.max(rows, cols));
  const digits = decimals(scene.full.kernels.moments[t]);
  view.root.classList.toggle("roomy", roomy);
  const [, , slices] = scene.arrays.kernels.shape;
  const parts = Array.from({ length: slices }, (_, s) => sliceOf(scene, t, f, s));
  view.cells.forEach(({ canvas, caption }, index) => {
    const s = scene.rgb ? index - 1 : index;
    const context = sharpContext(canvas, cols * cell, rows * cell);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = type(view, digits > 2 ? 10 : 11.5);
    for (let k = 0; k < rows * cols; k++) {
      const [px, py] = [(k % cols) * cell, Math.floor(k / cols) * cell];
      const rgb = s < 0 ? parts.map((part) => brightness(part[k], full)) : signedColour(parts[s][k] / full, signs);
      context.fillStyle = css(rgb);
      context.fillRect(px, py, cell, cell);
      if (s >= 0 && parts[s][k] < 0) paintMinus(context, px, py, cell, cell, rgb);
      const words = s < 0 ? "" : cellNumber(parts[s][k], digits);
      if (!words || context.measureText(words).width > cell) continue;
      context.fillStyle = inkOn(rgb);
      context.fillText(words, px + cell / 2, py + cell / 2 + 1);
    }
    context.strokeStyle = colours.ink;
    context.globalAlpha = 0.3;
    context.strokeRect(0.5, 0.5, cols * cell - 1, rows * cell - 1);
    context.globalAlpha = 1;
    const channel = scene.rgb ? [text.red, text.green, text.blue][s] : fill(text.channel, { n: scene.arrays.channels.data[f * slices + s] });
    const words = s < 0 ? text.colour : channel;
    say(caption, words);
    canvas.setAttribute("aria-label", s < 0 ? words : `${words}: ${[...parts[s]].map((value) => number(value, digits)).join(", ")}`);
  });
}

/** The picture, and the map that the filter makes of it. */
function drawEffect(view, t) {
  const { scene, text, place, root } = view;
  const find = (selector) => root.querySelector(`.effect ${selector}`);
  const f = shownBy(view);
  const { image, maps, ranges } = scene.arrays;
  const guise = `${scene.digest} ${view.rem} ${density()}`;
  if (view.pictured !== guise) {
    view.pictured = guise;
    const small = make("canvas");
    paintThumbnail(small, { data: image.data, shape: [1, ...image.shape] }, 0);
    enlarge(find(".input"), small, LARGE.image * view.rem, 0);
  }
  const [, filters, rows] = maps.shape;
  enlarge(find(".map"), view.strips.maps, LARGE.map * view.rem, f * rows);
  const relu = place.relu && scene.relu;
  const [low, high] = [0, 1].map((k) => ranges.data[(t * filters + f) * 2 + k]).map((value) => (relu ? Math.max(0, value) : value));
  const digits = decimals(Math.max(Math.abs(low), Math.abs(high)));
  const range = fill(text.range, { min: number(low, digits), max: number(high, digits) });
  const [first, second] = root.querySelectorAll(".effect figcaption");
  say(first, text.picture);
  say(second, `${fill(text.map, { n: f })}: ${range}`);
  find(".input").setAttribute("aria-label", text.picture);
  find(".map").setAttribute("aria-label", second.textContent);
}

/** Draw the square of `source` that begins at row `from`, enlarged. */
function enlarge(canvas, source, side, from) {
  const context = sharpContext(canvas, side, side);
  context.imageSmoothingEnabled = false;
  context.drawImage(source, 0, from, source.width, source.width, 0, 0, side, side);
}

/** The norm of the filter's kernel over time, and how far it is from where it began. */
function drawGrowth(view, t) {
  const { scene, text, root, colours } = view;
  const box = root.querySelector(".growth");
  const { height, left, right, top, bottom } = GROWTH;
  const width = view.growth;
  const canvas = box.querySelector("canvas");
  const context = sharpContext(canvas, width, height);
  context.clearRect(0, 0, width, height);
  const f = shownBy(view);
  const series = ["norms", "distances"].map((name) => scene.moments.map((_, k) => scene.arrays[name].data[k * filtersOf(view) + f]));
  const most = Math.max(...series.flat()) || 1;
  const x = (k) => left + (k * (width - left - right)) / Math.max(1, scene.moments.length - 1);
  const y = (value) => top + (height - top - bottom) * (1 - value / most);
  lineOf(context, [[left, y(0)], [width - right, y(0)]], colours.ink, 1, [], 0.35);
  lineOf(context, [[x(t), top - 4], [x(t), y(0)]], colours.mark, 1.5, [], 0.6);
  const [norms, ways] = series.map((values) => values.map((value, k) => [x(k), y(value)]));
  lineOf(context, norms, colours.ink, 2);
  lineOf(context, ways, colours.mark, 2, [5, 4]);
  context.fillStyle = colours.ink;
  dot(context, ...norms[t], 4);
  context.fillStyle = colours.mark;
  dot(context, ...ways[t], 4);
  context.fillStyle = colours.ink;
  context.globalAlpha = 0.75;
  context.font = type(view, 11);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(number(most, decimals(most)), left - 5, y(most) + 3);
  context.fillText("0", left - 5, y(0));
  context.globalAlpha = 1;
  const digits = decimals(most);
  const words = [
    fill(text.norm, { value: number(series[0][t], digits) }),
    fill(text.distance, { value: number(series[1][t], digits) }),
  ];
  const note = box.querySelector(".note");
  if (!note.firstChild)
    for (const name of ["size", "way"]) {
      const item = make("span", name);
      item.append(make("i"), document.createTextNode(""));
      note.append(item);
    }
  words.forEach((word, k) => {
    const node = note.children[k].lastChild;
    if (node.data !== word) node.data = word;
  });
  canvas.setAttribute("aria-label", `${text.growth}: ${words.join(", ")}`);
}

function writeWords(view, t) {
  const { root, scene, text, place, axis, playing } = view;
  const find = (selector) => root.querySelector(selector);
  const { name, accuracy } = scene.moments[t];
  const measured = accuracy === null ? text.no_accuracy : fill(text.accuracy, { percent: percent(accuracy) });
  const now = find(".now");
  const live = playing || view.dragging ? "off" : "polite"; // a screen reader could not keep up
  if (now.ariaLive !== live) now.ariaLive = live;
  say(now.firstElementChild, name);
  say(now.lastElementChild, measured);
  Object.assign(axis, { ariaValueNow: String(t), ariaValueText: `${name}, ${measured}` });
  root.classList.toggle("playing", playing);
  const button = find(".play");
  const action = playing ? text.pause : text.play;
  say(button.querySelector("span"), action);
  if (button.title !== action) Object.assign(button, { title: action, ariaLabel: action });
  say(find(".weights h3"), fill(text.filter, { n: shownBy(view), layer: scene.layer }));
  for (const radio of root.querySelectorAll("[role=radio]")) {
    const { relu, scale } = radio.dataset;
    const checked = relu ? (relu === "1") === place.relu : scale === place.scale;
    radio.setAttribute("aria-checked", String(checked));
    radio.tabIndex = checked ? 0 : -1; // one stop for the Tab key
  }
  const faint = ["kernels", "maps"].some((what) => scene.full[what].moments[t] < FAINT * scene.full[what].training);
  say(find(".faint"), place.scale === "training" && faint ? text.faint : "");
  const ten = answerAt(scene, t);
  Object.assign(root.dataset, {
    moment: t,
    step: place.step,
    filter: shownBy(view),
    relu: place.relu,
    scale: place.scale,
    playing,
    answer: ten ? argmax(ten) : "",
    painted: scene.digest,
  });
}
