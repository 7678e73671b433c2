// The overview of a large network: a few maps of every layer, one layer opened, one map looked at. Numbers are those
// that Python sends; what an opened layer needs is fetched.

import { drillDown } from "../feature_grid/drill_door.js";
import { preprocess } from "../feature_grid/drill_numbers.js";
import { fieldOf, sameBytes, within } from "../feature_grid/geometry.js";
import { aboutText, precise } from "../feature_grid/words.js";
import { density } from "../shared/canvas.js";
import { RECOLOURED, themeOf } from "../shared/colours.js";
import { make, setText, switchOff } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { chance, fill, grouped } from "../shared/numbers.js";
import { inflate, unpack } from "../shared/payload.js";
import { keepView, soon } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { forgetCells, overviewHost } from "./drill_host.js";
import { Answers, readPicture } from "./fetching.js";
import { lensGrid, numbersOf, paintCard, paintLens, paintOpened, paintPhoto, prepareColours } from "./painting.js";
import { bySize, middleOf, movedTo, onPage, PAGE, pageOf, sizesOf, tileAt } from "./positions.js";

const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const SIDE = 300; // px of the photograph and of the map that is looked at
const [NARROW, SLIM] = [900, 640]; // px: what is said of a cell lies below; cards are smaller
const SPEAK_MS = 350;

export default function (component) {
  const view = keepView(component, ".overview", mount);
  const { data } = component;
  if (!view.bytes || !sameBytes(view.bytes, data)) {
    const bytes = data.slice();
    view.bytes = bytes;
    inflate(bytes).then((whole) => {
      if (view.bytes === bytes && view.root.isConnected) receive(view, unpack(whole));
    });
  } else if (view.theme !== themeOf(view.root)) paintAll(view);
  return view.end;
}

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    photo: find(".photo canvas"),
    lens: find(".lens canvas"),
    maps: find(".maps"),
    list: find(".layers"),
    layers: [],
    cards: [],
    scratch: document.createElement("canvas"),
    position: null, // {layer: index, map, row, col}
    first: 0, // the first map on the page that is shown of the opened layer
    side: SIDE,
    width: 0,
    scale: "layer",
    touch: matchMedia("(hover: none)").matches,
    on,
  };
  view.sync = syncSelection(view, life, { current: () => ({ cell: cellOf(view) }) });
  on(view.lens, "click", (event) => lookAt(view, ...cellAt(view, event)));
  on(view.lens, "keydown", (event) => onKey(event, ([down, across]) => step(view, down, across)));
  on(view.maps, "click", (event) => {
    const k = tileAt(view.tiles, countOnPage(view), ...pointerOn(view.maps, event));
    if (k >= 0) drillDown.open(view, { ...view.position, map: view.first + k });
  });
  for (const surface of [view.maps, view.lens])
    on(surface, "keydown", (event) => event.key === "Enter" && drillDown.open(view, view.position));
  on(view.maps, "keydown", (event) =>
    onKey(event, ([down, across]) => turnTo(view, view.position.map + down * view.tiles.columns + across)),
  );
  for (const [name, by] of Object.entries({ previous: -PAGE, next: PAGE })) {
    const button = find(`.${name}`);
    on(button, "click", () => button.ariaDisabled !== "true" && turnTo(view, view.first + by));
  }
  on(find(".open"), "click", () => drillDown.open(view, view.position));
  for (const turnedTo of ["pointermove", "pointerdown", "focusin"]) on(root, turnedTo, () => drillDown.ahead(view));
  on(root, "pointerdown", (event) => (view.touch = event.pointerType === "touch"));
  drillDown.watch(view, overviewHost(view, { select: (position) => turnToPosition(view, position) }));
  on(view.list, "click", (event) => {
    const card = event.target.closest("button");
    if (card) openLayer(view, Number(card.dataset.index));
  });
  on(view.list, "keydown", (event) => onKey(event, ([down, across]) => walk(view, event, down || across)));
  on(window, RECOLOURED, () => paintSoon(view, paintAll));
  const isPainted = () => root.clientWidth === view.width && density() === view.ratio;
  onResize(() => isPainted() || paintSoon(view, paintAll), root);
  onEnd(() => {
    for (const timer of [view.speaking, view.remembering, view.fetching]) clearTimeout(timer);
    view.opening = null; // a map that is on its way does not open any more
  });
  return view;
}

/** Call with the step of an arrow key. */
function onKey(event, go) {
  const way = KEYS[event.key];
  if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault(); // no scrolling
  go(way);
}

