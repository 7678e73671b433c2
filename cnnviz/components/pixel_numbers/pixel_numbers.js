// A picture that can be zoomed into until its numbers can be read. Every number is Python's: the
// bytes are the image's, the shares were divided by 255 there.

const WIDE = 720; // px from which the cell's numbers stand beside the picture
const SIDE_PANEL = 290;
const LARGEST = 520; // px, the picture's side
const LINES = [20, 26]; // px a cell: from here lines between cells fade in, and are there
const NUMBERS = [34, 42]; // the same for the numbers in the cells
const CELLS_AT = 29; // px a cell where the stage "cells" is best seen
const DIVE_TO = 72; // px a cell where a dive ends
const TYPE = { min: 8, max: 30, digit: 0.56, line: 1.16 };
const LETTERED = 66; // px a cell from which R, G, B stand before the numbers
const MS = { dive: 2600, jump: 900, step: 180, plain: 400, speak: 400 };
const STEP = 1.3; // one press of + or a notch of the wheel
const CLICK = 5; // px a pointer may move in a click
const CHANNELS = ["red", "green", "blue"];
const LETTERS = ["R", "G", "B"];
const STAGES = ["picture", "cells", "numbers"];
const MAP = { wide: 168, narrow: 112 };

export default function (component) {
  const view = keepView(component, ".pixels", mount);
  receive(view, unpack(component.data));
  return view.end;
}

// ---------------------------------------------------------------- pure geometry

const ramp = (value, [low, high]) => clamp((value - low) / (high - low), 0, 1);
const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2);
const mix = (a, b, t) => a.map((v, k) => v + (b[k] - v) * t);

/** The centre of the view nearest to (x, y) that shows nothing but picture. */
function insideCentre(view, x, y, scale) {
  const half = view.side / scale / 2;
  return [clamp(x, half, view.width - half), clamp(y, half, view.height - half)];
}

/** Where the view lies: its left and top edge, in cells. */
const corner = (view) => [view.x - view.side / view.scale / 2, view.y - view.side / view.scale / 2];

/** The largest type in which a cell's numbers fit into `scale` px. */
function typeSize(scale, characters, rows) {
  const room = scale - 6;
  return Math.min(TYPE.max, room / (characters * TYPE.digit), room / (rows * TYPE.line));
}

function stageOf(scale) {
  if (ramp(scale, NUMBERS) >= 0.5) return "numbers";
  return ramp(scale, LINES) >= 0.5 ? "cells" : "picture";
}

const farthest = (view) => view.side / view.width;
const nearest = (view) => view.side / view.least;
const sliderOf = (view, scale) => (100 * Math.log(scale / farthest(view))) / Math.log(nearest(view) / farthest(view));
const scaleOf = (view, slider) => farthest(view) * (nearest(view) / farthest(view)) ** (slider / 100);

// ---------------------------------------------------------------- life of a view

function mount(root, { on, onResize, onEnd }) {
  const find = (selector) => root.querySelector(selector);
  const view = {
    root,
    screen: find(".screen"),
    canvas: find(".screen canvas"),
    map: find(".map"),
    slider: find(".zoom input"),
    plainBox: find(".plain input"),
    digest: null,
    cell: [0, 0],
    pointed: null,
    plainness: 0,
    pointers: new Map(),
    still: matchMedia("(prefers-reduced-motion: reduce)"),
    on,
  };
  view.rest = new Rest({
    place: () => {
      const { cell, across, channel, unit, plain } = view;
      return { cell, across: Math.round(across * 10) / 10, channel, unit, plain };
    },
    tell: (place) => view.setStateValue("rest", { ...place, time: Date.now() }),
    busy: () => view.flying,
  });

  on(find(".dive"), "click", () => dive(view));
  for (const button of root.querySelectorAll("[data-stage]")) on(button, "click", () => toStage(view, button.dataset.stage, MS.jump));
  for (const button of root.querySelectorAll("[data-zoom]")) {
    on(button, "click", () => zoomOnCell(view, button.dataset.zoom === "in" ? STEP : 1 / STEP));
  }
  on(view.slider, "input", () => {
    const [x, y] = cellCentre(view);
    land(view, scaleOf(view, Number(view.slider.value)), x, y);
  });
  on(view.plainBox, "change", () => setPlain(view, view.plainBox.checked));
  on(view.screen, "keydown", (event) => onKey(view, event));
  on(view.screen, "wheel", (event) => onWheel(view, event), { passive: false });
  watchPointer(view, on);
  const goThere = (event) => {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    const box = view.map.getBoundingClientRect();
    const [x, y] = [((event.clientX - box.left) / box.width) * view.width, ((event.clientY - box.top) / box.height) * view.height];
    stopFlight(view);
    land(view, view.scale, x, y);
    choose(view, [Math.floor(clamp(y, 0, view.height - 1)), Math.floor(clamp(x, 0, view.width - 1))], false);
  };
  on(view.map, "pointerdown", goThere);
  on(view.map, "pointermove", goThere);

  onResize(() => resized(view), root);
  onEnd(() => {
    cancelAnimationFrame(view.flight);
    cancelAnimationFrame(view.fading);
    clearTimeout(view.speaking);
  });
  return view;
}

