// The journey through the network: a film that can be stopped and wound to any moment. Its stages are planned in
// timeline.js and drawn in stages.js.

import { headerHeight, make, setText } from "../shared/elements.js";
import { onLooseEscape } from "../shared/escape.js";
import { send } from "../shared/message.js";
import { fill, grouped } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";
import { boxOf, zoomOf } from "../shared/zoom.js";
import { answerText, reveal } from "./answer.js";
import { newScene } from "./scene.js";
import { drawStage, prepareStage } from "./stages.js";
import { invalidate } from "./state.js";
import { plan, stageAt, stillTime } from "./timeline.js";
import { kindText } from "./words.js";

const LONGEST_FRAME = 100; // ms: after a pause of the browser's own the film goes on where it was
const ANSWERED = 0.76; // of the last stage: from here on the answer is shown
const ON_STAGE = { width: 0.4, height: 0.55 }; // of the screen, at most: the height of a scene in the lecture's layout
const LOW = 240; // px: the least height of a scene
const SHAPE = { wide: 0.56, high: 1.4 }; // height by width, at most

export function newJourney() {
  return { open: false, playing: false, t: 0, before: 0, frame: 0, stage: -1 };
}

export function watchJourney(view, find) {
  view.on(find(".play"), "click", () => togglePlay(view));
  view.on(find(".previous"), "click", () => stepJourney(view, -1));
  view.on(find(".next"), "click", () => stepJourney(view, 1));
  view.on(find(".leave"), "click", () => leaveJourney(view));
  const range = find(".time input");
  view.on(range, "input", () => {
    const t = Number(range.value) / Number(range.max); // pausing writes where the film is
    pause(view);
    seek(view, t);
  });
  view.on(find(".top"), "keydown", (event) => {
    if (event.key !== "Escape" || !view.journey.open) return;
    leaveJourney(view);
    event.preventDefault();
  });
  onLooseEscape(view, () => {
    if (!view.journey.open || view.drill) return false;
    leaveJourney(view);
    return true;
  });
}

function togglePlay(view) {
  const { journey } = view;
  if (view.still.matches) return stepJourney(view, 1);
  if (journey.playing) return pause(view);
  if (!journey.open) openJourney(view);
  if (journey.t >= 1) seek(view, 0);
  journey.playing = true;
  journey.before = 0;
  writeStory(view);
  schedule(view);
}

/** One stage on or back, as a still picture. */
function stepJourney(view, by) {
  const { journey } = view;
  const begins = !journey.open;
  if (begins) openJourney(view);
  pause(view);
  const { stages } = journey.film;
  const next = begins ? (by > 0 ? 0 : stages.length - 1) : (journey.stage + by + stages.length) % stages.length;
  seek(view, stillTime(stages[next]));
}

function pause(view) {
  if (!view.journey.playing) return;
  view.journey.playing = false;
  writeStory(view);
  writeTime(view);
}

function seek(view, t) {
  view.journey.t = t;
  show(view);
  writeStory(view);
  writeTime(view);
}

/** Begin the film by itself, or end it, where a link or a step of the lecture has it so. */
export function hearJourney(view) {
  const { journey } = view.scene;
  if (journey === Boolean(view.heardJourney)) return;
  view.heardJourney = journey;
  if (!journey) closeJourney(view);
  else if (view.still.matches) stepJourney(view, -1);
  else if (!view.journey.playing) togglePlay(view);
}

function openJourney(view) {
  const { root, journey } = view;
  journey.open = true;
  journey.stage = -1;
  journey.t = 0;
  root.classList.add("playing");
  root.querySelector(".scene").hidden = false;
  root.querySelector(".time").hidden = root.querySelector(".leave").hidden = false;
  fitJourney(view);
  const toolbar = root.querySelector(".toolbar");
  toolbar.scrollIntoView({ block: "start", behavior: view.still.matches ? "auto" : "smooth" });
}

function closeJourney(view) {
  const { root, journey } = view;
  if (!journey.open) return;
  cancelAnimationFrame(journey.frame);
  Object.assign(journey, { open: false, playing: false, t: 0, stage: -1, frame: 0, scene: null });
  root.classList.remove("playing");
  root.querySelector(".scene").hidden = true;
  root.querySelector(".time").hidden = root.querySelector(".leave").hidden = true;
  delete root.dataset.scene;
  writeStory(view);
}

/** The visitor has seen enough. */
function leaveJourney(view) {
  closeJourney(view);
  view.root.querySelector(".play").focus({ preventScroll: true });
  if (!view.heardJourney) return;
  view.heardJourney = false;
  send(view, "journey", false);
}

/** Another picture, or another network: the film restarts. */
export function rewindJourney(view) {
  const { journey } = view;
  journey.film = null;
  if (!journey.open) return;
  journey.t = 0;
  journey.stage = -1;
}

/** Make the canvases again, for the current width and colours. */
export function fitJourney(view) {
  const { root, journey } = view;
  if (!journey.open) return;
  journey.film ??= plan(view.layers.map((layer) => ({ ...layer, flattened: isFlattened(view, layer) })));
  const screen = root.querySelector(".screen");
  const width = root.clientWidth;
  const height = heightOf(root, screen);
  screen.style.height = `${height}px`;
  journey.scene = Object.assign(newScene(view, journey.film.stages, width, height), { seconds: journey.film.seconds });
  const track = root.querySelector(".time .track");
  const ends = journey.film.stages.slice(1).map(({ start }) => {
    const tick = make("i");
    tick.style.left = `${100 * start}%`;
    return tick;
  });
  track.replaceChildren(make("b"), ...ends);
  show(view);
  writeStory(view);
  writeTime(view);
}

