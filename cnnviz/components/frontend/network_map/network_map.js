// The map of a network: its graph, drawn from top to bottom, with blocks that open where they are.

import { make, setText, shape } from "../shared/elements.js";
import { send, syncSelection } from "../shared/message.js";
import { fill, grouped } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { arrange, BOX, left, route } from "./arrange.js";
import { all, connections, grow, isOpen, reveal, search, shown, standing } from "./tree.js";

const ZOOM = { least: 0.15, most: 2.5, step: 1.25 };
const READABLE = 0.7; // a narrower window scrolls
const REST_MS = 200;
const MARGIN = 16; // px round the map
const [AROUND, WIDEST] = [40, 420]; // px of a box: beside the words in it, and at most

export default defineView(".map", mount, receive);

function mount(root, life) {
  const { on, find, onResize } = life;
  const view = {
    root,
    window: find(".window"),
    sheet: find(".sheet"),
    edges: find(".edges"),
    parts: find(".parts"),
    field: find(".find input"),
    found: find(".found"),
    facts: find(".facts"),
    buttons: find(".buttons"),
    elements: new Map(), // part -> its element
    open: new Set(),
    picked: null, // a part
    zoom: null, // null: the whole width
    matches: [],
    match: -1,
  };
  view.sync = syncSelection(view, life, {
    current: () => ({ open: [...view.open].sort(), picked: view.picked?.layer ?? null }),
  });
  on(root, "click", (event) => {
    const name = event.target.closest("button[data-do]")?.dataset.do;
    if (name) ACTIONS[name](view);
  });
  on(view.parts, "click", (event) => {
    const part = partOf(view, event.target);
    if (part) press(view, part);
  });
  on(view.parts, "dblclick", (event) => {
    const part = partOf(view, event.target);
    if (part?.layer != null) openLayer(view, part);
  });
  on(view.parts, "keydown", (event) => onKey(view, event));
  on(view.field, "input", () => showMatches(view));
  on(view.field, "keydown", (event) => event.key === "Enter" && !event.isComposing && nextMatch(view));
  on(view.window, "wheel", (event) => onWheel(view, event), { passive: false });
  dragging(view, on);
  onResize(() => view.zoom === null && view.layers && fit(view), view.window);
  return view;
}

function receive(view, scene) {
  const { root } = view;
  if (view.scene?.digest !== scene.digest) {
    Object.assign(view, { scene, layers: scene.layers, text: scene.text, picked: null, zoom: null });
    Object.assign(view, { matches: [], match: -1 }); // of the network before
    view.tree = grow(scene.parts, scene.layers);
    view.byId = new Map(all(view.tree).map((part) => [part.id, part]));
    view.leaf = new Map(all(view.tree).flatMap((part) => (part.layer === null ? [] : [[part.layer, part]])));
    view.sources = scene.layers.map(({ inputs }) => inputs);
    view.open = new Set(scene.open.filter((id) => view.byId.get(id)?.parts.length));
    view.sync.received = null;
    write(view);
    measure(view);
    draw(view);
    document.fonts.ready.then(() => root.isConnected && measure(view) && draw(view));
  }
  const wanted = view.sync.receive({ open: [...scene.open].sort(), picked: scene.picked });
  if (wanted.open) view.open = new Set(wanted.open.filter((id) => view.byId.get(id)?.parts.length));
  if (wanted.picked !== undefined && wanted.picked !== null) reveal(view.leaf.get(wanted.picked), view.open);
  if (wanted.open || wanted.picked != null) draw(view);
  if (wanted.picked != null) pick(view, view.leaf.get(wanted.picked), { fromPython: true });
}