/** Take in what Python sent; the same again changes nothing. */
function receive(view, { arrays, text, nearest: least, digest, ...given }) {
  const theme = themeOf(view.root);
  const first = view.digest === null;
  if (digest !== view.digest || view.text?.dive !== text.dive) {
    const [height, width] = arrays.image.shape;
    Object.assign(view, { image: arrays.image.data, share: arrays.share.data, height, width, least, digest, text });
    label(view);
  }
  const place = { cell: given.cell, across: given.across, channel: given.channel, unit: given.unit, plain: given.plain };
  const news = view.rest.hear(place);
  if (theme !== view.theme) {
    view.theme = theme;
    view.dark = isDark(view.root);
    view.paper = themeColour(view.root, "--st-background-color");
    view.inks = CHANNELS.map((name) => getComputedStyle(view.root).getPropertyValue(`--st-${name}-text-color`) || "currentColor");
    view.mark = getComputedStyle(view.root).getPropertyValue("--st-primary-color") || "#d0006f";
    view.root.style.setProperty("--on-primary", inkOn(themeColour(view.root, "--st-primary-color")));
  }
  if (news) {
    stopFlight(view);
    Object.assign(view, { cell: place.cell, channel: place.channel, unit: place.unit, plain: place.plain });
    view.plainness = place.plain ? 1 : 0;
    view.across = place.across;
  }
  resized(view);
  if (news && !first) landAcross(view);
  paintSoon(view);
}

function label(view) {
  setCamera(view.root, view.text.save_picture, "cnnviz_pixel_numbers.png", () => paint(view));
  const { root, text, on } = view;
  const write = (selector, words) => (root.querySelector(selector).textContent = words);
  for (const stage of STAGES) write(`[data-stage=${stage}]`, text[`stage_${stage}`]);
  for (const way of ["in", "out"]) {
    const button = root.querySelector(`[data-zoom=${way}]`);
    button.setAttribute("aria-label", text[`zoom_${way}`]);
    button.title = text[`zoom_${way}`];
  }
  view.slider.setAttribute("aria-label", text.zoom);
  write(".plain span", text.plain);
  write("figcaption", text.you_see);
  write(".facts", fill(text.facts, { height: view.height, width: view.width, count: grouped(view.height * view.width * 3) }));
  write(".keys", text.keys);
  view.screen.setAttribute("aria-label", text.screen);
  view.map.setAttribute("aria-label", text.map);
  const radios = (name, words, options, pick) => {
    const group = root.querySelector(`.${name}`);
    group.setAttribute("aria-label", words);
    group.replaceChildren(
      ...Object.entries(options).map(([option, caption]) => {
        const holder = make("label");
        const input = Object.assign(make("input"), { type: "radio", name, value: option });
        holder.append(input, make("span", "", caption));
        on(input, "change", () => pick(option));
        return holder;
      }),
    );
  };
  const channels = Object.fromEntries(["all", ...CHANNELS].map((name) => [name, text[`channel_${name}`]]));
  radios("channel", text.channel, channels, (channel) => change(view, { channel }));
  radios("unit", text.unit, { byte: text.unit_byte, share: text.unit_share }, (unit) => change(view, { unit }));
  view.rows = CHANNELS.map((name) => {
    const [row, value, share] = [make("tr"), make("td", "value"), make("td", "share")];
    row.append(make("td", "name", text[`channel_${name}`]), value, share);
    return { row, value, share };
  });
  root.querySelector("tbody").replaceChildren(...view.rows.map(({ row }) => row));
}

