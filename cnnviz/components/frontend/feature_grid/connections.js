// The inputs of the chosen map: a line from each of them, orange where its part raises the number, blue and
// dashed where it lowers it, the stronger the wider. Loaded when a visitor first uses the maps.

import { shape } from "../shared/elements.js";
import { boxOf } from "../shared/zoom.js";
import { opAt, sourcesOf, sumsOf } from "./drill_math.js";
import { kernelOf, mapsOf } from "./drill_numbers.js";
import { tileCorner } from "./geometry.js";
import { writeStory } from "./journey.js";
import { invalidate } from "./state.js";

const MOST = { maps: 128, numbers: 16 }; // lines: of more only those that contribute most
const LEAST_SHARE = 0.02; // of the largest part: less is a thin grey line
const SHARES = [0.15, 0.4, 1]; // up to which one width and opacity serves

/** A line's class: `faint`, or `up1` to `up3` and `down1` to `down3`.
 *  @typedef {{from: number, sum: number, ink: string}} Connection  from: the number of the map, or in a vector */

/** The inputs of a number, the weakest first.
 *  @param {{channel: number}[]} sources
 *  @param {number[] | null} sums  the part of each; null = not known
 *  @param {number} room  the maximum count: those that contribute most
 *  @returns {Connection[]} */
export function connectionsOf(sources, sums, room) {
  const most = Math.max(0, ...(sums ?? []).map(Math.abs));
  const lines = sources.map(({ channel }, k) => {
    const sum = sums?.[k] ?? 0;
    const share = most ? Math.abs(sum) / most : 0;
    const level = SHARES.findIndex((limit) => share <= limit) + 1;
    return { from: channel, sum, ink: share < LEAST_SHARE ? "faint" : `${sum > 0 ? "up" : "down"}${level}` };
  });
  return lines.sort((one, other) => Math.abs(one.sum) - Math.abs(other.sum)).slice(-room);
}

/** The line from one map to another: out at the side, or below where the other one is in a row further down.
 *  @typedef {{left: number, top: number, right: number, bottom: number}} Box
 *  @param {Box} from
 *  @param {Box} to */
export function lineBetween(from, to) {
  const middle = (/** @type {number} */ one, /** @type {number} */ other) => Math.round((one + other) / 2);
  const beside = from.right <= to.left;
  const [x0, y0] = beside ? [from.right, middle(from.top, from.bottom)] : [middle(from.left, from.right), from.bottom];
  const [x1, y1] = beside ? [to.left, middle(to.top, to.bottom)] : [middle(to.left, to.right), to.top];
  const [x, y] = [middle(x0, x1), middle(y0, y1)];
  const bend = beside ? `${x} ${y0} ${x} ${y1}` : `${x0} ${y} ${x1} ${y}`;
  return `M${Math.round(x0)} ${Math.round(y0)}C${bend} ${Math.round(x1)} ${Math.round(y1)}`;
}

/** Begin to draw them, and redraw them when a kernel or exact numbers have come. */
export function beginConnections(view) {
  view.connect = () => drawConnections(view);
  const { arrived } = view;
  view.arrived = () => {
    arrived?.();
    invalidate(view, "position");
  };
  invalidate(view, "position");
}

function drawConnections(view) {
  const layer = view.layers[view.position.layer];
  const source = view.layers[layer.takes[0] ?? -1];
  const there = source && layer.takes.length === 1 && !layer.answer;
  const paths = there ? pathsOf(view, layer, source) : new Map();
  view.links ??= shape("svg", { class: "connections", "aria-hidden": "true" });
  if (view.links.parentNode !== view.flow) view.flow.append(view.links);
  view.links.replaceChildren(...[...paths].map(([ink, d]) => shape("path", { class: ink, d })));
  const signed = [...paths.keys()].some((ink) => ink !== "only" && ink !== "faint");
  if (view.connected === signed) return;
  view.connected = signed;
  writeStory(view);
}

/** The lines of the chosen number, {ink: path}: a path an ink is drawn faster than one a line. */
function pathsOf(view, layer, source) {
  const flow = boxOf(view.flow);
  const corners = [source, layer].map((each) => {
    const { left, top } = boxOf(view.cards[each.index].surface);
    return { left: left - flow.left, top: top - flow.top };
  });
  const [from, to] = [source, layer].map((each, end) => (at) => tileOf(view.cards[each.index], each, corners[end], at));
  const target = to(layer.isVector ? view.position.col : view.position.map);
  const paths = new Map();
  for (const { from: at, ink } of partsOf(view, layer))
    paths.set(ink, `${paths.get(ink) ?? ""}${lineBetween(from(at), target)}`);
  return paths;
}

/** The parts of the chosen number; those of a kernel that is on its way are not known yet. */
function partsOf(view, { drill: op, index, isVector }) {
  if (!op || op.operation === "other" || op.operation === "softmax") return [];
  const { map, row, col } = view.position;
  const [number, i, j] = isVector ? [col, 0, 0] : [map, row, col];
  const inputs = [mapsOf(view, view.layers[index].takes[0])];
  const own = opAt(op, number, i, j, inputs[0]);
  const sources = sourcesOf(own, number);
  if (own.operation !== "conv") return sources.map(({ channel }) => ({ from: channel, sum: 0, ink: "only" }));
  const kernel = kernelOf(view, view.layers[index], number)?.kernel ?? null;
  const sums = op.file && !kernel ? null : sumsOf(own, sources, inputs, kernel, i, j);
  return connectionsOf(sources, sums, MOST[view.layers[view.layers[index].takes[0]].isVector ? "numbers" : "maps"]);
}

/** The box of a map, or of a number of a vector, within the flow. */
function tileOf(card, { isVector, width, height }, { left, top }, at) {
  if (card.bars) {
    const { offsetLeft, offsetWidth, offsetTop, offsetHeight } = card.rows[at].bar.parentElement;
    const zero = left + offsetLeft + offsetWidth / 2; // where its bar begins
    return { left: zero, top: top + offsetTop, right: zero, bottom: top + offsetTop + offsetHeight };
  }
  const { layout } = card;
  const [x, y] = isVector
    ? [(at % layout.columns) * layout.cell, Math.floor(at / layout.columns) * layout.cell]
    : tileCorner(layout, at);
  const [across, down] = isVector ? [layout.cell, layout.cell] : [layout.tile, (layout.tile * height) / width];
  return { left: left + x, top: top + y, right: left + x + across, bottom: top + y + down };
}
