// A map opened where it is: the maps that it comes from, and how one of its numbers is made of theirs.

import { headerHeight, setText } from "../shared/elements.js";
import { keepLayers, layOver } from "../shared/layers.js";
import { send } from "../shared/message.js";
import { cancelTable } from "../shared/spoken_table.js";
import { boxOf, pointerOn, zoomOf } from "../shared/zoom.js";
import {
  meanOf,
  numberAt,
  opAt,
  orderOf,
  partOf,
  sourcesOf,
  stopsOf,
  sumsOf,
  termsOf,
  winnerOf,
} from "./drill_math.js";
import { addPanel, writePanel } from "./drill_panel.js";
import { buildDrill, buildInto, measureDrill, paintDrill, windowOf } from "./drill_view.js";
import { within } from "./geometry.js";
import { openPage } from "./state.js";

const GROW_MS = 220;
const LINK_MS = 1200; // after the last move, until the position goes into the link
const PADDING = { wide: 18, narrow: 10 };
const LEAST_HEIGHT = 220;
const NARROW = 640; // px: of a phone, whose screen it fills

/** The substitute for `MapOps.describe` where the computation of a layer's maps is unknown. */
const unknownOp = ({ window, takes, channelwise }, inputs) => ({
  operation: "other",
  size: window?.size ?? [1, 1],
  stride: window?.stride ?? [1, 1],
  start: window?.start ?? [0, 0],
  dilation: [1, 1],
  inserted: [1, 1],
  channels: channelwise ? takes.length : inputs[0].count,
  sources: channelwise ? "own" : "all",
  digits: { x: 2, sum: 3 },
});

/** Put a drill-down over a view, which has a host. */
function addDrill(view) {
  const node = addPanel(view.root);
  const find = (selector) => node.querySelector(selector);
  view.panel = node;
  Object.assign(node, { find, padding: PADDING.wide });
  const on = (selector, type, handler) => view.on(find(selector), type, handler);
  on(".drill-back", "click", () => back(view));
  on(".drill-close", "click", () => closeDrill(view));
  on(".drill-own", "click", () => openPage(view));
  on(".drill-next", "click", () => walk(view, 1));
  on(".drill-previous", "click", () => walk(view, -1));
  on(".drill-more", "click", () => {
    view.drill.all = !view.drill.all;
    rebuild(view);
  });
  on(".drill-parts", "click", (event) => openSource(view, event));
  view.on(node, "keydown", (event) => onKey(view, event));
  const canvas = find(".drill-into canvas");
  const follow = (event) => view.drill?.step < 0 && moveTo(view, positionUnder(view, canvas, event));
  view.on(canvas, "pointermove", (event) => {
    if (event.pointerType !== "touch" || event.buttons) follow(event);
  });
  view.on(canvas, "pointerdown", (event) => {
    follow(event);
    if (event.pointerType === "touch") canvas.setPointerCapture(event.pointerId);
  });
  view.on(canvas, "click", () => {
    if (!view.drill) return; // a run has closed it while a finger was down
    if (!view.touch) walk(view, 1);
    else if (view.drill.step < 0) resort(view);
  });
}

/** Open the drill-down of a position: `open` in drill_door.js. */
export async function openDrill(view, position, options = {}) {
  const levels = [...(view.drill?.levels ?? []), position];
  const opening = {};
  view.opening = opening;
  const { ready, failed, showMessage } = view.host;
  showMessage("");
  const there = !ready || (await ready(position));
  if (view.opening !== opening) return;
  view.opening = null;
  if (there) open(view, levels, options);
  else if (failed(view.layers[position.layer], numberOf(view, position))) {
    const words = view.scene.drill.text.missing_numbers;
    if (view.drill) setText(view.panel.find(".drill-said"), words);
    else showMessage(words);
  }
}

function open(view, levels, { grow = true }) {
  const position = levels.at(-1);
  if (!view.panel) addDrill(view);
  const from = grow && !view.still.matches ? tileBox(view, position) : null;
  show(view, levels);
  if (grow && (view.touch || view.root.clientWidth < NARROW)) layOver(layerOf(view));
  view.host.fetchFor(position.layer, numberOf(view, position));
  if (from) growFrom(view, from);
  view.panel.find(".drill-into canvas").focus({ preventScroll: true });
}

/** An open map, for the browser's Back: there it is what fills the screen. */
const layerOf = (view) => ({
  isThere: () => view.root.isConnected && Boolean(view.drill),
  close: () => leaveLevel(view),
});

