// Two networks on one picture. Every probability was computed in Python, for every shift; here the
// picture is moved, and what belongs to the shift is looked up.

const NARROW = 720; // px below which the picture stands above the networks
const PIXEL = { wide: 9, narrow: 8 }; // px of one pixel of the picture
const MARGIN = { left: 24, bottom: 18, top: 2, right: 2 }; // round a heat map, for its ticks
const CELL = { min: 8, max: 16 }; // px of one shift in a heat map
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export default function (component) {
  const view = keepView(component, ".shifts", mount);
  receive(view, unpack(component.data));
  return view.end;
}

// ---------------------------------------------------------------- looking up

const signed = (step) => (step > 0 ? `+${step}` : number(step));

/** Ten probabilities of contestant `k` for a shift, or null while they are not computed or not finite. */
function answerOf(view, k, dx, dy) {
  const ten = tenOf(view, k, dx, dy);
  return Number.isFinite(ten[0]) ? ten : null;
}

/** Whether the network has answered, with what is no finite number. */
const isLost = (view, k, dx, dy) => tenOf(view, k, dx, dy)[0] === Infinity;

/** What stands where an answer is missing: that it is computed still, or that there is no finite one. */
const missing = (view, k, dx, dy) => (isLost(view, k, dx, dy) ? view.text.lost : view.text.waiting);

function tenOf({ scene }, k, dx, dy) {
  const { data, shape } = scene.arrays.probabilities;
  const [, rows, cols, classes] = shape;
  const start = ((k * rows + dy + scene.reach) * cols + dx + scene.reach) * classes;
  return data.subarray(start, start + classes);
}

/** The class that the heat maps show: picked by the visitor, else Python's proposal. */
const watchedBy = ({ scene, place }) => place.watched ?? scene.watched;

/** "2 right, 1 down" in the visitor's language. */
function wording({ text }, dx, dy) {
  const across = dx < 0 ? fill(text.left, { n: -dx }) : dx > 0 ? fill(text.right, { n: dx }) : "";
  const down = dy < 0 ? fill(text.up, { n: -dy }) : dy > 0 ? fill(text.down, { n: dy }) : "";
  return [across, down].filter(Boolean).join(", ") || text.unshifted;
}

// ---------------------------------------------------------------- life of a view

function mount(root, { on, onResize }) {
  const find = (selector) => root.querySelector(selector);
  const view = {
    root,
    picture: find(".picture"),
    cards: [...root.querySelectorAll(".contestant")].map(newCard),
    ramp: find(".scale canvas"),
    place: null, // {dx, dy, watched}; watched is null unless the visitor has picked a class
    pointed: null, // [dx, dy] of the heat map cell under the pointer
    hold: null, // where a drag of the picture began
  };
  view.rest = new Rest({
    place: () => ({ ...view.place }),
    tell: (place) => view.setTriggerValue("place", place),
    busy: () => view.hold,
  });

  on(root, "keydown", (event) => onKey(view, event));
  for (const leaving of ["pointerleave", "focusout"]) on(root, leaving, () => view.rest.flush());
  on(find(".move"), "click", (event) => {
    const step = event.target.closest("button")?.dataset.move;
    if (step === "reset") go(view, 0, 0);
    else if (step) go(view, ...step.split(",").map((part, k) => Number(part) + [view.place.dx, view.place.dy][k]));
  });
  const { picture } = view;
  on(picture, "pointerdown", (event) => {
    if (event.button !== 0) return;
    picture.setPointerCapture(event.pointerId);
    picture.classList.add("held");
    view.hold = { x: event.clientX, y: event.clientY, dx: view.place.dx, dy: view.place.dy };
  });
  on(picture, "pointermove", (event) => {
    const { hold } = view;
    if (!hold) return;
    const moved = (now, then) => Math.round((now - then) / view.pixel);
    go(view, hold.dx + moved(event.clientX, hold.x), hold.dy + moved(event.clientY, hold.y));
  });
  const release = () => {
    view.hold = null;
    picture.classList.remove("held");
  };
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(picture, type, release);

  view.cards.forEach((card, k) => {
    const { map, bars } = card;
    on(map, "click", (event) => go(view, ...shiftAt(view, map, event)));
    on(map, "pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return; // a finger may be scrolling: it taps
      map.setPointerCapture(event.pointerId);
      go(view, ...shiftAt(view, map, event));
    });
    on(map, "pointermove", (event) => {
      const [dx, dy] = shiftAt(view, map, event);
      if (event.pointerType === "touch") return;
      if (event.buttons & 1) go(view, dx, dy);
      point(view, [dx, dy]);
    });
    on(map, "pointerleave", () => point(view, null));
    on(bars, "click", (event) => {
      const row = event.target.closest("button");
      if (row) watch(view, Number(row.dataset.class));
    });
    on(bars, "keydown", (event) => {
      const next = watchedBy(view) + ({ ArrowUp: -1, ArrowDown: 1 }[event.key] ?? NaN);
      if (!(event.key in KEYS)) return;
      event.stopPropagation(); // here the arrows choose a class; they do not move the picture
      event.preventDefault();
      if (!card.rows[next]) return;
      watch(view, next);
      view.cards[k].rows[next].row.focus();
    });
  });
  on(window, RECOLOURED, () => draw(view));
  onResize(() => draw(view), root);
  return view;
}

