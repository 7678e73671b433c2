// Adversarial pictures: a slider over steps whose predictions Python has computed, all of them.

import { fitted, paintPicture, sharpContext } from "../shared/canvas.js";
import { makeClassBars, pickClasses, writeClassBars } from "../shared/class_bars.js";
import { setText, switchOff } from "../shared/elements.js";
import { select, syncSelection } from "../shared/message.js";
import { chance, fill } from "../shared/numbers.js";
import { setCamera } from "../shared/picture.js";
import { argmax, clamp, same } from "../shared/values.js";
import { defineView, soon } from "../shared/view.js";
import { enlarged, stepped } from "./steps.js";

const NARROW = 820; // px below which the bars stand under the pictures
const SIDE = { min: 90, max: 240, stage: 150 }; // px of a picture
const BARS = 280; // px that the bars have at least, beside the pictures
const SIGNS = { wide: 100, narrow: 52 }; // px of the signs between the pictures, and the gaps

export default defineView(".fooling", mount, receive);

function mount(root, life) {
  const { on, find, onResize } = life;
  const view = { root, slider: find("input"), least: find(".least"), bars: find(".bars"), rows: [], selection: null };
  view.sync = syncSelection(view, life, { current: () => ({ ...view.selection }) });
  on(view.slider, "input", () => change(view, { size: Number(view.slider.value) }));
  on(view.least, "click", () => view.scene.smallest !== null && change(view, { size: null }));
  pickClasses(view.bars, {
    on,
    rows: () => view.rows,
    picked: () => view.selection.toward,
    pick: (toward) => aim(view, toward),
  });
  onResize(() => draw(view), root);
  return view;
}

function receive(view, scene) {
  const { text } = scene;
  const renamed = !same(scene.class_names, view.scene?.class_names);
  view.scene = scene;
  view.text = text;
  view.selection = { ...view.selection, ...view.sync.receive(scene.selection) };
  const { find } = view;
  setCamera(view.root, text.save_picture, "cnnviz_fooling.png", () => drawNow(view));
  setText(find(".answers h2"), text.answers);
  setText(find(".rule"), text.rule);
  setText(find(".before figcaption"), text.before);
  setText(find(".after figcaption"), text.after);
  view.bars.setAttribute("aria-label", text.classes);
  if (renamed) view.rows = makeClassBars(view.bars, scene.class_names);
  view.slider.max = String(scene.largest);
  draw(view);
}

function change(view, fields) {
  if (select(view, fields)) draw(view);
}

/** Another class is another direction: Python gets it at once. */
function aim(view, toward) {
  if (view.selection.toward === toward) return;
  Object.assign(view.selection, { toward, size: null });
  view.sync.send();
  draw(view);
}

function draw(view) {
  soon(view, () => view.scene && view.root.clientWidth && drawNow(view)); // hidden: drawn when there is room
}

/** The step that is shown: the chosen one, else the smallest that is enough, else the largest. */
const sizeOf = ({ scene, selection }) => (scene.arrays.steps ? (selection.size ?? scene.smallest ?? scene.largest) : 0);

function drawNow(view) {
  const { root, find, scene, text, selection, slider, least } = view;
  const width = root.clientWidth;
  const staged = Boolean(document.documentElement.dataset.zoom); // the lecture's stage enlarges what has a fixed size
  const narrow = width < NARROW && !staged;
  root.classList.toggle("narrow", narrow);
  const room = narrow ? width - SIGNS.narrow : width - SIGNS.wide - BARS;
  const side = staged ? SIDE.stage : clamp(Math.floor(room / 3), SIDE.min, SIDE.max);
  const size = sizeOf(view);
  const { picture, signs, steps } = scene.arrays;
  const after = signs ? stepped(picture.data, signs.data, size) : picture.data;
  const pictures = { before: picture.data, step: enlarged(picture.data, after, size), after };
  const shown = fitted(picture.shape, side);
  for (const [name, data] of Object.entries(pictures))
    paintPicture(sharpContext(find(`.${name} canvas`), shown[1], shown[0]), { data, shape: picture.shape }, side);
  setText(find(".step figcaption"), fill(text.step, { size }));
  for (const name of ["before", "step", "after"]) {
    find(`.${name}`).style.width = `${shown[1]}px`;
    find(`.${name} canvas`).setAttribute("aria-label", find(`.${name} figcaption`).textContent);
  }
  setText(find("label span"), fill(text.size, { size }));
  Object.assign(slider, { value: String(size), disabled: !steps });
  const { smallest, class_names: names, probabilities: before } = scene;
  setText(least, smallest === null ? text.none : fill(text.least, { smallest }));
  least.style.visibility = steps ? "" : "hidden"; // nobody knows yet whether one is
  switchOff(least, smallest === null || size === smallest);
  const count = names.length;
  const now = steps ? steps.data.subarray(size * count, (size + 1) * count) : before;
  const answerOf = (shares) => `${names[argmax(shares)]} ${chance(shares[argmax(shares)])}`;
  const fooled = argmax(now) !== scene.answer;
  setText(find(".before .answer"), answerOf(before));
  setText(find(".after .answer"), steps ? answerOf(now) : "");
  find(".after").classList.toggle("fooled", fooled);
  setText(find(".verdict"), steps ? verdict(view, size, fooled, names[argmax(now)]) : text.waiting);
  writeClassBars(view.rows, { names, now, before: size ? before : now, picked: selection.toward });
  Object.assign(root.dataset, { size: String(size), toward: String(selection.toward), fooled: String(fooled) });
  root.dataset.painted = scene.digest;
}

function verdict({ scene, text }, size, fooled, answer) {
  const { toward } = scene.selection; // of the steps that are shown: those toward a class just picked come later
  const values = { size, answer, name: scene.class_names[scene.answer] };
  const words = fill(fooled ? text.fooled : text.held, values);
  const away = toward === scene.answer;
  if (scene.smallest !== null) return words;
  const name = scene.class_names[toward];
  return `${words} ${away ? fill(text.none_away, { largest: scene.largest }) : fill(text.none_toward, { name, largest: scene.largest })}`;
}