/** Write the words that stay. */
function write(view) {
  const { root, text } = view;
  root.lang = view.scene.language;
  view.parts.setAttribute("aria-label", text.label);
  setText(root.querySelector(".find span"), text.search);
  view.field.placeholder = text.search;
  const words = { fold: text.fold, unfold: text.unfold, whole: text.whole };
  for (const [name, word] of Object.entries(words)) setText(view.buttons.querySelector(`[data-do=${name}]`), word);
  const labels = { smaller: text.smaller, larger: text.larger };
  for (const [name, word] of Object.entries(labels))
    view.buttons.querySelector(`[data-do=${name}]`).setAttribute("aria-label", word);
  setText(view.facts.querySelector("[data-do=open]"), text.open);
  view.field.value = "";
  setText(view.found, "");
}

/** Draw the visible parts as boxes, and the connections between them. */
function draw(view) {
  const { layers, tree, open, sources } = view;
  const parts = shown(tree, open);
  const { boxes, width, height } = arrange(tree, open, sources, view.size);
  Object.assign(view, { boxes, width, height, visible: parts });
  const at = standing(parts, open);
  const closed = parts.filter((part) => !isOpen(part, open));
  const largest = {
    parameters: Math.max(1, ...closed.map((part) => sum(layers, part, "parameters"))),
    work: Math.max(1, ...closed.map((part) => sum(layers, part, "work"))),
  };
  const focused = view.parts.contains(view.root.getRootNode().activeElement); // before an element is moved
  const kept = new Map();
  const fragment = document.createDocumentFragment();
  for (const part of parts) {
    const element = view.elements.get(part) ?? newElement(view, part);
    kept.set(part, element);
    update(view, part, element, boxes.get(part), largest);
    fragment.append(element);
  }
  view.elements = kept;
  view.parts.replaceChildren(view.edges, fragment);
  drawEdges(view, connections(layers, at), closed);
  fit(view);
  if (!view.picked || !kept.has(view.picked)) view.picked = null;
  rove(view, view.picked ?? parts[0], focused);
  Object.assign(view.root.dataset, { painted: view.scene.digest, parts: parts.length });
  showFacts(view);
}

/** Measure how large a box is: wider where names are, with another font or those of a stranger's file. Returns whether
 *  that has changed. */
function measure(view) {
  const { root, tree, layers, text } = view;
  const pen = document.createElement("canvas").getContext("2d");
  const { fontSize, fontFamily } = getComputedStyle(root);
  pen.font = `650 ${fontSize} ${fontFamily}`;
  const widths = all(tree).map((part) => pen.measureText(part.title + countOf(layers, text, part)).width);
  const width = Math.ceil(clamp(Math.max(...widths) + AROUND, BOX.width, WIDEST));
  const changed = width !== view.size?.width;
  view.size = { ...BOX, width };
  return changed;
}

/** The text beside a part's name: of one layer its output shape, of several their number. */
function countOf(layers, text, { count, leaves }) {
  return count > 1 ? fill(text.layers, { count }) : sizeOf(layers[leaves.at(-1)].shape);
}

const sum = (layers, part, what) => part.leaves.reduce((total, leaf) => total + layers[leaf][what], 0);
const sizeOf = (shape) => shape.join("×");

function newElement(view, part) {
  const element = make("div", "part");
  element.setAttribute("role", "treeitem");
  element.dataset.id = part.id;
  const head = make("span", "head");
  head.append(make("b"), " ", make("span", "size"));
  element.append(head);
  for (const name of ["parameters", "work"]) {
    const bar = make("i", `share ${name}`);
    bar.append(make("i"));
    element.append(bar);
  }
  const alike = part.layer !== null || part.kind === "unit"; // a block has no colour of its own
  element.dataset.group = alike ? view.layers[part.first].group : part.kind;
  return element;
}

