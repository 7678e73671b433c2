// A picture that can be zoomed into until its numbers can be read. Every number is Python's: the
// bytes are the image's, and the network's input for each was computed there.

import { density } from "../shared/canvas.js";
import { isDark, themeColour, themeOf, tokenColour } from "../shared/colours.js";
import { make } from "../shared/elements.js";
import { syncSelection } from "../shared/message.js";
import { fill, grouped } from "../shared/numbers.js";
import { setCamera } from "../shared/picture.js";
import { clamp } from "../shared/values.js";
import { defineView } from "../shared/view.js";
import { shareOn } from "../shared/zoom.js";
import { CHANNELS, scaleOf } from "./geometry.js";
import {
  cellCentre,
  change,
  choose,
  dive,
  land,
  onKey,
  onWheel,
  STEP,
  setPlain,
  stopFlight,
  toStage,
  watchPointer,
  zoomOnCell,
} from "./moving.js";
import { MS, paint, paintSoon } from "./painting.js";

const WIDE = 720; // px from which the cell's numbers stand beside the picture
const SIDE_PANEL = 290;
const LARGEST = 520; // px, the picture's side
const STAGES = ["picture", "cells", "numbers"];
const MAP = { wide: 168, narrow: 112 };

export default defineView(".pixels", mount, receive);

function mount(root, life) {
  const { on, find, onResize, onEnd } = life;
  const view = {
    root,
    screen: find(".screen"),
    canvas: find(".screen canvas"),
    map: find(".map"),
    slider: find(".zoom input"),
    plainBox: find(".plain input"),
    digest: null,
    cell: [0, 0],
    pointed: null,
    plainness: 0,
    pointers: new Map(),
  };
  view.sync = syncSelection(view, life, {
    current: () => {
      const { cell, across, channel, unit, plain } = view;
      return { cell, across: Math.round(across * 10) / 10, channel, unit, plain };
    },
    busy: () => view.flying,
  });

  on(find(".dive"), "click", () => dive(view));
  for (const button of root.querySelectorAll("[data-stage]"))
    on(button, "click", () => toStage(view, button.dataset.stage, MS.jump));
  for (const button of root.querySelectorAll("[data-zoom]")) {
    on(button, "click", () => zoomOnCell(view, button.dataset.zoom === "in" ? STEP : 1 / STEP));
  }
  on(view.slider, "input", () => {
    const [x, y] = cellCentre(view);
    land(view, scaleOf(view, Number(view.slider.value)), x, y);
  });
  for (const name of ["channel", "unit"])
    on(find(`.${name}`), "change", (event) => change(view, { [name]: event.target.value }));
  on(view.plainBox, "change", () => setPlain(view, view.plainBox.checked));
  on(view.screen, "keydown", (event) => onKey(view, event));
  on(view.screen, "wheel", (event) => onWheel(view, event), { passive: false });
  watchPointer(view, on);
  const goThere = (event) => {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    const [across, down] = shareOn(view.map, event);
    const [x, y] = [across * view.width, down * view.height];
    stopFlight(view);
    land(view, view.scale, x, y);
    choose(view, [Math.floor(clamp(y, 0, view.height - 1)), Math.floor(clamp(x, 0, view.width - 1))], false);
  };
  on(view.map, "pointerdown", goThere);
  on(view.map, "pointermove", goThere);

  onResize(() => resized(view), root);
  onEnd(() => {
    cancelAnimationFrame(view.flight);
    cancelAnimationFrame(view.fading);
    clearTimeout(view.speaking);
  });
  return view;
}

