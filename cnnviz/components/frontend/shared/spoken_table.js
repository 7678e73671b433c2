// Arithmetic as a table for those who hear the page; the grids of coloured numbers are for the eye.

import { make } from "./elements.js";

const REST = 400; // ms: written where the visitor rests, not at each step that is played

/** A table's content: heads of its columns, rows of as many cells, and [name, value] of the result.
 *  @typedef {{caption: string, heads: string[], rows: string[][], results: [string, string][]}} Spoken */

/** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
const timers = new WeakMap();

/** Write a table once the visitor rests; its content is computed only then.
 *  @param {HTMLTableElement} table
 *  @param {() => Spoken} say */
export function writeTableSoon(table, say) {
  cancelTable(table);
  timers.set(
    table,
    setTimeout(() => fillTable(table, say()), REST),
  );
}

/** Leave a table as it is.
 *  @param {HTMLTableElement} table */
export const cancelTable = (table) => clearTimeout(timers.get(table));

/** @param {HTMLTableElement} table
 *  @param {Spoken} spoken */
function fillTable(table, { caption, heads, rows, results }) {
  const head = make("thead");
  head.append(line(heads, "col"));
  const body = make("tbody");
  body.append(...rows.map((cells) => line(cells)));
  const foot = make("tfoot");
  for (const [name, value] of results) {
    const result = make("tr");
    const label = Object.assign(make("th", "", name), { scope: "row", colSpan: Math.max(1, heads.length - 1) });
    result.append(label, make("td", "", value));
    foot.append(result);
  }
  table.replaceChildren(make("caption", "", caption), head, body, foot);
}

/** @param {string[]} cells
 *  @param {string} scope */
function line(cells, scope = "") {
  const row = make("tr");
  row.append(
    ...cells.map((words) => (scope ? Object.assign(make("th", "", words), { scope }) : make("td", "", words))),
  );
  return row;
}