function newCard(root) {
  const parts = {
    root,
    title: make("h3"),
    facts: make("p", "facts"),
    answer: make("p", "answer"),
    verdict: make("p", "verdict"),
    bars: make("div", "bars"),
    figure: make("div", "map"),
    name: make("h4"),
    map: make("canvas"),
    rows: [],
  };
  parts.best = make("b");
  parts.share = make("span", "share");
  parts.mark = make("span", "mark");
  parts.answer.append(parts.best, parts.share, parts.mark);
  parts.bars.setAttribute("role", "radiogroup");
  parts.map.setAttribute("role", "img");
  parts.figure.append(parts.name, parts.map);
  root.append(parts.title, parts.facts, parts.answer, parts.verdict, parts.bars, parts.figure);
  return parts;
}

/** One line for each class: its name, its bar with a tick where it stood unshifted, its number. */
function fillBars(card, names) {
  card.bars.replaceChildren();
  card.rows = names.map((name, index) => {
    const row = make("button");
    row.type = "button";
    row.dataset.class = index;
    row.setAttribute("role", "radio");
    const track = make("span", "track");
    const [bar, tick, value] = [make("i"), make("u"), make("span", "value")];
    track.append(bar, tick);
    row.append(make("span", "name", name), track, value);
    card.bars.append(row);
    return { row, bar, tick, value };
  });
}

function receive(view, scene) {
  const { text } = scene;
  const renamed = !same(scene.class_names, view.scene?.class_names);
  view.scene = scene;
  view.text = text;
  if (view.rest.hear(scene.place)) view.place = { ...scene.place };
  const find = (selector) => view.root.querySelector(selector);
  setCamera(view.root, text.save_picture, "cnnviz_nn_vs_cnn.png", () => drawNow(view));
  say(find(".subject h3"), text.subject);
  say(find(".rule"), text.rule);
  say(find(".reset"), text.reset);
  say(find(".scale span"), text.scale);
  say(find(".dotted"), text.dotted);
  find(".move").setAttribute("aria-label", text.move);
  const labels = { "-1,0": text.move_left, "1,0": text.move_right, "0,-1": text.move_up, "0,1": text.move_down };
  for (const [step, label] of Object.entries(labels)) find(`[data-move="${step}"]`).setAttribute("aria-label", label);
  scene.contestants.forEach((one, k) => {
    const card = view.cards[k];
    say(card.title, one.title);
    say(card.facts, one.facts);
    card.bars.setAttribute("aria-label", fill(text.classes, { network: one.short }));
    if (renamed) fillBars(card, scene.class_names);
  });
  say(find(".summary"), summary(view));
  draw(view);
}