function update(view, part, element, box, largest) {
  const { layers, text, open } = view;
  const opened = isOpen(part, open);
  element.classList.toggle("open", opened);
  element.classList.toggle("several", part.parts.length > 0 && !opened);
  setText(element.querySelector("b"), part.title);
  const count = countOf(layers, text, part);
  setText(element.querySelector(".size"), count);
  for (const name of ["parameters", "work"]) {
    const share = sum(layers, part, name) / largest[name];
    element.querySelector(`.${name} > i`).style.width = opened ? "0" : `${100 * share}%`;
  }
  // of what is open the head is over the connections, so it must be no layer of its own
  element.style.transform = opened ? "" : `translate(${box.x}px, ${box.y}px)`;
  element.style.left = opened ? `${box.x}px` : "";
  element.style.top = opened ? `${box.y}px` : "";
  element.style.width = `${box.width}px`;
  element.style.height = `${box.height}px`;
  element.setAttribute("aria-level", String(part.level));
  if (part.parts.length) element.setAttribute("aria-expanded", String(opened));
  // what is heard begins with what is seen: who speaks to the page says what they read
  const seen = part.count > 1 ? part.title : `${part.title} ${count},`; // the facts of several begin with their count
  element.setAttribute("aria-label", `${seen} ${factsOf(view, part)}`);
}

/** The facts about a part: its output, parameters and work. */
function factsOf(view, part) {
  const { layers, text } = view;
  return fill(part.count > 1 ? text.facts_part : text.facts, {
    count: part.count,
    shape: sizeOf(layers[part.leaves.at(-1)].shape),
    parameters: grouped(sum(layers, part, "parameters")),
    work: grouped(sum(layers, part, "work")),
  });
}

function drawEdges(view, edges, closed) {
  const boxes = closed.map((part) => view.boxes.get(part));
  const lanes = new Map();
  const [lines, words] = [[], new Map()]; // several connections from one layer share one label
  for (const { from, to, layer } of edges) {
    const [start, end] = [view.boxes.get(from), view.boxes.get(to)];
    const lane = lanes.get(end.y) ?? 0;
    const { path, aside } = route(start, end, boxes, lane);
    if (aside !== null) lanes.set(end.y, lane + 1);
    lines.push(shape("path", { d: path, class: aside === null ? "" : "aside", "marker-end": "url(#tip)" }));
    const size = view.layers[layer].shape;
    if (aside !== null || sizeOf(size) === sizeOf(inputOf(view, from))) continue; // it has not changed
    const frame = view.boxes.get(left(from, to)); // below its border
    const [x, y] = [start.x + start.width / 2, frame.y + frame.height + 19];
    const key = `${x} ${y}`;
    const goes = Math.sign(Math.round(end.x + end.width / 2 - x));
    words.set(key, { x, y, size: sizeOf(size), ways: [...(words.get(key)?.ways ?? []), goes] });
  }
  const texts = [...words.values()].map(({ x, y, size, ways }) => {
    const side = Math.max(...ways) < 0 ? 1 : -1; // left of the line, unless it turns there
    return shape("text", { x: x + 8 * side, y, "text-anchor": side < 0 ? "end" : "start" }, size);
  });
  const tip = shape("marker", {
    id: "tip",
    viewBox: "0 0 8 8",
    refX: 7,
    refY: 4,
    markerWidth: 7,
    markerHeight: 7,
    orient: "auto",
  });
  tip.append(shape("path", { d: "M0 0L8 4L0 8z" }));
  view.edges.replaceChildren(tip, ...lines, ...texts);
}

/** The shape that a part takes. */
function inputOf(view, part) {
  const [source] = view.sources[part.first];
  return source < 0 ? view.scene.image : view.layers[source].shape;
}

/** Put the map into the window: as wide as it fits, or as large as the visitor has made it. */
function fit(view) {
  const room = view.window.clientWidth - 2 * MARGIN;
  if (room <= 0) return;
  const zoom = view.zoom ?? clamp(room / view.width, READABLE, 1);
  view.scale = zoom;
  const [width, height] = [view.width * zoom, view.height * zoom];
  view.sheet.style.width = `${Math.max(room, width) + 2 * MARGIN}px`;
  view.sheet.style.height = `${height + 2 * MARGIN}px`;
  const left = MARGIN + Math.max(0, (room - width) / 2);
  view.parts.style.transform = `translate(${left}px, ${MARGIN}px) scale(${zoom})`;
  view.edges.setAttribute("width", String(view.width));
  view.edges.setAttribute("height", String(view.height));
  view.left = left;
  if (view.zoom === null) view.window.scrollLeft = (view.window.scrollWidth - view.window.clientWidth) / 2;
}

