// The answer: the probability of each class. On a first visit it is a question, which the visitor may answer first.

import { make, tag } from "../shared/elements.js";
import { isBrowsers } from "../shared/keys.js";
import { send } from "../shared/message.js";
import { chance, fill } from "../shared/numbers.js";
import { argmax, listed } from "../shared/values.js";
import { boxOf } from "../shared/zoom.js";
import { openMap } from "./pointing.js";

const REMEMBERED = "cnnviz-answer"; // in the browser's storage: "shown" once the visitor has had it said at once

/** Whether the browser remembers that this visitor wants to see answers at once; one that may not store does not. */
function isRemembered() {
  try {
    return localStorage.getItem(REMEMBERED) === "shown";
  } catch {
    return false;
  }
}

function remember(shown) {
  try {
    if (shown) localStorage.setItem(REMEMBERED, "shown");
    else localStorage.removeItem(REMEMBERED);
  } catch {
    // it is asked again next time
  }
}

const softmaxOf = (view) => view.layers.find(({ answer }) => answer);

/** Whether the answer is still a question. */
export const isAsking = (view) =>
  view.asks && view.answered !== view.scene.digest && view.scene.class_names.length > 0 && Boolean(softmaxOf(view));

/** Apply Python's data of a new scene. */
export function hearAsk(view) {
  const { ask } = view.scene;
  if (ask === view.heardAsk) return;
  view.heardAsk = ask;
  view.asks = ask === "always" || (ask === "first" && !isRemembered());
}

/** Say the answer for this picture. */
export function reveal(view) {
  if (!isAsking(view)) return;
  view.answered = view.scene.digest;
  writeAnswer(view);
}

/** Say the answer for every picture from now on, or ask again. */
function decide(view, asks) {
  view.asks = asks;
  view.answered = view.guess = null;
  remember(!asks);
  view.heardAsk = asks ? "always" : "never";
  send(view, "ask", asks);
  writeAnswer(view);
  view.root.querySelector(".ask").focus();
}

export function barRow(list) {
  const row = make("li");
  const [name, track, value] = [make("span", "name"), make("span", "track"), make("span", "amount")];
  const bar = make("i");
  track.append(bar);
  row.append(name, track, value);
  list.append(row);
  return { row, name, bar, value };
}

export function watchAnswer(view) {
  view.on(view.root.querySelector(".ask"), "click", () => decide(view, !isAsking(view)));
}

export function writeAnswer(view) {
  const { root, text } = view;
  const { class_names: names, true_label: truth } = view.scene;
  const list = root.querySelector(".answer ol");
  const softmax = softmaxOf(view);
  const asking = isAsking(view);
  list.replaceChildren();
  Object.assign(list, { role: "listbox", ariaLabel: asking ? text.question : text.probabilities });
  root.querySelector(".answer").hidden = !softmax;
  root.classList.toggle("asking", asking);
  root.classList.toggle("many", Boolean(softmax) && listed(softmax.data).includes(false)); // then the list scrolls
  for (const surface of root.querySelectorAll(".surface:has(.bars)")) surface.inert = asking; // the logits tell it too
  if (!softmax) return;
  const best = argmax(softmax.data);
  const guess = guessed(view);
  names.forEach((name, k) => {
    const line = barRow(list);
    line.name.textContent = name;
    if (!asking) {
      line.bar.style.width = `${100 * softmax.data[k]}%`;
      line.value.textContent = chance(softmax.data[k]);
      if (k === truth) line.name.append(...tag(text.true_label));
    }
    if (k === guess) line.name.append(...tag(text.guess, "guess"));
    line.row.classList.toggle("best", !asking && k === best);
    const toGuess = () => {
      view.guess = { digest: view.scene.digest, k };
      writeAnswer(view);
      list.children[k].focus();
    };
    const open = () => openMap(view, { layer: softmax.index, map: 0, row: 0, col: k });
    answerClick(line.row, asking ? toGuess : open, asking ? text.guess_this : text.open);
    Object.assign(line.row, { role: "option", ariaSelected: String(k === (asking ? guess : best)) });
    line.row.tabIndex = k === (asking ? (guess ?? 0) : best) ? 0 : -1; // one stop for the Tab key; arrows move inside
  });
  if (!asking) bringIntoSight(list, list.children[best]);
  const button = root.querySelector(".ask");
  button.querySelector("span").textContent = asking ? text.say : "";
  Object.assign(button, { title: asking ? text.say : text.ask, ariaLabel: asking ? text.say : text.ask });
  button.hidden = !names.length;
  writeVerdict(view, asking);
}

const guessed = (view) => (view.guess?.digest === view.scene.digest ? view.guess.k : null);

function writeVerdict(view, asking) {
  const { root, text } = view;
  const { class_names: names, true_label: truth } = view.scene;
  const verdict = root.querySelector(".verdict");
  const guess = guessed(view);
  if (asking) {
    const hint = guess === null ? text.guess_hint : fill(text.guess_made, { name: names[guess] });
    verdict.replaceChildren(make("b", "", text.question), make("span", "hint", hint));
    return;
  }
  const best = argmax(softmaxOf(view).data);
  verdict.replaceChildren(make("b", "", saysText(view)));
  const right = truth === best;
  const words = right ? text.right : fill(text.wrong, { name: names[truth ?? 0] });
  if (truth !== null) verdict.append(" ", make("span", right ? "right" : "wrong", words));
  if (guess !== null) verdict.append(" ", make("span", guess === best ? "right" : "wrong", guessText(view, best)));
}

function saysText({ text, scene, ...view }) {
  const { data } = softmaxOf(view);
  const best = argmax(data);
  return fill(text.says, { name: scene.class_names[best], percent: chance(data[best]) });
}

function guessText(view, best) {
  const k = guessed(view);
  return fill(k === best ? view.text.guess_right : view.text.guess_wrong, { name: view.scene.class_names[k] });
}

/** The answer in one line, at the end of the journey. */
export function answerText(view) {
  const { text, scene } = view;
  const best = argmax(softmaxOf(view).data);
  const { class_names: names, true_label: truth } = scene;
  const parts = [saysText(view)];
  if (truth !== null) parts.push(truth === best ? text.right : fill(text.wrong, { name: names[truth] }));
  if (guessed(view) !== null) parts.push(guessText(view, best));
  return parts.join(" · ");
}

/** Scroll a list of many classes, and nothing round it, until a class is in its middle.
 *  @param {HTMLElement} list
 *  @param {HTMLElement} row */
function bringIntoSight(list, row) {
  if (!row || list.scrollHeight <= list.clientHeight) return;
  list.scrollTop += boxOf(row).top - boxOf(list).top - list.clientHeight / 2;
}

/** Let a class answer to a click, to Enter, and to the arrow keys. */
function answerClick(row, act, title) {
  Object.assign(row, { title, onclick: act });
  row.onkeydown = (event) => {
    if (isBrowsers(event)) return;
    const next = { ArrowDown: row.nextSibling, ArrowUp: row.previousSibling }[event.key];
    if (event.key === "Enter") act();
    else if (next) next.focus();
    else return;
    event.preventDefault();
  };
}
