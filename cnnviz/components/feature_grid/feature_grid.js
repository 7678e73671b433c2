// The feature grid: draws the scene that `payload` in __init__.py packs, and moves over it.
// It never computes a number that Python has computed; it only looks numbers up.

const TILE = { 32: 36, 16: 24, 8: 20, 4: 18 }; // pleasant tile side in px, by map height
const TILE_GAP = 2;
const CARD_MIN = 142; // px: six cards fit next to each other on a laptop with a sidebar
const MANY_MAPS = 48;
const WIDE_CARD_MIN = 225;
const CARD_GAP = 14;
const CARD_PADDING = 7;
const TIGHT = 210; // px: below this a card's header takes three lines
const VECTOR_HEIGHT = { row: 112, column: 66 }; // px: a dense layer's cells, in its own row or stacked
const MARGIN = 2; // cells of padding drawn round the input picture
const STEP_MS = 1400; // the journey: time for one layer
const SCAN_ROWS = 4; // and how many sweeps of the window that is
const FAST = 1.2; // px/ms: a pointer on its way to somewhere else selects only where it rests
const REST_MS = 70;
const SPEAK_MS = 350;
const MARK = "#e6007e"; // the chosen cell and its receptive field: a colour no map uses
const ATLAS_COLUMNS = 16;
const LEVELS = 256; // colours on either side of zero
const CHANNELWISE = ["relu", "max_pool", "average_pool", "batch_norm"]; // map k comes from map k alone

export default function (component) {
  const { data } = component;
  const view = keepView(component, ".grid", createView);
  if (!view.bytes || !sameBytes(view.bytes, data)) showScene(view, data);
  else if (view.theme !== themeOf(view.root)) invalidate(view, "maps");
  return view.end;
}

// ---------------------------------------------------------------- geometry: pure functions

/** What cell (i, j) sees of the picture: first and last row and column, padding included. */
function fieldOf({ size, jump, start }, i, j) {
  const [top, left] = [start[0] + i * jump[0], start[1] + j * jump[1]];
  return { top, left, bottom: top + size[0] - 1, right: left + size[1] - 1, height: size[0], width: size[1] };
}

/** The cells of a map that see pixel (row, col): the inverse of `fieldOf`. Null if none does. */
function cellsSeeing({ size, jump, start }, row, col, height, width) {
  const axis = (pixel, k, end) => [
    Math.max(0, Math.ceil((pixel - start[k] - size[k] + 1) / jump[k])),
    Math.min(end - 1, Math.floor((pixel - start[k]) / jump[k])),
  ];
  const [top, bottom] = axis(row, 0, height);
  const [left, right] = axis(col, 1, width);
  return top <= bottom && left <= right ? { top, bottom, left, right } : null;
}

/** How many columns of tiles: close to the pleasant tile size, and few holes in the last row. */
function mosaicColumns(count, width, side) {
  const ideal = width / ((TILE[side] ?? Math.min(44, Math.max(18, side * 1.4))) + TILE_GAP);
  let best = 1;
  const holes = (n) => (Math.ceil(count / n) * n - count) / n;
  const cost = (n) => Math.abs(Math.log(n / ideal)) + 0.35 * holes(n);
  for (let n = 2; n <= count; n++) if (cost(n) < cost(best)) best = n;
  return best;
}

/** How many columns of cells fold `count` numbers into about width x height; a divisor if one is near. */
function foldColumns(count, width, height) {
  const ideal = Math.min(count, Math.max(1, Math.ceil(Math.sqrt((count * width) / height))));
  let best = ideal;
  for (let n = 1; n <= count; n++) {
    const near = n > ideal * 0.75 && n < ideal * 1.45;
    if (near && count % n === 0 && (best === ideal || Math.abs(n - ideal) < Math.abs(best - ideal))) best = n;
  }
  return best;
}

/** How many cards fit next to each other; layers of many maps need wider ones. */
function cardsAcross(width, count) {
  const least = count > MANY_MAPS ? WIDE_CARD_MIN : CARD_MIN;
  return Math.max(1, Math.floor((width + CARD_GAP) / (least + CARD_GAP)));
}

/** Rows of cards: a row ends after pooling, and no row has more cards than fit. */
function rowsOf(layers, width) {
  const blocks = [[]];
  for (const layer of layers) {
    blocks.at(-1).push(layer);
    if (layer.kind.endsWith("pool")) blocks.push([]);
  }
  return blocks.filter((block) => block.length).flatMap((block) => evenly(block, cardsAcross(width, block[0].count)));
}

function evenly(items, most) {
  const rows = Math.ceil(items.length / most);
  const length = Math.ceil(items.length / rows);
  return Array.from({ length: rows }, (_, k) => items.slice(k * length, (k + 1) * length));
}

/** Where in a mosaic a point lies: its map, and the cell of that map. */
function placeInMosaic({ columns, tile, count, height, width }, x, y) {
  const pitch = tile + TILE_GAP;
  const [tileRow, tileCol] = [Math.max(0, Math.floor(y / pitch)), within(Math.floor(x / pitch), columns)];
  const map = tileRow * columns + tileCol;
  if (map >= count) return null;
  return {
    map,
    row: within(Math.floor(((y - tileRow * pitch) / tile) * height), height),
    col: within(Math.floor(((x - tileCol * pitch) / tile) * width), width),
  };
}

/** The window's way over a map while the journey shows it; t in [0, 1]. */
function scanPath(t, height, width) {
  if (height === 1) return { row: 0, col: within(Math.floor(t * width), width) };
  const sweep = Math.min(SCAN_ROWS - 1, Math.floor(t * SCAN_ROWS));
  const row = Math.round(((sweep + 0.5) / SCAN_ROWS) * (height - 1));
  return { row, col: within(Math.floor((t * SCAN_ROWS - sweep) * width), width) };
}

