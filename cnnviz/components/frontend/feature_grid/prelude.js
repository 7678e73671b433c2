// The prelude of a first visit: a window sweeps over the picture and its map fills, then layer after layer comes into
// sight. It moves the selection as a pointer on the map would; whatever the visitor does ends it. A pointer that lies
// or trembles on a map does not: what it points at is what will be selected in the end.

import { writeStory } from "./journey.js";
import { showPlace } from "./selection.js";
import { invalidate } from "./state.js";

const SWEEP = 3.4; // s
const WAVE = 2.6; // s: that the layers take; as long as the transitions in feature_grid.css
const QUICKENING = 1.9; // the window moves slowly at first, so that one can follow it
const LONGEST_FRAME = 100; // ms: after a pause of the browser's own it goes on where it was

let played = false; // once for each time that the app is loaded

const TREMBLE = 60; // px
const TURNED_TO = ["pointerdown", "wheel", "keydown", "focusin"];

/** Begin it, where the visitor has come without a link to anything, and for the first time. To be called before the
 *  first frame, so that nothing is seen before that is taken away again. */
export function beginPrelude(view) {
  const layer = view.layers[view.place.layer];
  const sweeps = layer.part === "conv" && layer.takes[0] === null && !layer.isVector;
  if (played || view.scene.ask !== "first" || !view.asks || view.still.matches || !sweeps) return;
  played = true;
  view.prelude = { sweeping: true, t: 0, before: 0, rest: view.place };
  view.place = { ...view.place, row: 0, col: 0 };
  view.root.classList.add("prelude");
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
  view.prelude.frame = requestAnimationFrame((now) => playPrelude(view, now));
}

/** End it: everything is there, the selection where it would have been. */
export function endPrelude(view) {
  if (!view.prelude) return;
  cancelAnimationFrame(view.prelude.frame);
  view.place = view.prelude.rest;
  view.prelude = null;
  view.root.classList.remove("prelude", "unfolding");
  writeStory(view);
  invalidate(view, "place");
}

function playPrelude(view, now) {
  const { prelude, layers, place, root } = view;
  if (!prelude) return;
  const passed = prelude.before ? Math.min(LONGEST_FRAME, now - prelude.before) : 0;
  Object.assign(prelude, { before: now, t: prelude.t + passed / 1000 });
  const { width, height } = layers[place.layer];
  const done = Math.floor(width * height * (prelude.t / SWEEP) ** QUICKENING);
  if (prelude.t >= SWEEP + WAVE) return endPrelude(view);
  if (prelude.t < SWEEP) {
    view.place = { ...place, row: Math.floor(done / width), col: done % width };
    showPlace(view);
  } else if (prelude.sweeping) {
    prelude.sweeping = false;
    view.place = prelude.rest;
    root.classList.add("unfolding");
    writeStory(view);
    showPlace(view);
  }
  prelude.frame = requestAnimationFrame((next) => playPrelude(view, next));
}
