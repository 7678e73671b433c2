import { isBrowsers } from "../shared/keys.js";
import { isConnected, send } from "../shared/message.js";
import { paintFromStrip } from "../shared/strips.js";

export default function (component) {
  const { data, parentElement } = component;
  const { captions, groups, selected, label, cards, large, strip } = data;
  const root = parentElement.querySelector(".gallery");
  root.setAttribute("aria-label", label);
  root.classList.toggle("cards", cards);
  root.classList.toggle("large", large);
  const focused = root.getRootNode().activeElement?.dataset?.index;
  const buttons = captions.map((caption, i) => tile(strip, caption, i));
  root.style.setProperty("--columns", Math.min(10, Math.max(5, ...groups.map((group) => group.size))));
  let first = 0;
  root.replaceChildren(
    ...groups.map((group) => {
      first += group.size;
      return section(group, buttons.slice(first - group.size, first), groups.length === 1);
    }),
  );

  const mark = (chosen) =>
    buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === (chosen ?? 0) ? 0 : -1; // one stop for the Tab key; arrows move inside
    });
  const pick = (i) => {
    if (!isConnected()) return;
    mark(i); // at once; the answer says the same
    send(component, "selection", i);
  };
  buttons.forEach((button, i) => {
    button.onclick = () => pick(i);
    button.onkeydown = (event) => {
      const next = neighbour(buttons, i, event.key);
      if (next === null || isBrowsers(event)) return;
      event.preventDefault();
      buttons[next].focus();
      pick(next);
    };
  });
  mark(selected);
  root.dataset.painted = captions.length;
  if (focused !== undefined) buttons[focused]?.focus({ preventScroll: true }); // the tiles were made again
}

/** The tile that an arrow key leads to, or null: up and down go to the nearest tile of the next line. */
function neighbour(buttons, i, key) {
  if (key === "ArrowLeft" || key === "ArrowRight") {
    const next = i + (key === "ArrowLeft" ? -1 : 1);
    return buttons[next] ? next : null;
  }
  if (key !== "ArrowUp" && key !== "ArrowDown") return null;
  const down = key === "ArrowDown";
  const boxes = buttons.map((button) => button.getBoundingClientRect());
  const far = (k) => (down ? 1 : -1) * (boxes[k].top - boxes[i].top);
  const below = boxes.map((_, k) => k).filter((k) => far(k) > boxes[i].height / 2);
  const line = Math.min(...below.map(far));
  const there = below.filter((k) => far(k) < line + boxes[i].height / 2);
  const aside = (k) => Math.abs(boxes[k].left - boxes[i].left);
  return there.length ? there.reduce((best, k) => (aside(k) < aside(best) ? k : best)) : null;
}

function section({ name, note, empty }, tiles, alone) {
  const element = (className, text) => Object.assign(document.createElement("div"), { className, textContent: text });
  const group = element(alone ? "group alone" : "group", "");
  const head = element("head", "");
  head.append(element("name", name), element("note", note));
  const box = element("tiles", "");
  box.append(...(tiles.length || !empty ? tiles : [element("note empty", empty)]));
  group.append(head, box);
  return group;
}

function tile(strip, caption, i) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = caption;
  button.dataset.index = i;
  button.setAttribute("role", "radio");
  button.setAttribute("aria-label", caption);
  const canvas = document.createElement("canvas");
  button.append(canvas);
  paintFromStrip(canvas, strip, i);
  return button;
}
