// Two networks on one picture. Every probability was computed in Python, for every shift; here the
// picture is moved, and the values of the shift are looked up.

import { askedCell, CELL_ASKED } from "../shared/cell.js";
import { RECOLOURED } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { select, syncSelection } from "../shared/message.js";
import { fill } from "../shared/numbers.js";
import { setCamera } from "../shared/picture.js";
import { clamp, same } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointerOn, zoomOf } from "../shared/zoom.js";
import { watchedBy } from "./answers.js";
import { draw, drawNow, summary } from "./drawing.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export default defineView(".shifts", mount, receive);

function mount(root, life) {
  const { on, find, onResize } = life;
  const view = {
    root,
    picture: find(".picture"),
    cards: [...root.querySelectorAll(".network")].map(newCard),
    ramp: find(".scale canvas"),
    selection: null, // {dx, dy, watched}; watched is null unless the visitor has picked a class
    pointed: null, // [dx, dy] of the heat map cell under the pointer
    hold: null, // where a drag of the picture began
  };
  view.sync = syncSelection(view, life, { current: () => ({ ...view.selection }), busy: () => view.hold });

  on(root, "keydown", (event) => onKey(view, event));
  on(find(".move"), "click", (event) => {
    const step = event.target.closest("button")?.dataset.move;
    if (step === "reset") go(view, 0, 0);
    else if (step)
      go(view, ...step.split(",").map((part, k) => Number(part) + [view.selection.dx, view.selection.dy][k]));
  });
  const { picture } = view;
  on(picture, "pointerdown", (event) => {
    if (event.button !== 0) return;
    picture.setPointerCapture(event.pointerId);
    picture.classList.add("held");
    view.hold = { x: event.clientX, y: event.clientY, dx: view.selection.dx, dy: view.selection.dy };
  });
  on(picture, "pointermove", (event) => {
    const { hold } = view;
    if (!hold) return;
    const moved = (now, then) => Math.round((now - then) / (view.pixel * zoomOf(picture)));
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
      if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.stopPropagation(); // here the arrows choose a class; they do not move the picture
      event.preventDefault();
      if (!card.rows[next]) return;
      watch(view, next);
      view.cards[k].rows[next].row.focus();
    });
  });
  on(window, CELL_ASKED, () => view.scene && goToAsked(view));
  on(window, RECOLOURED, () => draw(view));
  onResize(() => draw(view), root);
  return view;
}

function newCard(root) {
  const parts = {
    root,
    title: make("h2"),
    facts: make("p", "facts"),
    answer: make("p", "answer"),
    verdict: make("p", "verdict"),
    bars: make("div", "bars"),
    figure: make("div", "map"),
    name: make("h3"),
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
  const wanted = view.sync.receive(scene.selection);
  view.selection = { ...view.selection, ...wanted };
  if (view.selection.watched >= scene.class_names.length) view.selection.watched = null; // of networks before
  const { find } = view;
  setCamera(view.root, text.save_picture, "cnnviz_nn_vs_cnn.png", () => drawNow(view));
  setText(find(".subject h2"), text.subject);
  setText(find(".rule"), text.rule);
  setText(find(".reset"), text.reset);
  setText(find(".scale span"), text.scale);
  setText(find(".dotted"), text.dotted);
  find(".move").setAttribute("aria-label", text.move);
  const labels = { "-1,0": text.move_left, "1,0": text.move_right, "0,-1": text.move_up, "0,1": text.move_down };
  for (const [step, label] of Object.entries(labels)) find(`[data-move="${step}"]`).setAttribute("aria-label", label);
  scene.networks.forEach((one, k) => {
    const card = view.cards[k];
    setText(card.title, one.title);
    setText(card.facts, one.facts);
    card.bars.setAttribute("aria-label", fill(text.classes, { network: one.short }));
    if (renamed) fillBars(card, scene.class_names);
  });
  setText(find(".summary"), summary(view));
  draw(view);
  if ("dx" in wanted || "dy" in wanted) goToAsked(view); // of a new step, whose sentence asks for another
}

/** Go to the shift that the lecture's sentence is about. */
function goToAsked(view) {
  const [dx, dy] = askedCell() ?? [view.selection.dx, view.selection.dy];
  go(view, dx, dy);
}

function go(view, dx, dy) {
  const { reach } = view.scene;
  if (select(view, { dx: clamp(dx, -reach, reach), dy: clamp(dy, -reach, reach) })) draw(view);
}

function watch(view, index) {
  if (watchedBy(view) === index) return;
  view.selection.watched = index === view.scene.watched ? null : index;
  view.sync.changed();
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
  if (step) go(view, view.selection.dx + step[0], view.selection.dy + step[1]);
  else if (event.key === "Home") go(view, 0, 0);
  else return;
  event.preventDefault(); // no scrolling
}

/** The shift whose cell is under the pointer, the nearest one if it is outside.
 *  @param {Record<string, any>} view
 *  @param {HTMLCanvasElement} map
 *  @param {PointerEvent} event
 *  @returns {[number, number]} */
function shiftAt({ scene, cell, margin }, map, event) {
  const step = (offset) => clamp(Math.floor(offset / cell) - scene.reach, -scene.reach, scene.reach);
  const [x, y] = pointerOn(map, event);
  return [step(x - margin.left), step(y - margin.top)];
}
