// The sums of all channels of a convolution, where there are too many to show each channel's products.

import { showsMinus } from "../shared/canvas.js";
import { make } from "../shared/elements.js";
import { cellNumber, number, numberEms } from "../shared/numbers.js";
import { fit, PADDING, room, TYPE } from "./geometry.js";
import { selectChannel } from "./moving.js";
import { numberGrid, setNumber, signed } from "./number_grid.js";
import { sumAt } from "./position.js";

const READ = 128; // sums of more channels are seen as colours where their numbers would take too many rows

/** The sums of all channels, from which one is picked. */
export function buildChannelSums(view, digits) {
  const { scene, text } = view;
  const channels = scene.x.shape[2];
  const width = view.layout.math;
  const ems = numberEms(number(-scene.limits.sums, digits));
  const fitting = view.floor || channels <= READ ? Math.floor(width / room(ems, view.floor || TYPE.wish)) : channels;
  const across = Math.max(1, Math.min(channels, channels > 64 ? 16 : 8, fitting));
  const w = Math.floor((width - 2) / across);
  const h = Math.max(view.rem * (channels > 32 ? 20 : 26), 1.2 * view.floor);
  const type = fit(w - PADDING, ems, view.rem, view.floor);
  const scale = signed(scene.limits.sums, view.signs);
  const node = make("div", "sums");
  const pick = make("label", "pick");
  const input = Object.assign(make("input"), { type: "number", min: 0, max: channels - 1, value: view.channel });
  const choice = make("span");
  choice.append(`${text.channel} `, input);
  pick.append(make("span", "", text.channel_sums), choice);
  const grid = numberGrid(Math.ceil(channels / across), across, "sum", "", !type);
  grid.cells.splice(channels).forEach(({ cell }) => cell.remove());
  grid.node.style.setProperty("--w", `${w}px`);
  grid.node.style.setProperty("--h", `${h}px`);
  grid.node.style.setProperty("--type", `${Math.min(Math.max(13 * view.rem, view.floor), type || TYPE.min)}px`);
  grid.node.classList.toggle("signs", showsMinus(w, h));
  grid.node.addEventListener("click", (event) => {
    const cell = /** @type {Element} */ (event.target).closest("[data-k]");
    if (cell instanceof HTMLElement) selectChannel(view, Number(cell.dataset.k));
  });
  input.addEventListener("input", () => input.value !== "" && selectChannel(view, Number(input.value)));
  node.append(pick, grid.node);
  return {
    node,
    update(i, j) {
      grid.cells.forEach((holder, c) => {
        const sum = sumAt(view, i, j, c);
        setNumber(holder, cellNumber(sum, digits), sum, scale);
        holder.cell.classList.toggle("chosen", c === view.channel);
      });
      if (Number(input.value) !== view.channel) input.value = view.channel;
    },
  };
}
