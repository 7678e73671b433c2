// Stepping through positions one by one: keys, buttons, playing.

import { newPlayback } from "./playback.js";
import { clamp, same } from "./values.js";
import { soon } from "./view.js";

/** A view that steps has `step` of `steps`, `outWidth` of them in a row, `speed.value` steps a second, `sync` and
 *  `paint(view)`. `step` is where the visitor looks; `reached` is the furthest that they have come: it stays when
 *  they look back, until they start over.
 *  @typedef {Record<string, any>} Stepping */

/** @param {Stepping} view
 *  @param {number} step */
export function go(view, step) {
  view.step = clamp(step, 0, view.steps - 1);
  view.reached = Math.max(view.reached ?? 0, view.step);
  view.preview = null; // a key press must be seen, wherever the pointer rests
  if (view.playing && view.step === view.steps - 1) pause(view);
  view.sync.changed();
  refresh(view);
}

/** @param {Stepping} view
 *  @param {string} name
 *  @param {unknown} value */
export function set(view, name, value) {
  if (same(view[name], value)) return;
  view[name] = value;
  refresh(view);
}

/** @param {Stepping} view */
export function play(view) {
  if (view.step === view.steps - 1) view.step = view.reached = 0;
  view.playing = true;
  const stepsDue = newPlayback();
  const tick = (/** @type {number} */ now) => {
    if (!view.playing) return;
    view.playFrame = requestAnimationFrame(tick);
    const due = stepsDue(now, Number(view.speed.value), Boolean(view.preview || view.pointed)); // looking at a cell pauses
    if (due) go(view, view.step + due);
  };
  view.playFrame = requestAnimationFrame(tick);
  refresh(view);
}

/** @param {Stepping} view */
export function pause(view) {
  view.playing = false;
  cancelAnimationFrame(view.playFrame);
  view.sync.changed();
  refresh(view);
}

/** @param {Stepping} view */
export const refresh = (view) => soon(view, view.paint);

/** The actions of buttons and keys.
 *  @type {Record<string, (view: Stepping) => void>} */
export const STEPS = {
  first: (view) => {
    view.reached = 0;
    go(view, 0);
  },
  last: (view) => go(view, view.steps - 1),
  next: (view) => go(view, view.step + 1),
  previous: (view) => go(view, view.step - 1),
  nextRow: (view) => {
    if (view.step + view.outWidth < view.steps) go(view, view.step + view.outWidth);
  },
  previousRow: (view) => {
    if (view.step >= view.outWidth) go(view, view.step - view.outWidth);
  },
  toggle: (view) => (view.playing ? pause(view) : play(view)),
};

/** @type {Record<string, string>} */
const STEP_KEYS = {
  ArrowRight: "next",
  ArrowLeft: "previous",
  ArrowDown: "nextRow",
  ArrowUp: "previousRow",
  Home: "first",
  End: "last",
  " ": "toggle",
};

/** Do what a key stands for; return whether it stands for something.
 *  @param {Stepping} view
 *  @param {any} event  of a key */
export function onStepKey(view, event) {
  const own = event.target;
  const action = STEP_KEYS[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || own.matches("select, input[type=number]")) return false;
  if (!action || (event.key === " " && own.matches("button"))) return false;
  event.preventDefault(); // no scrolling; the slider must not move on its own as well
  STEPS[action](view);
  return true;
}
