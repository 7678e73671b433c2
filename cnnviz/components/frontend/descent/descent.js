// Three optimisers on the same surface from the same start. The surface comes from Python; the walks are made here.

import { RECOLOURED } from "../shared/colours.js";
import { make } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { setCamera } from "../shared/picture.js";
import { newPlayback } from "../shared/playback.js";
import { clamp } from "../shared/values.js";
import { defineView, soon } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { RULES, walk } from "./descent_math.js";
import { paint, weightsAt } from "./drawing.js";

const STEPS_A_SECOND = 12; // that are watched
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const MOVE = 0.02; // of the start, by a key

export default defineView(".descent", mount, receive);

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const canvas = find(".ground canvas");
  const view = {
    root,
    canvas,
    start: [0, 0],
    rate: "",
    rule: "",
    steps: 0,
    last: 0,
    playing: false,
    held: false,
    ticking: 0,
    scene: undefined,
    size: 0, // px of the surface
  };
  view.sync = syncSelection(view, life, {
    current: () => ({ start: view.start, rate: view.rate, rule: view.rule, steps: view.steps }),
    busy: () => view.playing || view.held,
  });
  const choose = (selector, name) =>
    on(find(selector), "click", (event) => {
      const chosen = event.target.closest("button")?.value;
      if (chosen) change(view, { [name]: chosen });
    });
  choose(".rates", "rate");
  choose(".rules", "rule");
  on(find(".go"), "click", () => (view.playing ? stop(view) : start(view)));
  on(find(".once"), "click", () => {
    view.playing = false;
    change(view, { steps: Math.min(view.steps + 1, view.last) });
  });
  on(find(".reset"), "click", () => {
    view.playing = false;
    change(view, { steps: 0 });
  });
  const drag = (event) => {
    const bound = 0.98 * view.scene.reach;
    change(view, { start: weightsAt(view, pointerOn(canvas, event)).map((v) => round(clamp(v, -bound, bound))) });
  };
  on(canvas, "pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    view.held = true;
    if (event.pointerType !== "touch") drag(event); // a finger may be about to scroll
  });
  on(canvas, "pointermove", (event) => view.held && drag(event));
  on(canvas, "pointerup", (event) => view.held && drag(event));
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) on(canvas, type, () => (view.held = false));
  on(canvas, "keydown", (event) => {
    const by = KEYS[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const bound = 0.98 * view.scene.reach;
    change(view, { start: view.start.map((v, k) => round(clamp(v + MOVE * by[k], -bound, bound))) });
  });
  on(window, RECOLOURED, () => soon(view, repaint));
  onResize(() => soon(view, repaint), root);
  onEnd(() => cancelAnimationFrame(view.ticking));
  for (const name of RULES) {
    const button = Object.assign(make("button", name), { type: "button", value: name });
    button.append(make("span", "mark"), make("span", "name"), make("small"));
    find(".rules").append(button);
  }
  return view;
}

const round = (value) => Number(value.toFixed(3));

function receive(view, scene) {
  Object.assign(view, { scene, text: scene.text, last: scene.last });
  const given = view.sync.receive(scene.selection);
  setCamera(view.root, scene.text.save_picture, "cnnviz_optimisers.png", () => repaint(view));
  Object.assign(view, given);
  rewalk(view);
}

function change(view, changes) {
  Object.assign(view, changes);
  view.sync.changed();
  rewalk(view);
}

function rewalk(view) {
  const { scene, start, rate, last } = view;
  view.walks = RULES.map((rule) => walk(scene, rule, scene.rates[rule][rate], start, last));
  soon(view, repaint);
}

function start(view) {
  if (view.steps >= view.last) view.steps = 0;
  if (view.still.matches) return change(view, { steps: view.last });
  view.playing = true;
  return play(view, newPlayback(), 1); // the first is seen at once
}

function stop(view) {
  view.playing = false;
  change(view, {});
}

/** Advance by a number of steps, and again with each frame, until the last one. */
function play(view, stepsDue, due) {
  cancelAnimationFrame(view.ticking);
  view.steps = Math.min(view.last, view.steps + due);
  if (due) soon(view, repaint);
  if (view.steps >= view.last) stop(view);
  else
    view.ticking = requestAnimationFrame((now) => {
      if (view.playing) play(view, stepsDue, stepsDue(now, STEPS_A_SECOND));
    });
}

function repaint(view) {
  if (view.scene && view.root.clientWidth) paint(view);
}
