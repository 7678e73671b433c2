// The controls of a block: a number, a choice, a switch, or the row whose output it takes besides.

import { make } from "../shared/elements.js";
import { rowText } from "./names.js";
import { counts, IMAGE, sourceOf, spanTo } from "./skips.js";

/** The settings of the block at `index`, one control each; `set` is called with a setting and its new value.  */
export function buildSettings(view, index, set) {
  const { text, settings } = view.scene;
  const block = view.blocks[index];
  const holder = make("div", "settings");
  holder.setAttribute("role", "group");
  const field = (word, control, attribute) => {
    const label = make("label");
    control.dataset.attribute = attribute;
    label.append(make("span", "", word), control);
    holder.append(label);
    return label;
  };
  // numbers first, then choices, then switches; of a skip connection its source first, then the layers on it
  const type = ({ choices, switch: onOff }) => (onOff ? 2 : choices.length ? 1 : 0);
  const order = (each) => (each.skip ? -1 : each.of ? 3 : type(each));
  const shown = settings[block.kind].filter((each) => counts(each, block, settings[block.kind]));
  for (const each of shown.toSorted((a, b) => order(a) - order(b))) {
    const changed = (value) => set(each.name, value);
    const control = each.skip
      ? sourceChoice(view, index, block[each.name], changed)
      : CONTROLS[type(each)](each, block[each.name], changed, text);
    const label = `setting_${each.label || each.name}`;
    const word = text[`setting_${each.label}_${block.kind}`] ?? text[label];
    field(word, control, each.name).className = each.switch ? "switch" : "";
  }
  return holder;
}

/** The menu of a row's second input: any row above it, with one between. */
function sourceChoice(view, index, span, changed) {
  const select = make("select");
  const sources = [IMAGE, ...Array(Math.max(0, index - 1)).keys()];
  select.append(
    ...sources.map((source) => {
      const option = make("option", "", rowText(view, source));
      option.value = String(source);
      return option;
    }),
  );
  select.value = String(sourceOf(index, span));
  select.onchange = () => changed(spanTo(index, Number(select.value)));
  return select;
}

const CONTROLS = [
  function numberField({ minimum, maximum }, value, change) {
    const input = make("input");
    Object.assign(input, { type: "number", min: minimum, max: maximum, step: 1, value });
    input.onchange = () => {
      const wanted = bounded(input.value, minimum, maximum);
      input.value = wanted ?? value;
      if (wanted !== null && wanted !== value) change(wanted);
    };
    return input;
  },
  function choice({ choices }, value, change, text) {
    const select = make("select");
    select.append(
      ...choices.map((each) => {
        const option = make("option", "", text[`choice_${each}`] ?? each);
        option.value = each;
        return option;
      }),
    );
    select.value = value;
    select.onchange = () => change(select.value);
    return select;
  },
  function onOff(_, value, change) {
    const box = make("input");
    Object.assign(box, { type: "checkbox", checked: value });
    box.onchange = () => change(box.checked);
    return box;
  },
];

/** A typed number as a whole number in minimum..maximum; null if it is none. */
function bounded(typed, minimum, maximum) {
  const value = Math.round(Number(typed));
  return typed.trim() === "" || Number.isNaN(value) ? null : Math.max(minimum, Math.min(maximum, value));
}