// ---------------------------------------------------------------- moving

function go(view, dx, dy) {
  const { reach } = view.scene;
  const [x, y] = [clamp(dx, -reach, reach), clamp(dy, -reach, reach)];
  if (x === view.place.dx && y === view.place.dy) return;
  Object.assign(view.place, { dx: x, dy: y });
  view.rest.settle();
  draw(view);
}

function watch(view, index) {
  if (watchedBy(view) === index) return;
  view.place.watched = index === view.scene.watched ? null : index;
  view.rest.settle();
  draw(view);
}

function point(view, shift) {
  if (same(shift, view.pointed)) return;
  view.pointed = shift;
  draw(view);
}

function onKey(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = KEYS[event.key];
  if (step) go(view, view.place.dx + step[0], view.place.dy + step[1]);
  else if (event.key === "Home") go(view, 0, 0);
  else return;
  event.preventDefault(); // no scrolling
}

/** The shift whose cell is under the pointer, the nearest one if it is outside. */
function shiftAt({ scene, cell }, map, event) {
  const box = map.getBoundingClientRect();
  const step = (offset) => clamp(Math.floor(offset / cell) - scene.reach, -scene.reach, scene.reach);
  return [step(event.clientX - box.left - MARGIN.left), step(event.clientY - box.top - MARGIN.top)];
}

// ---------------------------------------------------------------- drawing

function draw(view) {
  soon(view, () => view.scene && view.root.clientWidth && drawNow(view)); // hidden: drawn when there is room
}

function drawNow(view) {
  arrange(view);
  drawPicture(view);
  view.cards.forEach((card, k) => {
    writeAnswer(view, card, k);
    drawMap(view, card, k);
  });
  drawScale(view);
  writeWords(view);
}

function arrange(view) {
  const { root, scene } = view;
  const width = root.clientWidth;
  const narrow = width < NARROW;
  const side = 2 * scene.reach + 1;
  root.classList.toggle("narrow", narrow);
  const theme = themeOf(root);
  if (theme !== view.theme) {
    Object.assign(view, { theme, signs: signedScale(root) }); // to look at a colour takes a canvas
    root.classList.toggle("dark", isDark(root));
  }
  view.pixel = narrow ? PIXEL.narrow : PIXEL.wide;
  const room = view.cards[0].root.clientWidth - MARGIN.left - MARGIN.right;
  view.cell = clamp(Math.floor(room / side), CELL.min, CELL.max);
  const style = getComputedStyle(root);
  view.colours = { ink: style.color, mark: style.getPropertyValue("--st-primary-color").trim() || "#d0006f", font: style.fontFamily };
}

/** The window of the padded picture that the shift shows; a dashed line where the picture itself ends. */
function drawPicture({ picture, scene, place, pixel }) {
  const { data, shape } = scene.arrays.picture;
  const size = shape[0] - 2 * scene.reach;
  const [top, left] = [scene.reach - place.dy, scene.reach - place.dx];
  const pixels = new ImageData(size, size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const from = 3 * ((top + i) * shape[1] + left + j);
      pixels.data.set([data[from], data[from + 1], data[from + 2], 255], 4 * (i * size + j));
    }
  const small = Object.assign(document.createElement("canvas"), { width: size, height: size });
  small.getContext("2d").putImageData(pixels, 0, 0);
  const context = sharpContext(picture, size * pixel, size * pixel);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, size * pixel, size * pixel);
  if (!place.dx && !place.dy) return;
  for (const [colour, offset] of [["#000", 0], ["#fff", 5]]) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.setLineDash([5, 5]);
    context.lineDashOffset = offset;
    context.strokeRect(place.dx * pixel, place.dy * pixel, size * pixel, size * pixel);
  }
  context.setLineDash([]);
}

