// Layout of the parts of a map: from top to bottom by the longest path to them, branches side by side. An open part is a
// frame around its own parts, arranged in the same way.

import { isOpen } from "./tree.js";

/** @typedef {import("./tree.js").Part} Part */
/** @typedef {{x: number, y: number, width: number, height: number}} Box */

export const BOX = { width: 268, height: 56 }; // as a rule wide enough for the longest name beside its shape
const [BESIDE, BELOW, PADDING, HEAD] = [28, 30, 14, 34];
const LANE = 12; // px between connections that pass by the side

/** The box of each shown part, and the size of all. `sources` are the layers that each layer takes.
 *  @param {Part[]} parts
 *  @param {Set<string>} open
 *  @param {number[][]} sources
 *  @param {{width: number, height: number}} [size]  of what is closed
 *  @returns {{boxes: Map<Part, Box>, width: number, height: number}} */
export function arrange(parts, open, sources, size = BOX) {
  const boxes = new Map();
  const { width, height } = level(parts, open, sources, size, boxes);
  return { boxes, width, height };
}

/** Arrange the parts of one level around (0, 0); those within open ones move along.
 *  @param {Part[]} parts
 *  @param {Set<string>} open
 *  @param {number[][]} sources
 *  @param {{width: number, height: number}} size
 *  @param {Map<Part, Box>} boxes */
function level(parts, open, sources, size, boxes) {
  const sizes = parts.map((part) => {
    if (!isOpen(part, open)) return { ...size };
    const inner = level(part.parts, open, sources, size, boxes);
    return { width: inner.width + 2 * PADDING, height: inner.height + HEAD + PADDING };
  });
  const owner = new Map(parts.flatMap((part, k) => part.leaves.map((leaf) => [leaf, k])));
  const before = parts.map(({ leaves }, k) => {
    const found = leaves.flatMap((leaf) => sources[leaf]).map((source) => owner.get(source));
    return [...new Set(found)].filter((source) => source !== undefined && source !== k);
  });
  const order = topological(before);
  const rank = parts.map(() => 0);
  for (const k of order) rank[k] = Math.max(0, ...before[k].map((source) => rank[source] + 1));
  const rows = [];
  for (const k of order) {
    rows[rank[k]] ??= [];
    rows[rank[k]].push(k);
  }
  const centre = parts.map(() => 0);
  let [y, left, right] = [0, 0, 0];
  for (const row of rows) {
    const wish = (k) => mean(before[k].map((source) => centre[source]));
    row.sort((a, b) => wish(a) - wish(b) || a - b);
    const total = row.reduce((sum, k) => sum + sizes[k].width, 0) + BESIDE * (row.length - 1);
    let x = mean(row.map(wish)) - total / 2;
    const tallest = Math.max(...row.map((k) => sizes[k].height));
    for (const k of row) {
      const { width, height } = sizes[k];
      centre[k] = x + width / 2;
      boxes.set(parts[k], { x, y: y + (tallest - height) / 2, width, height });
      left = Math.min(left, x);
      right = Math.max(right, x + width);
      x += width + BESIDE;
    }
    y += tallest + BELOW;
  }
  const lanes = LANE * Math.max(0, ...passing(before, rank)); // on both sides, so that the middle stays
  for (const part of parts) {
    const box = boxes.get(part);
    box.x += lanes - left;
    if (isOpen(part, open)) move(part.parts, open, boxes, box.x + PADDING, box.y + HEAD);
  }
  return { width: right - left + 2 * lanes, height: Math.max(0, y - BELOW) };
}

/** The number of connections that pass by each row.
 *  @param {(number | undefined)[][]} before
 *  @param {number[]} rank */
function passing(before, rank) {
  const found = rank.map(() => 0);
  before.forEach((sources, k) => {
    for (const source of sources) for (let r = rank[source] + 1; r < rank[k]; r++) found[r]++;
  });
  return found;
}

/** Move parts, and all that is shown within them.
 *  @param {Part[]} parts
 *  @param {Set<string>} open
 *  @param {Map<Part, Box>} boxes
 *  @param {number} dx
 *  @param {number} dy */
function move(parts, open, boxes, dx, dy) {
  for (const part of parts) {
    const box = boxes.get(part);
    box.x += dx;
    box.y += dy;
    if (isOpen(part, open)) move(part.parts, open, boxes, dx, dy);
  }
}

const mean = (numbers) => (numbers.length ? numbers.reduce((a, b) => a + b) / numbers.length : 0);

/** Numbers in an order in which each comes after those before it.
 *  @param {number[][]} before */
function topological(before) {
  const [done, order] = [new Set(), []];
  const visit = (k) => {
    if (done.has(k)) return;
    done.add(k);
    before[k].forEach(visit);
    order.push(k);
  };
  before.forEach((_, k) => visit(k));
  return order;
}

/** The outermost open part that a connection leaves; what it comes from if it leaves none.
 *  @param {Part} from
 *  @param {Part} to */
export function left(from, to) {
  let part = from;
  while (part.parent && !part.parent.leaves.includes(to.first)) part = part.parent;
  return part;
}

/** The way of a connection: straight down, or past the side of what lies between.
 *  @param {Box} from
 *  @param {Box} to
 *  @param {Box[]} others  boxes of closed parts and layers
 *  @param {number} lane  how many pass by there already */
export function route(from, to, others, lane = 0) {
  const [x0, y0, x1, y1] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
  const [low, high] = [Math.min(x0, x1) - 4, Math.max(x0, x1) + 4];
  const between = others.filter(
    ({ x, y, width, height }) => y >= y0 && y + height <= y1 && x < high && x + width > low,
  );
  const bend = Math.min(BELOW, (y1 - y0) / 2) * 0.8;
  if (!between.length) return { path: `M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}`, aside: null };
  // half a lane beside what it passes by: not on the border of a part around that, which is PADDING away
  const side = Math.max(...between.map(({ x, width }) => x + width)) + LANE * (lane + 0.5);
  const path =
    `M${x0} ${y0}C${x0} ${y0 + bend} ${side} ${y0} ${side} ${y0 + 2 * bend}` +
    `L${side} ${y1 - 2 * bend}C${side} ${y1} ${x1} ${y1 - bend} ${x1} ${y1}`;
  return { path, aside: side };
}