function zoomTo(view, zoom, x = view.window.clientWidth / 2, y = view.window.clientHeight / 2) {
  const before = view.scale;
  const [mapX, mapY] = [
    (view.window.scrollLeft + x - view.left) / before,
    (view.window.scrollTop + y - MARGIN) / before,
  ];
  move(view);
  view.zoom = clamp(zoom, ZOOM.least, ZOOM.most);
  fit(view);
  view.window.scrollLeft = mapX * view.scale + view.left - x;
  view.window.scrollTop = mapY * view.scale + MARGIN - y;
}

/** Move the map as a picture of itself, which is drawn sharply again as soon as it rests. */
function move(view) {
  view.parts.style.willChange = "transform";
  clearTimeout(view.resting);
  view.resting = setTimeout(() => (view.parts.style.willChange = ""), REST_MS);
}

/** Zoom where the wheel turns with the control key, which is also what a pinch on a touch pad sends. */
function onWheel(view, event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(view, view.scale * Math.exp(-event.deltaY / 300), ...pointerOn(view.window, event));
}

/** Move the map with the mouse; fingers scroll it. */
function dragging(view, on) {
  let start = null;
  on(view.window, "pointerdown", (event) => {
    view.dragged = false; // of a drag whose end the page did not see
    if (event.pointerType === "mouse" && event.button === 0)
      start = { x: event.clientX, y: event.clientY, left: view.window.scrollLeft, top: view.window.scrollTop };
  });
  on(window, "pointermove", (event) => {
    if (!(event.buttons & 1)) start = null; // it was released outside the page
    if (!start) return;
    const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
    if (Math.hypot(dx, dy) > 4) view.dragged = true;
    if (!view.dragged) return;
    move(view);
    view.window.scrollTo(start.left - dx, start.top - dy);
  });
  on(window, "pointerup", () => {
    start = null;
    setTimeout(() => (view.dragged = false)); // after the click that ends it
  });
}

const partOf = (view, target) => view.byId.get(target.closest?.(".part")?.dataset.id);

/** A part was clicked: one of several opens or closes, a layer is picked. */
function press(view, part) {
  if (view.dragged) return;
  if (part.parts.length) toggle(view, part);
  else pick(view, part);
}

function toggle(view, part, opened = !view.open.has(part.id)) {
  const middle = () => {
    const { x, y, width } = view.boxes.get(part);
    return { x: (x + width / 2) * view.scale + view.left - view.window.scrollLeft, y };
  };
  const before = middle();
  if (opened) view.open.add(part.id);
  else for (const each of [part, ...all(part.parts)]) view.open.delete(each.id);
  view.picked = part;
  draw(view);
  const now = middle();
  view.window.scrollTop += (now.y - before.y) * view.scale; // it stays where it is
  view.window.scrollLeft += now.x - before.x;
  rove(view, part, true);
  view.sync.changed();
}

function pick(view, part, { fromPython = false } = {}) {
  view.picked = part;
  rove(view, part, !fromPython);
  centre(view, part);
  showFacts(view);
  if (!fromPython) view.sync.changed();
}

function openLayer(view, part) {
  if (!view.scene.openable) return;
  send(view, "layer", part.layer);
  document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0 }); // where it is shown
}

/** Only the part that was reached last can be reached with the tab key; arrows go from there. */
function rove(view, part, focus) {
  for (const [each, element] of view.elements) {
    element.tabIndex = each === part ? 0 : -1;
    element.classList.toggle("picked", each === view.picked);
    element.setAttribute("aria-selected", String(each === view.picked));
  }
  if (focus) view.elements.get(part)?.focus({ preventScroll: true });
}