/** An index as one of 0..end-1. */
const within = (index, end) => clamp(index, 0, end - 1);

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, k) => byte === b[k]);
}

// ---------------------------------------------------------------- numbers and words

function precise(value) {
  const size = Math.abs(value);
  return number(value, size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 4);
}

function shapeText(shape) {
  return shape.map(grouped).join(" × ");
}

/** The kind in words, with the window it slides: "convolution 3×3". */
function kindText(view, layer) {
  const word = view.text[`kind_${layer.kind}`] ?? view.text.kind_other;
  return layer.window ? `${word} ${layer.window.size.join("×")}` : word;
}

function aboutText(view, layer) {
  return view.text[`about_${layer.kind}`] ?? view.text.about_other;
}

function noteText(view, note) {
  const [name, n] = [note.name, grouped(note.output_shape.reduce((a, b) => a * b, 1))];
  return fill(view.text[`note_${note.kind}`], { name, n });
}

// ---------------------------------------------------------------- the view and its scene

function createView(root, { on, onResize, onEnd }) {
  const find = (selector) => root.querySelector(selector);
  const view = {
    root,
    flow: find(".flow"),
    cards: [],
    place: null, // {layer: index, map, row, col}
    pixel: null, // the pixel of the input picture under the pointer
    scale: "layer",
    stale: new Set(), // what the next frame must draw
    journey: { step: -1, playing: false, started: 0 },
    touch: matchMedia("(hover: none)").matches,
    still: matchMedia("(prefers-reduced-motion: reduce)"),
    on,
  };
  on(window, RECOLOURED, () => invalidate(view, "maps"));
  onResize(() => root.clientWidth !== view.width && invalidate(view, "layout"), root);
  onEnd(() => {
    clearTimeout(view.resting);
    clearTimeout(view.speaking);
  });
  on(root, "pointerdown", (event) => (view.touch = event.pointerType === "touch"));

  const name = `scale-${Math.random().toString(36).slice(2)}`; // radios of two grids must not mix
  for (const radio of root.querySelectorAll(".scale input")) {
    radio.name = name;
    on(radio, "change", () => {
      view.scale = radio.value;
      view.setStateValue("scale", radio.value);
      invalidate(view, "maps");
    });
  }
  on(find(".play"), "click", () => togglePlay(view));
  on(find(".previous"), "click", () => stepJourney(view, -1));
  on(find(".next"), "click", () => stepJourney(view, 1));
  on(find(".journey"), "keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) stepJourney(view, by);
    if (by) event.preventDefault();
  });
  on(find(".picture"), "click", () => takePicture(view));
  on(find(".open"), "click", () => openPlace(view));
  watchLens(view, find(".lens canvas"));
  watchPicture(view, find(".input canvas"));
  return view;
}

function showScene(view, bytes) {
  const scene = unpack(bytes);
  view.bytes = bytes.slice();
  const before = view.place && { ...view.place, name: view.layers[view.place.layer].name };
  view.scene = scene;
  view.text = scene.text;
  view.layers = scene.layers.map((layer, index) => {
    const { data, shape } = scene.arrays[layer.name];
    const [count, height, width] = shape.length === 3 ? shape : [1, 1, shape[0]];
    const range = scene.arrays[`${layer.name}.range`].data;
    const signed = range.some((value, k) => k % 2 === 0 && value < 0);
    const isVector = shape.length === 1;
    return { ...layer, index, data, count, height, width, range, signed, isVector };
  });
  // one chain: layers whose map k is made of map k of the layer before
  view.layers.forEach((layer, k) => {
    const source = view.layers[k - 1];
    const follows = source && CHANNELWISE.includes(layer.kind) && source.count === layer.count && !layer.isVector;
    layer.chain = follows ? source.chain : k;
  });
  const structure = JSON.stringify([scene.language, scene.before, view.layers.map((l) => [l.name, l.output_shape])]);
  if (structure !== view.structure) buildCards(view);
  view.structure = structure;

  if (scene.scale !== view.heardScale) {
    view.heardScale = view.scale = scene.scale;
    for (const radio of view.root.querySelectorAll(".scale input")) radio.checked = radio.value === scene.scale;
  }
  const wish = JSON.stringify(scene.selected);
  const asked = scene.selected && wish !== view.wish; // a re-run with the same wish is no new wish
  view.wish = wish;
  view.place = (asked && placeByName(view, scene.selected)) || (before && placeByName(view, before)) || firstPlace(view);
  Object.assign(view.root.dataset, { image: scene.digest, layers: view.layers.length });
  view.root.lang = scene.language;
  writeWords(view);
  view.stale = new Set(["layout"]);
  drawFrame(view); // at once: the maps are part of the very first frame
}

/** The place with these names, or null if this network has no such layer. Python may send the name as `layer`. */
function placeByName(view, { name, layer: alias, map, row, col }) {
  const layer = view.layers.find((other) => other.name === (name ?? alias));
  if (!layer) return null;
  return { layer: layer.index, map: within(map, layer.count), row: within(row, layer.height), col: within(col, layer.width) };
}

function firstPlace(view) {
  const layer = view.layers.find(({ kind }) => kind === "conv") ?? view.layers[0];
  return peakPlace(layer, layer.strongest);
}

/** The cell of the largest absolute value of a map. */
function peakPlace(layer, map) {
  const start = map * layer.height * layer.width;
  let best = 0;
  for (let k = 1; k < layer.height * layer.width; k++) {
    if (Math.abs(layer.data[start + k]) > Math.abs(layer.data[start + best])) best = k;
  }
  return { layer: layer.index, map, row: Math.floor(best / layer.width), col: best % layer.width };
}

function valueAt(layer, { map, row, col }) {
  return layer.data[(map * layer.height + row) * layer.width + col];
}

