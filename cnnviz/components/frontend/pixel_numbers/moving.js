// Zooming, flying, pointing.

import { clamp, same } from "../shared/values.js";
import { pointerOn, zoomOf } from "../shared/zoom.js";
import { corner, ease, farthest, insideCentre, nearest, stageOf } from "./geometry.js";
import { MS, paintSoon } from "./painting.js";

const CELLS_AT = 29; // px a cell where the stage "cells" is best seen
const DIVE_TO = 72; // px a cell where a dive ends
export const STEP = 1.3; // one press of + or a notch of the wheel
const CLICK = 5; // px a pointer may move in a click

export const cellCentre = (view) => [view.cell[1] + 0.5, view.cell[0] + 0.5];

/** Put the view's centre as near to (x, y) as the picture allows, `scale` px a cell. */
export function land(view, scale, x, y, { send = true } = {}) {
  view.scale = clamp(scale, farthest(view), nearest(view));
  [view.x, view.y] = insideCentre(view, x, y, view.scale);
  if (send) {
    view.across = view.side / view.scale;
    view.sync.changed();
  }
  paintSoon(view);
}

/** Zoom by a factor and keep the point (px, py) of the screen where it is. */
function zoomAt(view, factor, px, py) {
  const [left, top] = corner(view);
  const [x, y] = [left + px / view.scale, top + py / view.scale];
  const scale = clamp(view.scale * factor, farthest(view), nearest(view));
  land(view, scale, x - (px - view.side / 2) / scale, y - (py - view.side / 2) / scale);
}

export function zoomOnCell(view, factor) {
  const [x, y] = cellCentre(view);
  const from = view.flying ? view.goal : view.scale; // presses add up, however few frames there are between them
  fly(view, from * factor, x, y, MS.step);
}

/** Fly to a scale and a point: the zoom grows evenly, and the point glides to the middle of the screen. */
function fly(view, scale, x, y, duration) {
  stopFlight(view);
  const goal = clamp(scale, farthest(view), nearest(view));
  if (view.still.matches) return land(view, goal, x, y);
  [x, y] = insideCentre(view, x, y, goal);
  const from = { scale: view.scale, dx: (x - view.x) * view.scale, dy: (y - view.y) * view.scale };
  let start = null;
  Object.assign(view, { flying: true, goal });
  const step = (now) => {
    start ??= now;
    const t = Math.min(1, (now - start) / duration);
    const e = ease(t);
    const s = from.scale * (goal / from.scale) ** e;
    if (t < 1) {
      land(view, s, x - (from.dx * (1 - e)) / s, y - (from.dy * (1 - e)) / s, { send: false });
      view.flight = requestAnimationFrame(step);
    } else {
      view.flying = false;
      land(view, goal, x, y);
    }
  };
  view.flight = requestAnimationFrame(step);
}

export function stopFlight(view) {
  cancelAnimationFrame(view.flight);
  if (view.flying) view.across = view.side / view.scale;
  view.flying = false;
}

export function toStage(view, stage, duration) {
  const scale = { picture: farthest(view), cells: CELLS_AT, numbers: DIVE_TO }[stage];
  const [x, y] = cellCentre(view);
  fly(view, scale, x, y, duration);
}

export function dive(view) {
  const down = stageOf(view.scale) !== "numbers";
  view.pointed = null;
  toStage(view, down ? "numbers" : "picture", MS.dive);
}

export function choose(view, cell, follow = true) {
  view.cell = [clamp(cell[0], 0, view.height - 1), clamp(cell[1], 0, view.width - 1)];
  view.pointed = null;
  if (follow) {
    // the view comes along, so that the cell and its neighbours are seen
    const half = view.side / view.scale / 2 - 1.5;
    const [x, y] = cellCentre(view);
    const near = (centre, goal) => (half > 0 ? clamp(centre, goal - half, goal + half) : goal);
    [view.x, view.y] = insideCentre(view, near(view.x, x), near(view.y, y), view.scale);
  }
  view.sync.changed();
  paintSoon(view);
}