function heightOf(root, screen) {
  const [width, zoom] = [root.clientWidth, zoomOf(root)];
  if (document.documentElement.dataset.stage === "on")
    return Math.round(Math.min(ON_STAGE.width * innerWidth, ON_STAGE.height * innerHeight) / zoom);
  const above = boxOf(screen).top - boxOf(root.querySelector(".toolbar")).top;
  const room = innerHeight / zoom - above - headerHeight() - 20;
  return Math.round(clamp(room, LOW, Math.max(LOW, width * (width < 620 ? SHAPE.high : SHAPE.wide))));
}

/** Whether what a layer takes is put into one row before. */
function isFlattened(view, { takes }) {
  const notes = takes[0] === null ? view.scene.before : view.layers[takes[0]].after;
  const flat = notes.some((note) => note.output_shape.length === 1);
  return flat && !view.layers[takes[0] ?? -1]?.isVector;
}

function schedule(view) {
  const { journey } = view;
  cancelAnimationFrame(journey.frame);
  journey.frame = requestAnimationFrame((now) => playFrame(view, now));
}

function playFrame(view, now) {
  const { journey } = view;
  if (!journey.playing || !journey.open) return;
  if (view.drill) return pause(view); // a map has been opened instead
  if (!journey.film) return schedule(view); // another picture, and no room yet
  const passed = journey.before ? Math.min(LONGEST_FRAME, now - journey.before) : 0;
  journey.before = now;
  journey.t = Math.min(1, journey.t + passed / (1000 * journey.film.seconds));
  show(view);
  if (journey.t >= 1) pause(view);
  else schedule(view);
}

/** Draw the moment that it is. Texts are written when the stage changes, and nothing here asks for a layout. */
function show(view) {
  const { journey, root } = view;
  const { stages } = journey.film;
  const { index, progress } = stageAt(stages, journey.t);
  drawStage(journey.scene, index, progress);
  root.querySelector(".time .track b").style.transform = `scaleX(${journey.t})`;
  const last = index === stages.length - 1;
  const answered = last && stages[index].phase === "race" && progress >= ANSWERED;
  if (journey.stage !== index || journey.answered !== answered) {
    Object.assign(journey, { stage: index, answered });
    root.dataset.scene = stages[index].phase;
    if (answered) reveal(view);
    writeSentence(view);
    writeTime(view);
  } else if (index + 1 < stages.length) prepareStage(journey.scene, index + 1); // at most once: it is kept
}

/** Write the current sentence of the film. */
function writeSentence(view) {
  const { journey, root } = view;
  const stage = journey.film.stages[journey.stage];
  const [title, sentence] = [titleOf(view, stage), journey.answered ? answerText(view) : sentenceOf(view, stage)];
  setText(root.querySelector(".sentence b"), title);
  setText(root.querySelector(".sentence span"), sentence);
  root.querySelector(".screen").setAttribute("aria-label", sentence);
  root.querySelector(".time input").setAttribute("aria-valuetext", `${title}: ${sentence}`);
}

function titleOf({ layers, text }, { phase, layers: current }) {
  if (phase === "enter") return text.input;
  const [first, last] = [layers[current[0]], layers[current[current.length - 1]]];
  if (phase === "line") return text.scene_flatten_title;
  return first === last ? `${first.title} · ${kindText(first)}` : `${first.title} – ${last.title}`;
}

function sentenceOf(view, { phase, layers: current }) {
  const { text, layers, scene, picture } = view;
  if (phase === "enter") return fill(text.scene_enter, { height: picture.rows, width: picture.cols });
  const layer = layers[current[0]];
  const source = layers[layer.takes[0] ?? -1];
  const flat = source ? source.data.length : scene.arrays.image.data.length / (scene.grey ? 3 : 1);
  const count = layer.isVector ? layer.width : layer.count;
  const n = { line: flat, sweep_maps: source?.count, gather: count, dense: count, again: current.length }[phase];
  const sentence = text[`scene_${phase}`] ?? text[`scene_${layer.kind}`] ?? text[`about_${layer.kind}`];
  return fill(sentence ?? text.about_other, { n: grouped(n ?? count) });
}

function writeTime({ root, journey }) {
  const range = root.querySelector(".time input");
  range.value = String(Math.round(journey.t * Number(range.max)));
}

export function writeStory(view) {
  const { text, journey, root } = view;
  const write = (selector, words) => setText(root.querySelector(selector), words);
  const going = journey.open && journey.t > 0 && journey.t < 1;
  const rest = view.still.matches ? `${text.next} ›` : going ? text.resume : journey.open ? text.replay : text.play;
  write(".play", journey.playing ? text.pause : rest);
  write(".story-title", preludeText(view) ?? text.hint_title);
  write(".story-text", preludeText(view) ? "" : hintText(view));
  if (journey.open && journey.stage >= 0) writeSentence(view);
}

/** End the prelude of prelude.js: everything is there, the selection where it would have been. */
export function endPrelude(view) {
  if (!view.prelude) return;
  cancelAnimationFrame(view.prelude.frame);
  view.position = view.prelude.rest;
  view.prelude = null;
  view.root.classList.remove("prelude", "unfolding");
  writeStory(view);
  invalidate(view, "position");
}

/** The sentence about the animation while the page opens, if there is one. */
const preludeText = ({ text, prelude }) => prelude && (prelude.sweeping ? text.scene_sweep : text.prelude_layers);

/** The hint on how to use the view. */
function hintText({ text, scene, touch, connected }) {
  if (connected) return text.hint_connections;
  if (!scene.openable) return text.hint_look;
  return touch ? text.hint_touch : text.hint;
}
