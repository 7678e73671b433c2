// The feature grid: draws the scene that `payload` in __init__.py packs, and moves over it.
// Of the numbers it computes none but what ReLU and max-pooling make of maps; it looks all others up.

import { density } from "../shared/canvas.js";
import { RECOLOURED, themeOf } from "../shared/colours.js";
import { send } from "../shared/message.js";
import { unpack } from "../shared/payload.js";
import { keepView } from "../shared/view.js";
import { hearAsk, watchAnswer } from "./answer.js";
import { buildCards, writeWords } from "./cards.js";
import { decode, maxPool, relu } from "./coding.js";
import { drillDown } from "./drill_door.js";
import { gridHost } from "./drill_host.js";
import { fetchFromServer, fetchKernelsAhead, fetchMapsAhead, prepare, renewNumbers } from "./drill_numbers.js";
import { sameBytes } from "./geometry.js";
import { endPrelude, fitJourney, hearJourney, newJourney, rewindJourney, watchJourney } from "./journey.js";
import { arrange } from "./layout.js";
import { paintMaps } from "./maps.js";
import { watchLens, watchPicture } from "./pointing.js";
import { skipsOf } from "./routes.js";
import { showPosition } from "./selection.js";
import { drawSkips, lightSkips } from "./skips.js";
import { firstPosition, invalidate, openPage, positionByName } from "./state.js";

let introduced = false; // once for each time that the app is loaded

export default function (component) {
  const { data } = component;
  const view = keepView(component, ".grid", createView);
  view.fetchFile = component.fetchFile ?? fetchFromServer;
  if (!view.bytes || !sameBytes(view.bytes, data)) showScene(view, data);
  else if (view.theme !== themeOf(view.root)) invalidate(view, "maps");
  return view.end;
}

function createView(root, { on, find, onResize, onEnd }) {
  const view = {
    root,
    flow: find(".flow"),
    cards: [],
    position: null, // {layer: index, map, row, col}
    pixel: null, // the pixel of the input picture under the pointer
    scale: "layer",
    stale: new Set(), // what the next frame must draw
    journey: newJourney(),
    prelude: null,
    touch: matchMedia("(hover: none)").matches,
    on,
    draw: () => drawFrame(view),
  };
  on(window, RECOLOURED, () => invalidate(view, "maps"));
  const isArranged = () => root.clientWidth === view.width && density() === view.ratio;
  onResize(() => isArranged() || invalidate(view, "layout"), root);
  onResize(() => view.plan && drawSkips(view), view.flow); // another font makes cards higher
  onEnd(() => {
    clearTimeout(view.resting);
    clearTimeout(view.speaking);
    cancelAnimationFrame(view.journey.frame);
    cancelAnimationFrame(view.prelude?.frame);
    for (const timer of [view.preparing, view.remembering]) clearTimeout(timer);
    view.opening = null; // a map that is on its way does not open any more
  });
  for (const turnedTo of ["pointermove", "pointerdown", "focusin"])
    on(root, turnedTo, () => {
      drillDown.ahead(view);
      fetchMapsAhead(view);
    });
  for (const turnedTo of ["pointermove", "focusin"]) on(view.flow, turnedTo, () => fetchConnections(view));
  on(root, "pointerdown", (event) => (view.touch = event.pointerType === "touch"));

  const name = `scale-${Math.random().toString(36).slice(2)}`; // radios of two grids must not mix
  for (const radio of root.querySelectorAll(".scale input")) {
    radio.name = name;
    on(radio, "change", () => {
      view.scale = radio.value;
      send(view, "scale", radio.value);
      invalidate(view, "maps");
    });
  }
  watchJourney(view, find);
  watchAnswer(view);
  on(find(".picture"), "click", () => takePicture(view));
  on(find(".open"), "click", () => openPage(view));
  watchLens(view, find(".lens canvas"));
  watchPicture(view, find(".input canvas"));
  drillDown.watch(view, gridHost(view));
  return view;
}

/** Begin the prelude for who has come without a link to anything, and for the first time. Only they fetch it; the first
 *  frame is its first already, so that nothing is seen that is then taken away again. */
function beginPrelude(view) {
  const layer = view.layers[view.position.layer];
  const sweeps = layer.part === "conv" && layer.takes[0] === null && !layer.isVector;
  if (introduced || view.scene.ask !== "first" || !view.asks || view.still.matches || !sweeps) return;
  introduced = true;
  view.prelude = { sweeping: true, t: 0, before: 0, rest: view.position };
  view.position = { ...view.position, row: 0, col: 0 };
  view.root.classList.add("prelude");
  import("./prelude.js").then(
    ({ playPrelude }) => playPrelude(view),
    () => endPrelude(view),
  );
}

/** Draw what the chosen map is made of from when the visitor turns to the maps. Only they fetch it. */
function fetchConnections(view) {
  if (view.connecting || !view.scene.drill) return;
  view.connecting = true;
  import("./connections.js").then(
    ({ beginConnections }) => beginConnections(view),
    () => (view.connecting = false),
  );
}

