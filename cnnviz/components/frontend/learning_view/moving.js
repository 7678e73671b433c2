// Moving through time; picking a filter.

import { newPlayback } from "../shared/playback.js";
import { clamp } from "../shared/values.js";
import { boxOf, pointerOn } from "../shared/zoom.js";
import { AXIS } from "./axis.js";
import { draw } from "./drawing.js";
import { momentOf } from "./moments.js";

export const last = ({ scene }) => scene.moments.length - 1;

export const ACTIONS = {
  first: (view) => go(view, 0),
  last: (view) => go(view, last(view)),
  next: (view) => go(view, momentOf(view) + 1),
  previous: (view) => go(view, momentOf(view) - 1),
  toggle: (view) => (view.playing ? pause(view) : play(view)),
};

const KEYS = { ArrowRight: "next", ArrowLeft: "previous", Home: "first", End: "last", " ": "toggle" };

export function onKey(view, event) {
  const action = KEYS[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select")) return;
  if (event.key === " " && event.target.matches("button")) return;
  event.preventDefault(); // no scrolling
  ACTIONS[action](view);
}

export function go(view, moment) {
  const t = clamp(moment, 0, last(view));
  view.selection.step = view.scene.moments[t].step;
  if (view.playing && t === last(view)) pause(view);
  view.sync.changed();
  draw(view);
}

export function choose(view, choice) {
  Object.assign(view.selection, choice);
  view.sync.changed();
  draw(view);
}

export function point(view, filter) {
  if (filter === view.pointed) return;
  view.pointed = filter;
  draw(view);
}

function play(view) {
  if (momentOf(view) === last(view)) go(view, 0);
  view.playing = true;
  const stepsDue = newPlayback();
  const tick = (now) => {
    if (!view.playing) return;
    view.playFrame = requestAnimationFrame(tick);
    const due = stepsDue(now, Number(view.speed.value));
    if (due) go(view, momentOf(view) + due);
  };
  cancelAnimationFrame(view.playFrame); // of a play that was stopped within this frame
  view.playFrame = requestAnimationFrame(tick);
  draw(view);
}

export function pause(view) {
  if (!view.playing) return;
  view.playing = false;
  view.sync.changed();
  draw(view);
}

/** The moment nearest to a pointer on the axis. */
export function momentAt(view, event) {
  const { left, right } = AXIS;
  const [x] = pointerOn(view.axis, event);
  const share = (x - left) / (boxOf(view.axis).width - left - right);
  return Math.round(clamp(share, 0, 1) * last(view));
}
