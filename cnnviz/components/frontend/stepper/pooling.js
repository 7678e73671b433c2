// The arithmetic of pooling: the numbers under the window, and the result.

import { make, setText } from "../shared/elements.js";
import { cellNumber } from "../shared/numbers.js";
import { clamp } from "../shared/values.js";
import { longest, paintResult, styleMath } from "./arithmetic.js";
import { at2, CELL, fit, indices, inputAt, PADDING, room } from "./geometry.js";
import { numberGrid, setNumber, signed } from "./number_grid.js";
import { lineAt } from "./position.js";

/** Build it; return the function that updates it for an output cell. */
export function buildPool(view) {
  const { scene, math, text } = view;
  const [kh, kw] = scene.size;
  const limit = scene.limits.x[0];
  const { digits } = scene.step;
  const scale = signed(limit, view.signs);
  const negative = scene.x.data.some((value) => value < 0);
  const ems = longest(scene.x, digits.x, limit, negative);
  const most = Math.max(view.rem * CELL.max, room(ems, view.floor));
  const w = Math.floor(Math.min(most, (view.layout.math - 4) / kw));
  const type = fit(w - PADDING, ems, view.rem, view.floor);
  math.className = "math";
  styleMath(math, { w, h: Math.round(clamp(w * 0.72, 20, view.rem * 40)), type, across: kw, rem: view.rem });
  const head = make("div", "heads", text.patch);
  head.style.display = "block";
  const row = make("div", "row");
  row.style.display = "block";
  const grid = numberGrid(kh, kw, "patch", "patch", !type);
  row.append(grid.node);
  const lines = make("div", "lines");
  const results = scene.outputs.map(() => {
    const how = make("span");
    const result = make("span", "result");
    lines.append(how, result);
    return { how, result };
  });
  math.replaceChildren(head, row, lines);
  return (i, j) => {
    const rows = indices(scene.rows, i);
    const cols = indices(scene.cols, j);
    const winner = scene.winners ? at2(scene.winners, i, j) : -1;
    grid.cells.forEach((holder, k) => {
      const value = inputAt(scene, rows[Math.floor(k / kw)], cols[k % kw], 0);
      setNumber(holder, value === null ? "" : cellNumber(value, digits.x), value, scale);
      holder.cell.classList.toggle("winner", k === winner);
      holder.cell.classList.toggle("marked", view.touched?.k === k);
    });
    results.forEach(({ how, result }, k) => {
      setText(how, lineAt(view, scene.outputs.length + k, i, j));
      paintResult(result, at2(scene[`output_${k}`], i, j), scene.limits.output[k], digits.sum, view);
    });
  };
}
