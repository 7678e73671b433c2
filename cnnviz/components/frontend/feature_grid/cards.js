// The cards of the layers, and everything that is text.

import { make } from "../shared/elements.js";
import { send } from "../shared/message.js";
import { chance, fill, grouped } from "../shared/numbers.js";
import { writeStory } from "./journey.js";
import { watchSurface } from "./pointing.js";
import { passedOnText, takenNames, watchSkips } from "./skips.js";
import { aboutText, kindText, noteText, precise, shapeText } from "./words.js";

export function buildCards(view) {
  view.cards = view.layers.map((layer) => (layer.answer ? answerCard(view) : buildCard(view, layer)));
  view.arranged = null;
}

/** The probabilities at the top are the softmax layer's card. */
function answerCard(view) {
  return { element: view.root.querySelector(".answer"), isAnswer: true };
}

function buildCard(view, layer) {
  const element = make("section", "card");
  const head = make("header");
  const kind = kindText(layer);
  head.append(
    Object.assign(make("h3", "", layer.name), { title: layer.name }),
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
  const names = takenNames(view, layer);
  if (names) element.append(make("p", "note takes", fill(view.text.takes, { names })));
  const passedOn = passedOnText(view, layer);
  if (passedOn) element.append(make("p", "note takes", passedOn));
  for (const note of layer.after) element.append(noteLine(view, note));
  if (layer.scores) element.append(make("p", "note", view.text.note_softmax));
  watchSurface(view, card);
  if (view.skips.length) watchSkips(view, card);
  return card;
}

/** A layer that is not drawn, in words; flattening has a page of its own, which a click opens. */
export function noteLine(view, note) {
  const line = make("p", "note");
  if (!note.openable) line.textContent = noteText(view, note);
  else {
    const button = make("button", "link", noteText(view, note));
    button.type = "button";
    button.dataset.layer = note.name;
    button.onclick = () => send(view, "cell", { layer: note.name, map: 0, row: 0, col: 0 });
    line.append(button);
  }
  return line;
}

function barRow(list) {
  const row = make("li");
  const [name, track, value] = [make("span", "name"), make("span", "track"), make("span", "amount")];
  const bar = make("i");
  track.append(bar);
  row.append(name, track, value);
  list.append(row);
  return { row, name, bar, value };
}

/** Everything that is text and does not change while hovering. */
export function writeWords(view) {
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
  const softmax = view.layers.find(({ answer }) => answer);
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
  verdict.append(
    " ",
    make("span", right ? "right" : "wrong", right ? text.right : fill(text.wrong, { name: names[truth] })),
  );
}

/** Let a class in the answer open the page that computes its probability. */
function openByClick(view, row, softmax, col) {
  const open = () => send(view, "cell", { layer: softmax.name, map: 0, row: 0, col });
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
