// Grids of number cells that are made once and then only painted.

import { css, inkOn, signedColour } from "../shared/colours.js";
import { make } from "../shared/elements.js";
import { clamp } from "../shared/values.js";

/** A grid of number cells that are made once and then only painted; `quiet` if too small for text. */
export function numberGrid(rows, cols, kind, className, quiet = false) {
  const node = make("div", `grid ${className}`);
  node.style.setProperty("--across", String(cols));
  const cells = Array.from({ length: rows * cols }, (_, k) => {
    const cell = make("span", "number");
    const text = document.createTextNode("");
    cell.append(text);
    cell.dataset.k = String(k);
    cell.dataset.kind = kind;
    node.append(cell);
    return { cell, text, quiet, look: "" };
  });
  return { node, cells };
}

/** Paint a number cell; a null value is padding, or an inserted zero. `scale` turns a value into a colour. */
export function setNumber(holder, string, value, scale, empty = "padding") {
  const { cell, text } = holder;
  const readable = holder.quiet ? "" : string;
  if (text.data !== readable) text.data = readable;
  const rgb = value === null ? null : scale(value);
  const colour = rgb ? css(rgb) : empty;
  const look = value < 0 ? `${colour} below` : colour; // a number barely below zero may have the colour of zero
  if (holder.look === look) return;
  holder.look = look;
  cell.classList.toggle("padding", colour === "padding");
  cell.classList.toggle("inserted", colour === "inserted");
  cell.classList.toggle("negative", value < 0);
  cell.style.backgroundColor = rgb ? colour : "";
  cell.style.color = rgb ? inkOn(rgb) : "";
}

/** The scale of signed values up to `limit`, and that of a picture's brightness. */
export const signed = (limit, signs) => (value) => signedColour(limit > 0 ? value / limit : 0, signs);

/** A number of a picture as 0 to 255; `picture_range` has the values of black and white. */
export const level = ({ picture_range: [black, white] }, value) => 255 * clamp((value - black) / (white - black), 0, 1);

export const brightness = (scene) => (value) => Array(3).fill(level(scene, value));
