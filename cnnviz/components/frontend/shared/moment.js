// The moment of the lecture's step that the stage shows, and the one that a room asks for. Stage and room are two
// components: the document is between them. A moment is "STEP INDEX", or "" where there is no stage.

export const MOMENT_SHOWN = "cnnviz-moment-shown";
export const MOMENT_ASKED = "cnnviz-moment-asked";

/** Say which moment the stage shows.
 *  @param {string} moment */
export function setShownMoment(moment) {
  const { dataset } = document.documentElement;
  if (dataset.moment === moment) return;
  dataset.moment = moment;
  window.dispatchEvent(new Event(MOMENT_SHOWN));
}

export const shownMoment = () => document.documentElement.dataset.moment ?? "";

/** Ask for a moment: the stage shows it now, or once it has its step.
 *  @param {string} moment */
export function askForMoment(moment) {
  document.documentElement.dataset.momentAsked = moment;
  window.dispatchEvent(new Event(MOMENT_ASKED));
}

/** The index of the moment that is asked for of a step, once; null if there is none.
 *  @param {string} step */
export function takeMoment(step) {
  const { dataset } = document.documentElement;
  const [name, index] = (dataset.momentAsked ?? "").split(" ");
  if (!index || name !== step) return null;
  delete dataset.momentAsked;
  return Number(index);
}