function resized(view) {
  const width = Math.floor(view.root.clientWidth) - 8;
  if (view.digest === null || width < 1) return;
  const wide = width >= WIDE;
  const side = Math.min(wide ? width - SIDE_PANEL : width, LARGEST);
  const ratio = window.devicePixelRatio;
  if (side === view.side && ratio === view.ratio) return;
  view.root.classList.toggle("narrow", !wide);
  view.root.style.setProperty("--screen", `${side}px`);
  Object.assign(view, { side, ratio, mapSide: wide ? MAP.wide : MAP.narrow });
  landAcross(view);
}

/** Show the cells asked for, so many side by side, round the chosen cell. */
function landAcross(view) {
  const [x, y] = cellCentre(view);
  land(view, view.side / view.across, x, y, { tell: false });
}

const cellCentre = (view) => [view.cell[1] + 0.5, view.cell[0] + 0.5];

// ---------------------------------------------------------------- moving

/** Put the view's centre as near to (x, y) as the picture allows, `scale` px a cell. */
function land(view, scale, x, y, { tell = true } = {}) {
  view.scale = clamp(scale, farthest(view), nearest(view));
  [view.x, view.y] = insideCentre(view, x, y, view.scale);
  if (tell) {
    view.across = view.side / view.scale;
    view.rest.settle();
  }
  paintSoon(view);
}

/** Zoom by a factor and keep the point (px, py) of the screen where it is. */
function zoomAt(view, factor, px, py) {
  const [left, top] = corner(view);
  const [x, y] = [left + px / view.scale, top + py / view.scale];
  const scale = clamp(view.scale * factor, farthest(view), nearest(view));
  land(view, scale, x - (px - view.side / 2) / scale, y - (py - view.side / 2) / scale);
}

function zoomOnCell(view, factor) {
  const [x, y] = cellCentre(view);
  fly(view, view.scale * factor, x, y, MS.step);
}

/** Fly to a scale and a point: the zoom grows evenly, and the point glides to the middle of the screen. */
function fly(view, scale, x, y, duration) {
  stopFlight(view);
  const goal = clamp(scale, farthest(view), nearest(view));
  if (view.still.matches) return land(view, goal, x, y);
  [x, y] = insideCentre(view, x, y, goal);
  const from = { scale: view.scale, dx: (x - view.x) * view.scale, dy: (y - view.y) * view.scale };
  let start = null;
  view.flying = true;
  const step = (now) => {
    start ??= now;
    const t = Math.min(1, (now - start) / duration);
    const e = ease(t);
    const s = from.scale * (goal / from.scale) ** e;
    if (t < 1) {
      land(view, s, x - (from.dx * (1 - e)) / s, y - (from.dy * (1 - e)) / s, { tell: false });
      view.flight = requestAnimationFrame(step);
    } else {
      view.flying = false;
      land(view, goal, x, y);
    }
  };
  view.flight = requestAnimationFrame(step);
}

function stopFlight(view) {
  cancelAnimationFrame(view.flight);
  if (view.flying) view.across = view.side / view.scale;
  view.flying = false;
}

function toStage(view, stage, duration) {
  const scale = { picture: farthest(view), cells: CELLS_AT, numbers: DIVE_TO }[stage];
  const [x, y] = cellCentre(view);
  fly(view, scale, x, y, duration);
}

function dive(view) {
  const down = stageOf(view.scale) !== "numbers";
  view.pointed = null;
  toStage(view, down ? "numbers" : "picture", MS.dive);
}

