// The stepper moves over a scene that Python has computed. Results (outputs, sums, winners,
// geometry) are read from the payload; the only arithmetic here is patch x kernel.

import { density } from "../shared/canvas.js";
import { askedCell, CELL_ASKED } from "../shared/cell.js";
import { RECOLOURED, signedScale, themeOf } from "../shared/colours.js";
import { syncSelection } from "../shared/message.js";
import { savePicture } from "../shared/picture.js";
import { cancelTable } from "../shared/spoken_table.js";
import { addStepButtons } from "../shared/step_buttons.js";
import { go, onStepKey, refresh, STEPS, set } from "../shared/stepping.js";
import { typeFloor } from "../shared/type.js";
import { clamp, same } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { build, label, sideParts } from "./building.js";
import { invert } from "./geometry.js";
import { showChannel, touch } from "./moving.js";
import { paint } from "./painting.js";
import { cellAt } from "./position.js";

export default defineView(".stepper", mount, (view, { arrays, ...header }) => receive(view, { ...header, ...arrays }));

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    paint,
    stage: find(".stage"),
    math: find(".math"),
    outputsBox: find(".outputs"),
    links: {
      take: { lines: find("path.take"), tint: find("polygon.take") },
      give: { lines: find("path.give"), tint: find("polygon.give") },
    },
    input: sideParts(find("figure.input")),
    outputs: [],
    scrub: find(".scrub"),
    speed: find("select"),
    said: find(".said"),
    table: find(".spoken > table"),
    readout: find(".readout"),
    digest: null,
    step: 0, // the current output cell
    reached: 0, // the output cells up to this one are computed
    channel: 0,
    preview: null, // output cell under the pointer
    pointed: null, // input cell under the pointer
    pinned: null, // input cell clicked
    touched: null, // number cell under the pointer, as an index into the window
    playing: false,
    width: 0,
    ratio: 0, // canvas pixels in a CSS pixel
    floor: 0, // px: the smallest type
  };
  view.sync = syncSelection(view, life, {
    current: () => ({ cell: cellAt(view, view.step), channel: view.channel }),
    busy: () => view.playing,
  });

  on(root, "keydown", (event) => onKey(view, event));
  addStepButtons(view, life, { names: BUTTONS, actions: ACTIONS });
  on(view.scrub, "input", () => go(view, Number(view.scrub.value)));
  on(view.math, "pointerover", (event) => touch(view, event.target.closest?.("[data-kind]")));
  on(view.math, "pointerleave", () => touch(view, null));
  onCanvas(view, view.input, {
    hover: (cell) => set(view, "pointed", cell),
    click: (cell) => set(view, "pinned", same(cell, view.pinned) ? null : cell),
  });

  on(window, CELL_ASKED, () => view.scene && goToAsked(view));
  on(window, RECOLOURED, () => recolour(view));
  onResize(() => resized(view), root);
  view.onOutput = (output) =>
    onCanvas(view, output, {
      hover: (cell) => set(view, "preview", cell),
      click: (cell) => cell && go(view, cell[0] * view.outWidth + cell[1]),
    });
  onEnd(() => {
    cancelAnimationFrame(view.playFrame);
    cancelTable(view.table);
  });
  return view;
}

/** Pointer on a canvas: `hover` with the cell or null (mouse and pen), `click` (also a tap). Outputs are made again with
 *  each scene, so a canvas listens by itself: what `on` binds stays until the view ends. */
function onCanvas(view, part, { hover, click }) {
  const cellOf = (event) => {
    const [x, y] = pointerOn(part.base, event);
    const col = Math.floor(x / part.cell) - part.left;
    const row = Math.floor(y / part.cell) - part.top;
    const inside = row >= -part.top && col >= -part.left && row < part.rows - part.top && col < part.cols - part.left;
    return inside ? [row, col] : null;
  };
  part.layers.addEventListener("pointermove", (event) => event.pointerType !== "touch" && hover(cellOf(event)));
  part.layers.addEventListener("pointerleave", () => hover(null));
  part.layers.addEventListener("click", (event) => {
    view.root.focus({ preventScroll: true });
    click(cellOf(event));
  });
}

/** Read the payload from Python. The same scene again changes nothing. */
function receive(view, scene) {
  const first = view.digest === null;
  const renewed = scene.digest !== view.digest;
  if (renewed) {
    const [height, width] = scene.output_0.shape;
    const [i, j] = first ? [0, 0] : cellAt(view, view.step);
    const kept = !first && i < height && j < width;
    const [row, col] = kept ? [i, j] : scene.cell;
    const alike = kept && width === view.outWidth && height === view.outHeight;
    Object.assign(view, { scene, digest: scene.digest, text: scene.text, outHeight: height, outWidth: width });
    goTo(view, [row, col], alike ? view.reached : 0);
    view.channel = clamp(first ? scene.channel : view.channel, 0, scene.x.shape[2] - 1);
    view.steps = height * width;
    view.usersOfRow = invert(scene.rows);
    view.usersOfCol = invert(scene.cols);
    view.preview = view.pointed = view.pinned = view.touched = null;
    view.theme = view.layout = null; // all is redrawn, once the stage has a width
    label(view);
  }
  recolour(view);
  const wanted = view.sync.receive({ cell: scene.cell, channel: scene.channel });
  if (!first) follow(view, wanted);
  else goToAsked(view);
  if (renewed && !first) view.sync.changed();
}

/** Redraw all if the colours have changed. */
function recolour(view) {
  const theme = themeOf(view.root);
  if (theme === view.theme) return;
  view.theme = theme;
  view.signs = signedScale(view.root);
  view.width = 0; // forces a new layout
  resized(view);
}

/** Go to the cell that the lecture's sentence is about. */
function goToAsked(view) {
  const cell = askedCell();
  if (!cell) return;
  goTo(view, cell);
  go(view, view.step);
}

/** Go to a cell that was not stepped to: what comes after it is not computed yet, unless it was `reached`.
 *  @param {any} view
 *  @param {number[]} cell  row, column */
function goTo(view, [row, col], reached = 0) {
  view.step = clamp(row, 0, view.outHeight - 1) * view.outWidth + clamp(col, 0, view.outWidth - 1);
  view.reached = Math.max(reached, view.step);
}

/** Select the cell and channel that Python asks for. */
function follow(view, { cell, channel = view.channel }) {
  if (cell) {
    goTo(view, cell);
    refresh(view);
  }
  showChannel(view, channel);
}

function resized(view) {
  const width = Math.floor(view.stage.clientWidth);
  const [ratio, floor] = [density(), typeFloor()];
  const asBuilt = width === view.width && ratio === view.ratio && floor === view.floor;
  if (!view.scene || width < 1 || asBuilt) return;
  Object.assign(view, { width, ratio, floor });
  build(view);
}

const BUTTONS = ["first", "previousRow", "previous", "toggle", "next", "nextRow", "last"];
const ACTIONS = { ...STEPS, picture: (view) => takePicture(view) };

function onKey(view, event) {
  if (onStepKey(view, event) || event.key !== "Escape") return;
  view.pinned = null;
  refresh(view);
}

/** Save the stage and the sentence below it as a picture. */
function takePicture(view) {
  const { root, stage, said, scene } = view;
  const name = `cnnviz_${scene.name}_row${root.dataset.row}_column${root.dataset.col}.png`;
  return savePicture(root, [stage, said], name, () => resized(Object.assign(view, { width: 0 })));
}