/** Show the last of the levels. */
function show(view, levels) {
  const position = levels.at(-1);
  const layer = view.layers[position.layer];
  const op =
    layer.drill ??
    unknownOp(
      layer,
      layer.takes.map((at) => view.host.mapsOf(at ?? -1)),
    );
  view.drill = { levels, position, layer, op, step: -1, all: false, painted: performance.now() };
  const { panel, root } = view;
  writePanel(panel, view.scene.drill.text);
  panel.hidden = false;
  root.classList.add("drilling");
  view.host.select(position);
  settle(view);
  rebuild(view);
  remember(view);
}

/** The number of a position's map: of a vector, that of its entry. */
const numberOf = (view, { layer, map, col }) => (view.layers[layer].isVector ? col : map);

/** Put the panel where the visitor looks: below what sticks to the top of the page. */
function settle(view) {
  const { panel, root } = view;
  const zoom = zoomOf(root);
  const header = headerHeight();
  const { top } = boxOf(root);
  const room = (window.innerHeight - header) / zoom;
  const narrow = root.clientWidth < NARROW;
  panel.padding = narrow ? PADDING.narrow : PADDING.wide;
  panel.style.padding = `${panel.padding}px`;
  panel.style.top = `${header / zoom - top + (narrow ? 0 : 6)}px`;
  panel.style.minHeight = `${Math.max(LEAST_HEIGHT, room - (narrow ? 70 : 16))}px`;
  panel.height = Math.max(LEAST_HEIGHT, room - (narrow ? 330 : 206));
}

/** Rebuild the open panel for the current size and colours. */
export function rebuild(view) {
  const { drill, panel, root } = view;
  compute(view, true);
  buildDrill(view);
  limitParts(view);
  paintDrill(view);
  measureDrill(view);
  paintDrill(view);
  root.style.minHeight = `${panel.offsetTop + panel.offsetHeight + 12}px`;
  root.dataset.drill = [drill.layer.name, drill.position.map, drill.position.row, drill.position.col].join();
}

/** Draw an open drill-down again after a change of size, theme or picture. */
export function renewDrill(view) {
  if (!view.layers[view.drill.position.layer]) return closeDrill(view);
  const { levels, step, all } = view.drill;
  const { position } = view.drill;
  show(view, [...levels.slice(0, -1), position]);
  Object.assign(view.drill, { step: Math.min(step, view.drill.stops.length - 1), all });
  rebuild(view);
  view.host.fetchFor(position.layer, numberOf(view, position));
}

/** Numbers have arrived. */
export function refill(view) {
  const { drill } = view;
  compute(view, drill.step < 0 && !drill.sorted);
  limitParts(view);
  paintDrill(view);
  measureDrill(view); // there may be more lines now
  paintDrill(view);
}

/** More of what is drawn has arrived: pictures, or the open map. */
export function repaintDrill(view) {
  view.drill.painted = performance.now();
  buildInto(view);
  refill(view);
}

/** All numbers of the current cell. `sort`: whether those that contribute most come first anew. */
function compute(view, sort) {
  const { drill } = view;
  const { layer, position } = drill;
  const map = numberOf(view, position);
  const [i, j] = layer.isVector ? [0, 0] : [position.row, position.col];
  drill.inputs = layer.takes.map((at) => view.host.mapsOf(at ?? -1));
  drill.op = opAt(drill.op, map, i, j, drill.inputs[0]);
  const { op } = drill;
  drill.sources = sourcesOf(op, map);
  const found = view.host.kernelOf(layer, map);
  const isFormula = op.operation === "terms"; // then what is fetched are its constants
  drill.kernel = isFormula ? null : (found?.kernel ?? null);
  drill.constants = isFormula && op.file ? (found?.kernel ?? null) : [];
  drill.terms = termsOf(op, drill.inputs[0], i, j, map);
  drill.bias = found?.bias ?? 0;
  drill.there = view.host.has?.() ?? true;
  drill.ready = drill.there && (!op.file || Boolean(found?.kernel));
  drill.scales = op.channels === 1 && op.size[0] * op.size[1] === 1;
  drill.window = windowOf(drill);
  drill.xLimit = Math.max(...layer.takes.map((at) => view.layers[at ?? -1]?.largest ?? 1)) || 1;
  drill.sums = sumsOf(op, drill.sources, drill.inputs, drill.kernel, i, j);
  const own = view.host.mapsOf(layer.index);
  drill.exact = own.exact && drill.inputs.every(({ exact }) => exact);
  drill.value = numberAt(own, map, i, j);
  if (sort || !drill.order) {
    drill.sorted = drill.ready;
    const room = drill.slots?.length && !drill.all ? drill.slots.length : 0;
    // of what is added up to three each keeps its position
    drill.order = op.operation === "softmax" ? orderOfClasses(view, map) : orderOf(drill.sums, Math.max(room, 3));
  }
  drill.cell = [i, j];
  if (op.operation === "softmax") {
    const most = Math.max(...drill.sums);
    const powers = drill.sums.map((value) => Math.exp(value - most));
    const total = powers.reduce((sum, value) => sum + value, 0);
    drill.shares = powers.map((value) => value / total);
  }
}

