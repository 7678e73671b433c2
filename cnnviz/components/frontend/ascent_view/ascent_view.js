// An ascent from grey, step by step: the picture, the mean of the filter's map, and all pictures to go to.

import { paintPicture, paintThumbnail, sharpContext } from "../shared/canvas.js";
import { make, setText, shape } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { fill } from "../shared/numbers.js";
import { setCamera } from "../shared/picture.js";
import { go, onStepKey, refresh, STEPS } from "../shared/stepping.js";
import { clamp } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointsOf, written } from "./curve.js";

const SIDE = 260; // px of the large picture
const PICTURES_A_SECOND = 2.5;
const HEIGHT = 130; // px of the chart
const MARGIN = { left: 8, right: 12, top: 20, bottom: 22 };

export default defineView(".ascent", mount, receive);

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    find,
    paint,
    go: find(".go"),
    scrub: find(".scrub"),
    strip: find(".strip"),
    speed: { value: PICTURES_A_SECOND },
    digest: null,
    step: 0,
    steps: 1,
    outWidth: 1,
  };
  view.sync = syncSelection(view, life, { current: () => ({ picture: view.step }), busy: () => view.playing });
  on(view.go, "click", () => toggle(view));
  on(root, "keydown", (event) => {
    if (event.key === " " && event.target === view.scrub) {
      event.preventDefault();
      toggle(view);
    } else if (event.target !== view.go) onStepKey(view, event);
  });
  on(view.scrub, "input", () => go(view, Number(view.scrub.value)));
  on(view.strip, "click", (event) => {
    const chosen = [...view.strip.children].indexOf(event.target);
    if (chosen >= 0) go(view, chosen);
  });
  onResize(() => refresh(view), root);
  onEnd(() => cancelAnimationFrame(view.playFrame));
  return view;
}

/** Play, or stop; where nothing is to move by itself, the end is shown at once. */
function toggle(view) {
  if (view.still.matches) go(view, view.step === view.steps - 1 ? 0 : view.steps - 1);
  else STEPS.toggle(view);
}

function receive(view, scene) {
  const { digest, text, after, values, arrays } = scene;
  const renewed = digest !== view.digest;
  if (renewed && view.playing) STEPS.toggle(view);
  Object.assign(view, { digest, text, after, values, ...arrays, steps: after.length });
  const { picture } = view.sync.receive(scene.selection);
  if (picture !== undefined) view.step = picture;
  view.step = clamp(view.step, 0, view.steps - 1);
  view.root.setAttribute("aria-label", text.label);
  view.scrub.setAttribute("aria-label", text.picture);
  setText(view.find(".means figcaption"), text.means);
  setCamera(view.root, text.save_picture, "cnnviz_ascent.png", () => paint(view));
  if (renewed) view.strip.replaceChildren(...after.map((_, k) => thumbnail(view, k)));
  refresh(view);
}

/** A picture to go to by a tap; by keyboard and by ear there is the slider. */
function thumbnail({ pictures }, k) {
  const canvas = make("canvas");
  paintThumbnail(canvas, pictures, k);
  return canvas;
}

function paint(view) {
  const { root, find, text, step, steps, pictures, after, values, scrub, strip, playing } = view;
  if (!root.clientWidth) return;
  const [, height, width] = pictures.shape;
  const size = 3 * height * width;
  const canvas = find(".large canvas");
  const data = pictures.data.subarray(step * size, (step + 1) * size);
  paintPicture(sharpContext(canvas, SIDE, SIDE), { data, shape: [height, width, 3] }, SIDE);
  const words = fill(text.after, { n: after[step], value: values[step] });
  canvas.setAttribute("aria-label", words);
  setText(find(".large figcaption"), words);
  setText(view.go, playing ? text.pause : text.play);
  Object.assign(scrub, { max: String(steps - 1), value: String(step), disabled: steps < 2 });
  view.go.disabled = steps < 2;
  scrub.setAttribute("aria-valuetext", words);
  if (!playing) setText(find(".said"), words);
  [...strip.children].forEach((canvas, k) => {
    canvas.classList.toggle("chosen", k === step);
    canvas.title = fill(text.after, { n: after[k], value: values[k] });
  });
  paintMeans(view);
  Object.assign(root.dataset, { painted: view.digest, step, after: after[step], playing: Boolean(playing) });
}

/** The mean of the filter's map by step: past steps, future steps, and the current one. */
function paintMeans({ find, text, step, steps, after, values, means }) {
  const svg = find(".means svg");
  const width = svg.clientWidth - MARGIN.left - MARGIN.right;
  const box = { left: MARGIN.left, top: MARGIN.top, width, height: HEIGHT - MARGIN.top - MARGIN.bottom };
  svg.setAttribute("height", String(HEIGHT));
  svg.setAttribute("aria-label", fill(text.rises, { first: values[0], last: values[steps - 1], n: after[steps - 1] }));
  const points = pointsOf(after, means.data, box);
  const floor = MARGIN.top + box.height;
  const [x, y] = points[step];
  const right = x > box.left + 0.8 * width;
  svg.replaceChildren(
    shape("line", { class: "axis", x1: box.left, x2: box.left + width, y1: floor, y2: floor }),
    shape("text", { x: box.left, y: HEIGHT - 4 }, "0"),
    shape("text", { x: box.left + width, y: HEIGHT - 4, "text-anchor": "end" }, String(after[steps - 1])),
    shape("polyline", { points: written(points) }),
    shape("polyline", { class: "climbed", points: written(points.slice(0, step + 1)) }),
    shape("circle", { cx: x, cy: y, r: 6 }),
    shape(
      "text",
      { x: right ? x - 2 : x + 4, y: Math.max(y - 10, 12), "text-anchor": right ? "end" : "start" },
      values[step],
    ),
  );
}
