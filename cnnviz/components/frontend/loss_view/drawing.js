// The curve with its point, a row for each class, and the sums in numbers.

import { make, setText, shape } from "../shared/elements.js";
import { chance, fill, number } from "../shared/numbers.js";
import { clamp, listed } from "../shared/values.js";
import { curve, PROBABILITIES, written } from "./loss_math.js";

const WIDE = 760; // px from which curve and bars stand side by side
const THIN = 460; // px of the table below which one bar is left out
const MARGIN = { left: 34, right: 14, top: 14, bottom: 40 };
const HEIGHT = 300;
const MOST = 7; // the loss at the upper end, unless the network's own is larger
const SET = [0.9, 0.5, 0.1, 0.01];

/** The probability at x of the curve's picture. */
export const probabilityAt = ({ plot }, x) => clamp((x - MARGIN.left) / plot.width, 0, 1);

export function paint(view) {
  const { root, scene } = view;
  root.classList.toggle("narrow", root.clientWidth < WIDE);
  const table = root.querySelector("table");
  table.classList.toggle("thin", table.clientWidth < THIN);
  paintCurve(view);
  paintRows(view, table);
  paintSet(view);
  writeSums(view);
  const p = view.step.probabilities[scene.label];
  Object.assign(root.dataset, { painted: "", p, loss: view.step.loss });
}

function paintCurve(view) {
  const { svg, root, text, scene, step, own } = view;
  setText(root.querySelector("figcaption"), fill(text.curve, { name: scene.class_names[scene.label] }));
  const width = svg.clientWidth - MARGIN.left - MARGIN.right;
  const most = Math.max(MOST, Math.ceil(own.loss));
  const plot = { width, height: HEIGHT - MARGIN.top - MARGIN.bottom, most };
  view.plot = plot;
  svg.setAttribute("height", String(HEIGHT));
  const x = (p) => MARGIN.left + p * width;
  const y = (loss) => MARGIN.top + plot.height * (1 - Math.min(loss, most) / most);
  const parts = [];
  const add = (tag, attributes, words) => parts.push(shape(tag, attributes, words));
  const line = (x1, y1, x2, y2, name) => add("line", { x1, y1, x2, y2, class: name });
  for (let loss = 1; loss <= most; loss += most > 12 ? 5 : 1) {
    line(x(0), y(loss), x(1), y(loss), "grid-line");
    add("text", { x: x(0) - 8, y: y(loss) + 4, "text-anchor": "end" }, String(loss));
  }
  line(x(0), y(0), x(1), y(0), "axis");
  line(x(0), y(0), x(0), y(most), "axis");
  for (const p of [0, 0.25, 0.5, 0.75, 1]) add("text", { x: x(p), y: y(0) + 17, "text-anchor": "middle" }, String(p));
  add("text", { x: x(1), y: y(0) + 35, "text-anchor": "end" }, text.axis_p);
  add("text", { class: "halo", x: x(0) + 8, y: MARGIN.top + 4 }, text.axis_loss);
  const points = curve(most).map(([p, loss]) => `${x(p).toFixed(1)},${y(loss).toFixed(1)}`);
  add("polyline", { class: "line", points: points.join(" ") });
  const [p, q] = [step.probabilities[scene.label], own.probabilities[scene.label]];
  if (view.p !== null) add("circle", { class: "own", cx: x(q), cy: y(own.loss), r: 6 });
  line(x(p), y(step.loss), x(p), y(0), "to-axis");
  line(x(p), y(step.loss), x(0), y(step.loss), "to-axis");
  const texts = written(step, scene.label);
  const left = p > 0.6;
  add(
    "text",
    {
      class: "said halo",
      x: left ? Math.min(x(p) + 40, x(1)) : x(p) + 14, // clear of the curve
      y: Math.max(y(step.loss) - (left ? 30 : 14), MARGIN.top + 10),
      "text-anchor": left ? "end" : "start",
    },
    `−ln ${texts.p} = ${texts.loss}`,
  );
  let point = svg.querySelector(".point"); // stays, as it has the focus
  if (!point) {
    point = shape("g", { class: "point", tabindex: 0, role: "slider" });
    point.append(
      shape("circle", { class: "reach", r: 22 }),
      shape("circle", { class: "ring", r: 14 }),
      shape("circle", { r: 9 }),
    );
    svg.append(point);
  }
  point.setAttribute("transform", `translate(${x(p)} ${y(step.loss)})`);
  const { low, high } = PROBABILITIES;
  for (const [name, value] of Object.entries({
    label: fill(text.point, { name: scene.class_names[scene.label] }),
    valuemin: low,
    valuemax: high,
    valuenow: clamp(p, low, high),
    valuetext: fill(text.point_value, { p: texts.p, loss: texts.loss }),
  }))
    point.setAttribute(`aria-${name}`, value);
  for (const old of [...svg.children]) if (old !== point) old.remove();
  point.before(...parts);
}

