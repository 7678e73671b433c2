// Elements that are built once per scene and size.

import { css, tokenColour } from "../shared/colours.js";
import { setText } from "../shared/elements.js";
import { fill } from "../shared/numbers.js";
import { nameStepButtons } from "../shared/step_buttons.js";
import { boxOf } from "../shared/zoom.js";
import {
  drawn,
  MARGIN,
  paintCells,
  paintEmpty,
  paintInput,
  paintMinuses,
  paintNumbers,
  paintScale,
} from "./canvases.js";
import { buildConv, widest } from "./convolution.js";
import { buildCurve } from "./curve.js";
import { at2, cellSize, plan } from "./geometry.js";
import { signed } from "./number_grid.js";
import { paint, paintLinks } from "./painting.js";
import { buildPool } from "./pooling.js";
import { buildTerms } from "./terms.js";

const TALLEST = { wide: 400, narrow: 300 };
const SPEEDS = [1, 4, 15, 60, 240]; // steps per second

export function sideParts(figure) {
  const find = (selector) => figure.querySelector(selector);
  return {
    figure,
    name: find("figcaption b"),
    shape: find("figcaption span"),
    layers: find(".layers"),
    base: find(".base"),
    over: find(".over"),
    scale: find(".scale"),
    legend: find(".legend"),
  };
}

/** Names that depend on the language only. */
export function label(view) {
  const { root, text, scene } = view;
  root.setAttribute("aria-label", text.label);
  root.dataset.operation = scene.name;
  nameStepButtons(view, { previousRow: text.previous_row, nextRow: text.next_row, picture: text.picture });
  view.scrub.setAttribute("aria-label", text.scrub);
  view.scrub.max = view.steps - 1;
  Object.assign(view.speed, { title: text.speed, ariaLabel: text.speed });
  const chosen = view.speed.value || String(SPEEDS[view.still.matches ? 0 : 1]);
  view.speed.replaceChildren(...SPEEDS.map((n) => new Option(fill(text.speed_option, { n }), String(n))));
  view.speed.value = chosen;
}

