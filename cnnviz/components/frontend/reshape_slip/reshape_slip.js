// The order of a picture's numbers in the file, after `transpose` and after `reshape`. Both pictures and the order of
// the file come from Python; here positions are looked up.

import { density } from "../shared/canvas.js";
import { isDark, tokenColour } from "../shared/colours.js";
import { make } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { fill, grouped } from "../shared/numbers.js";
import { setCamera } from "../shared/picture.js";
import { newPlayback } from "../shared/playback.js";
import { typeFloor } from "../shared/type.js";
import { clamp, same } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { shareOn } from "../shared/zoom.js";
import { paint, paintSoon } from "./painting.js";
import { lands } from "./positions.js";

const WIDE = 900; // px from which the table stands beside the pictures
const SIDE = { min: 150, max: 330, table: 330, gap: 24, narrowGap: 12 };
const SECONDS = 12; // that filling both pictures takes

export default defineView(".slip", mount, receive);

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    strip: find(".file canvas"),
    canvases: { right: find("[data-side=right] canvas"), wrong: find("[data-side=wrong] canvas") },
    slider: find(".placed"),
    digest: null,
    pointed: null,
    placed: 0,
    playing: false,
  };
  view.sync = syncSelection(view, life, { current: () => ({ side: view.side, cell: view.cell }) });
  on(find(".play"), "click", () => play(view));
  on(view.slider, "input", () => {
    view.playing = false;
    view.placed = Number(view.slider.value);
    paintSoon(view);
  });
  for (const [side, canvas] of Object.entries(view.canvases)) {
    const cellOf = (event) => {
      const [across, down] = shareOn(canvas, event);
      return [
        clamp(Math.floor(down * view.height), 0, view.height - 1),
        clamp(Math.floor(across * view.width), 0, view.width - 1),
      ];
    };
    on(canvas, "pointermove", (event) => event.pointerType !== "touch" && point(view, { side, cell: cellOf(event) }));
    on(canvas, "pointerleave", () => point(view, null));
    on(canvas, "click", (event) => choose(view, side, cellOf(event)));
    on(canvas, "focus", () => canvas.matches(":focus-visible") && choose(view, side, view.cell));
    on(canvas, "keydown", (event) => {
      const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      choose(view, side, [
        clamp(view.cell[0] + by[0], 0, view.height - 1),
        clamp(view.cell[1] + by[1], 0, view.width - 1),
      ]);
    });
  }
  const alongFile = (event) => {
    const [across] = shareOn(view.strip, event);
    const k = clamp(Math.floor(across * view.count), 0, view.count - 1);
    const { row, col } = lands(view, "right", k);
    return [row, col];
  };
  on(
    view.strip,
    "pointermove",
    (event) => event.pointerType !== "touch" && point(view, { side: "right", cell: alongFile(event) }),
  );
  on(view.strip, "pointerleave", () => point(view, null));
  on(view.strip, "click", (event) => choose(view, "right", alongFile(event)));

  onResize(() => resized(view), root);
  onEnd(() => {
    cancelAnimationFrame(view.playFrame);
    clearTimeout(view.speaking);
  });
  return view;
}

function receive(view, { arrays, text, code, digest, side, cell }) {
  if (digest !== view.digest || text.play !== view.text?.play) {
    const [height, width] = arrays.right.shape;
    const order = arrays.order.data;
    const inverse = new Int32Array(order.length);
    order.forEach((index, k) => (inverse[index] = k));
    const pictures = { right: arrays.right.data, wrong: arrays.wrong.data };
    Object.assign(view, { pictures, order, inverse, height, width, count: order.length, digest, text, playing: false });
    view.placed = view.count;
    label(view, code);
  }
  Object.assign(view, view.sync.receive({ side, cell }));
  view.dark = isDark(view.root);
  view.mark = tokenColour(view.root, "accent");
  view.onMark = tokenColour(view.root, "on-accent");
  view.ink = tokenColour(view.root, "text");
  view.empty = tokenColour(view.root, "surface");
  resized(view);
  paintSoon(view);
}

function label(view, code) {
  const { root, text } = view;
  setCamera(root, text.save_picture, "cnnviz_order_of_channels.png", () => paint(view));
  const write = (selector, words) => (root.querySelector(selector).textContent = words);
  view.slider.max = view.count;
  view.slider.setAttribute("aria-label", text.placed);
  write(".file figcaption", fill(text.file, { count: grouped(view.count) }));
  view.strip.setAttribute("aria-label", text.strip);
  for (const side of ["right", "wrong"]) {
    write(`[data-side=${side}] b`, text[`side_${side}`]);
    write(`[data-side=${side}] code`, code[side]);
    view.canvases[side].setAttribute("aria-label", text[`canvas_${side}`]);
  }
  const heads = [text.head_number, text.head_file, text.head_right, text.head_wrong].map((words) =>
    Object.assign(make("th", "", words), { scope: "col" }),
  );
  root.querySelector("thead tr").replaceChildren(...heads);
  view.rows = [0, 1, 2].map(() => {
    const row = make("tr");
    const cells = [0, 1, 2, 3].map(() => make("td"));
    row.append(...cells);
    return { row, cells };
  });
  root.querySelector("tbody").replaceChildren(...view.rows.map(({ row }) => row));
}

function resized(view) {
  const width = Math.floor(view.root.clientWidth) - 8;
  if (view.digest === null || width < 1) return;
  const wide = width >= WIDE;
  const room = wide ? width - SIDE.table - 2 * SIDE.gap : width - SIDE.narrowGap;
  const side = Math.floor(clamp(room / 2, 60, SIDE.max));
  const screen = { ratio: density(), floor: typeFloor() };
  if (side === view.sidePx && width === view.total && screen.ratio === view.ratio && screen.floor === view.floor)
    return;
  Object.assign(view, { sidePx: side, total: width, ...screen });
  view.root.classList.toggle("narrow", !wide);
  view.root.style.setProperty("--side", `${side}px`);
  paintSoon(view);
}

function point(view, pointed) {
  if (same(pointed, view.pointed)) return;
  view.pointed = pointed;
  paintSoon(view);
}

function choose(view, side, cell) {
  if (!view.playing) view.placed = view.count;
  Object.assign(view, { side, cell, pointed: null });
  view.sync.changed();
  paintSoon(view);
}

/** Fill both pictures, number after number, in the order of the file; without motion a channel at a time. */
function play(view) {
  const { count } = view;
  if (view.still.matches) {
    const third = count / 3;
    view.placed = view.placed >= count ? third : Math.min(count, (Math.floor(view.placed / third) + 1) * third);
    paintSoon(view);
    return;
  }
  view.playing = !view.playing;
  if (view.playing) {
    if (view.placed >= count) view.placed = 0;
    const stepsDue = newPlayback();
    const tick = (now) => {
      if (!view.playing) return;
      view.placed = Math.min(count, view.placed + stepsDue(now, count / SECONDS));
      if (view.placed >= count) view.playing = false;
      else view.playFrame = requestAnimationFrame(tick);
      paintSoon(view);
    };
    cancelAnimationFrame(view.playFrame); // of a play that was stopped within this frame
    view.playFrame = requestAnimationFrame(tick);
  }
  paintSoon(view);
}