/** What counts as full colour for a map: one value for its whole layer, or its own largest. */
function fullScale(view, layer, map) {
  const own = Math.max(Math.abs(layer.range[2 * map]), Math.abs(layer.range[2 * map + 1]));
  return (view.scale === "map" ? own : layer.full) || 1;
}

// ---------------------------------------------------------------- building the cards

function buildCards(view) {
  view.cards = view.layers.map((layer) => (layer.kind === "softmax" ? answerCard(view) : buildCard(view, layer)));
  view.arranged = null;
}

/** The probabilities at the top are the softmax layer's card. */
function answerCard(view) {
  return { element: view.root.querySelector(".answer"), isAnswer: true };
}

function buildCard(view, layer) {
  const element = make("section", "card");
  const head = make("header");
  const kind = kindText(view, layer);
  head.append(
    make("h3", "", layer.name),
    make("span", "kind", kind),
    make("span", "shape", shapeText(layer.output_shape)),
    Object.assign(make("span", "parameters", layer.parameters), { title: layer.counted }),
  );
  const surface = make("div", "surface");
  surface.tabIndex = 0;
  surface.setAttribute("role", "application");
  const mosaic = layer.openable ? view.text.mosaic_label : view.text.mosaic_look;
  const label = layer.isVector ? view.text.vector_label : mosaic;
  const values = { layer: layer.name, kind, n: grouped(layer.isVector ? layer.width : layer.count) };
  surface.setAttribute("aria-label", fill(label, { ...values, height: layer.height, width: layer.width }));
  surface.dataset.layer = layer.name;
  const card = { element, surface, index: layer.index };
  if (layer.isVector && layer.width === view.scene.class_names.length) {
    card.bars = make("ol", "bars");
    card.rows = view.scene.class_names.map(() => barRow(card.bars));
    surface.append(card.bars);
  } else {
    card.canvas = make("canvas");
    card.mark = make("i", "mark");
    surface.append(card.canvas, card.mark);
  }
  element.append(head, surface);
  if (!layer.isVector) element.append(make("p", "about", aboutText(view, layer)));
  for (const note of layer.after) element.append(noteLine(view, note));
  if (view.layers[layer.index + 1]?.kind === "softmax") element.append(make("p", "note", view.text.note_softmax));
  watchSurface(view, card);
  return card;
}

/** A layer that is not drawn, in words; flattening has a page of its own, which a click opens. */
function noteLine(view, note) {
  const line = make("p", "note");
  if (note.kind !== "flatten") line.textContent = noteText(view, note);
  else {
    const button = make("button", "link", noteText(view, note));
    button.type = "button";
    button.dataset.layer = note.name;
    button.onclick = () => view.setTriggerValue("open", { layer: note.name, map: 0, row: 0, col: 0 });
    line.append(button);
  }
  return line;
}

function barRow(list) {
  const row = make("li");
  const [name, track, value] = [make("span", "name"), make("span", "track"), make("span", "amount")];
  track.append(make("i"));
  row.append(name, track, value);
  list.append(row);
  return { row, name, bar: track.firstChild, value };
}

/** Everything that is text and does not change while hovering. */
function writeWords(view) {
  const { root, text, scene } = view;
  const write = (selector, words) => (root.querySelector(selector).textContent = words);
  write(".scale legend", text.scale);
  root.querySelectorAll(".scale span").forEach((span, k) => (span.textContent = [text.scale_layer, text.scale_map][k]));
  write(".input figcaption", text.input);
  write(".open", text.open);
  Object.assign(root.querySelector(".picture"), { title: text.picture, ariaLabel: text.picture });
  root.querySelector(".previous").setAttribute("aria-label", text.previous);
  root.querySelector(".next").setAttribute("aria-label", text.next);
  root.querySelector(".input canvas").setAttribute("aria-label", text.input);
  root.querySelector(".lens canvas").setAttribute("aria-label", scene.openable ? text.lens_label : text.lens_look);
  writeAnswer(view, scene);
  for (const card of view.cards) if (card.bars) writeBars(view, card);
  writeStory(view);
}

function writeAnswer(view, { class_names: names, true_label: truth }) {
  const { root, text } = view;
  const list = root.querySelector(".answer ol");
  const softmax = view.layers.find(({ kind }) => kind === "softmax");
  list.replaceChildren();
  root.querySelector(".answer").hidden = !softmax;
  if (!softmax) return;
  const best = softmax.data.indexOf(Math.max(...softmax.data));
  names.forEach((name, k) => {
    const line = barRow(list);
    line.name.textContent = name;
    line.bar.style.width = `${100 * softmax.data[k]}%`;
    line.value.textContent = chance(softmax.data[k]);
    line.row.classList.toggle("best", k === best);
    if (k === truth) line.name.append(make("em", "", text.true_label));
    openByClick(view, line.row, softmax, k);
    line.row.tabIndex = k === best ? 0 : -1; // one stop for the Tab key; arrows move inside
  });
  const verdict = root.querySelector(".verdict");
  const says = fill(text.says, { name: names[best], percent: chance(softmax.data[best]) });
  verdict.replaceChildren(make("b", "", says));
  if (truth === null) return;
  const right = truth === best;
  verdict.append(" ", make("span", right ? "right" : "wrong", right ? text.right : fill(text.wrong, { name: names[truth] })));
}

/** Let a class in the answer open the page that computes its probability. */
function openByClick(view, row, softmax, col) {
  const open = () => view.setTriggerValue("open", { layer: softmax.name, map: 0, row: 0, col });
  Object.assign(row, { title: view.text.open, onclick: open });
  row.onkeydown = (event) => {
    const next = { ArrowDown: row.nextSibling, ArrowUp: row.previousSibling }[event.key];
    if (event.key === "Enter") open();
    else if (next) next.focus();
    else return;
    event.preventDefault();
  };
}

