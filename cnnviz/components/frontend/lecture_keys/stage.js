// The stage: in the presenter layout a step shows what its sentence names, nothing else, as large as the screen allows.
//
// A moment of a step names the parts of the page that are on the stage (`show`) and, of these, what comes later
// (`hide`): CSS selectors, found in the page and inside of components. The rest is taken out of the layout, and what is
// left is enlarged by CSS zoom until it fills the room above the caption.

import { markPage } from "../shared/page_marks.js";
import { resizeNow, soon } from "../shared/view.js";
import { screenBoxOf } from "../shared/zoom.js";
import { bestZoom, isAsExpected, isWorthRefitting, LIMITS, nextZoom } from "./fitting.js";

/** @typedef {{show: string, hide: string}} Moment */

const MAIN = "[data-testid=stMain]";
const BAR = ".st-key-lecture_bar";
const ROOM = ".st-key-room"; // of the class: it lies over everything
const CONTROLS = ".stepper > .controls, .pixels > .bar, .grid .toolbar, .shifts .move, .slip > .bar, .stack > .add"; // of components, over the picture when asked for
const UNDRAWN =
  ".stepper:not([data-step]), :is(.grid, .dense, .shifts, .pixels, .learning, .batch, .heat, .fooling, .descent):not([data-painted]), .slip:not([data-drawn])";
const [OFF, LATER, ACTOR, CONTROL] = ["data-offstage", "data-later", "data-actor", "data-control"];
const PLOT = ".js-plotly-plot, canvas";
const FRAMES = 3; // that a chart needs to follow a new width
const TRIES = { atOnce: 10, slow: 5 };
const WAIT = 10; // ms until a moment's elements are looked for again
const TYPE = 0.0255; // of the screen's height: nothing on the stage is written smaller
const AGAIN = { first: 250, last: 8000 }; // ms until it is looked whether all still fits; each time twice as long
const PATIENCE = 6000; // ms after which a page is shown as it is, if it lacks a moment's elements

const RULES = new CSSStyleSheet();
RULES.replaceSync(`
  [${OFF}] { display: none !important; }
  [${LATER}] { visibility: hidden !important; }
  :host([data-stage]) .camera { display: none !important; }
  [${CONTROL}] {
    position: fixed !important; inset: auto auto calc(14vh + 5.5vh * var(--control)) 50% !important; z-index: 3;
    zoom: calc(1 / var(--stage-zoom, 1)); width: max-content !important; max-width: 96vw; transform: translateX(-50%);
    margin: 0 !important; padding: 0.8vh 1vw !important; border-radius: 1vh; font-size: 2.5vh !important;
    background: var(--st-background-color); box-shadow: 0 0.4vh 2vh color-mix(in srgb, var(--black) 35%, transparent);
  }
  :host(:not([data-stage-controls])) [${CONTROL}]:not(:focus-within) { opacity: 0; pointer-events: none; }
`);

/** The zoom that fitted, by the fitted view: the next attempt starts from it.
 *  @type {Map<string, import("./fitting.js").Tried>} */
const KNOWN = new Map();

/** The zoom that fitted last, by page and room: what is shown there next is often about as large.
 *  @type {Map<string, number>} */
const NEAR = new Map();

/** A stage on the page; `caption` is the element below it.
 *  @param {HTMLElement} caption */
export function newStage(caption) {
  const stage = {
    caption,
    moment: /** @type {Moment | null} */ (null),
    since: 0,
    press: "", // selector of a button that is pressed as soon as it is there
    turn: 0,
    frame: 0,
    waiting: 0,
    checking: 0,
    asked: "", // the view and the room to fit
    fitted: "",
    share: 0, // of its room that was filled then
    empty: false, // there was nothing in it then
    refitted: /** @type {Map<string, number>} */ (new Map()),
    watcher: new MutationObserver(() => soon(stage, arrange)),
    sizes: new ResizeObserver(([entry]) => grown(stage, /** @type {HTMLElement} */ (entry.target))),
  };
  return stage;
}

