// The ways of skip connections between rows of cards: through the gaps above the rows, and through a gutter
// left of them. Pure functions.

import { CARD_GAP } from "./geometry.js";

/** A layer of number `to` takes that of number `from`, which is not the one before it; −1 is the picture.
 *  @typedef {{from: number, to: number}} Skip */

/** A skip connection's way: it leaves into gap `exit` and arrives through gap `enter`, which is the gap above
 *  the row of that number; if they differ, it goes through the gutter between. In each it has a lane.
 *  `top` is whether it leaves its card at the top, `port` the how manieth of `ports` that arrive at its card.
 *  @typedef {Skip & {
 *    exit: number, enter: number, top: boolean, port: number, ports: number,
 *    exitLane: number, enterLane: number, gutter: number,
 *  }} Route */

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const LANE = 7; // px between lines side by side
const EDGE = 7; // px from a card to the first line
export const HEAD = 30; // px above a card for an arrow's head and its symbol
const PORT = 15; // px from a card's left edge to the arrow
const EXIT = 0.62; // of a card's width: where a line leaves at the bottom
const EXIT_TOP = 0.86; // and at the top
const CORNER = 6; // px: radius
export const SYMBOL = 8; // px: radius of the circle round a symbol

/** The connections to layers from another one than the layer before them.
 *  @param {{takes: (number | null)[], answer?: boolean}[]} layers
 *  @returns {Skip[]} */
export function skipsOf(layers) {
  return layers.flatMap(({ takes, answer }, to) =>
    answer ? [] : takes.map((index) => ({ from: index ?? -1, to })).filter(({ from }) => from !== to - 1),
  );
}

/** Give each interval the first lane in which it overlaps with none; in the order given.
 *  @param {[number, number][]} intervals  ends included
 *  @returns {number[]} */
export function lanesOf(intervals) {
  /** @type {[number, number][][]} */
  const lanes = [];
  return intervals.map(([start, end]) => {
    const free = lanes.findIndex((lane) => lane.every(([from, to]) => end < from || to < start));
    const lane = free < 0 ? lanes.push([]) - 1 : free;
    lanes[lane].push([start, end]);
    return lane;
  });
}

/** The width of the gutter, for any arrangement of the cards in rows.
 *  @param {Skip[]} skips */
export function gutterWidth(skips) {
  if (!skips.length) return 0;
  const lanes = Math.max(...lanesOf(skips.map(({ from, to }) => [from, to]))) + 1;
  return 2 * EDGE + (lanes - 1) * LANE;
}

/** Plan the ways of skip connections, and how high each gap has to be.
 *  @param {Skip[]} skips
 *  @param {number[][]} rows  of layers
 *  @returns {{routes: Route[], gaps: number[]}} */
export function planRoutes(skips, rows) {
  const rowOf = new Map(rows.flatMap((row, r) => row.map((layer) => /** @type {[number, number]} */ ([layer, r]))));
  /** The horizontal position of a layer's card, 0 to 1.
   *  @type {(layer: number, row: number) => number} */
  const across = (layer, row) => (rows[row].indexOf(layer) + 0.5) / rows[row].length;
  const routes = skips.map(({ from, to }) => {
    const enter = rowOf.get(to) ?? 0;
    const source = rowOf.get(from) ?? -1;
    const top = source === enter;
    const arriving = skips.filter((other) => other.to === to);
    const port = arriving.findIndex((other) => other.from === from);
    const lanes = { exitLane: -1, enterLane: -1, gutter: -1 };
    return { from, to, exit: top ? enter : source + 1, enter, top, port, ports: arriving.length, ...lanes };
  });
  const through = routes.filter(({ exit, enter, from }) => exit !== enter || from < 0);
  const inGutter = lanesOf(through.map(({ exit, enter }) => [exit, enter]));
  through.forEach((route, k) => (route.gutter = inGutter[k]));
  const gaps = rows.map((_, gap) => {
    /** @type {{route: Route, part: "exitLane" | "enterLane", ends: [number, number]}[]} */
    const runs = [];
    for (const route of routes) {
      const { from, to, exit, enter, gutter } = route;
      const [leaves, arrives] = [exit === gap && from >= 0, enter === gap];
      const start = leaves ? across(from, /** @type {number} */ (rowOf.get(from))) : 0;
      const end = arrives ? across(to, gap) : 0;
      if (gutter >= 0 && leaves) runs.push({ route, part: "exitLane", ends: [0, start] });
      if (gutter >= 0 && arrives) runs.push({ route, part: "enterLane", ends: [0, end] });
      // straight down from one card to the other there is no run
      if (gutter < 0 && arrives && (start !== end || route.ports > 1))
        runs.push({ route, part: "enterLane", ends: [Math.min(start, end), Math.max(start, end)] });
    }
    const lanes = lanesOf(runs.map(({ ends }) => ends));
    runs.forEach(({ route, part }, k) => (route[part] = lanes[k]));
    const entered = routes.some(({ enter }) => enter === gap);
    if (!runs.length && !entered) return gap ? CARD_GAP : 0;
    return EDGE + Math.max(0, ...lanes) * LANE + (entered ? HEAD : EDGE);
  });
  return { routes, gaps };
}

/** The line of a skip connection, with round corners; where it starts, and where its arrow's head and symbol are.
 *  @param {Route} route
 *  @param {{source: Box | null, target: Box, above: (row: number) => number, left: number}} where  above: where the
 *    gap above a row begins, from the top; left: where the gutter ends */
export function routeLine(
  { exit, enter, top, port, ports, exitLane, enterLane, gutter },
  { source, target, above, left },
) {
  const laneY = (/** @type {number} */ gap, /** @type {number} */ lane) => above(gap) + EDGE + LANE * lane;
  const x = target.left + PORT + (port * (target.right - target.left)) / ports;
  const straight = gutter < 0 && enterLane < 0;
  /** @type {[number, number][]} */
  const points = [];
  if (source) {
    const out = source.left + (top ? EXIT_TOP : EXIT) * (source.right - source.left);
    points.push([straight ? x : out, top ? source.top : source.bottom]);
    if (!straight) points.push([out, laneY(exit, gutter < 0 ? enterLane : exitLane)]);
  }
  if (gutter >= 0) {
    const lane = Math.max(2, left - EDGE - LANE * gutter);
    points.push([lane, source ? laneY(exit, exitLane) : 0], [lane, laneY(enter, enterLane)]);
  }
  if (!straight) points.push([x, laneY(enter, enterLane)]);
  points.push([x, target.top - 1]);
  return {
    line: rounded(points),
    start: points[0],
    head: [x, target.top - 1],
    symbol: [x, target.top - 2 * SYMBOL - 2],
  };
}

/** An SVG path through points, with round corners.
 *  @param {[number, number][]} points */
export function rounded(points) {
  const steps = points.map(([x, y], k) => {
    const [before, after] = [points[k - 1], points[k + 1]];
    if (!before) return `M${x} ${y}`;
    if (!after) return `L${x} ${y}`;
    /** @param {[number, number]} other */
    const towards = ([toX, toY]) => {
      const far = Math.hypot(toX - x, toY - y);
      const share = far ? Math.min(CORNER, far / 2) / far : 0;
      return `${x + (toX - x) * share} ${y + (toY - y) * share}`;
    };
    return `L${towards(before)}Q${x} ${y} ${towards(after)}`;
  });
  return steps.join("");
}
