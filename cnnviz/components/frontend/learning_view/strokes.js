// Lines, dots and type on canvases.

import { typeFloor, typeSize } from "../shared/type.js";

/** Text of a size of the type scale in the page's type, larger where the page's is. */
export const type = (view, size, weight = 400, scale = 1) =>
  `${weight} ${Math.max(typeSize(view.root, size) * scale, typeFloor())}px ${view.colours.font}`;

export function lineOf(context, points, colour, width, dash = [], alpha = 1) {
  Object.assign(context, { strokeStyle: colour, lineWidth: width, globalAlpha: alpha, lineJoin: "round" });
  context.setLineDash(dash);
  context.beginPath();
  for (const [px, py] of points) context.lineTo(px, py);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

export function dot(context, px, py, radius) {
  context.beginPath();
  context.arc(px, py, radius, 0, 7);
  context.fill();
}
