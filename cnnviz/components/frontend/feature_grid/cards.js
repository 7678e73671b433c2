// The cards of the layers, and everything that is text.

import { make } from "../shared/elements.js";
import { send } from "../shared/message.js";
import { fill, grouped } from "../shared/numbers.js";
import { barRow, writeAnswer } from "./answer.js";
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
    Object.assign(make("h2", "", layer.title), { title: `${layer.title} · ${layer.name}` }),
    make("span", "kind", kind),
    make("span", "shape", shapeText(layer.output_shape)),
    Object.assign(make("span", "parameters", layer.parameters), { title: layer.counted }),
  );
  const surface = make("div", "surface");
  surface.tabIndex = 0;
  surface.setAttribute("role", "application");
  const mosaic = view.scene.drill
    ? view.scene.drill.text.mosaic
    : layer.openable
      ? view.text.mosaic_label
      : view.text.mosaic_look;
  const label = layer.isVector ? view.text.vector_label : mosaic;
  const values = { layer: layer.title, kind, n: grouped(layer.isVector ? layer.width : layer.count) };
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
  root.querySelector(".time input").setAttribute("aria-label", text.journey);
  Object.assign(root.querySelector(".leave"), { title: text.leave, ariaLabel: text.leave });
  root.querySelector(".input canvas").setAttribute("aria-label", text.input);
  root.querySelector(".lens canvas").setAttribute("aria-label", scene.openable ? text.lens_label : text.lens_look);
  for (const card of view.cards) if (card.bars) writeBars(view, card);
  writeAnswer(view);
  writeStory(view);
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
