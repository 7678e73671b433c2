// The picture, the answers and the heat maps.

import { sharpContext } from "../shared/canvas.js";
import { BLACK, blend, css, inkOn, themeColour, themeOf, tokenColour, WHITE } from "../shared/colours.js";
import { setText, switchOff } from "../shared/elements.js";
import { chance, fill } from "../shared/numbers.js";
import { typeFloor, typeSize } from "../shared/type.js";
import { argmax, clamp } from "../shared/values.js";
import { soon } from "../shared/view.js";
import { answerOf, isLost, missing, signed, watchedBy, wording } from "./answers.js";

const NARROW = 720; // px below which the picture stands above the networks
const PIXEL = { wide: 9, narrow: 8 }; // px of one pixel of the picture
const STAGED = 0.28; // of the width is the picture's on the lecture's stage, where the bars must be seen from afar
const CELL = { min: 8, max: 16 }; // px of one shift in a heat map

export function draw(view) {
  soon(view, () => view.scene && view.root.clientWidth && drawNow(view)); // hidden: drawn when there is room
}

export function drawNow(view) {
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
    const [none, all] = [themeColour(root, "--background"), themeColour(root, "--series")]; // takes a canvas
    Object.assign(view, { theme, shade: (share) => blend(none, all, share) });
  }
  view.type = typeSize(root, "note");
  const across = scene.arrays.picture.shape[1] - 2 * scene.reach;
  const staged = typeFloor() && !narrow ? (STAGED * width) / across : Infinity;
  view.pixel = Math.min(narrow ? PIXEL.narrow : PIXEL.wide, staged);
  root.style.setProperty("--subject", `${Math.ceil(across * view.pixel) + 2}px`);
  view.margin = { left: 2 * view.type, bottom: 1.5 * view.type, top: 2, right: 2 }; // round a heat map, for its ticks
  const room = view.cards[0].root.clientWidth - view.margin.left - view.margin.right;
  view.cell = clamp(Math.floor(room / side), CELL.min, CELL.max);
  const style = getComputedStyle(root);
  view.colours = {
    ink: style.color,
    mark: tokenColour(root, "accent"),
    font: style.fontFamily,
  };
}

/** The window of the padded picture that the shift shows; a dashed line where the picture itself ends. */
function drawPicture({ picture, scene, selection, pixel }) {
  const { data, shape } = scene.arrays.picture;
  const size = shape[0] - 2 * scene.reach;
  const [top, left] = [scene.reach - selection.dy, scene.reach - selection.dx];
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
  if (!selection.dx && !selection.dy) return;
  for (const [k, colour] of [BLACK, WHITE].entries()) {
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.setLineDash([5, 5]);
    context.lineDashOffset = 5 * k;
    context.strokeRect(selection.dx * pixel, selection.dy * pixel, size * pixel, size * pixel);
  }
  context.setLineDash([]);
}

function writeAnswer(view, card, k) {
  const { scene, text, selection } = view;
  const ten = answerOf(view, k, selection.dx, selection.dy);
  const middle = answerOf(view, k, 0, 0);
  const top = ten && argmax(ten);
  setText(card.best, ten ? scene.class_names[top] : missing(view, k, selection.dx, selection.dy));
  setText(card.share, ten ? chance(ten[top]) : "");
  const known = ten && scene.true_label !== null;
  const right = known && top === scene.true_label;
  setText(card.mark, known ? (right ? `✓ ${text.correct}` : `✗ ${text.wrong}`) : "");
  card.mark.className = `mark ${right ? "good" : "bad"}`;
  const changed = Boolean(ten && middle && top !== argmax(middle));
  card.verdict.classList.toggle("changed", changed);
  setText(card.verdict, verdict(view, ten, middle));
  card.root.dataset.answer = ten ? String(top) : "";
  card.root.dataset.changed = String(changed);
  card.rows.forEach(({ row, bar, tick, value }, index) => {
    const share = ten ? ten[index] : 0;
    bar.style.width = `${100 * share}%`;
    tick.hidden = !middle || (!selection.dx && !selection.dy);
    if (middle) tick.style.left = `calc(${100 * middle[index]}% - 1px)`;
    setText(value, ten ? chance(share) : "–");
    row.classList.toggle("best", index === top);
    row.setAttribute("aria-checked", String(index === watchedBy(view)));
    row.setAttribute("aria-label", `${scene.class_names[index]} ${ten ? chance(share) : ""}`);
    row.tabIndex = index === (watchedBy(view) ?? 0) ? 0 : -1; // one stop for the Tab key
  });
}

export function verdict({ scene, text, selection }, ten, middle) {
  if (!ten || !middle) return "";
  if (!selection.dx && !selection.dy) return text.as_it_is;
  const name = scene.class_names[argmax(middle)];
  const share = chance(middle[argmax(middle)]);
  return argmax(ten) === argmax(middle) ? fill(text.held, { name, share }) : fill(text.changed, { name, share });
}

