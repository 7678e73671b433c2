// Meanings of the lecture's keys.

import { latinKey } from "../shared/keys.js";

const WRITING = "textarea, [contenteditable=true]";
export const OPENED = "[role=dialog], [role=listbox], [role=menu], [data-baseweb=popover]";
const ROLES = ["application", "combobox", "grid", "radio", "radiogroup", "slider", "spinbutton", "tab", "tablist"];
const USES_ARROWS = [WRITING, OPENED, "input, select, audio, video", ...ROLES.map((role) => `[role=${role}]`)].join(
  ", ",
);
const TYPED = `${WRITING}, input:not([type=checkbox], [type=radio], [type=range], [type=button])`;

/** The action of a key: one on or back, or an action of the stage. Null: none.
 *  @typedef {{move?: 1 | -1, leave?: true, stage?: "blank" | "full" | "help" | "room", digit?: string, enter?: true}} Wish */

/** @param {KeyboardEvent} event
 *  @param {boolean} presenting
 *  @returns {Wish | null} */
export function wishOf(event, presenting) {
  const { shiftKey } = event;
  const key = latinKey(event);
  if (event.defaultPrevented || event.repeat || event.isComposing) return null;
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const path = event.composedPath();
  if (within(path, WRITING)) return null;
  if (key === "Escape") return presenting && !within(path, OPENED) ? { leave: true } : null;
  if (key === "PageDown" && !shiftKey) return { move: 1 };
  if (key === "PageUp" && !shiftKey) return { move: -1 };
  if (presenting && !within(path, TYPED) && !within(path, OPENED)) {
    if (key === " ") return { move: shiftKey ? -1 : 1 };
    if (key === "b") return { stage: "blank" };
    if (key === "f") return { stage: "full" };
    if (key === "r") return { stage: "room" };
    if (key === "?") return { stage: "help" };
    if (key === "Enter") return { enter: true };
    if (/^[0-9]$/.test(key)) return { digit: key };
  }
  if (shiftKey || usesArrows(path)) return null;
  if (key === "ArrowRight") return { move: 1 };
  return key === "ArrowLeft" ? { move: -1 } : null;
}

// what is in the speaker's window is an element of that window's own kind
const within = (path, selector) => path.some((node) => node.nodeType === 1 && node.matches(selector));

/** Whether the focused element uses arrow keys itself; every component (a shadow root) may. */
const usesArrows = (path) => within(path, USES_ARROWS) || path.some((node) => node instanceof ShadowRoot);
