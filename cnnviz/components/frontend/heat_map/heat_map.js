// A heat map over a picture. Python has computed the map and its parts; here it is laid over the picture,
// and any one of its numbers is taken apart.

import { makeClassBars, pickClasses } from "../shared/class_bars.js";
import { RECOLOURED } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { select, syncSelection } from "../shared/message.js";
import { setCamera } from "../shared/picture.js";
import { clamp, same } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { draw, drawNow } from "./drawing.js";

const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export default defineView(".heat", mount, receive);

function mount(root, life) {
  const { on, find, onResize } = life;
  const view = {
    root,
    bare: find(".bare canvas"),
    over: find(".over canvas"),
    slider: find(".opacity input"),
    ramp: find(".scale canvas"),
    bars: find(".bars"),
    rows: [],
    selection: null, // {row, col, opacity, target}
    pointed: null, // [row, col] of the cell under the pointer
  };
  view.sync = syncSelection(view, life, { current: () => ({ ...view.selection }) });
  on(view.slider, "input", () => change(view, { opacity: Number(view.slider.value) }));
  for (const canvas of [view.over, view.bare]) {
    on(canvas, "click", (event) => {
      const [row, col] = cellAt(view, canvas, event);
      change(view, { row, col });
    });
    on(canvas, "pointermove", (event) => event.pointerType !== "touch" && point(view, cellAt(view, canvas, event)));
    on(canvas, "pointerleave", () => point(view, null));
  }
  on(view.over, "keydown", (event) => {
    const step = KEYS[event.key];
    if (!step || !view.scene.arrays.values || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // no scrolling
    const [rows, cols] = view.scene.arrays.values.shape;
    const { row, col } = view.selection;
    change(view, { row: clamp(row + step[0], 0, rows - 1), col: clamp(col + step[1], 0, cols - 1) });
  });
  pickClasses(view.bars, {
    on,
    rows: () => view.rows,
    picked: () => view.selection.target,
    pick: (target) => choose(view, target),
  });
  on(window, RECOLOURED, () => draw(view));
  onResize(() => draw(view), root);
  return view;
}

function receive(view, scene) {
  const { text } = scene;
  const renamed = !same(scene.class_names, view.scene?.class_names);
  view.scene = scene;
  view.text = text;
  view.selection = { ...view.selection, ...view.sync.receive(scene.selection) };
  if (scene.arrays.values) {
    const [rows, cols] = scene.arrays.values.shape;
    const { row, col } = view.selection;
    Object.assign(view.selection, { row: Math.min(row, rows - 1), col: Math.min(col, cols - 1) });
  }
  view.pointed = null;
  const { find } = view;
  setCamera(view.root, text.save_picture, `cnnviz_${scene.method}.png`, () => drawNow(view));
  setText(find(".opacity span"), text.opacity);
  setText(find(".answers h2"), text.answers);
  view.bars.setAttribute("aria-label", text.classes);
  if (renamed) view.rows = makeClassBars(view.bars, scene.class_names);
  view.slider.value = String(view.selection.opacity);
  draw(view);
}

function change(view, fields) {
  if (select(view, fields)) draw(view);
}

/** Another class is another map: Python gets it at once. */
function choose(view, target) {
  if (view.selection.target === target) return;
  view.selection.target = target;
  view.sync.send();
  draw(view);
}

function point(view, cell) {
  if (same(cell, view.pointed) || (cell && !view.scene.arrays.values)) return;
  view.pointed = cell;
  draw(view);
}

/** The cell under the pointer, the nearest one if it is outside.
 *  @param {Record<string, any>} view
 *  @param {HTMLCanvasElement} canvas
 *  @param {PointerEvent} event
 *  @returns {[number, number]} */
function cellAt({ scene, size }, canvas, event) {
  const [rows, cols] = scene.arrays.values?.shape ?? [1, 1];
  const [x, y] = pointerOn(canvas, event);
  return [clamp(Math.floor((y / size[0]) * rows), 0, rows - 1), clamp(Math.floor((x / size[1]) * cols), 0, cols - 1)];
}