function writeAnswer(view, card, k) {
  const { scene, text, place } = view;
  const ten = answerOf(view, k, place.dx, place.dy);
  const middle = answerOf(view, k, 0, 0);
  const top = ten && argmax(ten);
  say(card.best, ten ? scene.class_names[top] : missing(view, k, place.dx, place.dy));
  say(card.share, ten ? chance(ten[top]) : "");
  const known = ten && scene.true_label !== null;
  const right = known && top === scene.true_label;
  say(card.mark, known ? (right ? `✓ ${text.correct}` : `✗ ${text.wrong}`) : "");
  card.mark.className = `mark ${right ? "good" : "bad"}`;
  const changed = Boolean(ten && middle && top !== argmax(middle));
  card.verdict.classList.toggle("changed", changed);
  say(card.verdict, verdict(view, ten, middle));
  card.root.dataset.answer = ten ? String(top) : "";
  card.root.dataset.changed = String(changed);
  card.rows.forEach(({ row, bar, tick, value }, index) => {
    const share = ten ? ten[index] : 0;
    bar.style.width = `${100 * share}%`;
    tick.hidden = !middle || (!place.dx && !place.dy);
    if (middle) tick.style.left = `calc(${100 * middle[index]}% - 1px)`;
    say(value, ten ? chance(share) : "–");
    row.classList.toggle("best", index === top);
    row.setAttribute("aria-checked", String(index === watchedBy(view)));
    row.setAttribute("aria-label", `${scene.class_names[index]} ${ten ? chance(share) : ""}`);
    row.tabIndex = index === (watchedBy(view) ?? 0) ? 0 : -1; // one stop for the Tab key
  });
}

function verdict({ scene, text, place }, ten, middle) {
  if (!ten || !middle) return "";
  if (!place.dx && !place.dy) return text.as_it_is;
  const name = scene.class_names[argmax(middle)];
  const share = chance(middle[argmax(middle)]);
  return argmax(ten) === argmax(middle) ? fill(text.held, { name, share }) : fill(text.changed, { name, share });
}

/** The probability of the watched class for every shift; a dot where another class is on top. */
function drawMap(view, card, k) {
  const { scene, text, place, pointed, cell, colours, signs } = view;
  const { reach } = scene;
  const side = 2 * reach + 1;
  const context = sharpContext(card.map, side * cell + MARGIN.left + MARGIN.right, side * cell + MARGIN.top + MARGIN.bottom);
  const [x, y] = [(dx) => MARGIN.left + (dx + reach) * cell, (dy) => MARGIN.top + (dy + reach) * cell];
  context.clearRect(0, 0, card.map.width, card.map.height);
  const watched = watchedBy(view);
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const ten = answerOf(view, k, dx, dy);
      if (!ten || watched === null) {
        context.strokeStyle = colours.ink;
        context.lineWidth = 1;
        context.globalAlpha = 0.15;
        context.strokeRect(x(dx) + 0.5, y(dy) + 0.5, cell - 1, cell - 1);
        context.globalAlpha = 1;
        continue;
      }
      const rgb = signedColour(ten[watched], signs);
      context.fillStyle = css(rgb);
      context.fillRect(x(dx), y(dy), cell, cell);
      if (argmax(ten) !== watched) {
        context.fillStyle = rgb[0] + rgb[1] + rgb[2] > 380 ? "#222" : "#fff";
        context.beginPath();
        context.arc(x(dx) + cell / 2, y(dy) + cell / 2, Math.max(1.2, cell / 9), 0, 7);
        context.fill();
      }
    }
  context.strokeStyle = colours.ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.3;
  context.strokeRect(MARGIN.left, MARGIN.top, side * cell, side * cell);
  context.globalAlpha = 1;
  frame(context, x(0), y(0), cell, colours.ink, 1);
  if (pointed) frame(context, x(pointed[0]), y(pointed[1]), cell, colours.ink, 2);
  frame(context, x(place.dx), y(place.dy), cell, colours.mark, 3);
  context.fillStyle = colours.ink;
  context.font = `12px ${colours.font}`;
  context.textBaseline = "middle";
  for (const step of [-reach, 0, reach]) {
    context.textAlign = "center";
    context.fillText(step ? signed(step) : "0", x(step) + cell / 2, y(reach) + cell + 10);
    context.textAlign = "right";
    context.fillText(step ? signed(step) : "0", MARGIN.left - 4, y(step) + cell / 2);
  }
  const name = watched === null ? "" : scene.class_names[watched];
  say(card.name, watched === null ? "" : fill(text.map, { name }));
  const ten = answerOf(view, k, place.dx, place.dy);
  card.map.setAttribute(
    "aria-label",
    fill(text.map_label, {
      network: scene.contestants[k].short,
      name,
      shift: wording(view, place.dx, place.dy),
      share: ten && watched !== null ? chance(ten[watched]) : missing(view, k, place.dx, place.dy),
    }),
  );
}

