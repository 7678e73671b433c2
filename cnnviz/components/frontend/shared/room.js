// Events between the room and other components, dispatched on the window.

/** The stage's key: show the code to the class, or hide it. */
export const BOARD_ASKED = "cnnviz-room-board";
/** Ask the class the exercise that is said. */
export const CLASS_ASKED = "cnnviz-class-asked";
export const EXERCISE_SHOWN = "cnnviz-exercise-shown";

/** Say which exercise a page shows: "ADDRESS?QUERY", or "" for none that a class can be asked.
 *  @param {string} exercise */
export function setShownExercise(exercise) {
  const { dataset } = document.documentElement;
  if ((dataset.exercise ?? "") === exercise) return;
  dataset.exercise = exercise;
  window.dispatchEvent(new Event(EXERCISE_SHOWN));
}

export const shownExercise = () => document.documentElement.dataset.exercise ?? "";

export const askClass = () => window.dispatchEvent(new Event(CLASS_ASKED));
