// Drawing of each stage of the journey; p, 0 to 1, is its progress.

import { tokenColour, WHITE } from "../shared/colours.js";
import { chance } from "../shared/numbers.js";
import { typeFloor } from "../shared/type.js";
import { argmax } from "../shared/values.js";
import {
  boxOfTiles,
  drawEmpty,
  drawHero,
  drawPart,
  drawPicture,
  drawTiles,
  heroOf,
  inkOf,
  layerOf,
  mapBox,
  pictureBox,
  prepared,
  sourceOf,
  still,
  stripOf,
  tilesOf,
  withoutNegatives,
} from "./scene.js";
import {
  easeInOut,
  easeOut,
  falling,
  inTurn,
  mixBox,
  passing,
  peaks,
  racing,
  scatter,
  swept,
  tileBox,
  within,
} from "./timeline.js";

const MOST_CELLS = 2500; // of a map, that move by themselves
const MOST_SLICES = 1200; // of maps that are put into one row
const FAN = 40; // lines from a row of numbers to one
const FRAME = 1 / 60; // s
const MOST_CLASSES = 10;
const HERO_STAYS = ["drop", "collapse", "average", "join", "morph", "again"];

/** Draw a stage.
 *  @param {any} scene
 *  @param {number} index  of the stage
 *  @param {number} p */
export function drawStage(scene, index, p) {
  const stage = scene.stages[index];
  scene.front.clearRect(0, 0, scene.width, scene.height);
  DRAW[stage.phase](scene, { ...stage, index }, p);
}

/** Paint in advance the drawings that a stage copies, so that it does not have to when it begins. */
export function prepareStage(scene, index) {
  const stage = scene.stages[index];
  for (const layer of stage.shown.map((k) => scene.view.layers[k])) {
    if (!["line", "scores", "race"].includes(stage.phase)) tilesOf(scene, layer, roomOf(scene, layer));
    if (["line", "gather"].includes(stage.phase) && sourceOf(scene, layer))
      tilesOf(scene, sourceOf(scene, layer), unitsBox(scene));
    if (stage.phase === "line") stripOf(scene, sourceOf(scene, layer));
    if (stage.phase === "drop") withoutNegatives(scene, sourceOf(scene, layer));
  }
}

/** Maps have the second panel beside the large one; the numbers of a vector have the room below a row. */
const roomOf = (scene, layer) => (layer.isVector ? unitsBox(scene) : scene.second);

/** Whether the large map is already where it belongs: the stage before has left it there. */
function stays(scene, { index }, source) {
  const before = scene.stages[index - 1];
  const last = scene.view.layers[before.shown.at(-1)];
  return HERO_STAYS.includes(before.phase) && last?.chain === source?.chain;
}

const middle = ({ whole, first }) => ({
  x: whole.x + (whole.width - first.width) / 2,
  y: whole.y + (whole.height - first.height) / 2,
  width: first.width,
  height: first.height,
});

function enter(scene, _, p) {
  const there = pictureBox(scene, middle(scene));
  const arriving = easeOut(within(p, 0, 0.7));
  const size = 0.4 * there.width;
  const { x } = scene.whole;
  const away = { x, y: there.y + (there.height - size) / 2, width: size, height: (size * there.height) / there.width };
  still(scene, `enter ${p}`, (context) => {
    const box = mixBox(away, there, arriving);
    drawPicture(scene, context, box);
    const { rows, cols } = scene.view.picture;
    if (rows <= 64 && cols <= 64) gridLines(context, box, rows, cols, 0.4 * within(p, 0.6, 1));
  });
}

/** The pixels as such. */
function gridLines(context, { x, y, width, height }, rows, cols, alpha) {
  if (alpha <= 0) return;
  context.save();
  context.strokeStyle = WHITE;
  context.globalAlpha *= alpha;
  context.lineWidth = 1;
  context.beginPath();
  for (let k = 0; k <= cols; k++) {
    context.moveTo(x + (k * width) / cols, y);
    context.lineTo(x + (k * width) / cols, y + height);
  }
  for (let k = 0; k <= rows; k++) {
    context.moveTo(x, y + (k * height) / rows);
    context.lineTo(x + width, y + (k * height) / rows);
  }
  context.stroke();
  context.restore();
}

/** The part of the stage in which the kernel moves.
 *  @type {[number, number]} */
