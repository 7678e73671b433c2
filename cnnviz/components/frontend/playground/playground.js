// The same small network twice on the same points, with ReLU and without, trained here: a bent border beside a
// straight one. Nothing of it comes from Python but the words.

import { isDark, RECOLOURED } from "../shared/colours.js";
import { make } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { setCamera } from "../shared/picture.js";
import { defineView, soon } from "../shared/view.js";
import { paint } from "./drawing.js";
import { KINDS, makePoints } from "./points.js";
import { newNetwork, SIZES, train } from "./small_network.js";

export const RATE = 0.01;
const EACH_FRAME = 3; // steps while one watches
const BUDGET = 12; // ms of a frame, to reach the steps of a link

export default defineView(".play", mount, receive);

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    kind: "",
    seed: -1,
    last: 0, // step of a training
    text: undefined,
    networks: undefined,
    wanted: 0, // steps, without watching
    playing: false,
    chosen: null, // a unit: {layer, unit}
    cards: [false, true].map((linear) => newCard(find(".cards"), linear)),
    ticking: 0,
  };
  view.sync = syncSelection(view, life, {
    current: () => ({ kind: view.kind, seed: view.seed, steps: view.networks[0].steps }),
    busy: () => view.playing || isBehind(view),
  });
  on(find(".kinds"), "click", (event) => {
    const kind = event.target.closest("button")?.dataset.kind;
    if (kind) restart(view, { kind, seed: view.seed });
  });
  on(find(".go"), "click", () => (view.playing ? stop(view) : start(view)));
  on(find(".once"), "click", () => {
    stop(view);
    view.wanted = view.networks[0].steps + 1;
    tickSoon(view);
  });
  on(find(".reset"), "click", () => restart(view, view));
  on(find(".other"), "click", () => restart(view, { kind: view.kind, seed: (view.seed + 1) % 1000 }));
  on(find(".cards"), "click", (event) => {
    const { layer, unit } = event.target.closest("button")?.dataset ?? {};
    if (layer === undefined) return;
    const chosen = { layer: Number(layer), unit: Number(unit) };
    const same = view.chosen?.layer === chosen.layer && view.chosen.unit === chosen.unit;
    view.chosen = same ? null : chosen;
    soon(view, repaint);
  });
  on(window, RECOLOURED, () => soon(view, repaint));
  onResize(() => soon(view, repaint), root);
  onEnd(() => cancelAnimationFrame(view.ticking));
  return view;
}

function newCard(cards, linear) {
  const root = make("article");
  const parts = {
    root,
    linear,
    title: make("h2"),
    facts: make("p", "facts"),
    border: make("canvas", "border"),
    what: make("p", "what"),
    units: make("div", "units"),
  };
  parts.border.setAttribute("role", "img");
  parts.units.setAttribute("role", "group");
  for (let layer = 0; layer < SIZES.length - 2; layer++)
    for (let unit = 0; unit < SIZES[layer + 1]; unit++) {
      const button = Object.assign(make("button"), { type: "button" });
      Object.assign(button.dataset, { layer, unit });
      button.append(make("canvas"));
      parts.units.append(button);
    }
  root.append(parts.title, parts.facts, parts.border, parts.what, parts.units);
  cards.append(root);
  return parts;
}

function receive(view, scene) {
  const renewed = view.text !== undefined;
  Object.assign(view, { text: scene.text, last: scene.last });
  const { kind, seed, steps } = view.sync.receive(scene.selection);
  setCamera(view.root, scene.text.save_picture, "cnnviz_why_relu.png", () => repaint(view));
  if (kind !== undefined || seed !== undefined) {
    restart(view, { kind: kind ?? view.kind, seed: seed ?? view.seed }, renewed);
    view.wanted = steps ?? scene.selection.steps;
  } else if (steps !== undefined) {
    if (steps < view.networks[0].steps) restart(view, view, true);
    view.wanted = steps;
  }
  tickSoon(view);
}

/** Points and networks as they are before training. */
function restart(view, { kind, seed }, quiet = false) {
  view.playing = false;
  const points = makePoints(KINDS.includes(kind) ? kind : KINDS[0], seed);
  const networks = [false, true].map((linear) => newNetwork(seed, linear));
  Object.assign(view, { kind, seed, points, networks, histories: [[], []], wanted: 0, chosen: null });
  if (!quiet && view.sync.received) view.sync.changed();
  soon(view, repaint);
}

function start(view) {
  if (view.networks[0].steps >= view.last) restart(view, view);
  if (view.still.matches) view.wanted = view.last;
  else view.playing = true;
  tickSoon(view);
}

function stop(view) {
  view.playing = false;
  view.wanted = 0; // steps of a link that were not reached yet
  view.sync.changed();
  soon(view, repaint);
}

function tickSoon(view) {
  cancelAnimationFrame(view.ticking);
  view.ticking = requestAnimationFrame(() => tick(view));
}

/** Whether steps that are wanted are still to come. */
const isBehind = ({ networks, wanted, last }) => networks[0].steps < Math.min(wanted, last);

/** Train for a frame: a few steps that one watches, or as many as there is time for. */
function tick(view) {
  const until = performance.now() + BUDGET;
  if (view.playing) for (let k = 0; k < EACH_FRAME; k++) trainBoth(view);
  else while (isBehind(view) && performance.now() < until) trainBoth(view);
  if (view.networks[0].steps >= view.last && view.playing) stop(view);
  const more = view.playing || isBehind(view);
  if (!more) view.sync.changed();
  if (!more || !view.still.matches) soon(view, repaint);
  if (more) tickSoon(view);
}

function trainBoth(view) {
  if (view.networks[0].steps >= view.last) return;
  view.networks.forEach((network, k) => view.histories[k].push(train(network, view.points, RATE)));
}

function repaint(view) {
  if (!view.networks || !view.root.clientWidth) return;
  view.root.classList.toggle("dark", isDark(view.root));
  paint(view, view.last);
}