/** The values of each layer, map after map; those of some are made of the layer's that they take. */
function valuesOf({ layers, arrays }) {
  const all = [];
  for (const { name, output_shape: shape, derived, window, takes } of layers) {
    const coded = (part) => arrays[`${name}.${part}`].data;
    const [source, before] = [all[takes[0]], layers[takes[0]]?.output_shape];
    if (derived === "relu") all.push(relu(source));
    else if (derived) all.push(maxPool(source, [before[2], before[0], before[1]], window, shape));
    else if (name in arrays) all.push(arrays[name].data);
    else {
      const [bits, lows, widths, parts, wholes] = ["bits", "lows", "widths", "parts", "wholes"].map(coded);
      all.push(decode(bits, lows, widths, parts, wholes, shape[0] * shape[1]));
    }
  }
  return all;
}

function showScene(view, bytes) {
  const scene = unpack(bytes);
  endPrelude(view);
  clearTimeout(view.resting); // what the pointer was about to select may not be there any more
  view.bytes = bytes.slice();
  const before = view.position && { ...view.position, name: view.layers[view.position.layer].name };
  view.scene = scene;
  const [rows, cols] = scene.arrays.image.shape;
  view.picture = { canvas: null, rows, cols, side: Math.max(rows, cols) };
  view.text = scene.text;
  const values = valuesOf(scene);
  view.layers = scene.layers.map((layer, index) => {
    const shape = layer.output_shape; // [H, W, C] or [n]
    const [height, width, count] = shape.length === 3 ? shape : [1, shape[0], 1];
    const data = values[index];
    const range = scene.arrays[`${layer.name}.range`].data;
    const signed = range.some((value, k) => k % 2 === 0 && value < 0);
    const isVector = shape.length === 1;
    return { ...layer, index, data, count, height, width, range, signed, isVector };
  });
  // one chain: layers whose map k is made of map k of the layer before
  view.layers.forEach((layer, k) => {
    const source = view.layers[layer.takes[0]];
    const follows = source && layer.channelwise && source.count === layer.count && !layer.isVector;
    layer.chain = follows ? source.chain : k;
  });
  view.skips = skipsOf(view.layers);
  const structure = JSON.stringify([
    scene.language,
    scene.before,
    view.layers.map((l) => [l.name, l.output_shape]),
    view.skips,
  ]);
  renewNumbers(view);
  const spoken = view.spokenIn !== scene.language; // then what is open is built again, and stays open
  const drilled = Boolean(view.drill) && spoken && before && view.layers.some(({ name }) => name === before.name);
  view.spokenIn = scene.language;
  if (structure !== view.structure) drillDown.close(view);
  if (structure !== view.structure) buildCards(view);
  view.structure = structure;

  if (scene.scale !== view.heardScale) {
    view.heardScale = view.scale = scene.scale;
    for (const radio of view.root.querySelectorAll(".scale input")) radio.checked = radio.value === scene.scale;
  }
  const wish = JSON.stringify(scene.selected);
  const asked = scene.selected && wish !== view.wish; // a re-run with the same wish is no new wish
  view.wish = wish;
  view.position =
    (asked && positionByName(view, scene.selected)) || (before && positionByName(view, before)) || firstPosition(view);
  hearAsk(view);
  beginPrelude(view);
  if (view.filmed !== scene.digest) {
    rewindJourney(view);
    view.opening = null; // it was to be of the picture before
    view.host.showMessage("");
  }
  view.filmed = scene.digest;
  Object.assign(view.root.dataset, { image: scene.digest, layers: view.layers.length });
  view.root.lang = scene.language;
  writeWords(view);
  view.stale = new Set(["layout"]);
  drawFrame(view); // at once: the maps are part of the very first frame
  if (((asked && scene.drill?.open) || drilled) && !view.drill)
    view.opened = drillDown.open(view, view.position, { grow: false });
}

export function drawFrame(view) {
  cancelAnimationFrame(view.frame);
  view.frame = 0;
  if (!view.scene || !view.root.clientWidth) return; // hidden: the observer calls when there is room
  const { stale } = view;
  view.stale = new Set();
  if (stale.has("layout")) arrange(view);
  if (stale.has("layout") || stale.has("maps")) paintMaps(view);
  if (stale.has("layout")) drawSkips(view);
  if (stale.has("layout") || stale.has("maps")) {
    fitJourney(view);
    drillDown.renew(view);
  }
  view.connect?.(); // before what is written moves anything: it measures
  showPosition(view);
  lightSkips(view);
  hearJourney(view);
  prepare(view, view.position);
  if (view.root.dataset.painted !== view.scene.digest) {
    const { digest } = view.scene;
    // two frames on, what was just drawn has reached the screen
    requestAnimationFrame(() => requestAnimationFrame(() => finish(view, digest)));
  }
}

/** The maps are on the screen: now there is time for what a click will need. */
async function finish(view, digest) {
  await view.opened; // what a link opens is part of what is seen
  if (view.scene.digest !== digest) return;
  view.root.dataset.painted = digest;
  fetchKernelsAhead(view);
}

/** Save the whole grid as a picture. */
async function takePicture(view) {
  const { savePicture } = await import("../shared/picture.js"); // by those who want one
  const parts = [...view.root.querySelectorAll(".band, .flow")];
  return savePicture(view.root, parts, "cnnviz_feature_maps.png", () => {
    view.stale.add("layout");
    drawFrame(view);
  });
}