function choose(view, cell, follow = true) {
  view.cell = [clamp(cell[0], 0, view.height - 1), clamp(cell[1], 0, view.width - 1)];
  view.pointed = null;
  if (follow) {
    // the view comes along, so that the cell and its neighbours are seen
    const half = view.side / view.scale / 2 - 1.5;
    const [x, y] = cellCentre(view);
    const near = (centre, goal) => (half > 0 ? clamp(centre, goal - half, goal + half) : goal);
    [view.x, view.y] = insideCentre(view, near(view.x, x), near(view.y, y), view.scale);
  }
  view.rest.settle();
  paintSoon(view);
}

function change(view, choices) {
  Object.assign(view, choices);
  view.rest.settle();
  paintSoon(view);
}

function setPlain(view, plain) {
  change(view, { plain });
  cancelAnimationFrame(view.fading);
  const [from, to] = [view.plainness, plain ? 1 : 0];
  let start = null;
  const step = (now) => {
    start ??= now;
    const t = view.still.matches ? 1 : Math.min(1, (now - start) / MS.plain);
    view.plainness = from + (to - from) * t;
    paintSoon(view);
    if (t < 1) view.fading = requestAnimationFrame(step);
  };
  view.fading = requestAnimationFrame(step);
}

function onKey(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const [row, col] = view.cell;
  if (by) {
    stopFlight(view);
    choose(view, [row + by[0], col + by[1]]);
  } else if (event.key === "Home") choose(view, [row, 0]);
  else if (event.key === "End") choose(view, [row, view.width - 1]);
  else if (event.key === "+" || event.key === "=") zoomOnCell(view, STEP);
  else if (event.key === "-") zoomOnCell(view, 1 / STEP);
  else if (event.key === "0") toStage(view, "picture", MS.jump);
  else if (event.key === "Enter") dive(view);
  else return;
  event.preventDefault();
}

function onWheel(view, event) {
  const lines = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
  const factor = clamp(Math.exp(-lines * (event.ctrlKey ? 0.01 : 0.002)), 1 / 1.6, 1.6);
  const goal = clamp(view.scale * factor, farthest(view), nearest(view));
  if (Math.abs(goal - view.scale) < 1e-6) return; // at the end of the zoom the page scrolls on
  event.preventDefault();
  stopFlight(view);
  const box = view.canvas.getBoundingClientRect();
  zoomAt(view, factor, event.clientX - box.left, event.clientY - box.top);
}

function cellUnder(view, event) {
  const box = view.canvas.getBoundingClientRect();
  const [left, top] = corner(view);
  const row = Math.floor(top + (event.clientY - box.top) / view.scale);
  const col = Math.floor(left + (event.clientX - box.left) / view.scale);
  return row >= 0 && col >= 0 && row < view.height && col < view.width ? [row, col] : null;
}

/** One pointer drags the picture or clicks a cell; two pinch. */
function watchPointer(view, on) {
  const { screen, pointers } = view;
  on(screen, "pointerdown", (event) => {
    if (event.button !== 0) return;
    stopFlight(view);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, moved: 0 });
    screen.setPointerCapture(event.pointerId);
  });
  on(screen, "pointermove", (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch" && !view.flying) point(view, cellUnder(view, event));
      return;
    }
    const [dx, dy] = [event.clientX - pointer.x, event.clientY - pointer.y];
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const before = Math.hypot(pointer.x - other.x, pointer.y - other.y);
      const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      const box = view.canvas.getBoundingClientRect();
      if (before > 0) zoomAt(view, after / before, (event.clientX + other.x) / 2 - box.left, (event.clientY + other.y) / 2 - box.top);
      pointer.moved = other.moved = CLICK + 1;
    } else {
      pointer.moved += Math.hypot(dx, dy);
      if (pointer.moved > CLICK && view.scale > farthest(view) * 1.001) {
        screen.classList.add("dragging");
        view.pointed = null;
        land(view, view.scale, view.x - dx / view.scale, view.y - dy / view.scale);
      }
    }
    Object.assign(pointer, { x: event.clientX, y: event.clientY });
  });
  const lift = (event) => {
    const pointer = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!pointers.size) screen.classList.remove("dragging");
    if (event.type === "pointerup" && pointer && pointer.moved <= CLICK) {
      const cell = cellUnder(view, event);
      if (cell) choose(view, cell, false);
    }
  };
  on(screen, "pointerup", lift);
  on(screen, "pointercancel", lift);
  on(screen, "pointerleave", () => point(view, null));
}

