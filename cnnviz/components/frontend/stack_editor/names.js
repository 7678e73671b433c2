// What rows, kinds and their settings are called.

import { fill } from "../shared/numbers.js";
import { IMAGE } from "./skips.js";

export function kindOf(view, place) {
  return view.scene.kinds[view.blocks[place].kind];
}

export function rowText(view, place) {
  const { text } = view.scene;
  return place === IMAGE ? text.image : fill(text.row, { place, kind: kindOf(view, place) });
}

/** The name of the setting that holds over how many rows a kind's skip connection reaches back, if it has one. */
export function spanOf(view) {
  return (kind) => view.scene.settings[kind].find(({ skip }) => skip)?.name;
}
