// Elements that are built once per scene.

import { make, setText, tag } from "../shared/elements.js";
import { isBrowsers } from "../shared/keys.js";
import { fill, grouped, readNumber } from "../shared/numbers.js";
import { clamp, listed } from "../shared/values.js";
import { pointerOn } from "../shared/zoom.js";
import { UNIT } from "./arithmetic.js";
import { choose, goTo, refresh, touch } from "./moving.js";
import { inputName, unitName } from "./state.js";
import { aligned, asFactor, decimal } from "./written.js";

const ZOOM = 58; // px of an entry written out

export function build(view) {
  const { root, find, scene, text } = view;
  const [height, width, channels] = scene.shape;
  const last = scene.layers.length - 1;
  const layer = scene.layers[scene.layer];
  setText(find(".maps figcaption b"), scene.source_name ?? text.picture);
  setText(find(".maps figcaption span"), (scene.pooled ? [channels] : [height, width, channels]).join(" × "));
  view.maps.layers.setAttribute("aria-label", fill(text.maps_label, { height, width, channels }));
  setText(
    find(".flat h2"),
    fill(text.flatten, { shape: (scene.pooled ?? scene.shape).join(" × "), n: grouped(view.size) }),
  );
  view.band.layers.setAttribute("aria-label", fill(text.band_label, { n: grouped(view.size) }));
  view.band.layers.setAttribute("aria-valuemax", view.size - 1);
  const unit = unitName(view, scene.layer, scene.unit);
  setText(find(".sum h2"), fill(text.sum, { layer: layer.title, unit }));
  setText(find(".sum .note"), fill(text.sum_note, { n: grouped(scene.terms.length + scene.rest.count) }));
  setText(find(".soft h2"), text.softmax);
  setText(find(".knob span"), text.temperature);
  setText(find(".knob button"), text.reset);
  setText(find(".shift span"), text.shift);
  const heads = find("thead").querySelectorAll("th");
  [text.class, `${text.score} z`, "", "eˢ", text.probability].forEach((words, k) => setText(heads[k], words));
  const titles = find(".answers .heads").children;
  [scene.layers[last].title, text.score, text.probability].forEach((words, k) => setText(titles[k], words));
  buildUnits(view);
  buildAnswers(view);
  buildTerms(view);
  const relu = layer.relu;
  const after = scene.value > 0 ? decimal(scene.value, scene.digits) : "0";
  const value = decimal(scene.value, scene.digits);
  setText(
    find(".after"),
    relu ? fill(text.after_relu, { relu, value, after }) : scene.layer === last ? text.after_score : "",
  );
  Object.assign(root.dataset, { layer: layer.name, unit: scene.unit, value: scene.value / 10 ** scene.digits });
}

function buildUnits(view) {
  const { root, scene, text } = view;
  const holder = root.querySelector(".between");
  const names = scene.layers.slice(0, -1).map(({ title, size }) => `${title} ${size}`);
  const wanted = JSON.stringify([names, text.units_label]);
  if (view.built === wanted) return;
  view.built = wanted;
  holder.replaceChildren();
  view.units = scene.layers.slice(0, -1).map((layer, k) => {
    const figure = make("figure", "units");
    const caption = make("figcaption");
    const layers = make("div", "layers");
    Object.assign(layers, { tabIndex: 0, role: "application" });
    layers.dataset.layer = layer.name;
    const part = {
      caption,
      layers,
      base: make("canvas", "base"),
      over: make("canvas", "over"),
      tip: make("span", "tip"),
      pointed: null,
    };
    layers.append(part.base, part.over, part.tip);
    figure.append(caption, layers);
    holder.append(figure);
    const at = (event) => {
      const [col, row] = pointerOn(part.base, event).map((p) => Math.floor(p / UNIT));
      const unit = row * part.columns + col;
      return col >= 0 && row >= 0 && col < part.columns && unit < layer.size ? unit : null;
    };
    const point = (unit) => {
      part.pointed = unit;
      refresh(view);
    };
    layers.addEventListener("pointermove", (event) => event.pointerType !== "touch" && point(at(event)));
    layers.addEventListener("pointerleave", () => point(null));
    layers.addEventListener("click", (event) => at(event) !== null && choose(view, k, at(event)));
    layers.addEventListener("keydown", (event) => {
      if (isBrowsers(event)) return;
      const from = part.pointed ?? (view.scene.layer === k ? view.scene.unit : 0);
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -part.columns, ArrowDown: part.columns }[event.key];
      if (by) point(clamp(from + by, 0, layer.size - 1));
      else if (event.key === "Enter") choose(view, k, from);
      else return;
      event.preventDefault();
    });
    layers.addEventListener("blur", () => point(null));
    return part;
  });
}