function point(view, cell) {
  if (same(cell, view.pointed)) return;
  view.pointed = cell;
  paintSoon(view);
}

// ---------------------------------------------------------------- painting

const paintSoon = (view) => view.side && soon(view, paint);

const bytesAt = (view, row, col) => [0, 1, 2].map((c) => view.image[(row * view.width + col) * 3 + c]);

/** A cell's colour: the pixel's own, or one channel's share of it. */
function colourOf(view, row, col) {
  const rgb = bytesAt(view, row, col);
  const c = CHANNELS.indexOf(view.channel);
  return c < 0 ? rgb : rgb.map((v, k) => (k === c ? v : 0));
}

function written(view, row, col, c) {
  const k = (row * view.width + col) * 3 + c;
  return view.unit === "byte" ? String(view.image[k]) : view.share[k].toFixed(3);
}

function paint(view) {
  const { canvas, side, scale, ratio } = view;
  const context = sharpContext(canvas, side, side);
  const [left, top] = corner(view);
  const px = (value) => Math.round(value * ratio) / ratio; // on whole device pixels nothing is blurred
  const rows = [Math.max(0, Math.floor(top)), Math.min(view.height - 1, Math.ceil(top + side / scale) - 1)];
  const cols = [Math.max(0, Math.floor(left)), Math.min(view.width - 1, Math.ceil(left + side / scale) - 1)];
  const [lines, numbers] = [ramp(scale, LINES), ramp(scale, NUMBERS)];
  const shown = CHANNELS.map((name, c) => c).filter((c) => view.channel === "all" || CHANNELS[c] === view.channel);
  const lettered = shown.length > 1 && scale >= LETTERED;
  const type = typeSize(scale, (view.unit === "byte" ? 3 : 5) + (lettered ? 2 : 0), shown.length);
  const font = getComputedStyle(view.root).fontFamily;
  const plainInk = view.dark ? "#fff" : "#111";
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
    context.strokeStyle = `rgb(128 128 128 / ${0.55 * lines})`;
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
  }
  const frame = ([row, col], width, colour) => {
    const [x, y, end] = [px((col - left) * scale), px((row - top) * scale), px(scale)];
    context.strokeStyle = view.dark ? "#000" : "#fff";
    context.lineWidth = width + 2;
    context.strokeRect(x, y, end, end);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(x, y, end, end);
  };
  frame(view.cell, 2.5, view.mark);
  if (view.pointed) frame(view.pointed, 1.5, view.dark ? "#fff" : "#111");
  paintMap(view);
  write(view, drawn);
}

/** The whole picture, small, with what the screen shows of it. */
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
  context.strokeStyle = view.dark ? "#000" : "#fff";
  context.lineWidth = 4;
  context.strokeRect(left * unit, top * unit, span, span);
  context.strokeStyle = view.mark;
  context.lineWidth = 2;
  context.strokeRect(left * unit, top * unit, span, span);
}

function write(view, drawn) {
  const { root, text } = view;
  const [row, col] = view.pointed ?? view.cell;
  const rgb = bytesAt(view, row, col);
  const stage = stageOf(view.scale);
  const across = view.side / view.scale;
  root.querySelector(".swatch").style.background = css(rgb);
  say(root.querySelector(".where b"), fill(text.where, { row, col }));
  view.rows.forEach(({ row: line, value, share }, c) => {
    say(value, String(rgb[c]));
    say(share, `÷ 255 = ${view.share[(row * view.width + col) * 3 + c].toFixed(3)}`);
    line.classList.toggle("quiet", view.channel !== "all" && view.channel !== CHANNELS[c]);
  });
  say(root.querySelector(".dive"), stage === "numbers" ? text.surface : text.dive);
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
  const words = fill(text.said, { row, col, red: numbers[0], green: numbers[1], blue: numbers[2] });
  clearTimeout(view.speaking);
  view.speaking = setTimeout(() => say(root.querySelector(".said"), words), MS.speak);
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
