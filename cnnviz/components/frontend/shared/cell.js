// What the lecture wants a component to go to: an output cell, a shift of the picture. They are two components: the
// document is between them.

export const CELL_ASKED = "cnnviz-cell-asked";

/** Ask for a cell, or for none.
 *  @param {string} cell "ROW,COLUMN" or, of a shift, "RIGHT,DOWN"; "" for none */
export function askForCell(cell) {
  document.documentElement.dataset.stageCell = cell;
  window.dispatchEvent(new Event(CELL_ASKED));
}

/** The cell that is asked for as [row, column], the shift as [right, down], or null.
 *  @returns {number[] | null} */
export function askedCell() {
  const cell = document.documentElement.dataset.stageCell;
  return cell ? cell.split(",").map(Number) : null;
}