function buildAnswers(view) {
  const { root, scene, text } = view;
  const list = root.querySelector(".answers ol");
  const body = root.querySelector("tbody");
  const last = scene.layers.length - 1;
  while (list.children.length > scene.class_names.length) {
    list.lastChild.remove(); // of a network with more classes
    body.lastChild.remove();
  }
  while (list.children.length < scene.class_names.length) {
    const k = list.children.length;
    const line = make("li");
    const button = make("button");
    button.type = "button";
    const spoken = [make("span", "spoken"), make("span", "spoken")];
    const amounts = [make("span", "amount"), make("span", "amount")];
    button.append(make("span", "name"), bar("score"), spoken[0], amounts[0], bar("share"), spoken[1], amounts[1]);
    button.addEventListener("click", () => choose(view, view.scene.layers.length - 1, k));
    line.append(button);
    list.append(line);
    const row = make("tr");
    const name = make("th", "name");
    name.scope = "row";
    const shares = make("td", "chance");
    shares.append(bar("share"));
    row.append(name, make("td"), make("td"), make("td", "power"), shares, make("td"));
    body.append(row);
  }
  const { limit } = scene.layers[last];
  const shown = listed(view.logits, [scene.true_label, scene.layer === last ? scene.unit : -1]);
  const many = shown.includes(false); // the sum is of more than is listed
  root.classList.toggle("many", many);
  setText(root.querySelector("tfoot th"), many ? fill(text.total_all, { n: grouped(shown.length) }) : text.total);
  view.answers = scene.class_names.map((name, k) => {
    const button = list.children[k].firstChild;
    const [label, score, scoreName, amount, share, shareName, probability] = button.children;
    setText(scoreName, ` ${text.score} `);
    setText(shareName, ` ${text.probability} `);
    const row = body.children[k];
    list.children[k].hidden = row.hidden = !shown[k];
    for (const node of [label, row.firstChild]) {
      setText(node, name);
      if (k === scene.true_label) node.append(...tag(text.true_label));
    }
    setText(amount, aligned(view.logits[k], 2));
    const width = (50 * Math.abs(view.logits[k])) / limit;
    const negative = view.logits[k] < 0;
    score.firstChild.className = negative ? "negative" : "positive";
    score.firstChild.style.cssText = `width:${width}%;left:${negative ? 50 - width : 50}%`;
    button.setAttribute("aria-pressed", String(scene.layer === last && scene.unit === k));
    return { button, share: share.firstChild, probability, row };
  });
}

function bar(kind) {
  const track = make("span", `track ${kind}`);
  track.append(make("i"));
  return track;
}

