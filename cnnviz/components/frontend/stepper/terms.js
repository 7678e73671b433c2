// The numbers of a position one below the other, such as inputs that are added or multiplied.

import { make, setText } from "../shared/elements.js";
import { cellNumber, number, numberEms } from "../shared/numbers.js";
import { addLine, paintResult, styleMath } from "./arithmetic.js";
import { at2, fit, PADDING } from "./geometry.js";
import { selectChannel } from "./moving.js";
import { numberGrid, setNumber, signed } from "./number_grid.js";
import { channelName, lineAt, sumAt } from "./position.js";

/** Each number with its name, which shows its map when it is clicked, and the result. */
export function buildTerms(view) {
  const { scene, math } = view;
  const channels = [...Array(scene.x.shape[2]).keys()];
  const { x: digits, sum } = scene.step.digits;
  const limit = Math.max(...scene.limits.x);
  const scale = signed(limit, view.signs);
  const w = Math.floor(view.rem * 72);
  const type = fit(w - PADDING, numberEms(number(-limit, digits)), view.rem, view.floor);
  math.className = "math listed";
  styleMath(math, { w, h: Math.round(view.rem * 34), type, across: 1, rem: view.rem });
  const rows = channels.map((channel) => {
    const row = make("div", "term");
    const name = make("button", "name", channelName(view, channel));
    name.type = "button";
    name.addEventListener("click", () => selectChannel(view, channel));
    const grid = numberGrid(1, 1, "sum", "patch", !type);
    grid.cells[0].cell.dataset.k = String(channel);
    row.append(name, make("span", "sign", channel ? scene.sign : ""), grid.node);
    return { row, name, holder: grid.cells[0] };
  });
  const add = make("div", "add");
  add.append(make("span", "rule"));
  const result = addLine(add, "=", "result");
  const equals = result.previousElementSibling;
  math.replaceChildren(...rows.map(({ row }) => row), add);
  return (i, j) => {
    rows.forEach(({ name, holder }, channel) => {
      const value = sumAt(view, i, j, channel);
      setNumber(holder, cellNumber(value, digits), value, scale);
      name.setAttribute("aria-pressed", String(channel === view.channel));
    });
    setText(equals, lineAt(view, 1, i, j));
    paintResult(result, at2(scene.output_0, i, j), scene.limits.output[0], sum, view);
  };
}