function frame(context, left, top, cell, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(left + width / 2 - 1, top + width / 2 - 1, cell - width + 2, cell - width + 2);
}

function drawScale({ ramp, signs }) {
  const [width, height] = [120, 10];
  const context = sharpContext(ramp, width, height);
  for (let k = 0; k < width; k++) {
    context.fillStyle = css(signedColour((k + 0.5) / width, signs));
    context.fillRect(k, 0, 1, height);
  }
}

function writeWords(view) {
  const { root, scene, text, place, pointed } = view;
  const find = (selector) => root.querySelector(selector);
  const shift = wording(view, place.dx, place.dy);
  say(find(".where"), shift);
  find(".reset").disabled = !place.dx && !place.dy;
  const answers = view.cards.map((_, k) => answerOf(view, k, place.dx, place.dy));
  const parts = answers.map((ten, k) => sentence(view, k, ten));
  say(find(".said"), parts.join(" "));
  view.picture.setAttribute("aria-label", fill(text.picture, { shift }));
  say(find(".readout"), readout(view, pointed ?? [place.dx, place.dy]));
  Object.assign(root.dataset, { dx: place.dx, dy: place.dy, watched: watchedBy(view) ?? "" });
  root.dataset.painted = scene.digest;
}

function sentence(view, k, ten) {
  const { scene, text, place } = view;
  const network = scene.contestants[k].short;
  const middle = answerOf(view, k, 0, 0);
  if (!ten || !middle) {
    const lost = isLost(view, k, place.dx, place.dy) || isLost(view, k, 0, 0);
    return fill(lost ? text.said_lost : text.said_waiting, { network });
  }
  const [now, then] = [argmax(ten), argmax(middle)];
  const values = { network, name: scene.class_names[now], before: scene.class_names[then] };
  if (!place.dx && !place.dy) return fill(text.said, { network, name: values.name });
  return now === then ? fill(text.said_held, { network, name: values.name }) : fill(text.said_changed, values);
}

/** Both networks' numbers for one cell of the heat maps. */
function readout(view, [dx, dy]) {
  const { scene, text } = view;
  const watched = watchedBy(view);
  if (watched === null) return "";
  const numbers = scene.contestants.map(({ short }, k) => {
    const ten = answerOf(view, k, dx, dy);
    return `${short} ${ten ? chance(ten[watched]) : missing(view, k, dx, dy)}`;
  });
  return fill(text.readout, {
    shift: wording(view, dx, dy),
    name: scene.class_names[watched],
    numbers: numbers.join(" · "),
  });
}

/** What all shifts together say; counted in Python. */
function summary({ scene, text }) {
  const [plain, cnn] = scene.contestants;
  if (plain.changed === null || cnn.changed === null) return "";
  const counts = { shifts: plain.shifts, plain: plain.short, cnn: cnn.short };
  const changed = fill(text.summary, { ...counts, first: plain.changed, second: cnn.changed });
  if (plain.right === null) return changed;
  return `${changed} ${fill(text.summary_right, { ...counts, first: plain.right, second: cnn.right })}`;
}