function paintRows({ scene, text, logits, step, own }, table) {
  const heads = [
    ["", text.head_class],
    ["z", text.head_logit],
    ["drawn", ""],
    ["amount", "p"],
    ["drawn signed", ""],
    ["amount", "p − y"],
  ];
  table.tHead.rows[0].replaceChildren(
    ...heads.map(([name, words]) =>
      words ? Object.assign(make("th", name, words), { scope: "col" }) : make("td", name),
    ),
  );
  const body = table.tBodies[0];
  const many = scene.class_names.length;
  while (body.rows.length > many) body.deleteRow(-1);
  while (body.rows.length < many) body.append(newRow());
  const shown = listed(own.probabilities, [scene.label]);
  scene.class_names.forEach((name, k) => {
    body.rows[k].hidden = !shown[k];
    const [title, z, share, p, slope, gradient] = body.rows[k].cells;
    const [value, change] = [step.probabilities[k], step.gradient[k]];
    body.rows[k].classList.toggle("right", k === scene.label);
    setText(title, name);
    setText(z, number(logits[k], 2, 2));
    share.firstChild.firstChild.style.width = `${100 * value}%`;
    setText(p, chance(value));
    const bar = slope.firstChild.firstChild;
    bar.className = change < 0 ? "negative" : "positive";
    Object.assign(bar.style, { width: `${50 * Math.abs(change)}%`, left: `${50 + 50 * Math.min(change, 0)}%` });
    setText(gradient, number(change, 3, 3).replace(/^(?=[0-9])/, "+"));
    gradient.dataset.value = String(change);
  });
}

function newRow() {
  const row = make("tr");
  const bar = (kind, side) => {
    const cell = make("td", side);
    const track = make("span", `track ${kind}`);
    track.append(make("i"));
    cell.append(track);
    return cell;
  };
  row.append(
    Object.assign(make("th"), { scope: "row" }),
    make("td", "z"),
    bar("share", "drawn"),
    make("td", "amount"),
    bar("slope", "drawn signed"),
    make("td", "amount"),
  );
  return row;
}

function paintSet(view) {
  const { root, text, scene, own } = view;
  const row = root.querySelector(".set");
  const choices = ["", ...SET.map(String)];
  if (row.children.length !== choices.length + 1)
    row.replaceChildren(
      make("span"),
      ...choices.map((p) => Object.assign(make("button"), { type: "button", value: p })),
    );
  const [title, ...buttons] = row.children;
  setText(title, fill(text.set, { name: scene.class_names[scene.label] }));
  row.setAttribute("aria-label", title.textContent);
  buttons.forEach((button, k) => {
    const p = choices[k];
    button.dataset.p = p;
    setText(
      button,
      p === ""
        ? fill(text.set_own, { p: chance(own.probabilities[scene.label]) })
        : fill(text.set_to, { p, loss: (-Math.log(Number(p))).toFixed(3) }),
    );
    button.setAttribute("aria-pressed", String(view.p === (p === "" ? null : Number(p))));
  });
}

/** Write "e^{3}" with the 3 raised. */
function writePowers(node, sum) {
  if (node.dataset.sum === sum) return;
  node.dataset.sum = sum;
  node.replaceChildren(...sum.split(/\^\{(.*?)\}/).map((part, k) => (k % 2 ? make("sup", "", part) : part)));
}

/** Softmax, loss and gradient of the right class as formulas, and the meaning of the loss. */
function writeSums(view) {
  const { root, text, scene, step, logits } = view;
  const { label } = scene;
  const texts = written(step, label);
  const [z, rest] = [number(logits[label], 3, 3), number(step.others, 3, 3)];
  const lines = [
    [text.sum_softmax, `e^{z} ÷ Σ e^{z} = e^{${z}} ÷ (e^{${z}} + e^{${rest}}) ≈ `, texts.p],
    [text.sum_loss, `−ln p = −ln ${texts.p} = `, texts.loss],
    [text.sum_gradient, `p − y = ${texts.p} − 1 = `, texts.slope],
  ];
  const list = root.querySelector(".sums");
  while (list.children.length < lines.length) {
    const [item, formula] = [make("li"), make("span")];
    formula.append(make("span"), make("strong"));
    item.append(make("b"), formula);
    list.append(item);
  }
  lines.forEach(([title, sum, result], k) => {
    const [name, formula] = list.children[k].children;
    setText(name, title);
    writePowers(formula.firstChild, sum);
    setText(formula.lastChild, result);
  });
  const guess = Math.log(logits.length);
  const best = step.probabilities.indexOf(Math.max(...step.probabilities));
  const values = { guess: guess.toFixed(3), classes: logits.length, name: scene.class_names[best] };
  const kind = step.loss > guess ? text.worse : best === label ? text.correct : text.wrong;
  setText(root.querySelector(".meaning"), fill(kind, values));
}
