// The opening of a first visit: a window sweeps over the picture and its map fills, then layer after layer comes into
// sight. It moves the selection as a pointer on the map would; whatever the visitor does ends it. A pointer that lies
// or trembles on a map does not: what it points at is what will be selected in the end.

import { writeStory } from "./journey.js";
import { showPlace } from "./selection.js";
import { invalidate } from "./state.js";

const SWEEP = 3.4; // s
const WAVE = 2.6; // s: that the layers take; as long as the transitions in feature_grid.css
const QUICKENING = 1.9; // the window moves slowly at first, so that one can follow it
const LONGEST_FRAME = 100; // ms: after a pause of the browser's own it goes on where it was

let opened = false; // once for each time that the app is loaded

const TREMBLE = 60; // px
const TURNED_TO = ["pointerdown", "wheel", "keydown", "focusin"];

/** Begin it, where the visitor has come without a link to anything, and for the first time. To be called before the
 *  first frame, so that nothing is seen before that is taken away again. */
export function beginOpening(view) {
  const layer = view.layers[view.place.layer];
  const sweeps = layer.part === "conv" && layer.takes[0] === null && !layer.isVector;
  if (opened || view.scene.ask !== "first" || !view.asks || view.still.matches || !sweeps) return;
  opened = true;
  view.opening = { sweeping: true, t: 0, before: 0, rest: view.place };
  view.place = { ...view.place, row: 0, col: 0 };
  view.root.classList.add("opening");
  for (const type of TURNED_TO)
    view.on(view.root, type, () => endOpening(view), { capture: true, passive: true, once: true });
  let moved = 0;
  view.on(
    view.root,
    "pointermove",
    ({ movementX, movementY }) => {
      moved += Math.abs(movementX) + Math.abs(movementY);
      if (moved > TREMBLE) endOpening(view);
    },
    { capture: true },
  );
  view.opening.frame = requestAnimationFrame((now) => playOpening(view, now));
}

/** End it: everything is there, the selection where it would have been. */
export function endOpening(view) {
  if (!view.opening) return;
  cancelAnimationFrame(view.opening.frame);
  view.place = view.opening.rest;
  view.opening = null;
  view.root.classList.remove("opening", "unfolding");
  writeStory(view);
  invalidate(view, "place");
}

function playOpening(view, now) {
  const { opening, layers, place, root } = view;
  if (!opening) return;
  const passed = opening.before ? Math.min(LONGEST_FRAME, now - opening.before) : 0;
  Object.assign(opening, { before: now, t: opening.t + passed / 1000 });
  const { width, height } = layers[place.layer];
  const done = Math.floor(width * height * (opening.t / SWEEP) ** QUICKENING);
  if (opening.t >= SWEEP + WAVE) return endOpening(view);
  if (opening.t < SWEEP) {
    view.place = { ...place, row: Math.floor(done / width), col: done % width };
    showPlace(view);
  } else if (opening.sweeping) {
    opening.sweeping = false;
    view.place = opening.rest;
    root.classList.add("unfolding");
    writeStory(view);
    showPlace(view);
  }
  opening.frame = requestAnimationFrame((next) => playOpening(view, next));
}