const SWEEP = [0.13, 0.96];

function sweep(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const painted = tilesOf(scene, layer, scene.second);
  const moved = easeInOut(within(p, 0, SWEEP[0]));
  const box = pictureBox(scene, mixBox(middle(scene), scene.first, moved));
  const { done, window } = sweptBy(scene, stage, layer, p);
  if (done < scene.done) scene.key = "";
  still(scene, `sweep ${stage.index} ${moved}`, (context) => {
    drawPicture(scene, context, box);
    drawEmpty(scene, context, painted, layer.count, 0.09 * moved);
  });
  fillMaps(scene, painted, layer, done);
  if (moved < 1 || done >= layer.height * layer.width) return;
  const cell = cellBox(tileBox(painted.tiles, heroOf(scene, layer)), layer, window);
  const { rows, cols } = scene.view.picture;
  if (layer.window) {
    const seen = windowBox(box, [rows, cols], layer.window, window);
    beam(scene, seen, cell);
    outline(scene, [seen], 2.5);
  }
  outline(scene, [cell], 2);
}

function sweepMaps(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const source = sourceOf(scene, layer);
  const painted = tilesOf(scene, layer, scene.second);
  const [from, there] = [scene.second, scene.first].map((box) => tilesOf(scene, source, box));
  const moved = easeInOut(within(p, 0, SWEEP[0]));
  const { done, window } = sweptBy(scene, stage, layer, p);
  if (done < scene.done) scene.key = "";
  still(scene, `maps ${stage.index} ${moved}`, (context) => {
    const [a, b] = [from, there].map((tiles) => boxOfTiles(tiles, scene.ratio));
    if (moved < 1) drawTiles(scene, context, from, 1, mixBox(a, b, moved));
    else drawTiles(scene, context, there);
    drawEmpty(scene, context, painted, layer.count, 0.09 * moved);
  });
  fillMaps(scene, painted, layer, done);
  if (moved < 1 || done >= layer.height * layer.width) return;
  const cell = cellBox(tileBox(painted.tiles, heroOf(scene, layer)), layer, window);
  if (layer.window) {
    const seen = Array.from({ length: source.count }, (_, k) =>
      windowBox(tileBox(there.tiles, k), [source.height, source.width], layer.window, window),
    );
    const step = Math.ceil(seen.length / FAN);
    lines(scene, seen.filter((_, k) => k % step === 0).map(centre), centre(cell));
    outline(scene, seen, source.count > 64 ? 1 : 1.5);
  }
  outline(scene, [cell], 2);
}

/** The cells of a layer that are computed by now, and those that the window is at. */
function sweptBy(scene, { start, end }, layer, p) {
  const n = layer.height * layer.width;
  const frame = FRAME / ((end - start) * scene.seconds);
  const [before, done] = [p - frame, p].map((at) => swept(within(at, ...SWEEP), n));
  return { done, window: passing(before, done, layer.width, layer.height) };
}

/** Fill all maps up to a cell; only new cells are drawn. */
function fillMaps(scene, painted, layer, done) {
  const { width, height, count } = layer;
  if (done <= scene.done) return;
  const rows = [Math.floor(scene.done / width), Math.floor(done / width)];
  const cols = [scene.done % width, done % width];
  for (let k = 0; k < count; k++) {
    const part = (row, end, left, right) =>
      drawPart(scene, scene.back, painted, k, row / height, end / height, left / width, right / width);
    if (rows[0] === rows[1]) part(rows[0], rows[0] + 1, cols[0], cols[1]);
    else {
      part(rows[0], rows[0] + 1, cols[0], width);
      part(rows[0] + 1, rows[1], 0, width);
      part(rows[1], rows[1] + 1, 0, cols[1]);
    }
  }
  scene.done = done;
}

/** @returns {[number, number]} */
const centre = ({ x, y, width, height }) => [x + width / 2, y + height / 2];

const cellBox = ({ x, y, width, height }, layer, { row, from, to }) => ({
  x: x + (from / layer.width) * width,
  y: y + (row / layer.height) * height,
  width: ((to - from + 1) / layer.width) * width,
  height: height / layer.height,
});