/** The waterfall: every line starts where the one above it ended. */
function buildTerms(view) {
  const { root, scene, text } = view;
  const holder = root.querySelector(".terms");
  holder.setAttribute("role", "grid");
  holder.setAttribute("aria-label", root.querySelector(".sum h2").textContent);
  const { digits } = scene;
  const lines = scene.terms.map((term, k) => {
    const [x, weight] = [asFactor(term.x), asFactor(term.weight)];
    const product = readNumber(x) * readNumber(weight);
    // as the digits shown have it; a product that is not zero is not equal to one that is
    const equals = Math.round(product * 10 ** digits) === term.shown && (term.shown || !product) ? "=" : "≈";
    return { k, label: inputName(view, term.index), factors: [x, "×", weight, equals], shown: term.shown };
  });
  lines.push({ label: fill(text.rest, { n: grouped(scene.rest.count) }), shown: scene.rest.shown, kind: "rest" });
  if (scene.bias !== null) lines.push({ label: text.bias, shown: scene.bias, kind: "bias" });
  let at = 0;
  for (const line of lines) {
    line.from = at;
    at += line.shown;
    line.to = at;
  }
  const result = {
    label: unitName(view, scene.layer, scene.unit),
    shown: scene.value,
    from: 0,
    to: scene.value,
    kind: "result",
  };
  const ends = [0, ...lines.map(({ to }) => to), scene.value];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const percent = (value) => (high > low ? (100 * (value - low)) / (high - low) : 0);
  const before = root.querySelector(".terms").contains(view.root.getRootNode().activeElement);
  holder.replaceChildren(...[...lines, result].map((line) => termRow(view, line, percent, digits)));
  if (before) holder.querySelector("[tabindex]")?.focus();
}

function termRow(view, { k, label, factors, shown, from, to, kind = "term" }, percent, digits) {
  const row = make("div", kind);
  row.setAttribute("role", "row");
  row.append(make("span", "label", label));
  for (const factor of factors ?? [kind === "result" ? "=" : "+"])
    row.append(make("span", /\d/.test(factor) ? "factor" : "sign", factor));
  const amount = make("span", "amount", decimal(shown, digits));
  amount.dataset.shown = shown;
  const track = make("span", "track");
  const [a, b] = [percent(from), percent(to)].sort((x, y) => x - y);
  const zero = make("u");
  zero.style.left = `${percent(0)}%`;
  const piece = make("i", shown < 0 ? "negative" : "positive");
  piece.style.cssText = `left:${a}%;width:${b - a}%`;
  const end = make("s"); // the running total, handed down to the next line
  end.style.left = `${percent(to)}%`;
  track.append(zero, piece, end);
  row.append(amount);
  [...row.children].forEach((cell, column) => cell.setAttribute("role", column ? "gridcell" : "rowheader"));
  track.ariaHidden = "true";
  row.append(track);
  if (k === undefined) return row;
  row.tabIndex = 0;
  row.dataset.index = view.scene.terms[k].index;
  row.onpointerenter = row.onfocus = () => touch(view, k);
  row.onpointerleave = row.onblur = () => touch(view, null);
  row.onclick = () => visit(view, k);
  row.onkeydown = (event) => {
    if (isBrowsers(event)) return;
    const next = { ArrowDown: row.nextSibling, ArrowUp: row.previousSibling }[event.key];
    if (event.key === "Enter" || event.key === " ") visit(view, k);
    else if (next?.tabIndex === 0) next.focus();
    else return;
    event.preventDefault();
  };
  return row;
}

/** A click on a contribution: to its entry, or to the unit of the layer before that it comes from. */
function visit(view, k) {
  const { scene } = view;
  if (scene.from_source) {
    goTo(view, scene.terms[k].index);
    if (!view.wide) view.maps.box.scrollIntoView({ block: "nearest" }); // when wide it stays in view
  } else choose(view, scene.layer - 1, scene.terms[k].index);
}

export function buildZoom(view) {
  const holder = view.root.querySelector(".zoom");
  const count = Math.max(5, Math.min(17, Math.floor(view.width / ZOOM))) | 1; // odd: the chosen one in the middle
  const shown = count * ZOOM > view.width + ZOOM / 2 ? count - 2 : count;
  if (holder.children.length === shown) return;
  holder.replaceChildren();
  for (let k = 0; k < shown; k++) {
    const cell = make("button", "entry");
    Object.assign(cell, { type: "button", tabIndex: -1 }); // the band takes the keys
    cell.append(make("b"), make("span"), make("small"));
    cell.onclick = () => goTo(view, Number(cell.dataset.entry));
    holder.append(cell);
  }
}
