// The axis of time with the curve of accuracy.

import { sharpContext } from "../shared/canvas.js";
import { fill } from "../shared/numbers.js";
import { dot, lineOf, type } from "./strokes.js";

export const AXIS = { left: 44, right: 18, top: 8, curve: 58, ticks: 18, groups: 18 };

export function drawAxis(view, t) {
  const { axis, scene, text, colours, width } = view;
  const { left, right, top, curve, ticks, groups } = AXIS;
  const context = sharpContext(axis.firstElementChild, width, top + curve + (ticks + groups) * view.rem + 4);
  context.clearRect(0, 0, width, 400);
  const { moments } = scene;
  const x = (k) => left + (k * (width - left - right)) / Math.max(1, moments.length - 1);
  const guess = 1 / scene.class_names.length; // accuracy of guessing
  const known = moments.map(({ accuracy }) => accuracy).filter((value) => value !== null);
  const most = Math.ceil(10 * Math.max(2 * guess, ...known)) / 10;
  const y = (accuracy) => top + curve * (1 - accuracy / most);
  const bottom = top + curve;
  const firsts = moments.filter(({ first }) => first).length;
  const border = firsts < moments.length ? (x(firsts - 1) + x(firsts)) / 2 : x(firsts - 1) + 8;

  context.fillStyle = colours.ink;
  context.globalAlpha = 0.06;
  context.fillRect(left - 8, top - 6, border - left + 8, curve + 12);
  context.globalAlpha = 1;
  lineOf(
    context,
    [
      [left - 8, bottom],
      [width - right + 8, bottom],
    ],
    colours.ink,
    1,
    [],
    0.35,
  );
  lineOf(
    context,
    [
      [left - 8, y(guess)],
      [width - right + 8, y(guess)],
    ],
    colours.ink,
    1,
    [2, 4],
    0.6,
  );

  const points = moments.flatMap(({ accuracy }, k) => (accuracy === null ? [] : [[x(k), y(accuracy), k]]));
  lineOf(context, points, colours.ink, 2, [], 0.35);
  lineOf(
    context,
    points.filter(([, , k]) => k <= t),
    colours.ink,
    3,
  );
  for (const [px, py, k] of points) {
    context.fillStyle = colours.ink;
    context.globalAlpha = k <= t ? 1 : 0.45;
    dot(context, px, py, 3);
  }
  context.globalAlpha = 1;
  lineOf(
    context,
    [
      [x(t), top - 6],
      [x(t), bottom + 6],
    ],
    colours.mark,
    2.5,
  );
  const { accuracy } = moments[t];
  context.fillStyle = colours.mark;
  dot(context, x(t), accuracy === null ? bottom : y(accuracy), 7);

  context.textBaseline = "middle";
  context.textAlign = "right";
  context.fillStyle = colours.ink;
  context.font = type(view, "tiny");
  context.globalAlpha = 0.75;
  context.fillText(`${Math.round(100 * most)}%`, left - 12, y(most) + 2);
  context.fillText("0%", left - 12, bottom);
  context.textAlign = "left";
  context.fillText(text.axis_accuracy, left + 9, top + 4);
  context.textAlign = "right";
  context.fillText(fill(text.guessing, { share: scene.guessing }), width - right - 10, y(guess) - 7);
  context.globalAlpha = 1;
  context.textAlign = "center";
  const row = bottom + 6 + (ticks * view.rem) / 2;
  let free = -Infinity;
  const room = (k) => context.measureText(moments[k].tick).width / 2 + 3;
  context.font = type(view, "small", 700);
  const own = [x(t) - room(t), x(t) + room(t)];
  context.fillStyle = colours.mark;
  context.fillText(moments[t].tick, x(t), row);
  context.fillStyle = colours.ink;
  context.font = type(view, "note");
  moments.forEach(({ tick }, k) => {
    const [from, to] = [x(k) - room(k), x(k) + room(k)];
    if (k === t || from < free || (to > own[0] && from < own[1])) return;
    context.fillText(tick, x(k), row);
    free = to;
  });
  context.font = type(view, "note");
  context.globalAlpha = 0.75;
  const line = row + ((ticks + groups) * view.rem) / 2;
  const zones = [
    [text.first_epoch, left - 8, border],
    [text.later, border, width - right + 8],
  ];
  for (const [words, from, to] of zones)
    if (context.measureText(words).width <= to - from) context.fillText(words, (from + to) / 2, line);
  context.globalAlpha = 1;
}
