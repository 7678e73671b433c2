// Lines over the page: from maps to the vector, to the unit, to the scores.

import { shape } from "../shared/elements.js";
import { boxOf } from "../shared/zoom.js";
import { bandBox, cellBox, shown, unitBox } from "./state.js";

/** Lines over the page: the entry's way, and from the largest contributions to the unit they make. */
export function paintLinks(view, entry) {
  const svg = view.root.querySelector(".links");
  if (!view.wide) return svg.replaceChildren();
  const boxOf = boxesWithin(svg);
  const { scene, text } = view;
  const [maps, column] = [boxOf(view.maps.base), boxOf(view.column.base)];
  const last = scene.layers.length - 1;
  const cell = (index) => {
    const box = cellBox(view, index);
    return [maps.x + box.x + box.w / 2, maps.y + box.y + box.h / 2];
  };
  const onColumn = (index) => column.y + ((index + 0.5) / view.size) * column.h;
  const unitAt = (k, unit) => {
    if (k === last) {
      const box = boxOf(view.answers[unit].button);
      return [box.x, box.y + box.h / 2];
    }
    const [x, y, w, h] = unitBox(view, k, unit);
    const box = boxOf(view.units[k].base);
    return [box.x + x + w / 2, box.y + y + h / 2];
  };
  const shapes = [];
  const add = (tag, attributes) => shapes.push(shape(tag, attributes));
  /** @type {(from: number[], to: number[], attributes: object) => void} */
  const curve = ([x0, y0], [x1, y1], attributes) => {
    const middle = (x0 + x1) / 2;
    add("path", { d: `M${x0},${y0} C${middle},${y0} ${middle},${y1} ${x1},${y1}`, ...attributes });
  };
  // everything to everything: each layer is fed by all of the one before
  const stages = [
    maps,
    column,
    ...view.units.map(({ base }) => boxOf(base)),
    boxOf(view.root.querySelector(".answers ol")),
  ];
  stages.slice(1).forEach((next, k) => {
    const [left, right] = [stages[k].x + stages[k].w, next.x];
    const points = [
      [left, stages[k].y],
      [right, next.y],
      [right, next.y + next.h],
      [left, stages[k].y + stages[k].h],
    ];
    add("polygon", { class: "all", points: points.join(" ") });
  });
  // what happens between the stages, in words below the gaps
  const foot = Math.max(...stages.map(({ y, h }) => y + h));
  const word = (x, anchor, words) => {
    add("text", { x, y: foot + 17, class: "word", "text-anchor": anchor });
    shapes.at(-1).textContent = `${words} →`;
  };
  word(column.x - 3, "end", text.word_flatten);
  word(column.x + column.w + 8, "start", text.word_sum);
  word(stages.at(-1).x + stages.at(-1).w * 0.66, "middle", text.word_softmax);
  const to = unitAt(scene.layer, scene.unit);
  const from = scene.from_source ? column : boxOf(view.units[scene.layer - 1].base);
  const edge = from.x + from.w;
  add("polygon", { class: "fan", points: `${edge},${from.y} ${to.join(",")} ${edge},${from.y + from.h}` });
  const strongest = Math.max(1, ...scene.terms.map(({ shown }) => Math.abs(shown)));
  scene.terms.forEach(({ index, shown: whole }, k) => {
    const look = {
      class: `${whole < 0 ? "negative" : "positive"}${view.touched === k ? " touched" : ""}`,
      "stroke-width": (0.8 + (2.6 * Math.abs(whole)) / strongest).toFixed(2),
    };
    if (scene.from_source) {
      curve(cell(index), [column.x, onColumn(index)], { ...look, class: `${look.class} faint` });
      curve([edge, onColumn(index)], to, look);
    } else {
      const [x, y] = unitAt(scene.layer - 1, index);
      curve([x, y], to, look);
    }
  });
  // map cell -> column -> its line in the band
  curve(cell(entry), [column.x, onColumn(entry)], { class: "entry" });
  add("path", { class: "entry tail", d: `M${column.x + column.w / 2},${onColumn(entry)} V${foot + 26}` });
  add("circle", { class: "dot", cx: column.x + column.w / 2, cy: onColumn(entry), r: 3.5 });
  svg.replaceChildren(...shapes);
  paintDrop(view);
}

/** The last piece of the entry's way, from below the column to the band, which may have scrolled away. */
export function paintDrop(view) {
  const svg = view.root.querySelector(".drop");
  const boxOf = boxesWithin(svg);
  const [flow, column, band] = [
    boxOf(view.root.querySelector(".flow")),
    boxOf(view.column.base),
    boxOf(view.band.base),
  ];
  const box = bandBox(view, shown(view));
  const [from, x, y] = [flow.y + flow.h, band.x + box.x + box.w / 2, band.y + box.y];
  const gone = !view.wide || y < from;
  view.root.querySelector(".tail")?.classList.toggle("gone", gone);
  if (gone) return svg.replaceChildren();
  svg.replaceChildren(shape("path", { class: "entry", d: `M${column.x + column.w / 2},${from} L${x},${y}` }));
}

/** Boxes of elements in the coordinates of an svg. */
function boxesWithin(svg) {
  const home = boxOf(svg);
  return (node) => {
    const { left, top, width, height } = boxOf(node);
    return { x: left - home.left, y: top - home.top, w: width, h: height };
  };
}