/** The box of the window on a map, or on the picture, while it passes cells; cut off at the edge. */
function windowBox({ x, y, width, height }, [rows, cols], { size, stride, start }, { row, from, to }) {
  const [w, h] = [width / cols, height / rows];
  const cut = (at, end) => Math.min(end, Math.max(0, at));
  const [left, right] = [start[1] + from * stride[1], start[1] + to * stride[1] + size[1]].map((at) => cut(at, cols));
  const [top, bottom] = [start[0] + row * stride[0], start[0] + row * stride[0] + size[0]].map((at) => cut(at, rows));
  return { x: x + left * w, y: y + top * h, width: (right - left) * w, height: (bottom - top) * h };
}

const markOf = (scene) => (scene.mark ??= tokenColour(scene.view.root, "accent"));

function outline(scene, boxes, width) {
  const { front } = scene;
  front.beginPath();
  for (const { x, y, width: w, height: h } of boxes) front.rect(x, y, w, h);
  if (boxes.length === 1) {
    front.strokeStyle = WHITE;
    front.lineWidth = 2 * width;
    front.stroke();
  }
  front.strokeStyle = markOf(scene);
  front.lineWidth = width;
  front.stroke();
}

/** Light from the window to the cell. */
function beam(scene, from, to) {
  const { front, stacked } = scene;
  front.beginPath();
  const corners = stacked
    ? [
        [from.x, from.y + from.height],
        [to.x, to.y],
        [to.x + to.width, to.y],
        [from.x + from.width, from.y + from.height],
      ]
    : [
        [from.x + from.width, from.y],
        [to.x, to.y],
        [to.x, to.y + to.height],
        [from.x + from.width, from.y + from.height],
      ];
  corners.forEach(([x, y]) => front.lineTo(x, y));
  front.closePath();
  front.fillStyle = markOf(scene);
  front.globalAlpha = 0.16;
  front.fill();
  front.globalAlpha = 0.7;
  front.strokeStyle = front.fillStyle;
  front.lineWidth = 1;
  front.stroke();
  front.globalAlpha = 1;
}

/** Lines from many points to one. */
function lines(scene, starts, [x, y], alpha = 0.35) {
  const { front } = scene;
  front.beginPath();
  for (const [left, top] of starts) {
    front.moveTo(left, top);
    front.lineTo(x, y);
  }
  front.strokeStyle = markOf(scene);
  front.globalAlpha = alpha;
  front.lineWidth = 1;
  front.stroke();
  front.globalAlpha = 1;
}

const ZOOM = 0.2; // of a stage: until a map is large

/** Let the large map come out of its tile, if it is not there yet; how far the rest of the stage has got. */
function zoomIn(scene, stage, source, painted, p, draw) {
  if (!source || stays(scene, stage, source)) return p;
  const grown = easeInOut(within(p, 0, ZOOM));
  if (grown >= 1) return within(p, ZOOM, 1);
  still(scene, `zoom ${stage.index} ${grown}`, (context) => {
    drawTiles(scene, context, painted);
    if (scene.stages[stage.index - 1].phase === "sweep")
      drawPicture(scene, context, pictureBox(scene, scene.first), 1 - grown);
    const tile = tileBox(painted.tiles, heroOf(scene, source));
    draw(context, mixBox(tile, mapBox(source, scene.first), grown));
  });
  return null;
}

const growing = (scene, source) => (context, box) => drawHero(scene, context, source, box);

function drop(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const source = sourceOf(scene, layer);
  if (layer.isVector) return dropNumbers(scene, layer, source, p);
  const [from, to] = [source, layer].map((each) => tilesOf(scene, each, scene.second));
  const rest = zoomIn(scene, stage, source, from, p, growing(scene, source));
  if (rest === null) return;
  const fallen = within(rest, 0.04, 0.88);
  const settled = within(rest, 0.88, 1);
  const { canvas, negative } = withoutNegatives(scene, source);
  const box = mapBox(source, scene.first);
  const moving = negative.length && source.width * source.height <= MOST_CELLS;
  still(scene, `drop ${stage.index} ${fallen} ${settled}`, (context) => {
    drawTiles(scene, context, from);
    drawTiles(scene, context, to, easeInOut(fallen));
    context.drawImage(canvas, box.x, box.y, box.width, box.height);
    if (!moving) drawHero(scene, context, source, scene.first, 1 - fallen);
    drawHero(scene, context, layer, scene.first, settled);
  });
  if (!moving || fallen >= 1) return;
  const [w, h] = [box.width / source.width, box.height / source.height];
  const { front } = scene;
  front.save();
  front.beginPath();
  front.rect(box.x, box.y, box.width, scene.height - box.y); // out of the picture, but not over what is beside it
  front.clip();
  for (const { k, ink } of negative) {
    const row = Math.floor(k / source.width);
    const { drop: down, alpha } = falling(fallen, 1 - row / source.height, scatter(k));
    if (alpha <= 0.02) continue;
    front.globalAlpha = alpha;
    front.fillStyle = ink;
    front.fillRect(box.x + (k % source.width) * w, box.y + row * h + down * box.height, w + 0.4, h + 0.4);
  }
  front.restore();
}

