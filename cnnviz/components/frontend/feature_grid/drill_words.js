// The arithmetic of a drill-down in words.

import { bracketed, cellNumber, constant, fill, grouped, number, readNumber, term } from "../shared/numbers.js";
import { meanOf, winnerOf } from "./drill_math.js";
import { cellText, sumsUp } from "./words.js";

const LISTED = 4; // most numbers that a sentence lists

/** The name of a map that a map is made of: "relu1, map 3", "red", "dense1, number 7", a class that softmax takes. */
export function sourceName(view, index, channel) {
  const { text } = view.scene.drill;
  if (index < 0) {
    const colours = [text.red, text.green, text.blue];
    return view.scene.grey ? view.text.input : colours[channel];
  }
  const layer = view.layers[index];
  const { class_names: names } = view.scene;
  if (view.drill?.op.operation === "softmax" && names.length === layer.width) return names[channel];
  return fill(layer.isVector ? text.number_of : text.map_of, { layer: layer.title, n: channel });
}

/** The addends after the sums, in order: [{what, name, value}]. */
export function addends(view) {
  const { drill } = view;
  const { text } = view.scene.drill;
  const { parts, rest, bias, sources } = drill;
  const shown = parts.reduce((sum, part) => sum + part.sum, 0);
  const lines = [];
  if (rest.count)
    lines.push(
      { what: "part", name: fill(text.these, { n: parts.length }), value: shown },
      { what: "rest", name: fill(text.rest, { n: grouped(rest.count) }), value: rest.sum },
    );
  else if (sources.length > 1 || bias || drill.op.size[0] * drill.op.size[1] > 1)
    lines.push({ what: "part", name: sources.length > 1 ? text.all_sums : text.sum, value: shown });
  if (bias) lines.push({ what: "bias", name: text.bias, value: bias });
  return lines;
}

/** "=" or "≈": whether what is written before it gives what is written behind. */
export function equalsSign(terms, result) {
  return sumsUp(terms, result) ? "=" : "≈";
}

/** The result as it is written. */
export const resultText = ({ drill }) => (Number.isNaN(drill.value) ? "…" : number(drill.value, drill.op.digits.sum));

/** The text while numbers are missing. */
export function waitingText({ drill, scene }) {
  const { text } = scene.drill;
  if (drill.failed) return text.missing;
  return drill.there ? text.waiting : text.waiting_numbers;
}

/** The number's formula without its result: "max(1, 2)"; and its sign. */
export function formulaOf(view) {
  const { op, parts } = view.drill;
  const { digits } = op;
  const write = (value) => number(value, digits.x);
  const result = resultText(view);
  const patch = parts[0].patch.filter((value) => typeof value === "number");
  if (op.operation === "max") {
    const few = patch.length <= LISTED ? patch.map(write) : [write(patch[0]), "…", write(patch.at(-1))];
    return [`max(${few.join(", ")})`, write(winnerOf(patch).value) === number(view.drill.value, digits.x) ? "=" : "≈"];
  }
  if (op.operation === "average") {
    const { total, count } = meanOf(patch);
    const written = number(total, digits.sum);
    const mean = readNumber(written) / count;
    return [`${written} / ${count}`, number(mean, digits.sum) === result ? "=" : "≈"];
  }
  if (op.operation === "terms") return inFormula(view, write);
  if (op.operation === "pointwise") return [`f(${write(patch[0])})`, "="];
  if (op.operation === "moved") return [numberInRow(view), ""];
  return ["", "="];
}

/** The index of a moved number among all numbers: "(2 × 8 + 3) × 4 + 1 = 77". */
function numberInRow({ drill: { op, cell, layer, position } }) {
  const [row, col] = cell;
  const [, width, channels] = op.shape;
  return `(${row} × ${width} + ${col}) × ${channels} + ${layer.isVector ? position.col : position.map} = ${op.from.flat}`;
}

/** The sentence on a moved number: which one of the row it is, and where it was before. */
function movedText(view) {
  const { op, layer, sources } = view.drill;
  const { text } = view.scene.drill;
  const source = layer.takes[0] ?? -1;
  const name = sourceName(view, source, sources[0].channel);
  const before = view.layers[source]?.isVector ? name : `${name}, ${fill(view.text.at_cell, op.from)}`;
  return fill(text.moved, { number: grouped(op.from.flat), name: before });
}