export function change(view, choices) {
  Object.assign(view, choices);
  view.sync.changed();
  paintSoon(view);
}

export function setPlain(view, plain) {
  change(view, { plain });
  cancelAnimationFrame(view.fading);
  const [from, to] = [view.plainness, plain ? 1 : 0];
  let start = null;
  const step = (now) => {
    start ??= now;
    const t = view.still.matches ? 1 : Math.min(1, (now - start) / MS.plain);
    view.plainness = from + (to - from) * t;
    paintSoon(view);
    if (t < 1) view.fading = requestAnimationFrame(step);
  };
  view.fading = requestAnimationFrame(step);
}

export function onKey(view, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const [row, col] = view.cell;
  if (by) {
    stopFlight(view);
    choose(view, [row + by[0], col + by[1]]);
  } else if (event.key === "Home") choose(view, [row, 0]);
  else if (event.key === "End") choose(view, [row, view.width - 1]);
  else if (event.key === "+" || event.key === "=") zoomOnCell(view, STEP);
  else if (event.key === "-") zoomOnCell(view, 1 / STEP);
  else if (event.key === "0") toStage(view, "picture", MS.jump);
  else if (event.key === "Enter") dive(view);
  else return;
  event.preventDefault();
}

export function onWheel(view, event) {
  const lines = event.deltaMode === 1 ? event.deltaY * 30 : event.deltaY;
  const factor = clamp(Math.exp(-lines * (event.ctrlKey ? 0.01 : 0.002)), 1 / 1.6, 1.6);
  const goal = clamp(view.scale * factor, farthest(view), nearest(view));
  if (Math.abs(goal - view.scale) < 1e-6) return; // at the end of the zoom the page scrolls on
  event.preventDefault();
  stopFlight(view);
  zoomAt(view, factor, ...pointerOn(view.canvas, event));
}

function cellUnder(view, event) {
  const [x, y] = pointerOn(view.canvas, event);
  const [left, top] = corner(view);
  const row = Math.floor(top + y / view.scale);
  const col = Math.floor(left + x / view.scale);
  return row >= 0 && col >= 0 && row < view.height && col < view.width ? [row, col] : null;
}

/** One pointer drags the picture or clicks a cell; two pinch. */
export function watchPointer(view, on) {
  const { screen, pointers } = view;
  on(screen, "pointerdown", (event) => {
    if (event.button !== 0) return;
    stopFlight(view);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, moved: 0 });
    screen.setPointerCapture(event.pointerId);
  });
  on(screen, "pointermove", (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) {
      if (event.pointerType !== "touch" && !view.flying) point(view, cellUnder(view, event));
      return;
    }
    const [dx, dy] = [event.clientX - pointer.x, event.clientY - pointer.y];
    if (pointers.size === 2) {
      const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
      const before = Math.hypot(pointer.x - other.x, pointer.y - other.y);
      const after = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      const middle = { clientX: (event.clientX + other.x) / 2, clientY: (event.clientY + other.y) / 2 };
      if (before > 0) zoomAt(view, after / before, ...pointerOn(view.canvas, middle));
      pointer.moved = other.moved = CLICK + 1;
    } else {
      pointer.moved += Math.hypot(dx, dy);
      if (pointer.moved > CLICK && view.scale > farthest(view) * 1.001) {
        screen.classList.add("dragging");
        view.pointed = null;
        const scale = view.scale * zoomOf(screen);
        land(view, view.scale, view.x - dx / scale, view.y - dy / scale);
      }
    }
    Object.assign(pointer, { x: event.clientX, y: event.clientY });
  });
  const lift = (event) => {
    const pointer = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!pointers.size) screen.classList.remove("dragging");
    if (event.type === "pointerup" && pointer && pointer.moved <= CLICK) {
      const cell = cellUnder(view, event);
      if (cell) choose(view, cell, false);
    }
  };
  on(screen, "pointerup", lift);
  on(screen, "pointercancel", lift);
  on(screen, "pointerleave", () => point(view, null));
}

function point(view, cell) {
  if (same(cell, view.pointed)) return;
  view.pointed = cell;
  paintSoon(view);
}
