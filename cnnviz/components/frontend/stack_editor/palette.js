// The blocks that can be added: a tab for each group of kinds, and under the chosen one a button for each kind.

import { make } from "../shared/elements.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

/** Draw the tabs and the chosen group's buttons.
 *  @param {import("../shared/view.js").View} view its `group` is the name of the chosen group
 *  @param {(kind: string) => void} add called with the kind whose button was clicked */
export function buildPalette(view, add) {
  const { groups, text } = view.scene;
  if (!groups.some(([name]) => name === view.group)) view.group = groups[0][0];
  const tabs = /** @type {HTMLElement} */ (view.root.querySelector(".groups"));
  tabs.setAttribute("aria-label", text.groups);
  const choose = (name) => {
    view.group = name;
    buildPalette(view, add);
    /** @type {HTMLElement} */ (tabs.querySelector("[aria-selected=true]")).focus();
  };
  tabs.replaceChildren(...groups.map(([name]) => tab(view, name, choose)));
  tabs.onkeydown = (event) => {
    const names = groups.map(([name]) => name);
    const ends = { Home: names[0], End: names.at(-1) };
    const to = ends[event.key] ?? neighbour(names, view.group, STEPS[event.key]);
    if (!to || event.altKey) return;
    event.preventDefault();
    choose(to);
  };
  const panel = view.root.querySelector(".kinds");
  panel.setAttribute("aria-label", labelOf(text, view.group));
  const [, kinds] = groups.find(([name]) => name === view.group);
  panel.replaceChildren(...kinds.map((kind) => adder(view, kind, add)));
}

/** The name `step` further on, wrapping round; undefined without a step.
 *  @param {string[]} names
 *  @param {string} name
 *  @param {number | undefined} step */
export function neighbour(names, name, step) {
  return step && names[(names.indexOf(name) + step + names.length) % names.length];
}

const labelOf = (text, group) => text[`group_${group}`] ?? group;

function tab(view, name, choose) {
  const button = make("button", "", labelOf(view.scene.text, name));
  const chosen = name === view.group;
  button.type = "button";
  button.role = "tab";
  button.tabIndex = chosen ? 0 : -1; // the arrow keys lead to the others
  button.setAttribute("aria-selected", String(chosen));
  button.setAttribute("aria-controls", "stack-kinds");
  button.onclick = () => choose(name);
  return button;
}

function adder(view, kind, add) {
  const button = make("button", "", `+ ${view.scene.kinds[kind]}`);
  button.type = "button";
  button.dataset.kind = kind;
  button.dataset.group = view.scene.colours[kind];
  button.onclick = () => add(kind);
  return button;
}