function writeBars(view, card) {
  const layer = view.layers[card.index];
  const best = layer.data.indexOf(Math.max(...layer.data));
  card.rows.forEach(({ row, name, bar, value }, k) => {
    const share = layer.data[k] / (layer.largest || 1);
    name.textContent = view.scene.class_names[k];
    value.textContent = precise(layer.data[k]);
    row.classList.toggle("best", k === best);
    bar.className = share < 0 ? "negative" : "positive";
    bar.style.width = `${Math.abs(share) * 50}%`;
  });
}

// ---------------------------------------------------------------- frames

/** Ask for a frame that draws: "layout" (all of it), "maps" (every picture) or "place" (the selection). */
function invalidate(view, what) {
  view.stale.add(what);
  view.frame ??= requestAnimationFrame((now) => drawFrame(view, now));
}

function drawFrame(view, now = performance.now()) {
  cancelAnimationFrame(view.frame);
  view.frame = null;
  if (!view.scene || !view.root.clientWidth) return; // hidden: the observer calls when there is room
  const { stale } = view;
  view.stale = new Set();
  if (stale.has("layout")) arrange(view);
  if (stale.has("layout") || stale.has("maps")) paintMaps(view);
  if (view.journey.playing) playFrame(view, now);
  showPlace(view);
  if (view.root.dataset.painted !== view.scene.digest) {
    const { digest } = view.scene;
    // two frames on, what was just drawn has reached the screen
    requestAnimationFrame(() => requestAnimationFrame(() => (view.root.dataset.painted = digest)));
  }
}

/** Save the whole grid as a picture. */
function takePicture(view) {
  const parts = [...view.root.querySelectorAll(".band, .flow")];
  return savePicture(view.root, parts, "cnnviz_feature_maps.png", () => {
    view.stale.add("layout");
    drawFrame(view);
  });
}

/** Put the cards into rows for the width there is, and size every picture. */
function arrange(view) {
  const { root, layers, cards } = view;
  const width = (view.width = root.clientWidth);
  root.style.setProperty("--top", `${headerHeight()}px`);
  view.barWidth = null;
  root.classList.toggle("narrow", width < 620);
  root.classList.toggle("medium", width >= 620 && width < 1000);
  const room = width < 620 ? (width - 30) / 2 : width < 880 ? 190 : 216;
  view.unit = Math.floor(room / (32 + 2 * MARGIN)); // px of one pixel of the input picture

  const inFlow = layers.filter(({ kind }) => kind !== "softmax");
  const vectors = inFlow.filter(({ isVector }) => isVector);
  const rows = rowsOf(inFlow.filter(({ isVector }) => !isVector), width);
  const stacked = rows.length === 1 && rows[0].length < cardsAcross(width, rows[0][0].count) && vectors.length > 0 && vectors.length < 5;
  const vectorRows = stacked || !vectors.length ? [] : evenly(vectors, Math.max(1, Math.floor(width / 230)));
  const groups = [...rows.map((row) => row.map((layer) => [layer])), ...vectorRows.map((row) => row.map((layer) => [layer]))];
  if (stacked) groups[0].push(vectors);
  root.classList.toggle("stacked", stacked); // the tall column leaves room under the maps

  const arrangement = JSON.stringify(groups.map((row) => row.map((group) => group.map(({ name }) => name))));
  if (arrangement !== view.arranged) placeCards(view, groups);
  view.arranged = arrangement;
  for (const row of groups) {
    const inner = Math.floor((width - (row.length - 1) * CARD_GAP) / row.length) - 2 * CARD_PADDING;
    for (const group of row) for (const layer of group) sizeCard(cards[layer.index], layer, inner, row[0][0], stacked);
  }
}

function placeCards(view, groups) {
  view.flow.replaceChildren();
  for (const note of view.scene.before) view.flow.append(noteLine(view, note));
  for (const row of groups) {
    const line = make("div", "row");
    for (const group of row) {
      const holder = make("div", "group");
      holder.append(...group.map((layer) => view.cards[layer.index].element));
      line.append(holder);
    }
    view.flow.append(line);
  }
}

function sizeCard(card, layer, inner, first, stacked) {
  card.element.classList.toggle("tight", inner < TIGHT);
  if (card.bars) return;
  if (layer.isVector) {
    const columns = foldColumns(layer.width, inner, stacked ? VECTOR_HEIGHT.column : VECTOR_HEIGHT.row);
    const cell = Math.max(2, Math.floor(inner / columns));
    card.layout = { columns, cell, width: columns * cell, height: Math.ceil(layer.width / columns) * cell };
    return;
  }
  // the same count in the same row: the same columns, so that map k stays in its place
  const columns = mosaicColumns(layer.count, inner, layer.count === first.count ? first.height : layer.height);
  const tile = Math.floor((inner - (columns - 1) * TILE_GAP) / columns);
  const span = (n) => n * (tile + TILE_GAP) - TILE_GAP;
  card.layout = { columns, tile, width: span(columns), height: span(Math.ceil(layer.count / columns)) };
}

function paintMaps(view) {
  view.theme = themeOf(view.root);
  view.dark = isDark(view.root);
  view.root.classList.toggle("dark", view.dark);
  view.table = colourTable(signedScale(view.root));
  for (const card of view.cards) {
    if (!card.canvas) continue;
    const layer = view.layers[card.index];
    const { layout } = card;
    const context = sharpContext(card.canvas, layout.width, layout.height);
    context.clearRect(0, 0, layout.width, layout.height);
    if (layer.isVector) {
      paintVector(context, view, layer, layout.columns, layout.cell, 0, 0);
      continue;
    }
    layer.atlas = paintAtlas(view, layer);
    context.imageSmoothingEnabled = layout.tile * density() < layer.width; // shrinking only
    for (let map = 0; map < layer.count; map++) {
      const [x, y] = tileCorner(layout, map);
      drawMap(context, layer, map, x, y, layout.tile, layout.tile);
      paintMinuses(context, view, layer, map, x, y, layout.tile);
    }
  }
  view.picture = paintPicture(view.scene.arrays.image.data);
}

