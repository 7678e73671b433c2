// The stack editor: rows of blocks that the visitor changes. The list changes here at once and goes to
// Python whole; shapes, counts and problems are Python's and are shown when they come back.

import { make } from "../shared/elements.js";
import { SelectionSync, send } from "../shared/message.js";
import { fill, grouped } from "../shared/numbers.js";
import { unpack } from "../shared/payload.js";
import { same } from "../shared/values.js";
import { keepView } from "../shared/view.js";
import { kindOf, rowText, spanOf } from "./names.js";
import { buildPalette } from "./palette.js";
import { buildSettings } from "./settings.js";
import { fittingSource, hasLayersOnSkip, IMAGE, lanesOf, reordered, skipsOf, spanTo, withSetting } from "./skips.js";

const SYMBOLS = { up: "↑", down: "↓", remove: "✕" };

export default function (component) {
  const view = keepView(component, ".stack", createView);
  const scene = unpack(component.data);
  const { blocks = view.blocks } = view.sync.receive({ blocks: scene.blocks });
  if (same(scene.blocks, blocks)) show(view, scene); // else: an answer to an older list
  return view.end;
}

function createView(root, { on }) {
  const view = { root, blocks: [], rows: [] };
  view.sync = new SelectionSync((stack) => send(view, "stack", stack), {
    current: () => ({ blocks: view.blocks }),
  });
  view.list = root.querySelector("ol");
  view.select = root.querySelector("select");
  view.list.replaceChildren();
  root.querySelector(".kinds").replaceChildren();
  on(view.list, "keydown", (event) => moveByKey(view, event));
  return view;
}

function show(view, scene) {
  const kept = view.scene?.language === scene.language && same(view.blocks, scene.blocks);
  view.scene = scene;
  view.root.lang = scene.language;
  view.blocks = scene.blocks;
  if (!kept) build(view);
  view.root.classList.remove("waiting");
  view.root.querySelector(".live").textContent = "";
  scene.results.forEach((result, index) => showResult(view, result, index));
  view.root.dataset.stack = scene.blocks.map(({ kind }) => kind).join(" ");
}

/** Change the list, show it, keep the focus where the visitor works, and ask Python for the results. */
function change(view, blocks, focus) {
  view.blocks = blocks;
  build(view);
  if (focus) view.rows[focus.index]?.element.querySelector(focus.selector)?.focus();
  view.root.classList.add("waiting");
  view.sync.send();
}

function move(view, index, by) {
  const to = index + by;
  if (to < 0 || to >= view.blocks.length) return;
  const order = [...view.blocks.keys()];
  order.splice(to, 0, ...order.splice(index, 1));
  const blocks = reorder(view, order, index);
  if (!blocks) return;
  const button = by < 0 ? ".up" : ".down";
  const last = by < 0 ? to === 0 : to === blocks.length - 1; // its button is disabled there
  change(view, blocks, { index: to, selector: last ? (by < 0 ? ".down" : ".up") : button });
  view.root.querySelector(".live").textContent = fill(view.scene.text.moved, { name: kindOf(view, to), index: to });
}

function remove(view, index) {
  const order = [...view.blocks.keys()].filter((k) => k !== index);
  const blocks = reorder(view, order, index);
  if (!blocks) return;
  change(view, blocks, { index: Math.min(index, blocks.length - 1), selector: ".remove" });
  if (!blocks.length) view.root.querySelector(".groups [aria-selected=true]").focus();
}

function insert(view, index, kind, focus = null) {
  if (view.blocks.length >= view.scene.most) return;
  const fresh = { ...view.scene.fresh[kind] };
  const span = spanOf(view)(kind);
  const shapes = view.root.classList.contains("waiting") ? [] : view.scene.results.map(({ shape }) => shape);
  const source = span && fittingSource(shapes, index);
  if (source !== undefined) fresh[span] = spanTo(index, source);
  const blocks = reorder(view, [...view.blocks.keys()].toSpliced(index, 0, fresh), index);
  if (!blocks) return;
  view.after = index + 1; // the next one comes after this one
  change(view, blocks, focus);
}