function receive(view, scene) {
  const before = view.position && cellOf(view);
  const structure = JSON.stringify(scene.layers.map(({ name, shape }) => [name, shape]));
  const another = view.scene?.digest !== scene.digest;
  const image = another ? null : view.scene.arrays.image;
  view.scene = scene;
  view.text = scene.words;
  if (image) scene.arrays.image = image;
  if (structure !== view.structure) drillDown.close(view);
  view.layers = layersOf(scene, structure === view.structure ? view.layers : []);
  const { cell } = view.sync.receive({ cell: scene.selected });
  view.position = positionOf(view, cell) ?? positionOf(view, before) ?? middleOf(view.layers, 0);
  view.first = pageOf(view.position.map);
  if (structure !== view.structure || scene.language !== view.root.lang) buildCards(view);
  view.structure = structure;
  view.root.lang = scene.language;
  if (another) {
    view.photograph = null;
    view.preprocessed = null;
    forgetCells(view);
    const reading = readPicture(scene.arrays.picture.data);
    view.answers = new Answers(scene, reading);
    reading.then((photograph) => {
      if (view.scene.digest !== scene.digest) return;
      view.photograph = photograph;
      view.scene.arrays.image = { data: photograph.bytes, shape: [...scene.size, 3] };
      view.preprocessed = preprocess(view.scene.arrays.image, scene.grey, scene.drill);
      paintPhoto(view);
      drillDown.repaint(view);
    });
  }
  if (cell) drillDown.close(view);
  writeWords(view);
  paintAll(view);
  if (cell && scene.drill.open) drillDown.open(view, view.position, { grow: false });
  if (view.root.dataset.painted !== scene.digest)
    requestAnimationFrame(() => requestAnimationFrame(() => (view.root.dataset.painted = scene.digest)));
}

/** The layers, each with what a drill-down asks of it; what has been fetched of one stays. */
function layersOf({ layers, arrays }, before) {
  return layers.map((layer, index) => {
    const isVector = !layer.maps;
    const data = isVector ? arrays[layer.name].data : null;
    return { ...before[index], ...layer, ...sizesOf(layer.shape), index, isVector, data };
  });
}

/** Look at a position, on the page of its map. */
function turnToPosition(view, position) {
  view.first = pageOf(position.map);
  change(view, position);
}

/** The position of a cell {layer: name, map, row, col}; null if this network has no such layer. */
function positionOf({ layers }, cell) {
  const index = cell ? layers.findIndex(({ name }) => name === cell.layer) : -1;
  if (index < 0) return null;
  const { height, width, count } = sizesOf(layers[index].shape);
  return { layer: index, map: within(cell.map, count), row: within(cell.row, height), col: within(cell.col, width) };
}

const cellOf = ({ layers, position }) => ({ ...position, layer: layers[position.layer].name });
const countOnPage = ({ layers, position, first }) => onPage(first, sizesOf(layers[position.layer].shape).count);

/** Look elsewhere: a drill-down that is on its way does not open any more. */
function change(view, fields) {
  view.opening = null;
  view.position = { ...view.position, ...fields };
  view.host.showMessage("");
  view.sync.changed();
  paintSoon(view, paintPosition);
}

function lookAt(view, row, col) {
  change(view, { row, col });
}

/** Move the cell that is looked at; in a vector, by one number. */
function step(view, down, across) {
  const { height, width } = sizesOf(view.layers[view.position.layer].shape);
  const rowStep = height === 1 ? lensGrid(view).columns : 0;
  const { row, col } = view.position;
  lookAt(view, within(row + (rowStep ? 0 : down), height), within(col + across + down * rowStep, width));
}

function cellAt(view, event) {
  const { height, width } = sizesOf(view.layers[view.position.layer].shape);
  const { columns, cell } = lensGrid(view);
  const [x, y] = pointerOn(view.lens, event).map((at) => Math.max(0, Math.floor(at / cell)));
  return height === 1 ? [0, within(y * columns + x, width)] : [within(y, height), within(x, width)];
}

/** Show another map of the opened layer, and the page on which it is. */
const turnTo = (view, map) =>
  turnToPosition(view, { ...view.position, map: within(map, sizesOf(view.layers[view.position.layer].shape).count) });

const openLayer = (view, index) => turnToPosition(view, movedTo(view.layers, view.position, index));

/** Go to another layer with the arrow keys. */
function walk(view, event, by) {
  const next = Number(event.target.closest("button")?.dataset.index) + by;
  if (!view.cards[next]) return;
  view.cards[next].element.focus();
  openLayer(view, next);
}

function buildCards(view) {
  const { text } = view.scene;
  view.cards = [];
  const parts = bySize(view.layers).flatMap(({ size, indices }) => {
    const row = make("div", "row");
    for (const index of indices) {
      const layer = view.layers[index];
      const { count, width } = sizesOf(layer.shape);
      const element = make("button", "layer");
      element.type = "button";
      element.dataset.index = String(index);
      const canvas = make("canvas");
      canvas.setAttribute("aria-hidden", "true");
      const shown = layer.maps ? { shown: layer.maps.length, count: grouped(count) } : { count: grouped(width) };
      element.append(canvas, make("b", "", layer.title));
      element.append(make("span", "", fill(layer.maps ? text.some_of : text.numbers, shown)));
      view.cards.push({ element, canvas, index });
      row.append(element);
    }
    return [make("h3", "", size ? fill(text.size, { size }) : text.vectors), row];
  });
  view.list.replaceChildren(...parts);
}

