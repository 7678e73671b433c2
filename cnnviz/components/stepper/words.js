// The step in words, and what the pointer rests on.

import { setText } from "../shared/elements.js";
import { behindSign, equalsSign, fill, number, readNumber } from "../shared/numbers.js";
import { same } from "../shared/values.js";
import { at2, indices, inputAt } from "./geometry.js";
import { cellAt, channelName, productValues, sumAt, term, usersOf } from "./place.js";

const LISTED = 9; // up to so many numbers are read out one by one

export function paintWords(view, i, j) {
  const { root, text, scrub } = view;
  const [row, col] = cellAt(view, view.step);
  Object.assign(root.dataset, {
    step: i * view.outWidth + j,
    row: i,
    col: j,
    value: String(at2(view.scene.output_0, i, j)),
    channel: view.channel,
    preview: Boolean(view.preview),
    playing: view.playing,
  });
  root.classList.toggle("playing", view.playing);
  const button = root.querySelector(".play");
  const name = view.playing ? text.pause : text.play;
  setText(button.querySelector("span"), name);
  if (button.title !== name) Object.assign(button, { title: name, ariaLabel: name });
  if (scrub.value !== String(view.step)) scrub.value = view.step;
  scrub.setAttribute("aria-valuetext", fill(text.place, { row, column: col }));
  setText(root.querySelector(".count"), fill(text.step_count, { step: view.step + 1, steps: view.steps }));
  // only where the visitor rests is read out; a screen reader could not keep up with the rest
  const live = view.playing || view.preview ? "off" : "polite";
  if (view.said.ariaLive !== live) view.said.ariaLive = live;
  setText(view.said, sentence(view, i, j));
  setText(view.readout, pointedAt(view, i, j));
}

/** The step in words: "Row 3, column 5: 0.12 + 0.33 − 0.05 + bias 0.01 = 0.41". */
function sentence(view, i, j) {
  const { scene, text, digits } = view;
  const place = fill(text.place, { row: i, column: j });
  const value = number(at2(scene.output_0, i, j), digits.sum);
  const said = (calculation, shown, result) => {
    const how = equalsSign(shown, result) === "=" ? text.said : text.said_rounded;
    return fill(how, { place, calculation, value: behindSign(result) });
  };
  if (scene.operation === "relu") {
    const input = number(inputAt(scene, i, j, 0), digits.x);
    return said(`max(0, ${input})`, Math.max(0, readNumber(input)), value);
  }
  if (scene.operation === "conv") {
    const channels = scene.x.shape[2];
    const many = channels > 3;
    const listed = channels === 1 && scene.kernel.data.length <= LISTED;
    const products = fill(text.all_products, { n: scene.kernel.data.length });
    if (!listed && (many || channels === 1) && scene.bias === 0)
      return fill(text.said_products, { place, products, value });
    let calculation = "";
    if (listed) calculation = productsOf(view, i, j);
    else if (many || channels === 1) calculation = `${products} ${number(at2(scene.totals, i, j), digits.sum)}`;
    else
      for (let c = 0; c < channels; c++) {
        const sum = sumAt(view, i, j, c);
        calculation += c ? ` ${term(sum, digits.sum)}` : number(sum, digits.sum);
      }
    if (scene.bias !== 0)
      calculation += ` ${scene.bias < 0 ? "−" : "+"} ${text.bias} ${number(Math.abs(scene.bias), digits.sum)}`;
    return said(calculation, shownSum(view, i, j), value);
  }
  const count = at2(scene.counts, i, j);
  const values = [...indices(scene.rows, i)].flatMap((row) =>
    [...indices(scene.cols, j)].map((col) => inputAt(scene, row, col, 0)),
  );
  const counted = values.filter((v) => v !== null).map((v) => number(v, digits.x));
  return scene.outputs
    .map((name, k) => {
      const value = number(at2(scene[`output_${k}`], i, j), digits.sum);
      if (name === "max") {
        const numbers = count > LISTED ? fill(text.said_many, { n: count }) : counted.join(", ");
        return fill(text.said_max, { place, numbers, value });
      }
      const total = number(at2(scene.totals, i, j), digits.sum);
      const sum =
        count > LISTED
          ? fill(text.said_sum_of, { n: count, total })
          : `(${counted.join(" + ").replaceAll("+ −", "− ")})`;
      const shown = count > LISTED ? readNumber(total) : counted.reduce((all, v) => all + readNumber(v), 0);
      return said(`${sum} / ${count}`, shown / count, value);
    })
    .map((line, k) => (k ? line.slice(line.indexOf(":") + 2) : line))
    .join(" · ");
}

/** The sum of the numbers of a convolution's addition as they are shown. */
export function shownSum(view, i, j) {
  const { scene, digits } = view;
  const channels = scene.x.shape[2];
  const listed = channels === 1 && scene.kernel.data.length <= LISTED;
  const rounded = (value, places) => readNumber(number(value, places));
  let total = rounded(scene.bias, digits.sum);
  if (channels > 3) total += rounded(at2(scene.totals, i, j), digits.sum);
  else if (listed)
    total += productValues(view, i, j).reduce((sum, product) => sum + rounded(product, digits.product), 0);
  else for (let c = 0; c < channels; c++) total += rounded(sumAt(view, i, j, c), digits.sum);
  return total;
}

/** The products under a window with one channel, as an addition. */
function productsOf(view, i, j) {
  const { product: places } = view.digits;
  return productValues(view, i, j)
    .map((product, k) => (k ? term(product, places) : number(product, places)))
    .join(" ");
}

/** What the pointer rests on; else what it could rest on. */
function pointedAt(view, i, j) {
  const { scene, text, digits, touched } = view;
  if (touched?.kind === "sum")
    return `${fill(text.channel_count, { channel: touched.k, channels: scene.x.shape[2] })}: ${number(sumAt(view, i, j, touched.k), digits.sum)}`;
  if (touched) return touchedProduct(view, i, j);
  const spot = view.pointed ?? view.pinned;
  if (!spot) return text.hint;
  const n = usersOf(view, spot).length;
  const channels = scene.x.shape[2];
  const listed = channels > 3 ? [view.channel] : [...Array(channels).keys()];
  const values = listed.map((c) => inputAt(scene, ...spot, c));
  const used =
    values[0] === null
      ? fill(text.used_padding, { n })
      : fill(text.used, { row: spot[0], column: spot[1], value: values.map((v) => number(v, 3)).join(", "), n });
  return same(spot, view.pinned) ? `${used} (${text.pinned})` : used;
}

function touchedProduct(view, i, j) {
  const { scene, digits, touched } = view;
  const [kw, channels] = [scene.size[1], scene.x.shape[2]];
  const [row, col] = [indices(scene.rows, i)[Math.floor(touched.k / kw)], indices(scene.cols, j)[touched.k % kw]];
  if (!scene.kernel) return number(inputAt(scene, row, col, 0) ?? 0, digits.sum);
  const shownChannels = channels > 3 ? [view.channel] : [...Array(channels).keys()];
  return shownChannels
    .map((c) => {
      const value = inputAt(scene, row, col, c) ?? 0;
      const weight = scene.kernel.data[touched.k * channels + c];
      const name = channels > 1 ? `${channelName(view, c)}: ` : "";
      const [x, w, product] = [value, weight, value * weight].map((v) => number(v, 3));
      return `${name}${x} × ${w} ${equalsSign(readNumber(x) * readNumber(w), product)} ${behindSign(product)}`;
    })
    .join(" · ");
}
