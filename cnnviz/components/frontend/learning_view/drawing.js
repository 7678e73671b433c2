// All that is drawn for a moment.

import { isDark, signedScale, themeOf, tokenColour } from "../shared/colours.js";
import { headerHeight } from "../shared/elements.js";
import { soon } from "../shared/view.js";
import { drawAxis } from "./axis.js";
import { drawCells, drawEffect, drawGrowth } from "./filter.js";
import { momentOf, plan } from "./moments.js";
import { drawKernels, drawMaps } from "./mosaics.js";
import { writeAnswer, writeWords } from "./words.js";

const WIDE = 820; // px from which kernels, maps and answer stand side by side
const NARROW = 560; // px below which everything stands one below the other
const ROOM = { maps: 0.44, answer: 210, gap: 24 }; // the maps' share of the width; px
const BESIDE = 0.62; // of what the answer leaves, the maps' share at most: the kernels have words below them

export function draw(view) {
  soon(view, () => view.scene && view.root.clientWidth && drawNow(view)); // hidden: drawn when there is room
}

export function drawNow(view) {
  arrange(view);
  const t = momentOf(view);
  drawAxis(view, t);
  drawKernels(view, t);
  drawMaps(view, t);
  writeAnswer(view, t);
  drawCells(view, t);
  drawEffect(view, t);
  drawGrowth(view, t);
  writeWords(view, t);
}

function arrange(view) {
  const { root, scene } = view;
  const width = root.clientWidth;
  const kind = width >= WIDE ? "wide" : width >= NARROW ? "middle" : "narrow";
  for (const name of ["middle", "narrow"]) root.classList.toggle(name, kind === name);
  const style = getComputedStyle(root);
  const paper = tokenColour(root, "background");
  const theme = themeOf(root);
  if (theme !== view.theme) {
    Object.assign(view, { theme, signs: signedScale(root) }); // to look at a colour takes a canvas
    root.classList.toggle("dark", isDark(root));
  }
  root.style.setProperty("--top", `${headerHeight()}px`);
  const mark = tokenColour(root, "accent");
  view.colours = { ink: style.color, mark, paper, font: style.fontFamily };
  view.rem = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16; // a presenter's type is larger
  const [, filters, , native] = scene.arrays.maps.shape;
  const share = kind === "wide" ? ROOM.maps : kind === "middle" ? 0.62 : 1;
  const beside = kind === "wide" ? BESIDE * (width - ROOM.answer * view.rem - 2 * ROOM.gap) : width;
  view.plans.maps = plan(filters, Math.min(width * share, beside), native);
  const rest = width - view.plans.maps.width - ROOM.gap;
  const room = kind === "wide" ? rest - ROOM.gap - ROOM.answer * view.rem : kind === "middle" ? rest : width;
  view.plans.kernels = plan(filters, Math.min(room, view.plans.maps.width), scene.size[1]);
  for (const name of ["kernels", "maps"])
    root.querySelector(`.${name}`).style.width = kind === "narrow" ? "" : `${view.plans[name].width}px`;
  view.width = width;
  view.growth = Math.max(120, root.querySelector(".growth").clientWidth);
}