function writeWords(view) {
  const { root, scene } = view;
  const { text } = scene;
  const write = (selector, words) => setText(root.querySelector(selector), words);
  write(".open", text.open);
  write(".answers", text.answers);
  write(".photo figcaption", text.photo);
  view.photo.setAttribute("aria-label", text.photo);
  view.lens.setAttribute("aria-label", text.lens_label);
  view.maps.setAttribute("aria-label", text.maps_label);
  view.list.setAttribute("aria-label", text.layers_label);
  root.querySelector(".previous").setAttribute("aria-label", text.previous);
  root.querySelector(".next").setAttribute("aria-label", text.next);
  root.querySelector(".answers").hidden = !scene.best.length;
  root.querySelector(".best").replaceChildren(
    ...scene.best.map(({ name, share, true: right }) => {
      const line = make("li");
      const [track, bar] = [make("span", "track"), make("i")];
      track.append(bar);
      bar.style.width = `${100 * share}%`;
      line.append(make("span", "name", right ? `${name} ✓` : name), track, make("span", "share", chance(share)));
      return line;
    }),
  );
}

/** Paint before the next frame: `paintAll`, if anybody has asked for it until then. */
function paintSoon(view, paint) {
  if (paint === paintAll) view.stale = true;
  soon(view, () => (view.stale ? paintAll(view) : paintPosition(view)));
}

function paintAll(view) {
  view.stale = false;
  view.width = view.root.clientWidth;
  view.ratio = density();
  if (!view.width || !view.scene) return; // hidden: the observer calls when there is room
  view.root.classList.toggle("narrow", view.width < NARROW);
  view.root.classList.toggle("slim", view.width < SLIM);
  view.side = view.width < NARROW ? Math.min(SIDE, Math.floor((view.width - 12) / 2)) : SIDE;
  view.theme = themeOf(view.root);
  prepareColours(view);
  for (const card of view.cards) paintCard(view, card);
  paintPosition(view);
  drillDown.renew(view);
}

/** Paint what depends on the position that is looked at, and fetch what it lacks. */
function paintPosition(view) {
  const { root, position, layers } = view;
  const layer = layers[position.layer];
  view.cards.forEach(({ element, index }) => {
    element.setAttribute("aria-pressed", String(index === position.layer));
    element.tabIndex = index === position.layer ? 0 : -1; // one stop for the Tab key
  });
  if (paintOpened(view)) root.dataset.opened = `${layer.name} ${view.first}`;
  paintLens(view);
  paintPhoto(view);
  writePosition(view, layer);
  if (!layer.maps) return;
  const { answers } = view;
  const again = (arrived) => {
    if (!arrived || answers !== view.answers || !root.isConnected) return;
    paintSoon(view, paintPosition);
    drillDown.repaint(view);
  };
  if (view.drill) return; // it fetches what it shows
  answers.fetch("pictures", layer.name, `/${view.first}`).then(again);
  answers.fetch("values", layer.name, `/${position.map}`).then(again);
}

function writePosition(view, layer) {
  const { root, position, scene, first } = view;
  const { text } = scene;
  const { height, width, count } = sizesOf(layer.shape);
  const write = (selector, words) => setText(root.querySelector(selector), words);
  const numbers = numbersOf(view);
  const value = numbers ? numbers.data[position.row * width + position.col] : null;
  const words = value === null ? "…" : precise(value);
  const where = layer.maps ? fill(text.cell, position) : fill(text.unit, position);
  const name = layer.maps ? fill(text.map, { layer: layer.title, map: position.map, last: count - 1 }) : layer.title;
  write(".value", words);
  write(".where", where);
  write(".sees", seesText(view, layer));
  write(".lens figcaption", `${name} · ${layer.maps ? `${height} × ${width}` : grouped(width)}`);
  write(".opened h2", layer.title);
  const last = first + onPage(first, count) - 1;
  write(".page", layer.maps ? fill(text.page, { first, last, count: grouped(count) }) : "");
  write(".about", [aboutText(view, layer), layer.more].join(" "));
  for (const [name, off] of Object.entries({ previous: first === 0, next: last >= count - 1 })) {
    const button = root.querySelector(`.${name}`);
    switchOff(button, off);
    button.hidden = !layer.maps || count <= PAGE;
  }
  Object.assign(root.dataset, { layer: layer.name, map: position.map, row: position.row, col: position.col });
  if (value !== null) root.dataset.value = value;
  else delete root.dataset.value;
  clearTimeout(view.speaking);
  view.speaking = setTimeout(() => write(".live", `${name}, ${where}: ${words}`), SPEAK_MS);
}

function seesText({ position, scene }, { field }) {
  const { text, size } = scene;
  if (!field) return text.sees_all;
  const { top, bottom, left, right, height, width } = fieldOf(field, position.row, position.col);
  const outside = top < 0 || left < 0 || bottom >= size[0] || right >= size[1];
  const sees = fill(text.sees, { height, width });
  return outside ? `${sees}\n${text.sees_outside}` : sees;
}
