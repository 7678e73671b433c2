// A pointwise function as a curve.

import { sharpContext } from "../shared/canvas.js";
import { make, setText } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { typeSize } from "../shared/type.js";
import { paintResult } from "./arithmetic.js";
import { path } from "./canvases.js";
import { at2, CURVE_MATH, inputAt } from "./geometry.js";
import { lineAt } from "./position.js";

/** Build it; return the function that updates it for an output cell: its value is marked on the curve. */
export function buildCurve(view) {
  const { scene, math, layout } = view;
  const curve = Array.from({ length: scene.curve.shape[0] }, (_, k) => [
    at2(scene.curve, k, 0),
    at2(scene.curve, k, 1),
  ]);
  const limit = curve[curve.length - 1][0];
  const heights = curve.map(([, y]) => y);
  const [low, high] = [Math.min(0, ...heights), Math.max(...heights) || 1];
  math.className = "math";
  const head = make("div", "formula", scene.formula);
  const line = make("div", "add");
  const how = make("span");
  const result = make("span", "result");
  line.append(how, result);
  line.style.alignSelf = "center";
  const graph = make("div", "graph");
  const [canvas, over] = [make("canvas"), make("canvas", "point")]; // the lecture shows the curve before the point
  graph.append(canvas, over);
  math.replaceChildren(head, graph, line);
  const width = Math.min(layout.math, view.rem * CURVE_MATH);
  const height = Math.round(width * 0.7);
  const type = typeSize(math, "note");
  const margin = Math.max(24, 1.2 * type);
  const px = (x) => width / 2 + (x / limit) * (width / 2 - margin);
  const py = (y) => margin + ((high - y) / (high - low)) * (height - 2 * margin);
  const toPixels = ([x, y]) => [px(x), py(y)];
  const drawCurve = (context) => {
    context.strokeStyle = context.fillStyle = view.ink;
    context.font = `${type}px ${view.font}`;
    context.textAlign = "center";
    path(
      context,
      [
        [px(-limit) - 10, py(0)],
        [px(limit) + 10, py(0)],
      ],
      1,
    );
    path(
      context,
      [
        [px(0), py(low) + 6],
        [px(0), py(high) - 10],
      ],
      1,
    );
    context.strokeStyle = view.halo; // a link that passes goes behind the numbers
    context.lineWidth = 4;
    for (const x of [-limit, 0, limit])
      for (const write of ["strokeText", "fillText"])
        context[write](number(x, 2), px(x), py(0) + 1.05 * type + (x ? 0 : 2));
    context.strokeStyle = view.ink;
    path(context, curve.map(toPixels), 3);
  };
  drawCurve(sharpContext(canvas, width, height));
  return (i, j) => {
    const input = inputAt(scene, i, j, 0);
    const value = at2(scene.output_0, i, j);
    const context = sharpContext(over, width, height);
    context.clearRect(0, 0, width, height);
    context.strokeStyle = context.fillStyle = view.focus;
    context.setLineDash([4, 3]);
    path(
      context,
      [
        [px(input), py(0)],
        [px(input), py(value)],
        [px(0), py(value)],
      ],
      1.5,
    );
    context.setLineDash([]);
    context.beginPath();
    context.arc(px(input), py(value), 7, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = view.halo;
    context.lineWidth = 2;
    context.stroke();
    setText(how, lineAt(view, 1, i, j));
    paintResult(result, value, scene.limits.output[0], scene.step.digits.sum, view);
  };
}