/** The same for the numbers of a vector. */
function dropNumbers(scene, layer, source, p) {
  const [from, to] = [source, layer].map((each) => tilesOf(scene, each, unitsBox(scene)));
  const height = from.canvas.height / scene.ratio;
  still(scene, `drop ${layer.index}`, (context) => drawTiles(scene, context, to));
  for (let k = 0; k < source.width; k++) {
    if (source.data[k] >= 0) continue;
    const box = tileBox(from.tiles, k);
    const { drop: down, alpha } = falling(p, 1 - (box.y - from.tiles.y) / height, scatter(k));
    if (alpha <= 0.02) continue;
    scene.front.globalAlpha = alpha;
    scene.front.fillStyle = inkOf(scene, source, 0, source.data[k]);
    scene.front.fillRect(box.x, box.y + down * height, box.width, box.height);
  }
  scene.front.globalAlpha = 1;
}

function pool(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const source = sourceOf(scene, layer);
  if (!source || source.isVector || !layer.window) return morph(scene, stage, p);
  const [from, to] = [source, layer].map((each) => tilesOf(scene, each, scene.second));
  const rest = zoomIn(scene, stage, source, from, p, growing(scene, source));
  if (rest === null) return;
  const box = mapBox(source, scene.first);
  const apart = within(rest, 0.02, 0.22);
  const shrunk = easeInOut(within(rest, 0.74, 0.96));
  const share = [layer.width / source.width, layer.height / source.height];
  const small = {
    x: box.x + (box.width * (1 - share[0])) / 2,
    y: box.y + (box.height * (1 - share[1])) / 2,
    width: box.width * share[0],
    height: box.height * share[1],
  };
  const now = mixBox(box, small, shrunk);
  const collapsed = within(rest, 0.22, 0.74);
  still(scene, `pool ${stage.index} ${rest}`, (context) => {
    drawTiles(scene, context, from);
    drawTiles(scene, context, to, easeInOut(within(rest, 0.3, 0.8)));
    if (collapsed >= 1) return drawHero(scene, context, layer, now);
    drawHero(scene, context, source, box);
    const own = { context, source, layer, box, collapsed, gap: Math.min(3, 0.12 * (box.width / layer.width)) * apart };
    if (layer.width * layer.height <= MOST_CELLS) collapseWindows(scene, own, stage.phase === "collapse");
    else drawHero(scene, context, layer, box, collapsed);
  });
}

/** Every window becomes one cell: its largest one grows over the others, or all of them take their mean's colour. */
function collapseWindows(scene, { context, source, layer, box, collapsed, gap }, largest) {
  const map = heroOf(scene, layer);
  const size = source.width * source.height;
  const values = source.data.subarray(map * size, (map + 1) * size);
  const from = prepared(scene, `peaks ${layer.index}`, () =>
    peaks(values, [source.height, source.width], layer.window, [layer.height, layer.width]),
  );
  const [w, h] = [box.width / source.width, box.height / source.height];
  const [wide, high] = [box.width / layer.width, box.height / layer.height];
  context.fillStyle = scene.paper;
  context.beginPath();
  for (let k = 1; k < layer.width; k++) context.rect(box.x + k * wide - gap / 2, box.y, gap, box.height);
  for (let k = 1; k < layer.height; k++) context.rect(box.x, box.y + k * high - gap / 2, box.width, gap);
  context.fill();
  for (let i = 0; i < layer.height; i++)
    for (let j = 0; j < layer.width; j++) {
      const cell = i * layer.width + j;
      const grown = easeInOut(inTurn(collapsed, i + j, layer.width + layer.height - 1, 0.45));
      if (grown <= 0) continue;
      const value = layer.data[map * layer.width * layer.height + cell];
      const there = { x: box.x + j * wide, y: box.y + i * high, width: wide, height: high };
      const peak = {
        x: box.x + (from[cell] % source.width) * w,
        y: box.y + Math.floor(from[cell] / source.width) * h,
        width: w,
        height: h,
      };
      const { x, y, width, height } = largest ? mixBox(peak, there, grown) : there;
      context.globalAlpha = largest ? 1 : grown;
      context.fillStyle = inkOf(scene, largest ? source : layer, map, value);
      context.fillRect(x, y, width - gap * (1 - grown), height - gap * (1 - grown));
    }
  context.globalAlpha = 1;
}

