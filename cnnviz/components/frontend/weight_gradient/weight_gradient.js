// The gradient of one weight: at each position the input under the weight times the gradient there, added up;
// then the weight's step. The maps, the kernel and its gradients are Python's.

import { density } from "../shared/canvas.js";
import { RECOLOURED, signedScale, themeOf, tokenColour } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { fill } from "../shared/numbers.js";
import { setCamera } from "../shared/picture.js";
import { addStepButtons, nameStepButtons } from "../shared/step_buttons.js";
import { go, onStepKey, refresh } from "../shared/stepping.js";
import { clamp } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { paint, paintGrids } from "./painting.js";
import { limitOf, sumsOf } from "./sums.js";

const POSITIONS_PER_SECOND = 60;
const SIDE = { largest: 300, signs: 104 }; // px: a map, and all the signs between three
const NARROW = 620; // px below which the maps stand below each other

export default defineView(".weights", mount, (view, { arrays, ...header }) => receive(view, { ...header, ...arrays }));

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const part = (name) => ({ figure: find(`.stage .${name}`), canvas: find(`.stage .${name} canvas`) });
  const view = {
    root,
    find,
    paint,
    parts: { x: part("x"), upstream: part("upstream"), products: part("products") },
    grids: Object.fromEntries(["kernel", "gradient", "after"].map((name) => [name, { cells: [] }])),
    scrub: find(".scrub"),
    speed: { value: POSITIONS_PER_SECOND },
    digest: null,
    step: 0,
    weight: [0, 0],
    width: 0,
  };
  view.sync = syncSelection(view, life, {
    current: () => ({
      weight: view.weight,
      position: [Math.floor(view.step / view.outWidth), view.step % view.outWidth],
    }),
    busy: () => view.playing,
  });
  on(root, "keydown", (event) => {
    if (!event.target.matches(".gradient button")) onStepKey(view, event);
  });
  addStepButtons(view, life);
  on(view.scrub, "input", () => go(view, Number(view.scrub.value)));
  const gradient = find(".gradient .grid");
  on(gradient, "click", (event) => event.target.dataset.k && choose(view, Number(event.target.dataset.k)));
  on(gradient, "keydown", (event) => onGridKey(view, event));
  for (const { canvas } of [view.parts.upstream, view.parts.products]) {
    on(canvas, "click", (event) => {
      const [x, y] = pointerOn(canvas, event);
      const [rows, cols] = view.upstream.shape;
      const [row, col] = [Math.floor(y / view.cell), Math.floor(x / view.cell)];
      if (row < rows && col < cols) go(view, row * cols + col);
    });
  }
  on(window, RECOLOURED, () => restyle(view));
  onResize(() => resized(view), find(".stage"));
  onEnd(() => cancelAnimationFrame(view.playFrame));
  return view;
}

/** Read the payload from Python; the same again changes nothing. */
function receive(view, given) {
  const first = view.digest === null;
  const { digest, weight, position, ...rest } = given;
  const renewed = digest !== view.digest;
  const [rows, cols] = rest.upstream.shape;
  const old = first ? null : [Math.floor(view.step / view.outWidth), view.step % view.outWidth];
  Object.assign(view, rest, { digest, outWidth: cols, steps: rows * cols });
  if (renewed) {
    view.limits = { x: limitOf(view.x.data) || 1, upstream: limitOf(view.upstream.data) || 1 };
    if (old) view.step = clamp(old[0], 0, rows - 1) * cols + clamp(old[1], 0, cols - 1);
    view.weight = view.weight.map((k, axis) => clamp(k, 0, view.kernel.shape[axis] - 1));
    buildGrids(view);
  }
  const wanted = view.sync.receive({ weight, position });
  if (wanted.weight) view.weight = wanted.weight;
  if (wanted.position)
    view.step = clamp(wanted.position[0], 0, rows - 1) * cols + clamp(wanted.position[1], 0, cols - 1);
  label(view);
  summed(view);
  restyle(view);
}

/** Add up again for the weight that is chosen now. */
function summed(view) {
  view.sums = sumsOf(view, view.weight);
  view.limits.products = limitOf(view.sums.products) || 1;
}

function choose(view, k) {
  const cols = view.kernel.shape[1];
  view.weight = [Math.floor(k / cols), k % cols];
  summed(view);
  paintGrids(view);
  view.sync.changed();
  refresh(view);
}

/** Arrow keys in the grid of gradients choose the neighbour; there they do not move the position. */
function onGridKey(view, event) {
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const [rows, cols] = view.kernel.shape;
  const [row, col] = [clamp(view.weight[0] + by[0], 0, rows - 1), clamp(view.weight[1] + by[1], 0, cols - 1)];
  choose(view, row * cols + col);
  view.grids.gradient.cells[row * cols + col].focus();
}

function buildGrids(view) {
  const [rows, cols] = view.kernel.shape;
  for (const [name, grid] of Object.entries(view.grids)) {
    if (grid.cells.length === rows * cols && grid.cols === cols) continue;
    const holder = view.find(`.${name} .grid`);
    holder.style.setProperty("--across", cols);
    holder.style.setProperty("--size", rows > 5 || cols > 5 ? "20px" : "");
    grid.cells = Array.from({ length: rows * cols }, (_, k) => {
      const node = name === "gradient" ? make("button") : make("span");
      if (name === "gradient") Object.assign(node, { type: "button", role: "radio" });
      node.className = "number inline";
      node.dataset.k = String(k);
      return node;
    });
    grid.cols = cols;
    holder.replaceChildren(...grid.cells);
  }
}

function label(view) {
  const { text, find, names, parts, upstream, x, root } = view;
  root.setAttribute("aria-label", text.label);
  find(".gradient .grid").setAttribute("aria-label", text.choose);
  for (const [name, words] of Object.entries({ kernel: text.kernel, gradient: text.gradient, after: text.after }))
    setText(find(`.${name} figcaption`), words);
  const titles = { x: names.x, upstream: fill(text.upstream, { name: names.upstream }), products: text.products };
  for (const [name, { figure, canvas }] of Object.entries(parts)) {
    const [height, width] = name === "x" ? x.shape : upstream.shape;
    setText(figure.querySelector("b"), titles[name]);
    setText(figure.querySelector("span"), `${height} × ${width}`);
    canvas.setAttribute("aria-label", `${titles[name]} ${height} × ${width}`);
  }
  setText(find(".rule"), text.rule);
  setText(find(".keys"), text.keys);
  nameStepButtons(view);
  view.scrub.setAttribute("aria-label", text.position);
  setCamera(root, text.save_picture, "cnnviz_weight_gradient.png", () => paint(view));
}

function restyle(view) {
  view.theme = themeOf(view.root);
  view.signs = signedScale(view.root);
  view.focus = tokenColour(view.root, "accent");
  view.halo = tokenColour(view.root, "st-background-color");
  view.nothing = tokenColour(view.root, "st-secondary-background-color");
  view.width = 0;
  resized(view);
  paintGrids(view);
}

function resized(view) {
  const width = Math.floor(view.find(".stage").clientWidth);
  const ratio = density();
  if (!view.sums || width < 1 || (width === view.width && ratio === view.ratio)) return;
  const narrow = width < NARROW;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const room = narrow ? (width - 16) / 2 : (width - SIDE.signs * rem) / 3;
  const side = Math.min(room, SIDE.largest * rem);
  view.root.classList.toggle("narrow", narrow);
  Object.assign(view, { width, ratio, cell: side / Math.max(...view.upstream.shape) });
  for (const { figure } of Object.values(view.parts)) figure.style.width = `${side}px`; // captions wrap
  refresh(view);
}
