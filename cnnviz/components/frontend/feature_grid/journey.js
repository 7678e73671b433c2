// The journey through the network, layer by layer.

import { fill } from "../shared/numbers.js";
import { scanPath } from "./geometry.js";
import { takenNames } from "./skips.js";
import { invalidate, peakPlace, select } from "./state.js";
import { aboutText, inputText } from "./words.js";

const STEP_MS = 1400; // the journey: time for one layer

/** Stops of the journey: the picture, then every drawn layer; softmax is the last of them. */
function stops(view) {
  return [null, ...view.layers];
}

export function togglePlay(view) {
  const { journey } = view;
  const last = stops(view).length - 1;
  if (view.still.matches) return stepJourney(view, 1);
  if (journey.playing) journey.playing = false;
  else {
    if (journey.step < 0 || journey.step === last) visit(view, 0);
    journey.playing = true;
    journey.started = performance.now();
  }
  writeStory(view);
  invalidate(view, "place");
}

export function stepJourney(view, by) {
  const { journey } = view;
  journey.playing = false;
  visit(view, (journey.step + by + stops(view).length) % stops(view).length);
}

/** Light up one stop; the lens shows the strongest map of that layer. */
function visit(view, step) {
  view.pixel = null;
  view.journey.step = step;
  const layer = stops(view)[step];
  view.root.classList.add("journeying");
  view.root.querySelector(".input").classList.toggle("lit", step === 0);
  for (const card of view.cards)
    card.element.classList.toggle("lit", layer !== null && view.cards[layer.index] === card);
  if (layer) {
    select(view, peakPlace(layer, layer.strongest));
    view.cards[layer.index].element.scrollIntoView({
      block: "nearest",
      behavior: view.still.matches ? "auto" : "smooth",
    });
  }
  writeStory(view);
}

/** Pointing at something ends the journey: from here on the visitor leads. */
export function leaveJourney(view) {
  if (view.journey.step < 0) return;
  view.journey = { step: -1, playing: false, started: 0 };
  view.root.classList.remove("journeying");
  view.root.querySelectorAll(".lit").forEach((element) => element.classList.remove("lit"));
  writeStory(view);
}

export function playFrame(view, now) {
  const { journey } = view;
  const spent = (now - journey.started) / STEP_MS;
  const last = stops(view).length - 1;
  if (spent >= 1 && journey.step < last) {
    visit(view, journey.step + 1);
    journey.started = now;
  } else if (spent >= 1) {
    journey.playing = false;
    writeStory(view);
    return;
  }
  const layer = stops(view)[journey.step];
  if (layer?.field) Object.assign(view.place, scanPath(Math.min(0.999, spent % 1), layer.height, layer.width));
  invalidate(view, "place");
}

export function writeStory(view) {
  const { text, journey, root } = view;
  const write = (selector, words) => (root.querySelector(selector).textContent = words);
  const going = journey.step >= 0;
  const all = stops(view);
  const layer = all[journey.step];
  const ended = journey.step === all.length - 1;
  const rest = view.still.matches ? `${text.next} ›` : going && !ended ? text.resume : text.play;
  write(".play", journey.playing ? text.pause : rest);
  if (!going) {
    write(".story-title", text.hint_title);
    const hint = view.touch ? text.hint_touch : text.hint;
    write(".story-text", view.scene.openable ? hint : text.hint_look);
    return;
  }
  const name = layer ? layer.name : text.input;
  write(".story-title", fill(text.story_title, { n: journey.step + 1, total: all.length, name }));
  const names = layer && takenNames(view, layer);
  const about = layer ? aboutText(view, layer) : inputText(view);
  write(".story-text", names ? `${about} ${fill(text.takes_here, { names })}` : about);
}
