import { setText } from "../shared/elements.js";
import { isBrowsers } from "../shared/keys.js";
import { isConnected, send } from "../shared/message.js";
import { paintFromStrip } from "../shared/strips.js";

const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };

export default function (component) {
  const { data, parentElement } = component;
  const { captions, selected, label, own, strip } = data;
  const group = parentElement.querySelector(".pictures");
  group.setAttribute("aria-label", label);
  while (group.children.length > captions.length) group.lastChild.remove();
  while (group.children.length < captions.length) group.append(newButton());

  const mark = (chosen) =>
    [...group.children].forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === (chosen ?? 0) ? 0 : -1; // one stop for the Tab key; arrows move inside
    });
  const pick = (i) => {
    if (!isConnected()) return;
    mark(i); // at once; the answer says the same
    send(component, "selection", i);
  };
  [...group.children].forEach((button, i) => {
    paintFromStrip(button.firstChild, strip, i);
    button.title = captions[i];
    button.setAttribute("aria-label", captions[i]);
    button.onclick = () => pick(i);
    button.onkeydown = (event) => {
      const next = i + (ARROWS[event.key] ?? NaN);
      if (!group.children[next] || isBrowsers(event)) return;
      event.preventDefault();
      group.children[next].focus();
      pick(next);
    };
  });
  mark(selected);
  const button = parentElement.querySelector(".own");
  setText(button.querySelector("span"), own);
  button.hidden = false; // it would jump as the pictures come
  button.onclick = () => {
    if (!isConnected()) return;
    send(component, "own", true);
    openSettings();
  };
}

/** Open the settings in which a visitor uploads a picture. */
function openSettings() {
  const summary = /** @type {HTMLElement | null} */ (document.querySelector(".st-key-settings summary"));
  if (!document.querySelector(".st-key-settings details[open]:not(:has(> [inert]))")) summary?.click();
  summary?.focus();
}

function newButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("role", "radio");
  button.append(document.createElement("canvas"));
  return button;
}
