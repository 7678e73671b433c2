// Bars of class probabilities, of which one class is picked: a group of radio buttons.

import { make, setText } from "./elements.js";
import { isBrowsers } from "./keys.js";
import { chance } from "./numbers.js";
import { argmax, listed } from "./values.js";

/** @typedef {{row: HTMLButtonElement, bar: HTMLElement, tick: HTMLElement, value: HTMLElement}} Row */

/** Fill a group with one line for each class: its name, its bar with a tick, its number.
 *  @param {HTMLElement} group
 *  @param {string[]} names
 *  @returns {Row[]} */
export function makeClassBars(group, names) {
  const rows = names.map((name, index) => {
    const row = make("button");
    row.type = "button";
    row.dataset.class = String(index);
    row.setAttribute("role", "radio");
    row.setAttribute("aria-checked", "false"); // until its number is known
    const track = make("span", "track");
    const [bar, tick, value] = [make("i"), make("u"), make("span", "value")];
    track.append(bar, tick);
    row.append(make("span", "name", name), track, value);
    return { row, bar, tick, value };
  });
  group.replaceChildren(...rows.map(({ row }) => row));
  return rows;
}

/** Let a click, or the arrow keys up and down, pick a class.
 *  @param {HTMLElement} group
 *  @param {{on: import("./view.js").On, rows: () => Row[], picked: () => number, pick: (index: number) => void}} life */
export function pickClasses(group, { on, rows, picked, pick }) {
  on(group, "click", (event) => {
    const row = event.target.closest("button");
    if (row) pick(Number(row.dataset.class));
  });
  on(group, "keydown", (event) => {
    if (isBrowsers(event)) return;
    const way = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : Number.NaN;
    let next = picked() + way;
    while (rows()[next]?.row.hidden) next += way;
    if (!rows()[next]) return;
    event.preventDefault();
    pick(next);
    rows()[next].row.focus();
  });
}

/** Write the probabilities `now`, with ticks where they were `before` if those are others.
 *  @param {Row[]} rows
 *  @param {{names: string[], now: ArrayLike<number>, before: ArrayLike<number>, picked: number}} shown */
export function writeClassBars(rows, { names, now, before, picked }) {
  const best = argmax(Array.from(now));
  const shown = listed(now, [picked]);
  rows.forEach(({ row, bar, tick, value }, index) => {
    bar.style.width = `${100 * now[index]}%`;
    tick.hidden = now === before;
    tick.style.left = `calc(${100 * before[index]}% - 1px)`;
    setText(value, chance(now[index]));
    row.hidden = !shown[index];
    row.classList.toggle("best", index === best);
    row.setAttribute("aria-checked", String(index === picked));
    row.setAttribute("aria-label", `${names[index]} ${chance(now[index])}`);
    row.tabIndex = index === picked ? 0 : -1; // one stop for the Tab key
  });
}
