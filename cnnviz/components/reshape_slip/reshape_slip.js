// Where every number of a picture lies in the file, after `transpose` and after `reshape`. Both pictures and
// the order of the file come from Python; here places are looked up and counted off.

const WIDE = 900; // px from which the table stands beside the pictures
const SIDE = { min: 150, max: 330, table: 330, gap: 24, narrowGap: 12 };
const STRIP = { height: 58, bar: 30, marks: 24 };
const SECONDS = 12; // that filling both pictures takes
const SPEAK = 400; // ms after the last move until it is read out
const CHANNELS = ["red", "green", "blue"];
const LETTERS = ["R", "G", "B"];

export default function (component) {
  const view = keepView(component, ".slip", mount);
  receive(view, unpack(component.data));
  return view.end;
}

// ---------------------------------------------------------------- places

/** Row, column and channel of place `k` in a picture's own row of numbers. */
const placeOf = (view, k) => ({ row: Math.floor(k / 3 / view.width), col: Math.floor(k / 3) % view.width, channel: k % 3 });

/** The three places in the file that a pixel's red, green and blue come from. */
function filePlaces(view, side, [row, col]) {
  const first = (row * view.width + col) * 3;
  return [0, 1, 2].map((c) => (side === "right" ? view.order[first + c] : first + c));
}

/** The place of the file's number `k` in either picture. */
const lands = (view, side, k) => placeOf(view, side === "right" ? view.inverse[k] : k);

const followed = (view) => view.pointed ?? { side: view.side, cell: view.cell };

// ---------------------------------------------------------------- life of a view

function mount(root, { on, onResize, onEnd }) {
  const find = (selector) => root.querySelector(selector);
  const view = {
    root,
    strip: find(".file canvas"),
    canvases: { right: find("[data-side=right] canvas"), wrong: find("[data-side=wrong] canvas") },
    slider: find(".placed"),
    digest: null,
    pointed: null,
    placed: 0,
    playing: false,
    still: matchMedia("(prefers-reduced-motion: reduce)"),
  };
  view.rest = new Rest({
    place: () => ({ side: view.side, cell: view.cell }),
    tell: (place) => view.setStateValue("rest", { ...place, time: Date.now() }),
  });
  on(find(".play"), "click", () => play(view));
  on(view.slider, "input", () => {
    view.playing = false;
    view.placed = Number(view.slider.value);
    paintSoon(view);
  });
  for (const [side, canvas] of Object.entries(view.canvases)) {
    const cellOf = (event) => {
      const box = canvas.getBoundingClientRect();
      const [y, x] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
      return [clamp(Math.floor(y * view.height), 0, view.height - 1), clamp(Math.floor(x * view.width), 0, view.width - 1)];
    };
    on(canvas, "pointermove", (event) => event.pointerType !== "touch" && point(view, { side, cell: cellOf(event) }));
    on(canvas, "pointerleave", () => point(view, null));
    on(canvas, "click", (event) => choose(view, side, cellOf(event)));
    on(canvas, "focus", () => canvas.matches(":focus-visible") && choose(view, side, view.cell));
    on(canvas, "keydown", (event) => {
      const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      choose(view, side, [clamp(view.cell[0] + by[0], 0, view.height - 1), clamp(view.cell[1] + by[1], 0, view.width - 1)]);
    });
  }
  const alongFile = (event) => {
    const box = view.strip.getBoundingClientRect();
    const k = clamp(Math.floor(((event.clientX - box.left) / box.width) * view.count), 0, view.count - 1);
    const { row, col } = lands(view, "right", k);
    return [row, col];
  };
  on(view.strip, "pointermove", (event) => event.pointerType !== "touch" && point(view, { side: "right", cell: alongFile(event) }));
  on(view.strip, "pointerleave", () => point(view, null));
  on(view.strip, "click", (event) => choose(view, "right", alongFile(event)));

  onResize(() => resized(view), root);
  onEnd(() => {
    cancelAnimationFrame(view.playFrame);
    clearTimeout(view.speaking);
  });
  return view;
}

function receive(view, { arrays, text, code, digest, side, cell }) {
  if (digest !== view.digest || text.play !== view.text?.play) {
    const [height, width] = arrays.right.shape;
    const order = arrays.order.data;
    const inverse = new Int16Array(order.length);
    order.forEach((place, k) => (inverse[place] = k));
    const pictures = { right: arrays.right.data, wrong: arrays.wrong.data };
    Object.assign(view, { pictures, order, inverse, height, width, count: order.length, digest, text, playing: false });
    view.placed = view.count;
    label(view, code);
  }
  if (view.rest.hear({ side, cell })) Object.assign(view, { side, cell });
  view.dark = isDark(view.root);
  const style = getComputedStyle(view.root);
  view.mark = style.getPropertyValue("--st-primary-color").trim() || "#d0006f";
  view.ink = style.getPropertyValue("--st-text-color").trim() || "#111";
  view.empty = style.getPropertyValue("--st-secondary-background-color").trim() || "#eee";
  view.root.style.setProperty("--on-primary", view.dark ? "#111" : "#fff");
  resized(view);
  paintSoon(view);
}

