// Moving over the output: keys, buttons, playing.

import { clamp, same } from "../shared/values.js";
import { soon } from "../shared/view.js";
import { paintInput } from "./canvases.js";
import { paint } from "./painting.js";

export function go(view, step) {
  view.step = clamp(step, 0, view.steps - 1);
  view.preview = null; // a key press must be seen, wherever the pointer rests
  if (view.playing && view.step === view.steps - 1) pause(view);
  view.sync.changed();
  refresh(view);
}

export function set(view, name, value) {
  if (same(view[name], value)) return;
  view[name] = value;
  refresh(view);
}

export function play(view) {
  if (view.step === view.steps - 1) view.step = 0;
  Object.assign(view, { playing: true, clock: null });
  const tick = (now) => {
    if (!view.playing) return;
    view.playFrame = requestAnimationFrame(tick);
    const held = view.preview || view.pointed || document.hidden; // looking at a cell pauses
    if (held || view.clock === null) view.clock = { start: now, done: 0 };
    const due = Math.floor(((now - view.clock.start) * Number(view.speed.value)) / 1000) - view.clock.done;
    if (due < 1) return;
    view.clock.done += due;
    go(view, view.step + due);
  };
  view.playFrame = requestAnimationFrame(tick);
  refresh(view);
}

export function pause(view) {
  view.playing = false;
  cancelAnimationFrame(view.playFrame);
  view.sync.changed();
  refresh(view);
}

/** The visitor selects a channel. */
export function selectChannel(view, channel) {
  showChannel(view, channel);
  view.sync.changed();
}

export function showChannel(view, channel) {
  const next = clamp(Math.round(channel) || 0, 0, view.scene.x.shape[2] - 1);
  if (next === view.channel) return;
  view.channel = next;
  paintInput(view);
  refresh(view);
}

export function touch(view, cell) {
  set(view, "touched", cell ? { kind: cell.dataset.kind, k: Number(cell.dataset.k) } : null);
}

export const refresh = (view) => soon(view, paint);
