// The visitor's focus: a channel, a number under the pointer.

import { refresh, set } from "../shared/stepping.js";
import { clamp } from "../shared/values.js";
import { paintInput } from "./canvases.js";

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
