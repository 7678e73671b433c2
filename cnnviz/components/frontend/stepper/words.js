// The step in words, and the text about the cell under the pointer.

import { setText } from "../shared/elements.js";
import { fill, number } from "../shared/numbers.js";
import { showPlaying } from "../shared/step_buttons.js";
import { same } from "../shared/values.js";
import { at2, indices, inputAt, isInserted } from "./geometry.js";
import { channelName, lineAt, sumAt, usersOf } from "./position.js";
import { writeTable } from "./table.js";

export function paintWords(view, i, j) {
  const { root, text, scrub } = view;
  Object.assign(root.dataset, {
    step: i * view.outWidth + j,
    row: i,
    col: j,
    value: String(at2(view.scene.output_0, i, j)),
    channel: view.channel,
    preview: Boolean(view.preview),
    playing: view.playing,
  });
  showPlaying(view);
  if (scrub.value !== String(view.step)) scrub.value = view.step;
  setText(root.querySelector(".count"), fill(text.step_count, { step: view.step + 1, steps: view.steps }));
  // only where the visitor rests is read out; a screen reader could not keep up with the rest
  const live = view.playing || view.preview ? "off" : "polite";
  if (view.said.ariaLive !== live) view.said.ariaLive = live;
  setText(view.said, sentence(view, i, j));
  if (live === "polite") scrub.setAttribute("aria-valuetext", view.said.textContent); // heard while it is moved
  writeTable(view);
  setText(view.readout, pointedAt(view, i, j));
}

/** The step in words: "Row 3, column 5: 0.12 + 0.33 − 0.05 + bias 0.01 = 0.41". */
const sentence = (view, i, j) => view.scene.outputs.map((_, k) => lineAt(view, k, i, j)).join(" · ");

/** The text about the number under the pointer; else a hint. */
function pointedAt(view, i, j) {
  const { scene, text, touched } = view;
  const { digits } = scene.step;
  if (touched && scene.listed)
    return `${channelName(view, touched.k)}: ${number(sumAt(view, i, j, touched.k), digits.pointed)}`;
  if (touched?.kind === "sum")
    return `${fill(text.channel_count, { channel: touched.k, channels: scene.x.shape[2] })}: ${number(sumAt(view, i, j, touched.k), digits.sum)}`;
  if (touched) return touchedProduct(view, i, j);
  const spot = view.pointed ?? view.pinned;
  if (!spot) return text.hint;
  const used = usedCell(view, spot);
  return same(spot, view.pinned) ? `${used} (${text.pinned})` : used;
}

/** The use of an input cell: the number of outputs that use it; the outputs of its stamp, if zeros are inserted. */
function usedCell(view, [row, column]) {
  const { scene, text } = view;
  const users = usersOf(view, [row, column]);
  const n = users.length;
  const channels = scene.x.shape[2];
  const listed = channels > 3 ? [view.channel] : [...Array(channels).keys()];
  const values = listed.map((c) => inputAt(scene, row, column, c));
  if (values[0] === null) return fill(text.used_padding, { n });
  if (isInserted(scene, row, column)) return fill(text.used_inserted, { n });
  const value = values.map((v) => number(v, scene.step.digits.pointed)).join(", ");
  const [byRow, byColumn] = scene.inserted;
  if (byRow * byColumn === 1 || !n) return fill(text.used, { row, column, value, n });
  return fill(text.stamped, {
    row: row / byRow,
    column: column / byColumn,
    value,
    n,
    first: users[0].join(", "),
    last: users[n - 1].join(", "),
  });
}

function touchedProduct(view, i, j) {
  const { scene, text, touched } = view;
  const { digits } = scene.step;
  const [kw, channels] = [scene.size[1], scene.x.shape[2]];
  const [row, col] = [indices(scene.rows, i)[Math.floor(touched.k / kw)], indices(scene.cols, j)[touched.k % kw]];
  const own = inputAt(scene, row, col, 0);
  if (!scene.kernel) return own === null ? text.padding_ignored : number(own, digits.sum);
  const shownChannels = channels > 3 ? [view.channel] : [...Array(channels).keys()];
  return shownChannels
    .map((c) => {
      const value = inputAt(scene, row, col, c) ?? 0;
      const weight = scene.kernel.data[touched.k * channels + c];
      const name = channels > 1 ? `${channelName(view, c)}: ` : "";
      const [x, w, product] = [value, weight, value * weight].map((v) => number(v, digits.pointed));
      return name + fill(text.product, { x, w, product });
    })
    .join(" · ");
}