/** Read the payload from Python; the same again changes nothing. */
function receive(view, scene) {
  const { arrays, text, grey, nearest: least, digest, cell, across, channel, unit, plain } = scene;
  const theme = themeOf(view.root);
  const first = view.digest === null;
  let another = false; // whether the picture has another size
  if (digest !== view.digest || view.text?.dive !== text.dive) {
    const [height, width] = arrays.image.shape;
    another = !first && (height !== view.height || width !== view.width);
    Object.assign(view, { image: arrays.image.data, scaled: arrays.scaled.data, height, width });
    Object.assign(view, { grey, least, digest, text, steps: scene.steps, range: scene.range });
    view.longest = Math.max(...view.range.map((end) => end.toFixed(3).length));
    view.across = Math.min(view.across, width);
    view.cell = [clamp(view.cell[0], 0, height - 1), clamp(view.cell[1], 0, width - 1)];
    view.pointed = null; // it may lie outside of the picture
    label(view);
  }
  const wanted = view.sync.receive({ cell, across, channel, unit, plain });
  if (theme !== view.theme) {
    view.theme = theme;
    view.dark = isDark(view.root);
    view.paper = themeColour(view.root, "--st-background-color");
    view.inks = CHANNELS.map(
      (name) => getComputedStyle(view.root).getPropertyValue(`--st-${name}-text-color`) || "currentColor",
    );
    view.mark = tokenColour(view.root, "accent");
  }
  if (Object.keys(wanted).length) {
    stopFlight(view);
    Object.assign(view, wanted);
    view.plainness = view.plain ? 1 : 0;
  }
  resized(view);
  if (!first && (another || wanted.cell || wanted.across)) landAcross(view);
  paintSoon(view);
}

function label(view) {
  setCamera(view.root, view.text.save_picture, "cnnviz_pixel_numbers.png", () => paint(view));
  const { root, text } = view;
  const write = (selector, words) => (root.querySelector(selector).textContent = words);
  root.querySelector(".dive").textContent ||= text.dive; // with the next frame it says where it leads
  for (const stage of STAGES) write(`[data-stage=${stage}]`, text[`stage_${stage}`]);
  for (const way of ["in", "out"]) {
    const button = root.querySelector(`[data-zoom=${way}]`);
    button.setAttribute("aria-label", text[`zoom_${way}`]);
    button.title = text[`zoom_${way}`];
  }
  view.slider.setAttribute("aria-label", text.zoom);
  write(".plain span", text.plain);
  write("figcaption", text.you_see);
  const { height, width, grey } = view;
  const count = grouped(height * width * (grey ? 1 : CHANNELS.length));
  write(".facts", grey ? fill(text.facts_grey, { height, width, count }) : fill(text.facts, { height, width, count }));
  write(".keys", text.keys);
  view.screen.setAttribute("aria-label", text.screen);
  view.map.setAttribute("aria-label", text.map);
  const radios = (name, words, options) => {
    const group = root.querySelector(`.${name}`);
    group.setAttribute("aria-label", words);
    group.replaceChildren(
      ...Object.entries(options).map(([option, caption]) => {
        const holder = make("label");
        const input = Object.assign(make("input"), { type: "radio", name, value: option });
        holder.append(input, make("span", "", caption));
        return holder;
      }),
    );
  };
  const channels = Object.fromEntries(["all", ...CHANNELS].map((name) => [name, text[`channel_${name}`]]));
  radios("channel", text.channel, channels);
  root.querySelector(".channel").style.display = grey ? "none" : "";
  radios("unit", text.unit, { byte: text.unit_byte, share: rangeText(view) });
  view.rows = (grey ? ["grey"] : CHANNELS).map((name) => {
    const [row, value, share] = [make("tr"), make("td", "value"), make("td", "share")];
    row.append(make("td", "name", text[`channel_${name}`]), value, share);
    return { row, value, share };
  });
  root.querySelector("tbody").replaceChildren(...view.rows.map(({ row }) => row));
}

/** The range of the network's input: "0–1", "−0.99 – 1". */
function rangeText({ range: [low, high], text }) {
  const write = (end) => String(Math.round(end * 100) / 100).replace("-", "−");
  return low === 0 && high === 1 ? text.unit_share : `${write(low)} – ${write(high)}`;
}

function resized(view) {
  const width = Math.floor(view.root.clientWidth) - 8;
  if (view.digest === null || width < 1) return;
  const wide = width >= WIDE;
  const side = Math.min(wide ? width - SIDE_PANEL : width, LARGEST);
  const ratio = density();
  if (side === view.side && wide === view.wide && ratio === view.ratio) return;
  view.root.classList.toggle("narrow", !wide);
  view.root.style.setProperty("--screen", `${side}px`);
  Object.assign(view, { side, wide, ratio, mapSide: wide ? MAP.wide : MAP.narrow });
  landAcross(view);
}

/** Show the requested number of cells side by side, round the chosen cell. */
function landAcross(view) {
  const [x, y] = cellCentre(view);
  land(view, view.side / view.across, x, y, { send: false });
}