function tileCorner({ columns, tile }, map) {
  return [(map % columns) * (tile + TILE_GAP), Math.floor(map / columns) * (tile + TILE_GAP)];
}

/** ABGR colours of the values -1 to 1 in 2 * LEVELS + 1 steps. */
function colourTable(scale) {
  return Uint32Array.from({ length: 2 * LEVELS + 1 }, (_, k) => {
    const [r, g, b] = signedColour(k / LEVELS - 1, scale).map(Math.round);
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
}

const rgbOf = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];

function colourIndex(value, scale) {
  return Math.round(Math.max(-1, Math.min(1, value / scale)) * LEVELS) + LEVELS;
}

/** All maps of a layer at their native resolution, ATLAS_COLUMNS to a row, on a canvas off the page. */
function paintAtlas(view, layer) {
  const { count, height, width, data } = layer;
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(count, ATLAS_COLUMNS) * width;
  canvas.height = Math.ceil(count / ATLAS_COLUMNS) * height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  const colours = new Uint32Array(pixels.data.buffer);
  let k = 0;
  for (let map = 0; map < count; map++) {
    const scale = fullScale(view, layer, map);
    const corner = Math.floor(map / ATLAS_COLUMNS) * height * canvas.width + (map % ATLAS_COLUMNS) * width;
    for (let row = 0; row < height; row++) {
      const start = corner + row * canvas.width;
      for (let col = 0; col < width; col++) colours[start + col] = view.table[colourIndex(data[k++], scale)];
    }
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function drawMap(context, { atlas, height, width }, map, x, y, drawnWidth, drawnHeight) {
  const [left, top] = [(map % ATLAS_COLUMNS) * width, Math.floor(map / ATLAS_COLUMNS) * height];
  context.drawImage(atlas, left, top, width, height, x, y, drawnWidth, drawnHeight);
}

/** A map's negative cells as such, where they are large; `side` is that of the map. */
function paintMinuses(context, view, layer, map, x, y, side) {
  const { data, height, width } = layer;
  const [w, h] = [side / width, side / height];
  if (!showsMinus(w, h)) return;
  const scale = fullScale(view, layer, map);
  for (let k = 0; k < height * width; k++) {
    const value = data[map * height * width + k];
    const [left, top] = [x + (k % width) * w, y + Math.floor(k / width) * h];
    if (value < 0) paintMinus(context, left, top, w, h, rgbOf(view.table[colourIndex(value, scale)]));
  }
}

function paintVector(context, view, layer, columns, cell, x, y) {
  const scale = fullScale(view, layer, 0);
  const gap = cell > 4 ? 1 : 0;
  for (let k = 0; k < layer.width; k++) {
    const rgb = rgbOf(view.table[colourIndex(layer.data[k], scale)]);
    const [left, top] = [x + (k % columns) * cell, y + Math.floor(k / columns) * cell];
    context.fillStyle = css(rgb);
    context.fillRect(left, top, cell - gap, cell - gap);
    if (layer.data[k] < 0) paintMinus(context, left, top, cell, cell, rgb);
  }
}

function paintPicture(bytes) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(32, 32);
  for (let k = 0; k < 1024; k++) pixels.data.set([bytes[3 * k], bytes[3 * k + 1], bytes[3 * k + 2], 255], 4 * k);
  context.putImageData(pixels, 0, 0);
  return canvas;
}

// ---------------------------------------------------------------- the selection

function showPlace(view) {
  const layer = view.layers[view.place.layer];
  const box = drawLens(view, layer);
  drawPicture(view, layer, box);
  writeFacts(view, layer);
  markCards(view, layer);
  const { map, row, col } = view.place;
  const value = valueAt(layer, view.place);
  Object.assign(view.root.dataset, { selectedLayer: layer.name, selectedMap: map, row, col, value });
}

/** How the lens folds and sizes its cells: a map as it is, a vector as a square of cells. */
function lensLayout(view, layer) {
  const side = 32 * view.unit;
  const columns = layer.isVector ? foldColumns(layer.width, 1, 1) : layer.width;
  const rows = layer.isVector ? Math.ceil(layer.width / columns) : layer.height;
  const cell = side / Math.max(columns, rows);
  const edge = MARGIN * view.unit;
  return { columns, rows, cell, x: edge + (side - columns * cell) / 2, y: edge + (side - rows * cell) / 2 };
}

/** Draw the enlarged map with its cell; return where on the canvas that cell is. */
function drawLens(view, layer) {
  const { place, pixel } = view;
  const size = (32 + 2 * MARGIN) * view.unit;
  const context = sharpContext(view.root.querySelector(".lens canvas"), size, size);
  const { columns, rows, cell, x, y } = lensLayout(view, layer);
  context.clearRect(0, 0, size, size);
  context.imageSmoothingEnabled = false;
  if (layer.isVector) paintVector(context, view, layer, columns, cell, x, y);
  else {
    drawMap(context, layer, place.map, x, y, columns * cell, rows * cell);
    paintMinuses(context, view, layer, place.map, x, y, columns * cell);
  }
  if (pixel && layer.field) {
    const seen = cellsSeeing(layer.field, pixel.row, pixel.col, layer.height, layer.width);
    if (seen) outline(context, boxOf(seen, cell, x, y));
    return null;
  }
  const at = layer.isVector ? { row: Math.floor(place.col / columns), col: place.col % columns } : place;
  const box = boxOf({ top: at.row, bottom: at.row, left: at.col, right: at.col }, cell, x, y);
  outline(context, box);
  return box;
}

function boxOf({ top, bottom, left, right }, cell, x, y) {
  return { x: x + left * cell, y: y + top * cell, width: (right - left + 1) * cell, height: (bottom - top + 1) * cell };
}

/** A frame that stands out on every picture: the mark's colour between white lines. */
function outline(context, { x, y, width, height }) {
  context.lineJoin = "round";
  for (const [colour, line] of [["rgb(255 255 255 / 0.9)", 4.5], [MARK, 2.25]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x, y, width, height);
  }
}

/** The input picture with its padding, the receptive field on it, and the rays to the lens. */
function drawPicture(view, layer, lensBox) {
  const { unit, pixel, place, root } = view;
  const [side, edge] = [32 * unit, MARGIN * unit];
  const size = side + 2 * edge;
  const canvas = root.querySelector(".input canvas");
  const context = sharpContext(canvas, size, size);
  context.clearRect(0, 0, size, size);
  context.strokeStyle = view.dark ? "rgb(255 255 255 / 0.16)" : "rgb(0 0 0 / 0.14)";
  context.lineWidth = 1;
  for (let k = 0; k <= 32 + 2 * MARGIN; k++) {
    // the cells of the padding: drawn as empty cells, only the ring round the picture stays visible
    line(context, k * unit, 0, k * unit, size);
    line(context, 0, k * unit, size, k * unit);
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(view.picture, edge, edge, side, side);
  const whole = { top: 0, left: 0, bottom: 31, right: 31 };
  const field = pixel
    ? { top: pixel.row, bottom: pixel.row, left: pixel.col, right: pixel.col }
    : layer.field ? fieldOf(layer.field, place.row, place.col) : whole;
  const box = boxOf(field, unit, edge, edge);
  if (layer.field || pixel) dim(context, box, edge, side);
  outline(context, box);
  drawCone(view, canvas, box, lensBox, size, !layer.field);
}

function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

/** Darken the picture outside the receptive field a little, so that the field is where one looks. */
function dim(context, box, edge, side) {
  context.save();
  context.beginPath();
  context.rect(edge, edge, side, side);
  context.rect(box.x, box.y, box.width, box.height);
  context.clip("evenodd");
  context.fillStyle = "rgb(0 0 0 / 0.28)";
  context.fillRect(edge, edge, side, side);
  context.restore();
}

/** Rays from the receptive field to the cell it becomes. */
function drawCone(view, picture, from, to, size, whole) {
  const polygon = view.root.querySelector(".cone polygon");
  polygon.classList.toggle("whole", whole); // as wide as the picture: thinner, not to tint the lens
  polygon.style.visibility = to ? "visible" : "hidden";
  if (!to) return;
  const lens = view.root.querySelector(".lens canvas");
  const [x0, y0, x1, y1] = [picture.offsetLeft, picture.offsetTop, lens.offsetLeft, lens.offsetTop];
  const inside = (value) => Math.max(0, Math.min(size, value));
  const [top, bottom] = [inside(from.y), inside(from.y + from.height)];
  const right = inside(from.x + from.width);
  const points = [[x0 + right, y0 + top], [x1 + to.x, y1 + to.y], [x1 + to.x, y1 + to.y + to.height], [x0 + right, y0 + bottom]];
  polygon.setAttribute("points", points.map((point) => point.map(Math.round).join(",")).join(" "));
}

function placeName(view, layer) {
  const { text, place } = view;
  if (layer.isVector) return fill(text.lens_vector, { layer: layer.name, n: grouped(layer.width) });
  return fill(text.lens, { layer: layer.name, map: place.map, last: layer.count - 1 });
}

function rangeText(view, layer) {
  const [min, max] = [layer.range[2 * view.place.map], layer.range[2 * view.place.map + 1]].map(precise);
  return fill(view.text.range, { min, max });
}

function cellText(view, layer) {
  const { text, place, scene } = view;
  if (!layer.isVector) return fill(text.at_cell, place);
  return layer.width === scene.class_names.length ? scene.class_names[place.col] : fill(text.at_unit, place);
}

function seesText(view, layer) {
  const { text, place, pixel } = view;
  if (!layer.field) return text.sees_all;
  if (pixel) {
    const seen = cellsSeeing(layer.field, pixel.row, pixel.col, layer.height, layer.width);
    const n = seen ? (seen.bottom - seen.top + 1) * (seen.right - seen.left + 1) : 0;
    return fill(text.seen_by, { ...pixel, n });
  }
  const field = fieldOf(layer.field, place.row, place.col);
  const outside = field.top < 0 || field.left < 0 || field.bottom > 31 || field.right > 31;
  const [top, bottom, left, right] = [field.top, field.bottom, field.left, field.right].map((n) => number(n));
  const { height, width } = field;
  const sees = fill(text.sees, { height, width, top, bottom, left, right });
  return outside ? `${sees}\n${text.sees_outside}` : sees;
}

function writeFacts(view, layer) {
  const { root, place } = view;
  const write = (selector, words) => {
    const element = root.querySelector(selector);
    if (element.textContent !== words) element.textContent = words;
  };
  const value = valueAt(layer, place);
  write(".lens figcaption", placeName(view, layer));
  write(".facts .value b", precise(value));
  write(".facts .where", `${cellText(view, layer)}`);
  write(".facts .sees", seesText(view, layer));
  write(".facts .range", `${layer.isVector ? grouped(layer.width) : shapeText([layer.height, layer.width])} · ${rangeText(view, layer)}`);
  root.querySelector(".facts .open").style.visibility = layer.openable ? "visible" : "hidden";
  drawBar(view, layer, value);
  clearTimeout(view.speaking);
  view.speaking = setTimeout(() => {
    const shape = layer.isVector ? "" : `, ${shapeText([layer.height, layer.width])}`;
    const words = `${placeName(view, layer)}${shape}, ${rangeText(view, layer)}`;
    if (view.spoken !== words) write(".live", (view.spoken = words));
  }, SPEAK_MS);
}

/** The colour bar: from the lowest colour to the highest, zero marked, the value under the pointer too. */
function drawBar(view, layer, value) {
  const holder = view.root.querySelector(".bar");
  const canvas = holder.querySelector("canvas");
  const width = (view.barWidth ??= holder.clientWidth); // reading it each time would force a layout
  const height = 18;
  const context = sharpContext(canvas, width, height);
  const scale = fullScale(view, layer, view.place.map);
  const low = layer.signed ? -1 : 0;
  const xOf = (t) => ((t - low) / (1 - low)) * (width - 8) + 4;
  context.clearRect(0, 0, width, height);
  for (let x = 4; x < width - 4; x++) {
    const t = low + ((x - 4) / (width - 8)) * (1 - low);
    context.fillStyle = css(rgbOf(view.table[Math.round(t * LEVELS) + LEVELS]));
    context.fillRect(x, 6, 1.5, height - 6);
  }
  context.fillStyle = view.dark ? "#fff" : "#000";
  context.fillRect(Math.round(xOf(0)) - 0.5, 6, 1, height - 6);
  const x = xOf(Math.max(low, Math.min(1, value / scale)));
  context.fillStyle = MARK;
  context.beginPath();
  context.moveTo(x - 4, 0);
  context.lineTo(x + 4, 0);
  context.lineTo(x, 6);
  context.fill();
  const beyond = scale < layer.largest && view.scale === "layer"; // a few values are stronger than full colour
  const [least, most] = beyond ? ["≤ ", "≥ "] : ["", ""];
  const words = layer.signed ? [least + precise(-scale), "0", most + precise(scale)] : ["0", "", most + precise(scale)];
  holder.querySelectorAll("span").forEach((span, k) => {
    if (span.textContent !== words[k]) span.textContent = words[k];
  });
}

function markCards(view, layer) {
  for (const card of view.cards) {
    if (card.isAnswer) continue;
    const other = view.layers[card.index];
    const chosen = other === layer;
    card.element.classList.toggle("chosen", chosen);
    if (card.bars) {
      card.rows.forEach(({ row }, k) => row.classList.toggle("marked", chosen && k === view.place.col));
      continue;
    }
    // the same map before and after ReLU or pooling is marked too, thinly
    const linked = !layer.isVector && !other.isVector && other.chain === layer.chain;
    card.mark.hidden = !chosen && !linked;
    if (card.mark.hidden) continue;
    card.mark.classList.toggle("linked", !chosen);
    const { layout } = card;
    const [x, y] = other.isVector
      ? [(view.place.col % layout.columns) * layout.cell, Math.floor(view.place.col / layout.columns) * layout.cell]
      : tileCorner(layout, view.place.map);
    const side = other.isVector ? layout.cell - 1 : layout.tile;
    card.mark.style.cssText = `width:${side}px;height:${side}px;transform:translate(${x}px,${y}px)`;
  }
}

// ---------------------------------------------------------------- pointer and keys

function select(view, place) {
  if (!place) return;
  const old = view.place;
  if (["layer", "map", "row", "col"].every((part) => old[part] === place[part])) return;
  view.place = place;
  invalidate(view, "place");
}

function openPlace(view) {
  const layer = view.layers[view.place.layer];
  if (!layer.openable) return;
  const { map, row, col } = view.place;
  view.setTriggerValue("open", { layer: layer.name, map, row, col });
}

/** The place under the pointer on a card's surface. */
function placeAt(view, card, event) {
  const layer = view.layers[card.index];
  if (card.bars) {
    const { top, height } = card.bars.getBoundingClientRect();
    return { layer: card.index, map: 0, row: 0, col: within(Math.floor(((event.clientY - top) / height) * layer.width), layer.width) };
  }
  const { left, top } = card.canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - left, event.clientY - top];
  const { columns, cell } = card.layout;
  if (layer.isVector) {
    const col = within(Math.floor(y / cell), Infinity) * columns + within(Math.floor(x / cell), columns);
    return col < layer.width ? { layer: card.index, map: 0, row: 0, col } : null;
  }
  const found = placeInMosaic({ ...card.layout, count: layer.count, height: layer.height, width: layer.width }, x, y);
  return found && { layer: card.index, ...found };
}

function watchSurface(view, card) {
  const { surface } = card;
  let last = null;
  view.on(surface, "pointermove", (event) => {
    if (event.pointerType === "touch") return; // that is scrolling
    const passed = last && event.timeStamp - last.timeStamp;
    const speed = last && passed < 100 ? Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) / passed : 0;
    last = event;
    clearTimeout(view.resting);
    leaveJourney(view);
    const place = placeAt(view, card, event);
    // on the way up to the lens a pointer crosses other maps: they must not steal the selection
    if (speed > FAST) view.resting = setTimeout(() => select(view, place), REST_MS);
    else select(view, place);
  });
  view.on(surface, "pointerleave", () => {
    last = null;
    clearTimeout(view.resting);
  });
  view.on(surface, "click", (event) => {
    leaveJourney(view);
    const place = placeAt(view, card, event);
    select(view, place);
    if (place && !view.touch) openPlace(view);
  });
  view.on(surface, "focus", () => {
    if (surface.matches(":focus-visible") && view.place.layer !== card.index) {
      const layer = view.layers[card.index];
      select(view, peakPlace(layer, layer.chain === view.layers[view.place.layer].chain ? view.place.map : layer.strongest));
    }
  });
  view.on(surface, "keydown", (event) => {
    const layer = view.layers[card.index];
    const columns = card.bars ? 1 : card.layout.columns;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (event.key === "Enter") openPlace(view);
    else if (by) {
      // the pointer may have chosen a cell of another layer meanwhile, which this one need not have
      const from = view.place.layer === card.index ? view.place : peakPlace(layer, layer.strongest);
      const map = from.map + by;
      if (layer.isVector) select(view, { ...from, col: within(from.col + by, layer.width) });
      else if (map >= 0 && map < layer.count) select(view, { ...from, map });
    } else return;
    leaveJourney(view);
    event.preventDefault();
  });
}

function watchLens(view, canvas) {
  const selectAt = (event) => {
    const layer = view.layers[view.place.layer];
    const { columns, rows, cell, x, y } = lensLayout(view, layer);
    const { left, top } = canvas.getBoundingClientRect();
    const row = within(Math.floor((event.clientY - top - y) / cell), rows);
    const col = within(Math.floor((event.clientX - left - x) / cell), columns);
    leaveJourney(view);
    select(view, { ...view.place, ...(layer.isVector ? { row: 0, col: within(row * columns + col, layer.width) } : { row, col }) });
  };
  view.on(canvas, "pointermove", selectAt);
  view.on(canvas, "click", (event) => {
    selectAt(event);
    if (!view.touch) openPlace(view);
  });
  view.on(canvas, "keydown", (event) => {
    const layer = view.layers[view.place.layer];
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "Enter") openPlace(view);
    else if (down || right) {
      const fold = layer.isVector ? lensLayout(view, layer).columns : 0;
      const row = within(view.place.row + (fold ? 0 : down), layer.height);
      select(view, { ...view.place, row, col: within(view.place.col + right + down * fold, layer.width) });
    } else return;
    leaveJourney(view);
    event.preventDefault();
  });
}