/** The blocks in another order; undefined, and the reason in the row `at`, if a skip connection does not allow it. */
function reorder(view, order, at) {
  const result = reordered(view.blocks, order, spanOf(view));
  view.list.querySelector(".refused")?.remove();
  if ("blocks" in result) return result.blocks;
  const { index, source } = result.broken;
  const values = { row: rowText(view, index), source: rowText(view, source) };
  const line = make("p", "refused", fill(view.scene.text.refused, values));
  line.setAttribute("role", "alert");
  view.rows[at].element.append(line);
}

function set(view, index, attribute, value) {
  const known = !view.root.classList.contains("waiting");
  const { settings, results, fresh } = view.scene;
  replace(view, index, attribute, (block) =>
    withSetting(block, attribute, value, settings[block.kind], fresh[block.kind], known ? results[index].fit : null),
  );
}

/** Change one block, and leave the focus on one of its settings. */
function replace(view, index, attribute, changed) {
  const blocks = view.blocks.map((block, k) => (k === index ? changed(block) : block));
  change(view, blocks, { index, selector: `[data-attribute="${attribute}"]` });
}

function moveByKey(view, event) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const row = view.rows.findIndex(({ element }) => element.contains(event.target));
  if (!by || !event.altKey || row < 0 || event.target.tagName === "SELECT") return; // there, Alt opens the list
  event.preventDefault();
  move(view, row, by);
}

function build(view) {
  const { text } = view.scene;
  view.rows = view.blocks.map((_, index) => buildRow(view, index));
  buildList(view);
  view.list.setAttribute("aria-label", text.list);
  const full = view.blocks.length >= view.scene.most;
  const add = view.root.querySelector(".add");
  add.classList.toggle("full", full);
  add.setAttribute("aria-label", text.add);
  add.querySelector("span").textContent = full ? fill(text.full, { most: view.scene.most }) : text.add_after;
  view.select.hidden = full;
  view.after = Math.min(view.after ?? Infinity, view.blocks.length);
  buildInsertChoice(view);
  buildPalette(view, (kind) => {
    insert(view, view.after, kind);
    const full = view.blocks.length >= view.scene.most; // then there is no palette
    if (full) view.rows[view.after - 1].element.querySelector(".remove").focus();
    else view.root.querySelector(`.kinds [data-kind="${kind}"]`).focus();
  });
}

/** The rows, and left of them a bracket for each skip connection, from the row that it takes to the one in which it
 *  ends. The grid's lines are those between the rows, so that brackets need no measuring. */
function buildList(view) {
  const skips = skipsOf(view.blocks, spanOf(view)).filter(({ index }) => index > 0);
  const lanes = lanesOf(skips);
  const ofImage = skips.some(({ source }) => source === IMAGE);
  const first = ofImage ? 2 : 1; // the line above the first row
  view.rows.forEach(({ element }, index) => (element.style.gridRow = String(first + index)));
  const brackets = skips.map(({ index, source }, k) => {
    const bracket = make("li", "skip");
    bracket.ariaHidden = "true"; // the row's setting says it
    bracket.style.gridRow = `${first + source + 1} / ${first + index}`;
    bracket.style.setProperty("--lane", String(lanes[k]));
    if (hasLayersOnSkip(view.blocks[index], view.scene.settings[view.blocks[index].kind])) bracket.append(make("i"));
    return bracket;
  });
  const image = make("li", "image", view.scene.text.image);
  image.ariaHidden = "true";
  view.list.style.setProperty("--lanes", String(Math.max(0, ...lanes.map((lane) => lane + 1))));
  view.list.replaceChildren(...view.rows.map(({ element }) => element), ...brackets, ...(ofImage ? [image] : []));
}

