// The table of softmax.

import { setText, switchOff } from "../shared/elements.js";
import { chance, fill, percent } from "../shared/numbers.js";
import { positionOf, softmaxStep, tenths } from "./arithmetic.js";
import { addable, aligned, power, powerSum } from "./written.js";

const LARGEST_FLOAT32 = 3.4028235e38;

export function paintSoftmax(view) {
  const { root, find, scene, text, temperature } = view;
  const step = softmaxStep(view.logits, temperature, view.shift);
  const shares = tenths(step.probabilities);
  const digits = addable(step.total);
  const best = step.probabilities.indexOf(Math.max(...step.probabilities));
  const largest = Math.max(...step.exponentials);
  view.answers.forEach(({ button, share, probability, row }, k) => {
    const written = chance(shares[k] / 1000);
    share.style.width = `${100 * step.probabilities[k]}%`;
    setText(probability, written);
    const [_name, z, scaled, exponential, bars, shown] = row.children;
    for (const node of [button, row]) node.classList.toggle("best", k === best);
    setText(z, aligned(view.logits[k], 2));
    setText(scaled, aligned(step.scaled[k] - (view.shift ? step.largest : 0), 2));
    setText(exponential, power(step.exponentials[k], digits));
    exponential.style.setProperty("--share", `${(100 * step.exponentials[k]) / (largest || 1)}%`);
    bars.firstChild.firstChild.style.width = `${100 * step.probabilities[k]}%`;
    setText(shown, written);
    row.dataset.probability = step.probabilities[k];
  });
  const heads = find("thead").querySelectorAll("th");
  setText(heads[2], view.shift ? "s = z ÷ T − max" : "s = z ÷ T");
  const [total, whole] = find("tfoot").querySelectorAll("td");
  setText(total, powerSum(step.exponentials, step.total, digits));
  setText(whole, percent(shares.reduce((a, b) => a + b, 0) / 1000));
  const words = `T = ${temperature}`;
  setText(find(".knob output"), words);
  const position = String(positionOf(temperature));
  if (view.range.value !== position) view.range.value = position;
  view.range.setAttribute("aria-label", text.temperature);
  view.range.setAttribute("aria-valuetext", words);
  switchOff(find(".knob button"), temperature === 1);
  const flat = fill(text.t_flat, { share: scene.guessing });
  setText(find(".meaning"), temperature === 1 ? text.t_own : temperature < 1 ? text.t_sharp : flat);
  const single = step.exponentials.map(Math.fround);
  const sum = single.reduce((a, b) => a + b, 0);
  const lost = sum > LARGEST_FLOAT32 || sum === 0;
  setText(find(".overflow"), lost ? text.overflow : view.shift ? text.shifted : text.not_shifted);
  find(".overflow").classList.toggle("warn", lost);
  root.dataset.temperature = temperature;
}