export function build(view) {
  const { scene, stage, root, text } = view;
  // all sizes follow the page's type: a presenter's is larger
  view.rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const ems = scene.operation === "conv" && !scene.listed ? widest(scene, scene.step.digits) : 0;
  const layout = plan(view.width, scene, view.rem, view.floor, ems);
  view.layout = layout;
  view.font = getComputedStyle(root).fontFamily;
  view.focus = tokenColour(root, "accent");
  view.halo = tokenColour(root, "st-background-color");
  view.ink = getComputedStyle(root).color;
  root.classList.toggle("narrow", !layout.wide);
  stage.style.gridTemplateColumns = layout.columns;
  stage.style.gridTemplateAreas = layout.areas;
  stage.style.columnGap = view.outputsBox.style.gap = `${layout.gap}px`;
  for (const [part, area] of [
    [view.input.figure, "input"],
    [view.math, "math"],
    [view.outputsBox, "outputs"],
  ])
    part.style.gridArea = area;

  if (view.built !== view.digest) {
    view.outputs.forEach((output) => output.figure.remove());
    view.outputs = scene.outputs.map(() => {
      const figure = view.input.figure.cloneNode(true);
      figure.className = "output";
      figure.style.gridArea = "";
      const [current, waiting] = figure.querySelectorAll(".key");
      figure.querySelector(".legend").style.visibility = ""; // this and what follows are as the input has them
      current.hidden = waiting.hidden = false;
      current.querySelector("i").className = "current";
      waiting.querySelector("i").className = "hatch";
      figure.querySelector(".scale").hidden = false; // a picture as input hides its own
      view.outputsBox.append(figure);
      const output = sideParts(figure);
      view.onOutput(output);
      return output;
    });
    view.built = view.digest;
  }

  const [[top, bottom], [left, right]] = scene.pads;
  const [height, width, channels] = scene.x.shape;
  sizePart(view.input, layout, { rows: height + top + bottom, cols: width + left + right, top, left });
  setText(view.input.name, scene.input_name || text.input);
  const padded = top + bottom + left + right > 0;
  const stuffed = Math.max(...scene.inserted) > 1;
  view.input.legend.style.visibility = padded || stuffed ? "" : "hidden";
  const [padding, inserted] = view.input.legend.children;
  padding.hidden = !padded && stuffed;
  inserted.hidden = !stuffed;
  setText(padding.querySelector("span"), scene.operation === "conv" ? text.padding_zero : text.padding_ignored);
  setText(inserted.querySelector("span"), text.inserted_zero);
  view.input.base.setAttribute("aria-label", `${text.input} ${height} × ${width} × ${channels}`);
  const names = { max: text.max, average: text.average };
  view.outputs.forEach((output, k) => {
    sizePart(output, layout, { rows: view.outHeight, cols: view.outWidth, top: 0, left: 0 });
    setText(output.name, (scene.outputs.length > 1 && names[scene.outputs[k]]) || scene.output_name || text.output);
    setText(output.shape, `${view.outHeight} × ${view.outWidth}`);
    const [current, waiting] = output.legend.querySelectorAll(".key > span");
    setText(current, text.current);
    setText(waiting, text.waiting);
    output.base.setAttribute("aria-label", `${text.output} ${view.outHeight} × ${view.outWidth}`);
    const array = scene[`output_${k}`];
    const limit = scene.limits.output[k];
    const scale = signed(limit, view.signs);
    output.full = drawn(output, (context) => {
      paintCells(context, output, (i, j) => css(scale(at2(array, i, j))), view);
      paintMinuses(context, output, array.shape, (i, j) => at2(array, i, j), scale);
      paintNumbers(context, output, array.shape, (i, j) => at2(array, i, j), scene.step.digits.outputs[k], scale, view);
    });
    output.empty = drawn(output, (context) => paintEmpty(context, output, view));
    paintScale(output, array.data, scene.step.digits.outputs[k], scale, view);
  });
  const builders = { conv: buildConv, pointwise: buildCurve, max: buildPool, average: buildPool };
  view.updateMath = scene.listed ? buildTerms(view) : builders[scene.operation](view);
  for (const part of view.math.querySelectorAll(".heads, .row, .add, .lines, .grid, .graph"))
    part.setAttribute("aria-hidden", "true"); // the table says it
  paintInput(view);
  paint(view);
  measure(view);
  paintLinks(view);
}

function sizePart(part, layout, { rows, cols, top, left }) {
  const cell = cellSize(layout.side, layout.wide ? TALLEST.wide : TALLEST.narrow, rows, cols);
  Object.assign(part, { rows, cols, top, left, cell, width: Math.round(cell * cols), height: Math.round(cell * rows) });
  part.figure.style.width = part.layers.style.width = `${part.width}px`;
  part.figure.style.minWidth = `${Math.min(layout.side, 150)}px`;
  part.figure.style.margin = "0 auto";
  part.scale.style.width = `${part.width}px`;
  part.layers.style.height = `${part.height}px`;
  part.over.style.left = part.over.style.top = `${-MARGIN}px`;
}

/** Measure the ends of the connecting lines, relative to the stage. */
function measure(view) {
  const origin = boxOf(view.stage);
  const boxIn = (node) => {
    const box = boxOf(node);
    return {
      left: box.left - origin.left,
      right: box.right - origin.left,
      top: box.top - origin.top,
      bottom: box.bottom - origin.top,
    };
  };
  const patches = [...view.math.querySelectorAll(".patch")].map(boxIn);
  const result = view.math.querySelector(".result");
  view.anchors = {
    input: boxIn(view.input.base),
    output: boxIn(view.outputs[0].base),
    patch: patches.length ? { ...patches[0], bottom: patches.at(-1).bottom } : null,
    result: result && boxIn(result),
  };
}