function label(view, code) {
  const { root, text } = view;
  setCamera(root, text.save_picture, "cnnviz_order_of_channels.png", () => paint(view));
  const write = (selector, words) => (root.querySelector(selector).textContent = words);
  view.slider.max = view.count;
  view.slider.setAttribute("aria-label", text.placed);
  write(".file figcaption", fill(text.file, { count: grouped(view.count) }));
  view.strip.setAttribute("aria-label", text.strip);
  for (const side of ["right", "wrong"]) {
    write(`[data-side=${side}] b`, text[`side_${side}`]);
    write(`[data-side=${side}] code`, code[side]);
    view.canvases[side].setAttribute("aria-label", text[`canvas_${side}`]);
  }
  const heads = [text.head_number, text.head_file, text.head_right, text.head_wrong].map((words) =>
    Object.assign(make("th", "", words), { scope: "col" }),
  );
  root.querySelector("thead tr").replaceChildren(...heads);
  view.rows = [0, 1, 2].map(() => {
    const row = make("tr");
    const cells = [0, 1, 2, 3].map(() => make("td"));
    row.append(...cells);
    return { row, cells };
  });
  root.querySelector("tbody").replaceChildren(...view.rows.map(({ row }) => row));
}

function resized(view) {
  const width = Math.floor(view.root.clientWidth) - 8;
  if (view.digest === null || width < 1) return;
  const wide = width >= WIDE;
  const room = wide ? width - SIDE.table - 2 * SIDE.gap : width - SIDE.narrowGap;
  const side = Math.floor(clamp(room / 2, 60, SIDE.max));
  if (side === view.sidePx && width === view.total && devicePixelRatio === view.ratio) return;
  Object.assign(view, { sidePx: side, total: width, ratio: devicePixelRatio });
  view.root.classList.toggle("narrow", !wide);
  view.root.style.setProperty("--side", `${side}px`);
  paintSoon(view);
}

// ---------------------------------------------------------------- moving

function point(view, pointed) {
  if (same(pointed, view.pointed)) return;
  view.pointed = pointed;
  paintSoon(view);
}

function choose(view, side, cell) {
  if (!view.playing) view.placed = view.count;
  Object.assign(view, { side, cell, pointed: null });
  view.rest.settle();
  paintSoon(view);
}

/** Fill both pictures, number after number, in the order of the file; without motion a channel at a time. */
function play(view) {
  const { count } = view;
  if (view.still.matches) {
    const third = count / 3;
    view.placed = view.placed >= count ? third : Math.min(count, (Math.floor(view.placed / third) + 1) * third);
    paintSoon(view);
    return;
  }
  view.playing = !view.playing;
  if (view.playing) {
    if (view.placed >= count) view.placed = 0;
    let last = null;
    const tick = (now) => {
      if (!view.playing) return;
      view.placed = Math.min(count, view.placed + ((now - (last ?? now)) / 1000 / SECONDS) * count);
      last = now;
      if (view.placed >= count) view.playing = false;
      else view.playFrame = requestAnimationFrame(tick);
      paintSoon(view);
    };
    view.playFrame = requestAnimationFrame(tick);
  }
  paintSoon(view);
}

// ---------------------------------------------------------------- painting

const paintSoon = (view) => view.sidePx && soon(view, paint);

function paint(view) {
  const placed = Math.floor(view.placed);
  const marks = placed < view.count ? [Math.max(0, placed - 1)] : filePlaces(view, followed(view).side, followed(view).cell);
  for (const side of ["right", "wrong"]) paintPictureOf(view, side, placed, marks);
  paintStrip(view, placed, marks);
  write(view, placed, marks);
}

/** A picture with the file's first `placed` numbers in it; where none has arrived, the page shows. */
function paintPictureOf(view, side, placed, marks) {
  const { width, height, sidePx, pictures, order, count } = view;
  const context = sharpContext(view.canvases[side], sidePx, sidePx);
  const ratio = view.ratio;
  const at = (k) => Math.round((k * sidePx * ratio) / width) / ratio;
  context.fillStyle = view.empty;
  context.fillRect(0, 0, sidePx, sidePx);
  for (let row = 0; row < height; row++) {
    for (let col = 0; col < width; col++) {
      const first = (row * width + col) * 3;
      const here = [0, 1, 2].map((c) => (side === "right" ? order[first + c] : first + c) < placed);
      if (!here.some(Boolean)) continue;
      const [r, g, b] = here.map((there, c) => (there ? pictures[side][first + c] : 0));
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.fillRect(at(col), at(row), at(col + 1) - at(col), at(row + 1) - at(row));
    }
  }
  const places = marks.map((k) => ({ k, ...lands(view, side, k) }));
  const distinct = places.filter((place, i) => places.findIndex((other) => other.row === place.row && other.col === place.col) === i);
  for (const { row, col } of distinct) {
    const [x, y, end] = [at(col) - 1, at(row) - 1, at(1) + 2];
    context.strokeStyle = view.dark ? "#000" : "#fff";
    context.lineWidth = 5;
    context.strokeRect(x, y, end, end);
    context.strokeStyle = view.mark;
    context.lineWidth = 2.5;
    context.strokeRect(x, y, end, end);
  }
  // names beside the marks, where these lie apart and it is not the pixel pointed at itself
  if (side === followed(view).side || placed < count || distinct.length < 3 || side === "right") return;
  context.font = `600 13px ${getComputedStyle(view.root).fontFamily}`;
  context.textBaseline = "middle";
  for (const { k, row, col } of distinct) {
    const words = `${LETTERS[lands(view, "right", k).channel]} ${pictures.wrong[k]}`;
    const wide = context.measureText(words).width + 8;
    const x = at(col) + at(1) + 5 + wide > sidePx ? at(col) - wide - 5 : at(col) + at(1) + 5;
    const y = clamp(at(row) + at(1) / 2, 10, sidePx - 10);
    context.fillStyle = view.mark;
    context.fillRect(x, y - 9, wide, 18);
    context.fillStyle = view.dark ? "#111" : "#fff";
    context.fillText(words, x + 4, y + 0.5);
  }
}

