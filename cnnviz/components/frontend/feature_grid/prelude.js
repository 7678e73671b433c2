// The prelude of a first visit: a window sweeps over the picture and its map fills, then layer after layer comes into
// sight. It moves the selection as a pointer on the map would; whatever the visitor does ends it. A pointer that lies
// or trembles on a map does not: what it points at is what will be selected in the end.

import { endPrelude, writeStory } from "./journey.js";
import { showPosition } from "./selection.js";

const SWEEP = 3.4; // s
const WAVE = 2.6; // s: that the layers take; as long as the transitions in feature_grid.css
const QUICKENING = 1.9; // the window moves slowly at first, so that one can follow it
const LONGEST_FRAME = 100; // ms: after a pause of the browser's own it goes on where it was

const TREMBLE = 60; // px
const TURNED_TO = ["pointerdown", "wheel", "keydown", "focusin"];

/** Play it, unless it has been ended meanwhile. */
export function playPrelude(view) {
  if (!view.prelude) return;
  for (const type of TURNED_TO)
    view.on(view.root, type, () => endPrelude(view), { capture: true, passive: true, once: true });
  let moved = 0;
  view.on(
    view.root,
    "pointermove",
    ({ movementX, movementY }) => {
      moved += Math.abs(movementX) + Math.abs(movementY);
      if (moved > TREMBLE) endPrelude(view);
    },
    { capture: true },
  );
  view.prelude.frame = requestAnimationFrame((now) => playFrame(view, now));
}

function playFrame(view, now) {
  const { prelude, layers, position, root } = view;
  if (!prelude) return;
  const passed = prelude.before ? Math.min(LONGEST_FRAME, now - prelude.before) : 0;
  Object.assign(prelude, { before: now, t: prelude.t + passed / 1000 });
  const { width, height } = layers[position.layer];
  const done = Math.floor(width * height * (prelude.t / SWEEP) ** QUICKENING);
  if (prelude.t >= SWEEP + WAVE) return endPrelude(view);
  if (prelude.t < SWEEP) {
    view.position = { ...position, row: Math.floor(done / width), col: done % width };
    showPosition(view);
  } else if (prelude.sweeping) {
    prelude.sweeping = false;
    view.position = prelude.rest;
    root.classList.add("unfolding");
    writeStory(view);
    showPosition(view);
  }
  prelude.frame = requestAnimationFrame((next) => playFrame(view, next));
}
