// From maps to probabilities: the scene of one unit, which Python has computed. Pointing, the
// cell of an entry, and softmax at any temperature are computed here; all else is looked up.

import { isDark, RECOLOURED, signedScale, themeOf } from "../shared/colours.js";
import { syncSelection } from "../shared/message.js";
import { setCamera } from "../shared/picture.js";
import { clamp } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { temperatureAt } from "./arithmetic.js";
import { build } from "./building.js";
import { resized } from "./layout.js";
import { paintDrop } from "./links.js";
import { entryInBand, entryInMaps, goTo, moveInBand, moveInMaps, setPreview, setTemperature } from "./moving.js";
import { paintSoftmax } from "./softmax.js";

export default defineView(".dense", mount, receive);

function mount(root, life) {
  const { on, find, onResize } = life;
  const part = (selector) => ({
    box: find(selector),
    layers: find(`${selector}.layers`) ?? find(`${selector} .layers`),
    base: find(`${selector} .base`),
    over: find(`${selector} .over`),
  });
  const view = {
    root,
    maps: part(".maps"),
    column: part(".column"),
    band: part(".band"),
    units: [], // one for each hidden dense layer
    answers: [],
    digest: null,
    preview: null, // the entry under the pointer
    touched: null, // the term under the pointer or the focus
    shift: false,
    width: 0,
    on,
  };
  view.sync = syncSelection(view, life, {
    current: () => ({ entry: view.entry, temperature: view.temperature }),
    message: (selection) => ({
      layer: view.scene.layers[view.scene.layer].name,
      unit: view.scene.unit,
      ...selection,
    }),
  });
  view.range = find(".knob input");
  on(view.range, "input", () => setTemperature(view, temperatureAt(Number(view.range.value))));
  on(find(".knob button"), "click", () => setTemperature(view, 1));
  on(find(".shift input"), "change", (event) => {
    view.shift = event.target.checked;
    paintSoftmax(view);
  });
  watchEntries(view, view.maps, (x, y) => entryInMaps(view, x, y), moveInMaps);
  watchEntries(view, view.band, (x, y) => entryInBand(view, x, y), moveInBand);
  on(window, RECOLOURED, () => recolour(view));
  onResize(() => resized(view), root);
  on(document, "scroll", () => view.width && requestAnimationFrame(() => paintDrop(view)), {
    capture: true,
    passive: true,
  });
  return view;
}

/** Pointer and keys on something that shows entries: `find` one at a point, `move` by a key. */
function watchEntries(view, { layers, base }, find, move) {
  const at = (event) => find(...pointerOn(base, event));
  view.on(layers, "pointermove", (event) => event.pointerType !== "touch" && setPreview(view, at(event)));
  view.on(layers, "pointerleave", () => setPreview(view, null));
  view.on(layers, "click", (event) => goTo(view, at(event)));
  view.on(layers, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const entry = move(view, event.key);
    if (entry === null) return;
    event.preventDefault();
    goTo(view, entry);
  });
}

/** Read the payload from Python. The same scene again changes nothing. */
function receive(view, scene) {
  const first = view.digest === null;
  const renewed = scene.digest !== view.digest;
  if (renewed) {
    Object.assign(view, { scene, digest: scene.digest, text: scene.text, size: scene.arrays.source.data.length });
    view.logits = scene.arrays[`values_${scene.layers.length - 1}`].data;
    view.entry = clamp(first ? scene.entry : view.entry, 0, view.size - 1);
    if (first) view.temperature = scene.temperature;
    view.preview = view.touched = null;
    build(view);
    setCamera(view.root, view.text.save_picture, "cnnviz_fully_connected.png", () =>
      resized(Object.assign(view, { width: 0 })),
    );
  }
  const { entry, temperature } = scene;
  const wanted = view.sync.receive({ entry, temperature });
  if (!first) Object.assign(view, wanted);
  if (renewed) view.theme = null; // all is redrawn
  recolour(view);
  paintSoftmax(view);
}

/** Redraw all if the colours have changed. */
function recolour(view) {
  const theme = themeOf(view.root);
  if (theme === view.theme) return;
  view.theme = theme;
  view.signs = signedScale(view.root);
  view.root.classList.toggle("dark", isDark(view.root));
  view.width = 0; // forces a new layout
  resized(view);
}
