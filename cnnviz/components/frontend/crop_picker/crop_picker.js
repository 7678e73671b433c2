// An uploaded picture with a frame round the part that is used.

import { darkenOutside, frameOf, sharpContext } from "../shared/canvas.js";
import { RECOLOURED, tokenColour } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { fill } from "../shared/numbers.js";
import { defineView, soon } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { fitted, largest, moved, scaled } from "./parts.js";

const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEPS = 40; // key presses across the picture
const FINEST = 32; // and changes of size

export default defineView(".crop", mount, receive);

function mount(root, life) {
  const { on, onResize } = life;
  const view = {
    root,
    canvas: root.querySelector("canvas"),
    slider: root.querySelector("input"),
    crop: null,
    dragged: null, // {from, crop}: where on the picture the pointer went down, and the part then
    bitmap: null,
    scale: 1,
  };
  view.sync = syncSelection(view, life, { current: () => ({ ...view.crop }), busy: () => view.dragged });
  on(view.canvas, "pointerdown", (event) => {
    view.canvas.setPointerCapture(event.pointerId);
    view.dragged = { from: pixelAt(view, event), crop: view.crop };
  });
  on(view.canvas, "pointermove", (event) => {
    if (!view.dragged) return;
    const { from, crop: begun } = view.dragged;
    const now = pixelAt(view, event);
    const crop = moved(view.scene, begun, now[0] - from[0], now[1] - from[1]);
    if (crop.left !== view.crop.left || crop.top !== view.crop.top) change(view, crop); // else less than a pixel yet
  });
  for (const end of ["pointerup", "pointercancel"])
    on(view.canvas, end, () => {
      view.dragged = null;
      view.sync.changed();
    });
  on(view.canvas, "keydown", (event) => {
    const [rows, cols] = view.scene.size;
    const step = Math.max(1, Math.round(Math.max(rows, cols) / STEPS));
    const way = KEYS[event.key];
    const more = { "+": 1, "=": 1, "-": -1 }[event.key];
    if ((!way && !more) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // no scrolling
    if (way) change(view, moved(view.scene, view.crop, way[0] * step, way[1] * step));
    else change(view, scaled(view.scene, view.crop, view.crop.height + more * Math.ceil(largest(view.scene) / FINEST)));
  });
  on(view.slider, "input", () => change(view, scaled(view.scene, view.crop, Number(view.slider.value))));
  on(window, RECOLOURED, () => soon(view, paint));
  onResize(() => soon(view, paint), root);
  return view;
}

/** The position of a pointer on the picture, in the picture's pixels. */
function pixelAt({ canvas, scale }, event) {
  return pointerOn(canvas, event).map((at) => at / scale);
}

function receive(view, scene) {
  const another = view.scene?.digest !== scene.digest;
  view.scene = scene;
  view.crop = fitted(scene, { ...view.crop, ...view.sync.receive(scene.crop) });
  view.canvas.setAttribute("aria-label", scene.text.frame);
  Object.assign(view.slider, { min: String(Math.min(scene.least, largest(scene))), max: String(largest(scene)) });
  if (another) {
    view.bitmap = view.dragged = null; // of the picture before
    createImageBitmap(new Blob([scene.arrays.picture.data.slice()], { type: "image/jpeg" })).then((bitmap) => {
      if (view.scene.digest !== scene.digest) return;
      view.bitmap = bitmap;
      paint(view);
    });
  }
  paint(view);
}

function change(view, crop) {
  view.crop = crop;
  view.sync.changed();
  soon(view, paint);
}

function paint(view) {
  const { root, scene, crop, canvas, bitmap } = view;
  const [rows, cols] = scene.size;
  if (!root.clientWidth) return;
  view.scale = Math.min(root.clientWidth / cols, root.clientWidth / rows);
  const [width, height] = [cols * view.scale, rows * view.scale];
  view.slider.value = String(crop.height);
  setText(root.querySelector("span"), fill(scene.text.size, { height: crop.height }));
  const context = sharpContext(canvas, width, height);
  context.clearRect(0, 0, width, height);
  if (!bitmap) return;
  context.drawImage(bitmap, 0, 0, width, height);
  const [x, y, w, h] = [crop.left, crop.top, crop.height * scene.ratio, crop.height].map((edge) => edge * view.scale);
  const part = { x, y, width: w, height: h };
  darkenOutside(context, width, height, part, 0.5);
  frameOf(context, tokenColour(root, "accent"), part);
  Object.assign(root.dataset, { drawn: scene.digest, left: crop.left, top: crop.top, height: crop.height });
}
