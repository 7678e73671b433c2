// The answer, and everything that is text and changes with the moment.

import { make, setText } from "../shared/elements.js";
import { chance, fill, percent } from "../shared/numbers.js";
import { showPlaying } from "../shared/step_buttons.js";
import { argmax } from "../shared/values.js";
import { answerAt, shownBy } from "./moments.js";

const FAINT = 0.1; // of full colour: below that, a moment's tiles are hard to see

export function writeAnswer(view, t) {
  const { scene, text, root } = view;
  const find = (selector) => root.querySelector(`.answer ${selector}`);
  const ten = answerAt(scene, t);
  find("ol").hidden = find(".verdict").hidden = !ten;
  find(".missing").hidden = Boolean(ten);
  setText(find(".missing"), text.no_predictions);
  if (!ten) return;
  const top = argmax(ten);
  view.lines.forEach(({ row, bar, value }, k) => {
    bar.style.width = `${100 * ten[k]}%`;
    setText(value, chance(ten[k]));
    row.classList.toggle("best", k === top);
  });
  const right = top === scene.true_label;
  const parts = [make("b", "", fill(text.says, { name: scene.class_names[top], percent: chance(ten[top]) }))];
  if (scene.true_label !== null) parts.push(make("span", right ? "good" : "bad", right ? text.right : text.wrong));
  find(".verdict").replaceChildren(...parts);
}

export function writeWords(view, t) {
  const { root, find, scene, text, selection, axis, playing } = view;
  const { name, accuracy } = scene.moments[t];
  const measured = accuracy === null ? text.no_accuracy : fill(text.accuracy, { percent: percent(accuracy) });
  const now = find(".now");
  const live = playing || view.dragging ? "off" : "polite"; // a screen reader could not keep up
  if (now.ariaLive !== live) now.ariaLive = live;
  setText(now.firstElementChild, name);
  setText(now.lastElementChild, measured);
  Object.assign(axis, { ariaValueNow: String(t), ariaValueText: `${name}, ${measured}` });
  showPlaying(view);
  setText(find(".weights h2"), fill(text.filter, { n: shownBy(view), layer: scene.title }));
  for (const radio of root.querySelectorAll("[role=radio]")) {
    const { relu, scale } = radio.dataset;
    const checked = relu ? (relu === "1") === selection.relu : scale === selection.scale;
    radio.setAttribute("aria-checked", String(checked));
    radio.tabIndex = checked ? 0 : -1; // one stop for the Tab key
  }
  const faint = ["kernels", "maps"].some((what) => scene.full[what].moments[t] < FAINT * scene.full[what].training);
  setText(find(".faint"), selection.scale === "training" && faint ? text.faint : "");
  const ten = answerAt(scene, t);
  Object.assign(root.dataset, {
    moment: t,
    step: selection.step,
    filter: shownBy(view),
    relu: selection.relu,
    scale: selection.scale,
    playing,
    answer: ten ? argmax(ten) : "",
    painted: scene.digest,
  });
}
