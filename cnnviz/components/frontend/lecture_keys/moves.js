// One moment, or one step, on or back. A step that is gone back to begins at its last moment.

const NAME = "cnnviz-stage-backwards"; // in the session's storage, as a page that is opened again has no memory
const SHOWN = "cnnviz-stage-moment";

/** Note that a step is gone to, by its name; forward, or with a number, it begins at its first moment.
 *  @param {string} name
 *  @param {boolean} back
 *  @param {Pick<Storage, "setItem" | "removeItem">} storage */
export function goingTo(name, back, storage = sessionStorage) {
  if (back) storage.setItem(NAME, name);
  else storage.removeItem(NAME);
}

/** Whether a step that is shown now was gone back to; asked again it was not.
 *  @param {string} name
 *  @param {Pick<Storage, "getItem" | "removeItem">} storage */
export function isGoneBackTo(name, storage = sessionStorage) {
  const found = storage.getItem(NAME) === name;
  storage.removeItem(NAME);
  return found;
}

/** Note the moment that is shown, for when the page is loaded again.
 *  @param {string} step its name
 *  @param {number} index
 *  @param {Pick<Storage, "setItem">} storage */
export function keepMoment(step, index, storage = sessionStorage) {
  storage.setItem(SHOWN, `${step} ${index}`);
}

/** The index of the moment of a step that was shown last; 0 if it was another step.
 *  @param {string} step
 *  @param {Pick<Storage, "getItem">} storage */
export function keptMoment(step, storage = sessionStorage) {
  const [name, index] = (storage.getItem(SHOWN) ?? "").split(" ");
  return name === step ? Number(index) || 0 : 0;
}

/** The target of a move: another moment of the step that is shown, or another step; null at the ends.
 *  @param {{
 *    index: number, moments: number, position: number, shown: number, steps: number,
 *  }} now  index: of the moment. moments: their number, 0 where steps are shown whole. position: index of the step, or half a step
 *      behind it on another page. shown: that of the step on the screen; it is another one while the next is on its way,
 *      whose moments are not known yet.
 *  @param {1 | -1} by
 *  @returns {{index: number} | {step: number} | null} */
export function moveOf({ index, moments, position, shown, steps }, by) {
  const next = index + by;
  if (Math.floor(position) === shown && next >= 0 && next < moments) return { index: next };
  const step = by > 0 ? Math.floor(position) + 1 : Math.ceil(position) - 1;
  return step >= 0 && step < steps ? { step } : null;
}
