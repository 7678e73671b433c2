// The buttons for stepping: their signs, names and actions. They are in `.buttons` of `.controls`, styled by
// step_controls.css or player.css.

import { make, setText, shape } from "./elements.js";
import { STEPS } from "./stepping.js";

/** @type {Record<string, string[]>} */
const SIGNS = {
  first: ["M4 4h2.4v12H4zM16 4v12L7.5 10z"],
  previousRow: ["M10 4l6 6.5h-4V16H8v-5.5H4z"],
  previous: ["M14 4v12L4.5 10z"],
  toggle: ["M5 3v14l11.5-7z", "M5 4h3.5v12H5zM11.5 4H15v12h-3.5z"],
  next: ["M6 4v12l9.5-6z"],
  nextRow: ["M10 16l6-6.5h-4V4H8v5.5H4z"],
  last: ["M13.6 4H16v12h-2.4zM4 4v12l8.5-6z"],
};
const FIVE = ["first", "previous", "toggle", "next", "last"];

/** Make the buttons, and let each in `.controls` do what it is called.
 *  @param {any} view
 *  @param {import("./view.js").Life} life
 *  @param {{names?: string[], actions?: Record<string, (view: any) => void>}} options */
export function addStepButtons(view, { on, find }, { names = FIVE, actions = STEPS } = {}) {
  find(".buttons").append(...names.map(stepButton));
  on(find(".controls"), "click", (event) => {
    const button = event.target.closest("button");
    if (button) actions[button.dataset.do](view);
  });
}

/** @param {string} name */
function stepButton(name) {
  const button = Object.assign(make("button"), { type: "button" });
  button.dataset.do = name;
  const sign = shape("svg", { viewBox: "0 0 20 20" });
  sign.append(...SIGNS[name].map((d) => shape("path", { d })));
  button.append(sign);
  if (name !== "toggle") return button;
  ["when-still", "when-playing"].forEach((when, k) => sign.children[k].setAttribute("class", when));
  button.className = "play";
  button.append(make("span"));
  return button;
}

/** Name the buttons, but for the one that plays.
 *  @param {any} view
 *  @param {Record<string, string>} more  names of those that only this view has */
export function nameStepButtons({ find, text }, more = {}) {
  const names = { first: text.first, previous: text.previous, next: text.next, last: text.last, ...more };
  for (const [name, title] of Object.entries(names))
    Object.assign(find(`[data-do=${name}]`), { title, ariaLabel: title });
}

/** Say whether it plays: the button that plays is then the one that stops.
 *  @param {any} view */
export function showPlaying({ root, find, text, playing }) {
  root.classList.toggle("playing", Boolean(playing));
  const button = find(".play");
  const title = playing ? text.pause : text.play;
  setText(button.querySelector("span"), title);
  if (button.title !== title) Object.assign(button, { title, ariaLabel: title });
}