function watchPicture(view, canvas) {
  const show = (pixel) => {
    if (view.pixel?.row === pixel?.row && view.pixel?.col === pixel?.col) return;
    view.pixel = pixel;
    invalidate(view, "place");
  };
  const showAt = (event) => {
    const { left, top } = canvas.getBoundingClientRect();
    const [row, col] = [event.clientY - top, event.clientX - left].map((p) => Math.floor(p / view.unit) - MARGIN);
    leaveJourney(view);
    show(row >= 0 && row < 32 && col >= 0 && col < 32 ? { row, col } : null);
  };
  view.on(canvas, "pointermove", showAt);
  view.on(canvas, "pointerdown", showAt);
  view.on(canvas, "pointerleave", () => show(null));
}

// ---------------------------------------------------------------- the journey

/** Stops of the journey: the picture, then every drawn layer; softmax is the last of them. */
function stops(view) {
  return [null, ...view.layers];
}

function togglePlay(view) {
  const { journey } = view;
  const last = stops(view).length - 1;
  if (view.still.matches) return stepJourney(view, 1);
  if (journey.playing) journey.playing = false;
  else {
    if (journey.step < 0 || journey.step === last) visit(view, 0);
    journey.playing = true;
    journey.started = performance.now();
  }
  writeStory(view);
  invalidate(view, "place");
}