function join(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const inputs = layer.takes.slice(0, 2).map((index) => scene.view.layers[index ?? -1]);
  if (inputs.length < 2 || inputs.some((input) => !input || input.isVector)) return morph(scene, stage, p);
  const map = heroOf(scene, layer);
  const { first, stacked, whole } = scene;
  const side = stacked ? (whole.height - 30) / 2 : first.width;
  const boxOf = (k) =>
    stacked
      ? { x: (scene.width - side) / 2, y: whole.y + k * (side + 30), width: side, height: side }
      : { x: scene.width / 2 + (k ? 30 : -30 - side), y: first.y, width: side, height: side };
  const met = easeInOut(within(p, 0.3, 0.6));
  const sum = within(p, 0.5, 0.66);
  const away = easeInOut(within(p, 0.8, 1));
  const painted = tilesOf(scene, layer, scene.second);
  still(scene, `join ${stage.index} ${p}`, (context) => {
    const draw = (each, box, alpha) => {
      const { x, y, width, height } = mapBox(each, box);
      context.globalAlpha = alpha;
      context.drawImage(oneMap(scene, each, map), x, y, width, height);
    };
    const coming = easeOut(within(p, 0, 0.2));
    if (sum < 1)
      inputs.forEach((input, k) =>
        draw(input, mixBox(boxOf(k), middle(scene), met), coming * (k && met ? 1 - 0.5 * met : 1)),
      );
    if (sum > 0) draw(layer, mixBox(middle(scene), first, away), sum);
    drawTiles(scene, context, painted, away);
    context.globalAlpha = coming * (1 - met);
    context.fillStyle = scene.ink;
    context.font = `700 ${scene.height / 6}px ${scene.fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(layer.symbol, scene.width / 2, scene.height / 2);
  });
}

/** One map at its native size. */
function oneMap(scene, layer, map) {
  return prepared(scene, `map ${layer.index} ${map}`, () => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: layer.width, height: layer.height });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    for (let k = 0; k < layer.width * layer.height; k++) {
      context.fillStyle = inkOf(scene, layer, map, layer.data[map * layer.width * layer.height + k]);
      context.fillRect(k % layer.width, Math.floor(k / layer.width), 1, 1);
    }
    return canvas;
  });
}

/** Any other layer: its numbers change in place. */
function morph(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const source = sourceOf(scene, layer);
  const changed = easeInOut(within(p, 0.1, 0.85));
  if (layer.isVector) {
    still(scene, `morph ${stage.index} ${changed}`, (context) => {
      if (source?.isVector) drawTiles(scene, context, tilesOf(scene, source, unitsBox(scene)), 1 - changed);
      drawTiles(scene, context, tilesOf(scene, layer, unitsBox(scene)), changed);
    });
    return;
  }
  const [from, to] = [source, layer].map((each) => each && tilesOf(scene, each, scene.second));
  const rest = from ? zoomIn(scene, stage, source, from, p, growing(scene, source)) : p;
  if (rest === null) return;
  const turned = easeInOut(within(rest, 0.05, 0.9));
  still(scene, `morph ${stage.index} ${turned}`, (context) => {
    if (from) drawTiles(scene, context, from);
    drawTiles(scene, context, to, turned);
    drawHero(scene, context, source, scene.first);
    drawHero(scene, context, layer, scene.first, turned);
  });
}

/** Earlier stages once more and faster: each layer replaces the one before. */
function again(scene, { index, shown }, p) {
  const { layers } = scene.view;
  const at = Math.min(shown.length - 1, Math.floor(p * shown.length));
  const layer = layers[shown[at]];
  const before = at ? layers[shown[at - 1]] : sourceOf(scene, layer);
  const turned = easeInOut(within(p * shown.length - at, 0, 0.55));
  still(scene, `again ${index} ${at} ${turned}`, (context) => {
    for (const [each, alpha] of [
      [before, 1 - turned],
      [layer, turned],
    ]) {
      if (!each || alpha <= 0) continue;
      drawTiles(scene, context, tilesOf(scene, each, each.isVector ? unitsBox(scene) : scene.second), alpha);
      if (!each.isVector) drawHero(scene, context, each, scene.first, alpha);
    }
  });
}

const STRIP = 0.09; // of the height: the row of numbers

const stripBox = ({ whole }) => ({ ...whole, height: Math.max(20, STRIP * whole.height) });

/** The room below the row of numbers. */
function unitsBox(scene) {
  const { whole } = scene;
  const from = 0.24 * whole.height;
  return { x: whole.x, y: whole.y + from, width: whole.width, height: whole.height - from };
}

function drawStrip(scene, context, strip, from = 0, to = 1, alpha = 1) {
  const { x, y, width, height } = stripBox(scene);
  context.globalAlpha = alpha;
  const [start, end] = [from, to].map((share) => Math.round(share * strip.width));
  if (end > start) context.drawImage(strip, start, 0, end - start, 1, x + from * width, y, (to - from) * width, height);
  context.globalAlpha = 1;
}

const MOVE = 0.1; // of a stage: until the maps have moved below the row

/** Let all maps of a layer come from where the stage before has left them; true while they are on their way. */
function moveIn(scene, stage, source, painted, p) {
  const before = scene.stages[stage.index - 1];
  if (p >= MOVE || !source || before.shown.at(-1) !== source.index) return false;
  const moved = easeInOut(p / MOVE);
  const [from, to] = [tilesOf(scene, source, scene.second), painted].map((tiles) => boxOfTiles(tiles, scene.ratio));
  still(scene, `move ${stage.index} ${moved}`, (context) => {
    drawHero(scene, context, source, scene.first, 1 - moved);
    drawTiles(scene, context, painted, 1, mixBox(from, to, moved));
  });
  return true;
}

/** Whole maps become one number each, which line up. */
function gather(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const source = sourceOf(scene, layer);
  const painted = tilesOf(scene, source, unitsBox(scene));
  if (moveIn(scene, stage, source, painted, p)) return;
  const { x, y, width, height } = stripBox(scene);
  still(scene, `gather ${stage.index}`, () => {});
  const { front } = scene;
  for (let k = 0; k < layer.width; k++) {
    const own = inTurn(within(p, MOVE, 0.94), k, layer.width, 0.5);
    const shrunk = easeInOut(within(own, 0, 0.5));
    const flown = easeInOut(within(own, 0.5, 1));
    const tile = tileBox(painted.tiles, k);
    if (own <= 0) {
      drawPart(scene, front, painted, k);
      continue;
    }
    const side = Math.max(3, tile.width * 0.3);
    const dot = {
      x: tile.x + (tile.width - side) / 2,
      y: tile.y + (tile.height - side) / 2,
      width: side,
      height: side,
    };
    const slot = { x: x + (k / layer.width) * width, y, width: width / layer.width + 0.4, height };
    const box = flown ? mixBox(dot, slot, flown) : mixBox(tile, dot, shrunk);
    if (shrunk < 1) {
      front.globalAlpha = 1 - shrunk;
      drawPart(scene, front, painted, k);
    }
    front.globalAlpha = shrunk;
    front.fillStyle = inkOf(scene, layer, 0, layer.data[k]);
    front.fillRect(box.x, box.y, box.width, box.height);
    front.globalAlpha = 1;
  }
}

/** Row after row of all maps, or of the picture, goes into one row of numbers. */
function line(scene, stage, p) {
  const source = sourceOf(scene, layerOf(scene, stage));
  const { rows: pictureRows } = scene.view.picture;
  const rows = source ? source.height : pictureRows;
  const count = source ? source.count : 1;
  const painted = source && tilesOf(scene, source, unitsBox(scene));
  if (moveIn(scene, stage, source, painted, p)) return;
  const picture = pictureBox(scene, unitsBox(scene));
  const strip = stripOf(scene, source);
  const slot = stripBox(scene);
  const gone = within(p, MOVE, 0.92);
  const step = Math.ceil((count * rows) / MOST_SLICES);
  const arrived = Array.from({ length: rows }, (_, row) => inTurn(gone, row, rows, 0.35));
  const left = arrived.filter((own) => own > 0).length;
  const there = arrived.filter((own) => own >= 1).length;
  still(scene, `line ${stage.index} ${left} ${there}`, (context) => {
    if (!source) {
      const { canvas } = scene.view.picture;
      const cut = (left / rows) * picture.height;
      if (left < rows)
        context.drawImage(
          canvas,
          ...[0, left, canvas.width, rows - left],
          ...[picture.x, picture.y + cut, picture.width, picture.height - cut],
        );
    } else for (let k = 0; k < count; k++) drawPart(scene, context, painted, k, left / rows, 1);
    drawStrip(scene, context, strip, 0, there / rows);
  });
  const { front } = scene;
  for (let row = there; row < left; row++) {
    const flown = easeInOut(arrived[row]);
    const end = { ...slot, x: slot.x + (row / rows) * slot.width, width: slot.width / rows };
    front.globalAlpha = 1 - 0.6 * flown;
    if (!source) {
      const from = { ...picture, y: picture.y + (row / rows) * picture.height, height: picture.height / rows };
      const box = mixBox(from, end, flown);
      front.drawImage(
        scene.view.picture.canvas,
        0,
        row,
        scene.view.picture.cols,
        1,
        box.x,
        box.y,
        box.width,
        box.height,
      );
      continue;
    }
    for (let k = 0; k < count; k += step) {
      const tile = tileBox(painted.tiles, k);
      const own = { ...tile, x: tile.x - painted.tiles.x, y: tile.y - painted.tiles.y };
      const high = tile.height / rows;
      const box = mixBox({ ...tile, y: tile.y + row * high, height: high }, end, flown);
      front.drawImage(
        painted.canvas,
        ...[own.x, own.y + row * high, own.width, high].map((side) => side * scene.ratio),
        ...[box.x, box.y, box.width, box.height],
      );
    }
  }
  front.globalAlpha = 1;
}

/** One unit after the other is computed of the whole row. */
function dense(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const strip = stripOf(scene, sourceOf(scene, layer));
  const painted = tilesOf(scene, layer, unitsBox(scene));
  const done = swept(within(p, 0.08, 0.95), layer.width);
  if (done < scene.done) scene.key = "";
  still(scene, `dense ${stage.index}`, (context) => {
    drawStrip(scene, context, strip);
    drawEmpty(scene, context, painted, layer.width);
  });
  for (let k = scene.done; k < done; k++) drawPart(scene, scene.back, painted, k);
  scene.done = done;
  if (done >= layer.width || p < 0.04) return;
  const unit = tileBox(painted.tiles, done);
  fan(scene, centre(unit));
  outline(scene, [unit], 2);
}

function fan(scene, [x, y]) {
  const { x: left, y: top, width, height } = stripBox(scene);
  const starts = Array.from({ length: FAN }, (_, k) => [left + ((k + 0.5) / FAN) * width, top + height]);
  lines(scene, starts, [x, y], 0.4);
}

/** The classes that are shown: all, or the likeliest if they are many. */
export function classesOf({ view }, layer) {
  const names = view.scene.class_names;
  const all = Array.from(layer.data, (_, k) => k);
  if (all.length > MOST_CLASSES) all.sort((a, b) => layer.data[b] - layer.data[a]);
  return all.slice(0, MOST_CLASSES).map((k) => ({ k, name: names[k] ?? String(k) }));
}

/** Layout of the classes' names, numbers and bars. */
function classRows(scene, number) {
  const { x, y, width, height } = unitsBox(scene);
  const pitch = height / number;
  const size = Math.max(Math.min(0.62 * pitch, 30, width / 18), Math.min(typeFloor(), 0.85 * pitch));
  const name = Math.min(0.3 * width, 7.2 * size);
  const cell = 0.72 * pitch;
  return { x, y, pitch, size, name, cell, bar: x + name + cell + 14, width: width - name - cell - 14 - 4.6 * size };
}

function drawNames(scene, context, classes, rows, alphaOf = (_) => 1, bold = -1) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = scene.ink;
  classes.forEach(({ k, name }, row) => {
    context.globalAlpha = alphaOf(k);
    context.font = `${k === bold ? 700 : 500} ${rows.size}px ${scene.fontFamily}`;
    context.fillText(name, rows.x + rows.name, rows.y + (row + 0.5) * rows.pitch, rows.name);
  });
  context.globalAlpha = 1;
}

function drawNumbers(scene, context, layer, classes, rows, upTo, alpha = 1) {
  context.globalAlpha = alpha;
  classes.slice(0, upTo).forEach(({ k }, row) => {
    const side = rows.cell;
    context.fillStyle = inkOf(scene, layer, 0, layer.data[k]);
    context.fillRect(rows.x + rows.name + 8, rows.y + (row + 0.5) * rows.pitch - side / 2, side, side);
  });
  context.globalAlpha = 1;
}

/** One number for each class. */
function scores(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const answer = scene.view.layers.find(({ answer }) => answer) ?? layer;
  const strip = stripOf(scene, sourceOf(scene, layer));
  const classes = classesOf(scene, answer);
  const rows = classRows(scene, classes.length);
  const at = within(p, 0.08, 0.92) * classes.length;
  const done = Math.floor(at);
  still(scene, `scores ${stage.index} ${done}`, (context) => {
    drawStrip(scene, context, strip);
    drawNames(scene, context, classes, rows);
    drawNumbers(scene, context, layer, classes, rows, done);
  });
  if (done >= classes.length || p < 0.04) return;
  const y = rows.y + (done + 0.5) * rows.pitch;
  const cell = { x: rows.x + rows.name + 8, y: y - rows.cell / 2, width: rows.cell, height: rows.cell };
  fan(scene, centre(cell));
  outline(scene, [cell], 2);
}

/** The classes race: softmax of ever more of the logits. */
function race(scene, stage, p) {
  const layer = layerOf(scene, stage);
  const logits = sourceOf(scene, layer);
  const classes = classesOf(scene, layer);
  const rows = classRows(scene, classes.length);
  const run = easeInOut(within(p, 0.06, 0.74));
  const over = within(p, 0.76, 0.88);
  const shares = run < 1 && logits ? racing(logits.data, run) : layer.data;
  const best = argmax(layer.data);
  still(scene, `race ${stage.index} ${run} ${over}`, (context) => {
    const alphaOf = (k) => (k === best ? 1 : 1 - 0.4 * over);
    drawNames(scene, context, classes, rows, alphaOf, over > 0 ? best : -1);
    if (logits) drawNumbers(scene, context, logits, classes, rows, classes.length, 1 - 0.5 * over);
    classes.forEach(({ k }, row) => {
      const y = rows.y + (row + 0.5) * rows.pitch;
      const [length, thick] = [Math.max(1, shares[k] * rows.width), 0.66 * rows.pitch];
      context.globalAlpha = 0.08;
      context.fillStyle = scene.ink;
      context.fillRect(rows.bar, y - thick / 2, rows.width, thick);
      context.globalAlpha = k === best && over > 0 ? 1 : 0.55 * alphaOf(k);
      context.fillStyle = k === best && over > 0 ? markOf(scene) : scene.ink;
      context.fillRect(rows.bar, y - thick / 2, length, thick);
      context.globalAlpha = alphaOf(k);
      context.fillStyle = scene.ink;
      context.font = `${k === best && over > 0 ? 700 : 500} ${rows.size}px ${scene.fontFamily}`;
      context.textAlign = "left";
      context.textBaseline = "middle";
      context.fillText(chance(shares[k]), rows.bar + length + 8, y);
    });
    if (over <= 0) return;
    const { x, y, width, height } = scene.whole;
    context.globalAlpha = over;
    context.fillStyle = markOf(scene);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `800 ${Math.min(0.15 * height, width / 9)}px ${scene.fontFamily}`;
    const name = scene.view.scene.class_names[best] ?? String(best);
    context.fillText(`${name} ${chance(layer.data[best])}`, x + width / 2, y + 0.11 * height, width);
  });
}

const DRAW = {
  ...{ enter, sweep, drop, join, morph, again, gather, line, dense, scores, race },
  ...{ sweep_maps: sweepMaps, collapse: pool, average: pool },
};
