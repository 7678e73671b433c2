// Skip connections, drawn as lines between the cards. A network without any has none of this.

import { shape as draw } from "../shared/elements.js";
import { fill } from "../shared/numbers.js";
import { boxOf } from "../shared/zoom.js";
import { HEAD, planRoutes, routeLine, SYMBOL } from "./routes.js";

const LETTER = 6.4; // px: about the width of one in a line's label

/** Make room for the lines between rows of cards. */
export function planSkips(view, groups) {
  view.flow.classList.toggle("skipping", view.skips.length > 0);
  if (!view.skips.length) return;
  const rows = groups.map((row) => row.flat().map(({ index }) => index));
  view.plan = planRoutes(view.skips, rows);
  const lines = view.flow.querySelectorAll(".row");
  view.plan.gaps.forEach((gap, row) => (lines[row].style.marginTop = `${gap}px`));
  for (const row of rows)
    row.forEach((layer, k) => {
      const next = k === 0 || view.layers[layer].takes.includes(row[k - 1]);
      view.cards[layer].element.parentElement.classList.toggle("apart", !next);
    });
}

/** Draw the lines where the cards are now. */
export function drawSkips(view) {
  view.svg?.remove();
  view.svg = null;
  if (!view.skips.length) return;
  const flow = boxOf(view.flow);
  const box = (element) => {
    const { left, top, right, bottom } = boxOf(element);
    return { left: left - flow.left, top: top - flow.top, right: right - flow.left, bottom: bottom - flow.top };
  };
  const rows = [...view.flow.querySelectorAll(".row")].map(box);
  const above = (row) => rows[row].top - view.plan.gaps[row];
  view.svg = draw("svg", { class: "skips", "aria-hidden": "true" });
  for (const route of view.plan.routes) {
    const source = route.from < 0 ? null : box(view.cards[route.from].element);
    const target = box(view.cards[route.to].element);
    const { line, start, head, symbol } = routeLine(route, { source, target, above, left: rows[0].left });
    const part = draw("g", {
      class: "skip",
      "data-from": codeName(view, route.from),
      "data-to": codeName(view, route.to),
    });
    const [x, y] = head;
    part.append(
      draw("path", { d: line }),
      draw("circle", { class: "start", cx: start[0], cy: start[1], r: 3 }),
      draw("path", { class: "head", d: `M${x - 4.5} ${y - 6}L${x + 4.5} ${y - 6}L${x} ${y}Z` }),
    );
    const { symbol: joins } = view.layers[route.to];
    if (joins) {
      part.append(draw("circle", { class: "symbol", cx: symbol[0], cy: symbol[1], r: SYMBOL }));
      part.append(draw("text", { class: "symbol", x: symbol[0], y: symbol[1] }, joins));
    }
    const room = (target.right - target.left) / route.ports - HEAD - SYMBOL;
    const name = nameOf(view, route.from);
    if (name.length * LETTER < room)
      part.append(draw("text", { class: "name", x: symbol[0] + 13, y: symbol[1] }, name));
    view.svg.append(part);
  }
  view.flow.append(view.svg);
  view.litSkips = null;
  lightSkips(view);
}

const codeName = (view, layer) => view.layers[layer]?.name ?? view.text.input;
export const nameOf = (view, layer) => view.layers[layer]?.title ?? view.text.input;

/** Light up the lines from and to the chosen layer, and those of the card that is pointed at. */
export function lightSkips(view) {
  if (!view.svg) return;
  const ends = [view.position.layer, view.pointed].join();
  if (ends === view.litSkips) return;
  view.litSkips = ends;
  view.plan.routes.forEach(({ from, to }, k) => {
    const lit = [from, to].some((end) => end === view.position.layer || end === view.pointed);
    view.svg.children[k].classList.toggle("lit", lit);
  });
}

/** Light up a card's lines while it is pointed at or has the focus. */
export function watchSkips(view, card) {
  const point = (layer) => () => {
    view.pointed = layer;
    lightSkips(view);
  };
  for (const type of ["pointerenter", "focusin"]) card.element.addEventListener(type, point(card.index));
  for (const type of ["pointerleave", "focusout"]) card.element.addEventListener(type, point(null));
}

/** The names of a layer's inputs, unless its only input is the card before it; else "". */
export function takenNames(view, { takes, index, symbol }) {
  if (takes.length === 1 && (takes[0] ?? -1) === index - 1) return "";
  return takes.map((index) => nameOf(view, index ?? -1)).join(symbol === "+" ? " + " : ", ");
}

/** The names of the layers that take a layer, unless only the card after it does; else "". */
export function passedOnText(view, { index }) {
  const names = view.skips.filter(({ from }) => from === index).map(({ to }) => nameOf(view, to));
  if (!names.length) return "";
  const { text } = view;
  const too = view.layers[index + 1]?.takes.includes(index);
  return fill(too ? text.passed_on_too : text.passed_on, { names: names.join(", ") });
}
