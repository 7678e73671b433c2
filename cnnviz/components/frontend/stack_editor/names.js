// Displayed names of rows, kinds and their settings.

import { fill } from "../shared/numbers.js";
import { IMAGE } from "./skips.js";

export function kindOf(view, index) {
  return view.scene.kinds[view.blocks[index].kind];
}

export function rowText(view, index) {
  const { text } = view.scene;
  return index === IMAGE ? text.image : fill(text.row, { index, kind: kindOf(view, index) });
}

/** The name of the setting that holds over how many rows a kind's skip connection reaches back, if it has one. */
export function spanOf(view) {
  return (kind) => view.scene.settings[kind].find(({ skip }) => skip)?.name;
}