/** @typedef {ReturnType<typeof newStage>} Stage */

/** Put a moment on the stage.
 *  @param {Stage} stage
 *  @param {Moment} moment
 *  @param {string} [press] CSS selector of what is pressed once it is drawn; "" = nothing, none = what was asked for */
export function present(stage, moment, press = stage.press) {
  stage.press = press;
  if (stage.moment?.show !== moment.show) {
    stage.since = performance.now();
    delete document.documentElement.dataset.stageFitted;
    stage.asked = "";
  }
  stage.moment = moment;
  markPage("data-stage", "on");
  arrange(stage);
}

/** Give the page back as it was.
 *  @param {Stage} stage */
export function clear(stage) {
  stage.turn++;
  stage.moment = null;
  stage.press = stage.asked = stage.fitted = "";
  clearTimeout(stage.waiting);
  clearTimeout(stage.checking);
  stage.watcher.disconnect();
  stage.sizes.disconnect();
  for (const name of [OFF, LATER, CONTROL]) for (const node of marks(name)) node.removeAttribute(name);
  for (const node of document.querySelectorAll(`[${ACTOR}]`)) dismiss(/** @type {HTMLElement} */ (node));
  markPage("data-stage", null);
  const { dataset } = document.documentElement;
  for (const name of ["stageReady", "stageFitted", "stageRoom", "zoom"]) delete dataset[name];
  document.documentElement.style.removeProperty("--type-floor");
}

/** The elements that a selector finds, inside of components too.
 *  @param {string} selector
 *  @returns {any[]} */
export function findAll(selector) {
  return selector ? roots().flatMap((root) => [...root.querySelectorAll(selector)].filter((node) => !inBar(node))) : [];
}

const inBar = (node) => node.closest(`${BAR}, ${ROOM}`) !== null;

/** The main part of the page, and the shadow roots of components there.
 *  @returns {any[]} */
function roots() {
  const main = document.querySelector(MAIN);
  if (!main) return [];
  const hosts = [...main.querySelectorAll("*")].filter((node) => node.shadowRoot && !inBar(node));
  return [main, ...hosts.map((host) => host.shadowRoot)];
}

const marks = (name) => roots().flatMap((root) => [...root.querySelectorAll(`[${name}]`)]);

/** @param {Stage} stage */
function arrange(stage) {
  const { moment, watcher } = stage;
  if (!moment) return;
  const { dataset } = document.documentElement;
  const found = findAll(moment.show);
  const shown = found.some((node) => node.closest(UNDRAWN)) ? [] : found; // empty it has another size
  watcher.disconnect();
  clearTimeout(stage.waiting);
  if (!shown.length) {
    // what Streamlit reuses for the new step may be off the stage, and a component without room is never drawn
    for (const node of found) for (const each of [node, ...ancestors(node)]) each.removeAttribute(OFF);
    const main = document.querySelector(MAIN);
    if (main) watcher.observe(main, { childList: true, subtree: true });
    // until then nothing is shown: what else is on the page is not what the sentence names
    stage.fitted = "";
    if (performance.now() - stage.since > PATIENCE) dataset.stageReady = "";
    else delete dataset.stageReady;
    stage.waiting = setTimeout(() => soon(stage, arrange), WAIT); // nobody tells what appears inside a component
    return;
  }
  const pressed = findAll(stage.press);
  if (pressed.length) stage.press = "";
  for (const each of pressed) each.click();
  const kept = new Set(shown.flatMap(ancestors));
  const [off, controls] = [new Set(), new Set()];
  for (const node of kept) {
    const inside = node.shadowRoot ?? node;
    watcher.observe(inside, { childList: true });
    for (const child of inside.children)
      if (
        !kept.has(child) &&
        !shown.includes(child) &&
        !inBar(child) &&
        !child.querySelector(BAR) &&
        !child.matches(ROOM) &&
        child.tagName !== "STYLE"
      )
        (child.matches(CONTROLS) ? controls : off).add(child);
  }
  // a component rebuilds its parts for another width: what is hidden among them must be found again
  if (moment.hide) for (const node of shown) watcher.observe(node, { childList: true, subtree: true });
  switchMarks(OFF, off);
  switchMarks(CONTROL, controls);
  [...controls].forEach((control, index) => control.style.setProperty("--control", String(index)));
  switchMarks(LATER, new Set(findAll(moment.hide)));
  for (const root of roots())
    if (root instanceof ShadowRoot && !root.adoptedStyleSheets.includes(RULES)) root.adoptedStyleSheets.push(RULES);
  fit(stage, ancestors(shown[0]).at(-2) ?? shown[0]);
}