function buildInsertChoice(view) {
  const words = [view.scene.text.at_the_start, ...view.blocks.map((_, k) => `${k} · ${kindOf(view, k)}`)];
  view.select.replaceChildren(
    ...words.map((word, k) => {
      const option = make("option", "", word);
      option.value = String(k);
      return option;
    }),
  );
  view.select.value = String(view.after);
  view.select.onchange = () => (view.after = Number(view.select.value));
}

function buildRow(view, index) {
  const block = view.blocks[index];
  const element = make("li", "row");
  element.dataset.group = view.scene.colours[block.kind];
  const name = make("div", "name");
  const [title, code] = [make("b"), make("span")];
  name.append(make("i", "", String(index)), title, code);
  const made = make("div", "made");
  made.append(make("b"), make("span"));
  const moves = make("div", "moves");
  const buttons = Object.entries(SYMBOLS).map(([word, symbol]) => {
    const button = make("button", word, symbol);
    button.type = "button";
    button.onclick = () => (word === "remove" ? remove(view, index) : move(view, index, word === "up" ? -1 : 1));
    moves.append(button);
    return button;
  });
  buttons[0].disabled = index === 0;
  buttons[1].disabled = index === view.blocks.length - 1;
  const settings = buildSettings(view, index, (setting, value) => set(view, index, setting, value));
  element.append(name, settings, made, moves);
  return { element, title, code, made, buttons };
}

function showResult(view, result, index) {
  const { text, problem } = view.scene;
  const { element, title, code, made, buttons } = view.rows[index];
  const { name } = result;
  title.textContent = name;
  code.textContent = result.code;
  element.querySelector(".settings").setAttribute("aria-label", name);
  const labels = [fill(text.up, { name }), fill(text.down, { name }), fill(text.remove, { name })];
  buttons.forEach((button, k) => {
    button.title = labels[k];
    button.setAttribute("aria-label", labels[k]);
  });
  const known = result.shape !== undefined;
  const [shape, detail] = made.children;
  shape.textContent = known ? `→ ${result.shape.join("×")}` : "";
  detail.textContent = known ? detailOf(text, result) : text.unknown;
  element.classList.toggle("unknown", !known);
  element.querySelector(".on-skip")?.remove();
  if (result.on_skip?.length) element.append(onSkip(text, result.on_skip));
  const broken = problem?.index === index;
  element.classList.toggle("broken", broken);
  element.querySelector(".problem")?.remove();
  if (broken) element.append(explain(view, problem, result.fit));
}

function detailOf(text, { parameters, field }) {
  if (!field) return fill(text.result_all, { parameters });
  return fill(text.result, { parameters, field: field.join("×") });
}

/** The outputs of the layers on a skip connection, in a line. */
function onSkip(text, layers) {
  const outputs = layers.map(({ name, shape, parameters }) =>
    shape ? fill(text.on_skip_layer, { name, shape: shape.join("×"), parameters }) : name,
  );
  return make("p", "on-skip", fill(text.on_skip, { layers: outputs.join("; ") }));
}

function explain(view, problem, fit) {
  const { text, most } = view.scene;
  const values = {
    name: problem.name,
    size: problem.size,
    shape: problem.shapes.map((shape) => shape.join("×")).join(", "),
    count: grouped(problem.count),
    limit: grouped(problem.limit),
  };
  const line = make("p", "problem", `✕ ${fill(text[`problem_${problem.reason}`], values)}`);
  line.setAttribute("role", "alert");
  const offer = (words, act) => {
    const button = make("button", "", words);
    button.type = "button";
    button.onclick = act;
    line.append(button);
  };
  const { index } = problem;
  if (problem.reason === "needs_vector" && view.blocks.length < most)
    offer(text.flatten_here, () => insert(view, index, "flatten", { index, selector: ".remove" }));
  if (problem.reason === "shapes" && fit)
    offer(fill(text.fit_skip, { filters: fit.skip_filters, stride: fit.skip_stride }), () =>
      replace(view, index, "on_skip", (block) => ({ ...block, ...fit })),
    );
  return line;
}