/** Scroll to a part, if it is not in sight. */
function centre(view, part) {
  const { x, y, width, height } = view.boxes.get(part);
  const { window: box, scale, left } = view;
  const [x0, y0] = [x * scale + left, y * scale + MARGIN];
  if (x0 < box.scrollLeft || x0 + width * scale > box.scrollLeft + box.clientWidth)
    box.scrollLeft = x0 + (width * scale - box.clientWidth) / 2;
  if (y0 < box.scrollTop || y0 + height * scale > box.scrollTop + box.clientHeight)
    box.scrollTop = y0 + (Math.min(height * scale, box.clientHeight) - box.clientHeight) / 2;
}

function showFacts(view) {
  const { facts, picked, layers, text } = view;
  const find = (selector) => facts.querySelector(selector);
  const layer = picked?.layer == null ? null : layers[picked.layer];
  setText(find(".name"), picked ? picked.title : text.hint);
  setText(find("code"), layer && layer.name !== picked.title ? layer.name : "");
  setText(find(".kind"), layer ? layer.kind : "");
  setText(find(".numbers"), picked ? factsOf(view, picked) : text.bars);
  find("[data-do=open]").hidden = !(layer && view.scene.openable);
}

function showMatches(view) {
  view.matches = search(view.layers, view.field.value);
  view.match = -1;
  const { text } = view;
  const count = view.field.value.trim() ? fill(text.found, { count: view.matches.length }) : "";
  setText(view.found, count);
  if (view.matches.length) nextMatch(view);
}

function nextMatch(view) {
  if (!view.matches.length) return;
  view.match = (view.match + 1) % view.matches.length;
  const part = view.leaf.get(view.matches[view.match]);
  reveal(part, view.open);
  draw(view);
  view.picked = part;
  rove(view, part, false);
  centre(view, part);
  showFacts(view);
  setText(view.found, fill(view.text.match, { number: view.match + 1, count: view.matches.length }));
  view.sync.changed();
}

function onKey(view, event) {
  const part = partOf(view, event.target);
  if (!part || event.ctrlKey || event.metaKey || event.altKey) return;
  const { visible } = view;
  const k = visible.indexOf(part);
  const go = (to) => to && pick(view, to);
  const keys = {
    ArrowDown: () => go(visible[k + 1]),
    ArrowUp: () => go(visible[k - 1]),
    Home: () => go(visible[0]),
    End: () => go(visible.at(-1)),
    ArrowRight: () => {
      if (!part.parts.length) return;
      if (isOpen(part, view.open)) go(part.parts[0]);
      else toggle(view, part, true);
    },
    ArrowLeft: () => {
      if (isOpen(part, view.open)) toggle(view, part, false);
      else go(part.parent);
    },
    Enter: () => (part.parts.length ? toggle(view, part) : openLayer(view, part)),
    " ": () => press(view, part),
    "+": () => zoomTo(view, view.scale * ZOOM.step),
    "-": () => zoomTo(view, view.scale / ZOOM.step),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

const ACTIONS = {
  fold: (view) => openAll(view, []),
  unfold: (view) =>
    openAll(
      view,
      all(view.tree).filter((part) => part.parts.length),
    ),
  smaller: (view) => zoomTo(view, view.scale / ZOOM.step),
  larger: (view) => zoomTo(view, view.scale * ZOOM.step),
  whole: (view) => {
    const [width, height] = [view.window.clientWidth, view.window.clientHeight];
    view.zoom = clamp(Math.min((width - 2 * MARGIN) / view.width, (height - 2 * MARGIN) / view.height), ZOOM.least, 1);
    fit(view);
  },
  open: (view) => view.picked && openLayer(view, view.picked),
};

function openAll(view, parts) {
  view.open = new Set(parts.map(({ id }) => id));
  draw(view);
  view.sync.changed();
}