/** Everything around an element up to the page's one column, inside first; a component's host is around its inside.
 *  @param {any} node
 *  @returns {any[]} */
function ancestors(node) {
  const found = [];
  for (let next = around(node); next; next = around(next)) {
    found.push(next);
    if (isColumn(next)) break;
  }
  return found;
}

const around = (node) => node.parentElement ?? /** @type {any} */ (node.getRootNode()).host ?? null;

/** Whether this is the column that holds the lecture's bar and the page. */
const isColumn = (node) =>
  node.matches(`${MAIN} *`) && node.querySelector(`:scope > * > ${BAR}, :scope > ${BAR}`) !== null;

function switchMarks(name, nodes) {
  for (const node of marks(name)) if (!nodes.has(node)) node.removeAttribute(name);
  for (const node of nodes) node.setAttribute(name, "");
}

/** Enlarge the actor until it fills the room.
 *  @param {Stage} stage
 *  @param {HTMLElement} actor */
async function fit(stage, actor) {
  const moment = /** @type {Moment} */ (stage.moment);
  const room = roomOf(stage);
  const key = [location.pathname, moment.show, room.key, document.documentElement.lang].join();
  if (stage.fitted === key && actor.hasAttribute(ACTOR)) return;
  const turn = ++stage.turn;
  stage.fitted = key;
  if (stage.asked !== key) {
    stage.asked = key;
    stage.refitted.clear();
    checkLater(stage, AGAIN.first);
  }
  stage.sizes.disconnect();
  for (const node of document.querySelectorAll(`[${ACTOR}]`))
    if (node !== actor) dismiss(/** @type {HTMLElement} */ (node));
  actor.setAttribute(ACTOR, "");
  const known = KNOWN.get(key);
  let tried = search(actor, room, known);
  if (isSlow(actor)) {
    const expected = isEmpty(tried) ? tried[0] : bestZoom(tried);
    tried = [];
    for (let zoom = expected.zoom; zoom && tried.length < TRIES.slow; zoom = nextZoom(tried) ?? 0) {
      enlarge(actor, zoom, room);
      await frames();
      if (turn !== stage.turn || !actor.isConnected) return;
      tried.push({ zoom, overflow: overflow(actor, room) });
      if (known && isAsExpected(tried[0], known)) break;
    }
  }
  const best = isEmpty(tried) ? tried[0] : bestZoom(tried);
  if (best !== tried.at(-1)) enlarge(actor, best.zoom, room);
  // do not start from a size at which nothing fits: a view that is too high when small, as its words wrap, may fit when large
  const near = location.pathname + room.key;
  if (best.overflow > 1) NEAR.delete(near);
  else if (!isEmpty(tried)) {
    KNOWN.set(key, best);
    NEAR.set(near, best.zoom);
  }
  stage.share = best.overflow;
  stage.empty = isEmpty(tried);
  Object.assign(document.documentElement.dataset, { stageReady: "", stageFitted: moment.show, stageRoom: room.key });
  stage.sizes.observe(actor);
}