/** The probability of the watched class for every shift; a dot where another class is on top. */
function drawMap(view, card, k) {
  const { scene, text, selection, pointed, cell, colours, shade, type, margin } = view;
  const { reach } = scene;
  const side = 2 * reach + 1;
  const context = sharpContext(
    card.map,
    side * cell + margin.left + margin.right,
    side * cell + margin.top + margin.bottom,
  );
  const [x, y] = [(dx) => margin.left + (dx + reach) * cell, (dy) => margin.top + (dy + reach) * cell];
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
      const rgb = shade(ten[watched]);
      context.fillStyle = css(rgb);
      context.fillRect(x(dx), y(dy), cell, cell);
      if (argmax(ten) !== watched) {
        context.fillStyle = inkOn(rgb);
        context.beginPath();
        context.arc(x(dx) + cell / 2, y(dy) + cell / 2, Math.max(1.2, cell / 9), 0, 7);
        context.fill();
      }
    }
  context.strokeStyle = colours.ink;
  context.lineWidth = 1;
  context.globalAlpha = 0.3;
  context.strokeRect(margin.left, margin.top, side * cell, side * cell);
  context.globalAlpha = 1;
  frame(context, x(0), y(0), cell, colours.ink, 1);
  if (pointed) frame(context, x(pointed[0]), y(pointed[1]), cell, colours.ink, 2);
  frame(context, x(selection.dx), y(selection.dy), cell, colours.mark, 3);
  context.fillStyle = colours.ink;
  context.font = `${type}px ${colours.font}`;
  context.textBaseline = "middle";
  for (const step of [-reach, 0, reach]) {
    context.textAlign = "center";
    context.fillText(step ? signed(step) : "0", x(step) + cell / 2, y(reach) + cell + 0.8 * type);
    context.textAlign = "right";
    context.fillText(step ? signed(step) : "0", margin.left - 4, y(step) + cell / 2);
  }
  const name = watched === null ? "" : scene.class_names[watched];
  setText(card.name, watched === null ? "" : fill(text.map, { name }));
  const ten = answerOf(view, k, selection.dx, selection.dy);
  card.map.setAttribute(
    "aria-label",
    fill(text.map_label, {
      network: scene.networks[k].short,
      name,
      shift: wording(view, selection.dx, selection.dy),
      share: ten && watched !== null ? chance(ten[watched]) : missing(view, k, selection.dx, selection.dy),
    }),
  );
}

function frame(context, left, top, cell, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(left + width / 2 - 1, top + width / 2 - 1, cell - width + 2, cell - width + 2);
}

function drawScale({ ramp, shade }) {
  const [width, height] = [120, 10];
  const context = sharpContext(ramp, width, height);
  for (let k = 0; k < width; k++) {
    context.fillStyle = css(shade((k + 0.5) / width));
    context.fillRect(k, 0, 1, height);
  }
}

function writeWords(view) {
  const { root, find, scene, text, selection, pointed } = view;
  const shift = wording(view, selection.dx, selection.dy);
  setText(find(".where"), shift);
  switchOff(find(".reset"), !selection.dx && !selection.dy);
  const answers = view.cards.map((_, k) => answerOf(view, k, selection.dx, selection.dy));
  const parts = answers.map((ten, k) => sentence(view, k, ten));
  setText(find(".said"), parts.join(" "));
  view.picture.setAttribute("aria-label", fill(text.picture, { shift }));
  setText(find(".readout"), readout(view, pointed ?? [selection.dx, selection.dy]));
  Object.assign(root.dataset, { dx: selection.dx, dy: selection.dy, watched: watchedBy(view) ?? "" });
  root.dataset.painted = scene.digest;
}

function sentence(view, k, ten) {
  const { scene, text, selection } = view;
  const network = scene.networks[k].short;
  const middle = answerOf(view, k, 0, 0);
  if (!ten || !middle) {
    const lost = isLost(view, k, selection.dx, selection.dy) || isLost(view, k, 0, 0);
    return fill(lost ? text.said_lost : text.said_waiting, { network });
  }
  const [now, then] = [argmax(ten), argmax(middle)];
  const values = { network, name: scene.class_names[now], before: scene.class_names[then] };
  if (!selection.dx && !selection.dy) return fill(text.said, { network, name: values.name });
  return now === then ? fill(text.said_held, { network, name: values.name }) : fill(text.said_changed, values);
}

/** Both networks' numbers for one cell of the heat maps. */
function readout(view, [dx, dy]) {
  const { scene, text } = view;
  const watched = watchedBy(view);
  if (watched === null) return "";
  const numbers = scene.networks.map(({ short }, k) => {
    const ten = answerOf(view, k, dx, dy);
    return `${short} ${ten ? chance(ten[watched]) : missing(view, k, dx, dy)}`;
  });
  return fill(text.readout, {
    shift: wording(view, dx, dy),
    name: scene.class_names[watched],
    numbers: numbers.join(" · "),
  });
}

/** A summary of all shifts; counted in Python. */
export function summary({ scene, text }) {
  const [plain, cnn] = scene.networks;
  if (plain.changed === null || cnn.changed === null) return "";
  const counts = { shifts: plain.shifts, plain: plain.short, cnn: cnn.short };
  const changed = fill(text.summary, { ...counts, first: plain.changed, second: cnn.changed });
  if (plain.right === null) return changed;
  return `${changed} ${fill(text.summary_right, { ...counts, first: plain.right, second: cnn.right })}`;
}