/** Classes as they are; if they are too many to be shown at all, the one that is open, then the most probable ones. */
function orderOfClasses({ drill: { sums }, host }, open) {
  const all = sums.map((_, k) => k);
  if (sums.length <= host.most) return all;
  return [open, ...orderOf(sums.map(Math.exp), 0).filter((k) => k !== open)];
}

/** The parts that have a row, and what the others add. */
function limitParts(view) {
  const { drill } = view;
  const { op, sources, inputs, kernel, order, slots, sums, bias } = drill;
  const [i, j] = drill.cell;
  const shown = order.slice(0, slots.length);
  drill.parts = shown.map((k) => partOf(op, sources[k], k, inputs[sources[k].input], kernel, i, j));
  const others = order.slice(slots.length);
  drill.rest = { count: others.length, sum: others.reduce((sum, k) => sum + sums[k], 0) };
  drill.largestProduct = Math.max(1e-9, ...drill.parts.flatMap(({ products }) => products ?? []).map(Math.abs));
  drill.winner = op.operation === "max" ? winnerOf(drill.parts[0].patch).at : -1;
  drill.sum = totalOf(drill, bias);
  drill.failed = Boolean(op.file) && view.host.failed(drill.layer, numberOf(view, drill.position));
  const products = drill.plan.w && kernel ? op.size[0] * op.size[1] : 0;
  const added = op.operation === "conv";
  drill.stops = stopsOf({
    parts: drill.parts.length,
    cells: products > 1 ? products : 0,
    rest: added && drill.rest.count > 0,
    bias: added && bias !== 0,
  });
}

/** The result of the parts, computed here, to be compared with the map's own number. */
function totalOf({ op, parts, sums, shares, position, value }, bias) {
  const [{ patch }] = parts;
  if (op.operation === "conv") return sums.reduce((sum, each) => sum + each, 0) + bias;
  if (op.operation === "max") return winnerOf(patch).value;
  if (op.operation === "average") return meanOf(patch).value;
  if (op.operation === "softmax") return shares[position.col];
  if (op.sign) return sums.reduce((product, each) => product * each, 1);
  return value;
}

/** Go to a cell of the open map; a vector's is another number, made by other weights. */
function moveTo(view, position) {
  const { drill } = view;
  if (!position || ["map", "row", "col"].every((part) => position[part] === drill.position[part])) return;
  drill.position = position;
  drill.levels[drill.levels.length - 1] = position;
  drill.step = -1;
  view.host.select(position);
  view.host.follow?.();
  if (drill.layer.isVector) {
    view.host.fetchFor(position.layer, position.col);
    drill.painted = performance.now();
    view.panel.find(".drill-title").textContent = "";
    rebuild(view);
  } else {
    compute(view, false);
    limitParts(view);
    view.root.dataset.drill = [drill.layer.name, position.map, position.row, position.col].join();
    paintDrill(view);
  }
  remember(view);
}

/** Those that contribute most to this cell come first. */
function resort(view) {
  compute(view, true);
  limitParts(view);
  paintDrill(view);
}

/** One stop on or back, from the first product to the result. */
function walk(view, by) {
  const { drill } = view;
  if (drill.step < 0 && by > 0) resort(view);
  const next = drill.step + by;
  drill.step = next >= drill.stops.length || next < 0 ? -1 : next;
  paintStep(view);
}

/** Paint where a walk is; what is not shown yet may leave room for longer lines. */
function paintStep(view) {
  paintDrill(view);
  measureDrill(view);
  paintDrill(view);
}

/** One level up: out of the steps, out of this map. */
export function back(view) {
  const { drill } = view;
  view.opening = null;
  if (drill.step >= 0) {
    drill.step = -1;
    paintStep(view);
  } else leaveLevel(view);
}