/** Try zooms within this frame: components of ours follow at once. What was known is tried first, and is enough if it
 *  is still so.
 *  @param {HTMLElement} actor
 *  @param {import("./fitting.js").Tried} [known]
 *  @returns {import("./fitting.js").Tried[]} */
function search(actor, room, known) {
  const tried = [];
  const start = NEAR.get(location.pathname + room.key) ?? Math.min(room.width / 1000, room.height / 560);
  for (let zoom = known?.zoom ?? start; zoom && tried.length < TRIES.atOnce; zoom = nextZoom(tried) ?? 0) {
    enlarge(actor, zoom, room);
    tried.push({ zoom, overflow: overflow(actor, room) });
    if (known && isAsExpected(tried[0], known)) break;
  }
  return tried;
}

/** Whether nothing was in it yet: it is fitted once it grows. */
const isEmpty = (tried) => bestZoom(tried).zoom >= LIMITS.largest;

/** Whether a chart or a table of Streamlit's follows a new width, some frames later. */
const isSlow = (node) => node.querySelector(PLOT) !== null;

/** Fit again what has grown out of its room, or come to leave most of it empty.
 *  @param {Stage} stage
 *  @param {HTMLElement} actor */
function grown(stage, actor) {
  const room = roomOf(stage);
  const share = overflow(actor, room);
  if (isAsFitted(stage, share)) return;
  if (!stage.empty && !isWorthRefitting(share, Number(document.documentElement.dataset.zoom), stage.refitted)) return;
  refit(stage);
}

const isAsFitted = (stage, share) => Math.abs(share - stage.share) < 0.01;

/** Look later whether all is inside of its room: what came to one size too often was left so, and nothing tells of a
 *  part that has failed to follow.
 *  @param {Stage} stage
 *  @param {number} after ms */
function checkLater(stage, after) {
  clearTimeout(stage.checking);
  stage.checking = setTimeout(() => {
    const actor = document.querySelector(`[${ACTOR}]`);
    const share = actor ? overflow(actor, roomOf(stage)) : 0;
    const last = after >= AGAIN.last;
    if (share > 1.01 && !(last && isAsFitted(stage, share))) refit(stage);
    checkLater(stage, last ? after : 2 * after);
  }, after);
}

/** @param {Stage} stage */
function refit(stage) {
  KNOWN.delete(stage.fitted);
  stage.fitted = "";
  soon(stage, arrange);
}

/** The room above the caption, in CSS pixels.
 *  @param {Stage} stage */
function roomOf(stage) {
  const { innerWidth, innerHeight } = window;
  const height = innerHeight - stage.caption.offsetHeight;
  return { width: innerWidth * 0.98, height: height * 0.98, key: `${innerWidth} ${innerHeight}` };
}

function enlarge(actor, zoom, room) {
  document.documentElement.dataset.zoom = String(zoom);
  document.documentElement.style.setProperty("--stage-zoom", String(zoom));
  document.documentElement.style.setProperty("--type-floor", `${((TYPE * window.innerHeight) / zoom).toFixed(2)}px`);
  Object.assign(actor.style, { zoom: String(zoom), width: `${room.width / zoom}px`, maxWidth: "none", flex: "none" });
  resizeNow();
}

function dismiss(actor) {
  actor.removeAttribute(ACTOR);
  Object.assign(actor.style, { zoom: "", width: "", maxWidth: "", flex: "" });
}

/** The factor by which an element is too large. One as wide as its room may still grow, with narrower columns. */
function overflow(actor, room) {
  const high = screenBoxOf(actor).height / room.height;
  const wide = [actor, ...actor.querySelectorAll("pre")]
    .filter((node) => node.scrollWidth > node.clientWidth + 1 && node.clientWidth)
    .map((node) => node.scrollWidth / node.clientWidth);
  return Math.max(high, ...wide);
}

async function frames() {
  for (let count = 0; count < FRAMES; count++) await new Promise(requestAnimationFrame);
}
