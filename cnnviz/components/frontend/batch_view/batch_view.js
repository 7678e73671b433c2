// Batch normalisation stepped through: a channel of a batch, its mean, its variance, each value brought to them, then
// scaled and shifted; with the batch's own statistics as in training, or the kept ones. The arrays are Python's.

import { RECOLOURED, signedScale, tokenColour } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { setCamera } from "../shared/picture.js";
import { addStepButtons, nameStepButtons } from "../shared/step_buttons.js";
import { go, onStepKey, refresh, STEPS } from "../shared/stepping.js";
import { clamp } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { affine, binsOf, rangeOf, STAGES, sumsOf } from "./batch_math.js";
import { paint } from "./painting.js";

const SECONDS = 12; // that playing all values takes
const NARROW = 720; // px below which the numbers stand under the maps
const BINS = 48;
const MOVING = 450; // ms in which the values go to where a stage puts them
const EDGE = 0.03; // of the axis, beside its values

export default defineView(".batch", mount, receive);

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    find,
    paint,
    scrub: find(".scrub"),
    speed: { value: 1 },
    digest: null,
    step: 0,
    steps: 1,
    outWidth: 1,
    way: "training",
    stage: STAGES[0],
    shown: null, // where the values are drawn: on their way to the stage
  };
  view.cell = () => {
    const [rows, cols] = view.size;
    const inside = view.step % (rows * cols);
    return { picture: Math.floor(view.step / (rows * cols)), row: Math.floor(inside / cols), col: inside % cols };
  };
  view.sync = syncSelection(view, life, {
    current: () => {
      const { picture, row, col } = view.cell();
      return { way: view.way, stage: view.stage, cell: [picture, row, col] };
    },
    busy: () => view.playing,
  });
  for (const [selector, name] of [
    [".ways", "way"],
    [".stages", "stage"],
  ])
    on(find(selector), "click", (event) => {
      const chosen = event.target.closest("button")?.value;
      if (chosen) choose(view, { [name]: chosen });
    });
  on(root, "keydown", (event) => onStepKey(view, event));
  addStepButtons(view, life);
  on(view.scrub, "input", () => go(view, Number(view.scrub.value)));
  const canvas = find(".maps canvas");
  on(canvas, "click", (event) => {
    const { corner, tile, high } = view.plan;
    const [x, y] = pointerOn(canvas, event);
    const [rows, cols] = view.size;
    for (let k = 0; k < view.count; k++) {
      const [left, top] = corner(k);
      const [col, row] = [Math.floor(((x - left) / tile) * cols), Math.floor(((y - top) / high) * rows)];
      if (row >= 0 && col >= 0 && row < rows && col < cols) go(view, (k * rows + row) * cols + col);
    }
  });
  on(window, RECOLOURED, () => restyle(view));
  onResize(() => {
    root.classList.toggle("narrow", root.clientWidth < NARROW);
    refresh(view);
  }, root);
  onEnd(() => {
    cancelAnimationFrame(view.playFrame);
    cancelAnimationFrame(view.moveFrame);
  });
  return view;
}

function receive(view, scene) {
  const { digest, text, ways, arrays, selection } = scene;
  const { data, shape } = arrays.values;
  const [count, ...size] = shape;
  const renewed = digest !== view.digest;
  const before = view.values && view.cell();
  if (renewed && view.playing) STEPS.toggle(view);
  Object.assign(view, { digest, text, ways, values: data, count, size, steps: data.length, outWidth: size[1] });
  view.speed.value = Math.max(4, view.steps / SECONDS);
  const { way, stage, cell } = view.sync.receive(selection);
  if (way) view.way = way;
  if (stage) view.stage = stage;
  const [picture, row, col] = (cell ?? [before.picture, before.row, before.col]).map(
    (/** @type {number} */ at, /** @type {number} */ axis) => clamp(at, 0, shape[axis] - 1),
  );
  view.step = (picture * size[0] + row) * size[1] + col;
  view.range = rangeOf(data);
  view.bins = binsOf(data, view.range, BINS);
  view.own = ways.training;
  // one axis for all stages and ways: only the values move
  const ends = Object.values(ways).flatMap((statistics) =>
    STAGES.flatMap((each) =>
      view.range.map((x) => affine(each, statistics).scale * x + affine(each, statistics).shift),
    ),
  );
  const [low, high] = rangeOf([0, ...ends]);
  const beside = EDGE * (high - low || 1);
  view.axis = [low - beside, high + beside];
  label(view);
  settle(view, { jump: renewed || view.still.matches });
  restyle(view);
}

function choose(view, changes) {
  Object.assign(view, changes);
  view.sync.changed();
  settle(view, { jump: view.still.matches });
}

/** Apply the chosen way and stage: compute the sums, and move the values, with or without animation. */
function settle(view, { jump }) {
  view.statistics = view.ways[view.way];
  view.sums = sumsOf(view.values, view.statistics.mean);
  const goal = affine(view.stage, view.statistics);
  cancelAnimationFrame(view.moveFrame);
  const from = view.shown ?? goal;
  if (jump || (from.scale === goal.scale && from.shift === goal.shift)) {
    view.shown = goal;
    refresh(view);
    return;
  }
  let start = null;
  const move = (now) => {
    start ??= now;
    const share = Math.min(1, (now - start) / MOVING);
    const eased = 1 - (1 - share) ** 3;
    view.shown =
      share === 1
        ? goal
        : {
            scale: from.scale + (goal.scale - from.scale) * eased,
            shift: from.shift + (goal.shift - from.shift) * eased,
          };
    refresh(view);
    if (share < 1) view.moveFrame = requestAnimationFrame(move);
  };
  view.moveFrame = requestAnimationFrame(move);
}

function label(view) {
  const { root, find, text } = view;
  root.setAttribute("aria-label", text.label);
  setText(find(".maps figcaption"), text.maps);
  setText(find(".keys"), text.keys);
  const choices = (selector, words, names, write) => {
    const group = find(selector);
    group.setAttribute("aria-label", words);
    if (!group.children.length)
      group.append(...names.map((name) => Object.assign(make("button"), { type: "button", value: name })));
    for (const button of group.children) setText(button, write(button.value));
  };
  choices(".ways", text.ways, ["training", "inference"], (way) => text[`way_${way}`]);
  choices(".stages", text.stages, STAGES, (stage) => text[`stage_${stage}`]);
  nameStepButtons(view);
  view.scrub.setAttribute("aria-label", text.value_of);
  setCamera(root, text.save_picture, "cnnviz_batch_norm.png", () => paint(view));
}

function restyle(view) {
  view.signs = signedScale(view.root);
  view.accent = tokenColour(view.root, "accent");
  refresh(view);
}