/** The formula of several numbers with these numbers in it, and its sign. */
function inFormula(view, write) {
  const { op, parts, terms, constants, value } = view.drill;
  if (!constants) return [waitingText(view), ""];
  const values = [...parts.map(({ patch }) => patch[0] ?? 0), ...terms.map((each) => each.value)].map(write);
  const letters = Array.from(constants, constant);
  const formula = op.formula.replace(/\{(\()?(\w)\)?\}/g, (_, bracket, key) => {
    const words = values[key === "x" ? 0 : key] ?? letters["abc".indexOf(key)];
    return bracket ? bracketed(words) : words;
  });
  if (!op.sign) return [formula, "≈"];
  const product = values.reduce((sofar, words) => sofar * readNumber(words), 1);
  return [formula, number(product, op.digits.sum) === number(value, op.digits.sum) ? "=" : "≈"];
}

/** The whole number in a sentence, or what has just been shown of it. */
export function saidOf(view) {
  const { drill } = view;
  const { text } = view.scene.drill;
  const stop = drill.stops[drill.step];
  const at = cellText(view, drill.layer);
  const result = resultText(view);
  if (!drill.there) return waitingText(view);
  if (!stop) return fill(text.said, { position: at, calculation: calculation(view, result), value: result });
  const { digits } = drill.op;
  const part = drill.parts[stop.part ?? 0];
  const name = part && sourceName(view, drill.layer.takes[part.source.input] ?? -1, part.source.channel);
  if (stop.what === "product") {
    const [x, w, p] = [part.patch[stop.at] ?? 0, part.kernel[stop.at], part.products[stop.at]];
    const product = `${number(x, digits.x)} × ${bracketed(number(w, digits.kernel))}`;
    return fill(text.said_product, { k: stop.at + 1, n: part.patch.length, product, value: number(p, digits.product) });
  }
  if (stop.what === "part")
    return fill(part.kernel ? text.said_part : text.said_part_plain, { name, value: number(part.sum, digits.sum) });
  if (stop.what === "rest")
    return fill(text.said_rest, { n: grouped(drill.rest.count), value: number(drill.rest.sum, digits.sum) });
  if (stop.what === "bias") return fill(text.said_bias, { value: number(drill.bias, digits.sum) });
  return fill(text.said, { position: at, calculation: calculation(view, result), value: result });
}

/** "0.12 + 0.3 − 0.05 =", "max(1, 2) =". */
function calculation(view, result) {
  const { drill } = view;
  const { op, parts } = drill;
  const { text } = view.scene.drill;
  const { digits } = op;
  if (op.operation === "other") return text.unknown_op;
  if (op.operation === "softmax") return `${text.share} =`;
  if (op.operation === "moved") return movedText(view);
  if (op.operation !== "conv") return formulaOf(view).join(" ");
  if (op.file && !drill.kernel) return text.waiting;
  const lines = addends(view);
  const added = (values) => values.map((v, k) => (k ? term(v, digits.sum) : number(v, digits.sum))).join(" ");
  const each = parts.map(({ sum }) => sum);
  // few parts one by one, many as what they add up to
  const listed = drill.rest.count || parts.length > LISTED ? lines.filter(({ what }) => what !== "bias") : null;
  const values = listed ? listed.map(({ value }) => value) : each;
  const all = drill.bias ? [...values, drill.bias] : values;
  const sign = equalsSign(
    all.map((value) => number(value, digits.sum)),
    result,
  );
  if (all.length === 1 && op.size[0] * op.size[1] === 1 && parts[0].kernel) {
    const [x, w] = [number(parts[0].patch[0] ?? 0, digits.x), number(parts[0].kernel[0], digits.kernel)];
    return `${x} × ${bracketed(w)} ≈`;
  }
  const bias = drill.bias ? ` ${term(drill.bias, digits.sum).replace(" ", ` ${text.bias} `)}` : "";
  return `${added(values)}${bias} ${sign}`;
}

/** A number for a cell. */
export const inCell = (value, digits) => cellNumber(value ?? 0, digits);