/** The file's row of numbers: red, green, blue, each number a stroke as bright as it is large. */
function paintStrip(view, placed, marks) {
  const { total, count, pictures, text } = view;
  const context = sharpContext(view.strip, total, STRIP.height);
  const steps = Math.round(total * view.ratio);
  context.clearRect(0, 0, total, STRIP.height);
  for (let s = 0; s < steps; s++) {
    const k = Math.floor((s / steps) * count);
    const c = Math.floor((k * 3) / count);
    const v = pictures.wrong[k];
    context.globalAlpha = k < placed ? 1 : 0.22;
    context.fillStyle = `rgb(${[0, 1, 2].map((channel) => (channel === c ? v : 0)).join(" ")})`;
    context.fillRect(s / view.ratio, STRIP.marks, 1 / view.ratio, STRIP.bar);
  }
  context.globalAlpha = 1;
  context.font = `500 13px ${getComputedStyle(view.root).fontFamily}`;
  context.textBaseline = "middle";
  CHANNELS.forEach((name, c) => {
    const words = text[`channel_${name}`];
    const x = (c / 3) * total;
    context.fillStyle = "rgb(0 0 0 / 0.62)";
    context.fillRect(x + 4, STRIP.marks + 6, context.measureText(words).width + 12, 18);
    context.fillStyle = "#fff";
    context.fillText(words, x + 10, STRIP.marks + 15.5);
  });
  const taken = [];
  for (const k of marks) {
    const x = ((k + 0.5) / count) * total;
    context.fillStyle = view.mark;
    context.fillRect(x - 1, STRIP.marks - 6, 2, STRIP.bar + 10);
    context.beginPath();
    context.moveTo(x - 6, STRIP.marks - 10);
    context.lineTo(x + 6, STRIP.marks - 10);
    context.lineTo(x, STRIP.marks - 1);
    context.fill();
    if (taken.some((other) => Math.abs(other - x) < 40)) continue;
    taken.push(x);
    context.fillStyle = view.ink;
    context.textAlign = x > total - 24 ? "right" : x < 24 ? "left" : "center";
    context.fillText(grouped(k), clamp(x, 2, total - 2), 7);
    context.textAlign = "left";
  }
}

function write(view, placed, marks) {
  const { root, text, pictures } = view;
  const place = ({ row, col, channel }) => fill(text.place, { row, col, channel: text[`channel_${CHANNELS[channel]}`] });
  view.rows.forEach(({ row, cells }, i) => {
    const k = marks[i];
    row.hidden = k === undefined;
    if (k === undefined) return;
    const [right, wrong] = [lands(view, "right", k), lands(view, "wrong", k)];
    [String(pictures.wrong[k]), grouped(k), place(right), place(wrong)].forEach((words, n) => say(cells[n], words));
  });
  const { side, cell } = followed(view);
  const filling = placed < view.count;
  const title = filling ? fill(text.filling, { n: grouped(placed) }) : side === "right" ? text.title_right : text.title_wrong;
  say(root.querySelector(".title"), title);
  say(root.querySelector(".play"), view.playing ? text.pause : text.play);
  say(root.querySelector("output"), fill(text.placed_of, { n: grouped(placed), count: grouped(view.count) }));
  view.slider.value = placed;
  const [told] = marks;
  const [to, from] = [lands(view, "wrong", told), lands(view, "right", told)];
  const words = fill(side === "right" || filling ? text.said_right : text.said_wrong, {
    value: pictures.wrong[told],
    channel: text[`channel_${CHANNELS[from.channel]}`],
    row: from.row,
    col: from.col,
    k: grouped(told),
    to_row: to.row,
    to_col: to.col,
    to_channel: text[`channel_${CHANNELS[to.channel]}`],
  });
  clearTimeout(view.speaking);
  if (!view.playing) view.speaking = setTimeout(() => say(root.querySelector(".said"), words), SPEAK);
  Object.assign(root.dataset, { drawn: view.digest, side, row: cell[0], col: cell[1], placed, marks: marks.join(",") });
}