function stepJourney(view, by) {
  const { journey } = view;
  journey.playing = false;
  visit(view, (journey.step + by + stops(view).length) % stops(view).length);
}

/** Light up one stop; the lens shows the strongest map of that layer. */
function visit(view, step) {
  view.pixel = null;
  view.journey.step = step;
  const layer = stops(view)[step];
  view.root.classList.add("journeying");
  view.root.querySelector(".input").classList.toggle("lit", step === 0);
  for (const card of view.cards) card.element.classList.toggle("lit", layer !== null && view.cards[layer.index] === card);
  if (layer) {
    select(view, peakPlace(layer, layer.strongest));
    view.cards[layer.index].element.scrollIntoView({ block: "nearest", behavior: view.still.matches ? "auto" : "smooth" });
  }
  writeStory(view);
}

/** Pointing at something ends the journey: from here on the visitor leads. */
function leaveJourney(view) {
  if (view.journey.step < 0) return;
  view.journey = { step: -1, playing: false, started: 0 };
  view.root.classList.remove("journeying");
  view.root.querySelectorAll(".lit").forEach((element) => element.classList.remove("lit"));
  writeStory(view);
}

function playFrame(view, now) {
  const { journey } = view;
  const spent = (now - journey.started) / STEP_MS;
  const last = stops(view).length - 1;
  if (spent >= 1 && journey.step < last) {
    visit(view, journey.step + 1);
    journey.started = now;
  } else if (spent >= 1) {
    journey.playing = false;
    writeStory(view);
    return;
  }
  const layer = stops(view)[journey.step];
  if (layer?.field) Object.assign(view.place, scanPath(Math.min(0.999, spent % 1), layer.height, layer.width));
  invalidate(view, "place");
}

function writeStory(view) {
  const { text, journey, root } = view;
  const write = (selector, words) => (root.querySelector(selector).textContent = words);
  const going = journey.step >= 0;
  const all = stops(view);
  const layer = all[journey.step];
  const ended = journey.step === all.length - 1;
  const rest = view.still.matches ? `${text.next} ›` : going && !ended ? text.resume : text.play;
  write(".play", journey.playing ? text.pause : rest);
  if (!going) {
    write(".story-title", text.hint_title);
    const hint = view.touch ? text.hint_touch : text.hint;
    write(".story-text", view.scene.openable ? hint : text.hint_look);
    return;
  }
  const name = layer ? layer.name : text.input;
  write(".story-title", fill(text.story_title, { n: journey.step + 1, total: all.length, name }));
  write(".story-text", layer ? aboutText(view, layer) : text.about_input);
}
