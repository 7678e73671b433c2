// A layer at every moment of its training. Python has sent all moments: kernels, maps, predictions; here
// the moment and the filter are picked, and their data are drawn.

import { RECOLOURED } from "../shared/colours.js";
import { make, setText, tag } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { fill } from "../shared/numbers.js";
import { setCamera } from "../shared/picture.js";
import { addStepButtons, nameStepButtons } from "../shared/step_buttons.js";
import { same } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { draw, drawNow } from "./drawing.js";
import { chosenBy, filtersOf, momentOf, tileAt } from "./moments.js";
import { ACTIONS, choose, go, momentAt, onKey, pause, point } from "./moving.js";

const SPEEDS = [1, 2, 4, 8]; // moments a second

export default defineView(".learning", mount, receive);

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    axis: find(".axis"),
    mosaics: { kernels: find(".kernels .mosaic"), maps: find(".maps .mosaic") },
    plans: {},
    strips: { kernels: make("canvas"), maps: make("canvas") },
    speed: find("select"),
    lines: [],
    cells: [],
    selection: null, // {step, filter, relu, scale}; filter is null unless the visitor has picked one
    pointed: null, // the filter under the pointer
    playing: false,
    dragging: false,
  };
  view.sync = syncSelection(view, life, {
    current: () => ({ ...view.selection }),
    busy: () => view.playing || view.dragging,
  });

  on(root, "keydown", (event) => onKey(view, event));
  addStepButtons(view, life, { actions: ACTIONS });
  on(find(".relu"), "click", (event) => {
    const choice = event.target.closest("button")?.dataset.relu;
    if (choice) choose(view, { relu: choice === "1" });
  });
  on(find(".colours"), "click", (event) => {
    const scale = event.target.closest("button")?.dataset.scale;
    if (scale) choose(view, { scale });
  });
  for (const group of root.querySelectorAll("[role=radiogroup]"))
    on(group, "keydown", (event) => {
      if (!event.key.startsWith("Arrow") || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation(); // here the arrows choose; they do not go through time
      const other = group.querySelector('[aria-checked="false"]');
      other.click();
      other.focus();
    });

  const { axis } = view;
  on(axis, "pointerdown", (event) => {
    if (event.button !== 0) return;
    axis.setPointerCapture(event.pointerId);
    view.dragging = true;
    pause(view);
    go(view, momentAt(view, event));
  });
  on(axis, "pointermove", (event) => view.dragging && go(view, momentAt(view, event)));
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"])
    on(axis, type, () => (view.dragging = false));

  for (const [name, canvas] of Object.entries(view.mosaics)) {
    on(
      canvas,
      "pointermove",
      (event) => event.pointerType === "mouse" && point(view, tileAt(view.plans[name], canvas, event)),
    );
    on(canvas, "pointerleave", () => point(view, null));
    on(canvas, "click", (event) => {
      const k = tileAt(view.plans[name], canvas, event);
      if (k !== null) choose(view, { filter: k });
    });
    on(canvas, "keydown", (event) => {
      const { across, count } = view.plans[name];
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation(); // here the arrows choose a filter; they do not go through time
      const next = chosenBy(view) + step;
      view.pointed = null; // a key press must be seen, wherever the pointer rests
      if (next >= 0 && next < count) choose(view, { filter: next });
    });
  }
  on(window, RECOLOURED, () => draw(view));
  onResize(() => draw(view), root, find(".growth"));
  onEnd(() => (view.playing = false));
  return view;
}

function receive(view, scene) {
  const { text } = scene;
  const { find } = view;
  const named = (/** @type {any} */ each) => [each?.class_names, each?.true_label, each?.text.true_label];
  const renamed = !same(named(scene), named(view.scene));
  const changed = scene.digest !== view.scene?.digest;
  Object.assign(view, { scene, text });
  if (changed) view.pointed = null;
  view.selection = { ...view.selection, ...view.sync.receive(scene.selection) };
  if (momentOf(view) < 0) view.selection.step = scene.moments[0].step; // of another recording
  if (chosenBy(view) >= filtersOf(view)) view.selection.filter = null;
  setCamera(view.root, text.save_picture, `cnnviz_learning_${scene.layer}.png`, () => drawNow(view));
  nameStepButtons(view);
  Object.assign(view.speed, { title: text.speed, ariaLabel: text.speed });
  const speed = view.speed.value || String(SPEEDS[view.still.matches ? 0 : 1]);
  view.speed.replaceChildren(...SPEEDS.map((n) => new Option(fill(text.speed_option, { n }), String(n))));
  view.speed.value = speed;
  const { axis } = view;
  Object.assign(axis, { ariaLabel: text.axis, ariaValueMax: String(scene.moments.length - 1) });
  const [rows, cols, inputs] = scene.size;
  const [size, n] = [`${rows}×${cols}×${inputs}`, filtersOf(view)];
  setText(find(".kernels h2"), fill(text.kernels, { layer: scene.title, n, size }));
  const slice = inputs > 1 ? text.kernels_slice : ""; // of a single channel there is nothing to choose
  setText(find(".kernels .note"), scene.rgb ? text.kernels_colour : slice);
  setText(find(".maps h2"), text.maps);
  find(".relu").hidden = !scene.relu;
  find(".relu").setAttribute("aria-label", text.relu);
  setText(find('[data-relu="0"]'), text.before_relu);
  setText(find('[data-relu="1"]'), text.after_relu);
  setText(find(".colours span"), text.colours);
  find(".colours").setAttribute("aria-label", text.colours);
  setText(find('[data-scale="training"]'), text.scale_training);
  setText(find('[data-scale="moment"]'), text.scale_moment);
  view.mosaics.kernels.setAttribute("aria-label", fill(text.kernels_label, { n }));
  view.mosaics.maps.setAttribute("aria-label", fill(text.maps_label, { n }));
  setText(find(".growth h2"), text.growth);
  setText(find(".answer h2"), text.answer);
  fillScales(view);
  fillCells(view);
  if (renamed) fillBars(view);
  draw(view);
}

/** One line for each class: its name, its bar, its number. */
function fillBars(view) {
  const { scene, text, root } = view;
  const list = root.querySelector(".answer ol");
  list.replaceChildren();
  view.lines = scene.class_names.map((name, k) => {
    const [row, label, track, bar, value] = [
      make("li"),
      make("span", "name", name),
      make("span", "track"),
      make("i"),
      make("span", "value"),
    ];
    if (k === scene.true_label) label.append(...tag(text.true_label));
    track.append(bar);
    row.append(label, track, value);
    list.append(row);
    return { row, bar, value };
  });
}

/** The colour scale below a mosaic: its two ends and, between them, all colours. */
function fillScales(view) {
  for (const box of view.root.querySelectorAll(".scale")) {
    if (box.firstChild) continue;
    const ramp = make("canvas");
    ramp.setAttribute("aria-hidden", "true");
    box.append(make("span", "low"), ramp, make("span", "high"));
  }
}

/** The enlarged slices of one filter: as one colour picture first, if it looks at the picture. */
function fillCells(view) {
  const { scene, root } = view;
  const count = scene.arrays.kernels.shape[2] + (scene.rgb ? 1 : 0);
  if (view.cells.length === count) return;
  const box = root.querySelector(".cells");
  box.replaceChildren();
  view.cells = Array.from({ length: count }, () => {
    const [figure, canvas, caption] = [make("figure"), make("canvas"), make("figcaption")];
    canvas.setAttribute("role", "img");
    figure.append(canvas, caption);
    box.append(figure);
    return { canvas, caption };
  });
}
