// The arithmetic between input and output: shared by the modules of the kinds of operations.

import { showsMinus } from "../shared/canvas.js";
import { css, inkOn } from "../shared/colours.js";
import { make, setText } from "../shared/elements.js";
import { number, numberEms } from "../shared/numbers.js";
import { LABEL, SECOND_SIGN, SUM, TYPE } from "./geometry.js";
import { signed } from "./number_grid.js";

/** Add a name and an element for its value; return the latter. */
export function addLine(box, name, className = "") {
  const value = make("span", className || "value");
  box.append(make("span", "", name), value);
  return value;
}

/** Ems of the longest number up to `limit`. */
export function longest(array, digits, limit, negative) {
  const whole = array.data.length <= 4096 && array.data.every(Number.isInteger) && Number.isInteger(limit);
  return (
    numberEms(number(negative ? -limit : limit, whole ? 0 : digits)) +
    (Number.isInteger(limit) && !whole ? 0.25 + 0.5 * digits : 0)
  );
}

/** Set the sizes of number cells, their type and the columns beside them. */
export function styleMath(math, { w, h, type, across, rem, sign = 0 }) {
  math.style.setProperty("--w", `${w}px`);
  math.style.setProperty("--h", `${h}px`);
  math.style.setProperty("--type", `${type || TYPE.min}px`);
  math.style.setProperty("--across", across);
  math.style.setProperty("--between", `${sign}px`);
  math.style.setProperty("--label", `${rem * LABEL}px`);
  math.style.setProperty("--sum", `${rem * SUM}px`);
  math.classList.toggle("signs", showsMinus(w, h) && h > SECOND_SIGN * type);
}

/** Write a result on its colour. */
export function paintResult(node, value, limit, digits, view) {
  setText(node, number(value, digits).replace("≈", "")); // the sign before it says so
  const rgb = signed(limit, view.signs)(value);
  node.style.backgroundColor = css(rgb);
  node.style.color = inkOn(rgb);
}