/** Out of this map, to the one that it was opened from. */
function leaveLevel(view) {
  const { levels } = view.drill;
  if (levels.length === 1) return closeDrill(view);
  show(view, levels.slice(0, -1));
  keepLayers(levels.length - 1);
  view.panel.find(".drill-into canvas").focus({ preventScroll: true });
}

/** Back to the grid: the focus returns to the map. */
export function closeDrill(view) {
  const { drill, panel, root } = view;
  view.opening = null;
  const [position] = drill.levels;
  const had = panel.contains(panel.getRootNode().activeElement);
  cancelTable(panel.find(".spoken > table"));
  view.drill = null;
  panel.hidden = true;
  root.classList.remove("drilling");
  root.style.minHeight = "";
  delete root.dataset.drill;
  if (view.layers[position.layer]) view.host.select(position);
  if (had) view.host.surface(position)?.focus({ preventScroll: true });
  keepLayers(0);
  remember(view);
}

/** A row's name or map opens that map: one level nearer to the picture. */
function openSource(view, event) {
  const row = event.target.closest(".drill-part");
  if (!row || !event.target.closest(".drill-from")) return;
  const layer = view.layers[Number(row.dataset.source)];
  if (!layer) return;
  const channel = Number(row.dataset.channel);
  const { rows, cols } = view.drill.window;
  const middle = (list, by, end) => within(Math.round(list[Math.floor(list.length / 2)] / by), end);
  const [byRow, byCol] = view.drill.op.inserted;
  const position = layer.isVector
    ? { layer: layer.index, map: 0, row: 0, col: channel }
    : {
        layer: layer.index,
        map: channel,
        row: middle(rows, byRow, layer.height),
        col: middle(cols, byCol, layer.width),
      };
  const whole = view.drill.op.size[0] >= layer.height;
  openDrill(view, whole && !layer.isVector ? view.host.peak(layer, channel) : position);
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function onKey(view, event) {
  const { drill } = view;
  if (!drill || event.ctrlKey || event.metaKey || event.altKey) return;
  const by = ARROWS[event.key];
  if (event.key === "Escape") back(view);
  else if (by) {
    const { layer, position, into } = drill;
    if (layer.isVector)
      moveTo(view, { ...position, col: within(position.col + by[1] + by[0] * into.columns, layer.width) });
    else
      moveTo(view, {
        ...position,
        row: within(position.row + by[0], layer.height),
        col: within(position.col + by[1], layer.width),
      });
  } else if ((event.key === "Enter" || event.key === " ") && !event.target.closest("button")) walk(view, 1);
  else return;
  event.preventDefault();
  event.stopPropagation(); // the page has keys of its own
}

/** The cell of the open map under the pointer. */
function positionUnder(view, canvas, event) {
  const { layer, position, into } = view.drill;
  const [x, y] = pointerOn(canvas, event);
  const [row, col] = [Math.floor(y / into.cell), Math.floor(x / into.cell)];
  if (!layer.isVector) return { ...position, row: within(row, layer.height), col: within(col, layer.width) };
  const at = within(row, layer.width) * into.columns + within(col, into.columns);
  return at < layer.width ? { ...position, col: at } : null;
}

/** The box of a position's map on the page: in the open panel, else on its card. */
function tileBox(view, position) {
  const row = view.drill && view.panel.find(`.drill-part[data-source="${position.layer}"] .drill-picture canvas`);
  return row ? boxOf(row) : view.host.tile(position);
}

/** The panel grows out of the map that was clicked. */
function growFrom(view, { left, top, width, height }) {
  const to = boxOf(view.panel);
  const start = `translate(${left - to.left}px, ${top - to.top}px) scale(${width / to.width}, ${height / to.height})`;
  view.panel.animate(
    [
      { transform: start, opacity: 0.35 },
      { transform: "none", opacity: 1 },
    ],
    { duration: GROW_MS, easing: "cubic-bezier(0.2, 0.8, 0.2, 1)" },
  );
}

/** Put what is open into the link, once the visitor rests. */
function remember(view) {
  clearTimeout(view.remembering);
  view.remembering = setTimeout(() => {
    const cells = [];
    if (view.drill) {
      const { layer, position } = view.drill;
      cells.push({ layer: layer.name, map: position.map, row: position.row, col: position.col });
    }
    const sent = JSON.stringify(cells);
    if (sent === view.sent) return;
    view.sent = sent;
    send(view, "drill", { cells });
  }, LINK_MS);
}
