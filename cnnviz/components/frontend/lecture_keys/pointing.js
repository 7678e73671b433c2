// Lines of a block of code that are pointed at: they lie on a tint with a bar, the others step back.
//
// Streamlit's own elements are left as they are: the tint is a background, the rest's colour a CSS highlight.

import { soon } from "../shared/view.js";

const MAIN = "[data-testid=stMain]";
const REST = "cnnviz-unpointed";
const POINTED = "data-pointed";

/** Lines from 0, {end of the block's class after "st-key-code_block_": lines}.
 *  @typedef {Record<string, number[]>} Pointed */

/** The object that marks lines of the page until its view ends.
 *  @param {import("../shared/view.js").Life} life */
export function newPointing({ onEnd }) {
  const pointing = {
    pointed: /** @type {Pointed} */ ({}),
    frame: 0,
    watcher: new MutationObserver(() => soon(pointing, () => update(pointing))),
  };
  onEnd(() => {
    pointing.watcher.disconnect();
    cancelAnimationFrame(pointing.frame);
    pointing.pointed = {};
    update(pointing);
  });
  return pointing;
}

/** @param {ReturnType<typeof newPointing>} pointing
 *  @param {Pointed} pointed */
export function pointAt(pointing, pointed) {
  pointing.pointed = pointed;
  pointing.watcher.disconnect();
  const main = document.querySelector(MAIN);
  if (main && Object.keys(pointed).length)
    pointing.watcher.observe(main, { childList: true, subtree: true, characterData: true });
  update(pointing);
}

/** @param {{pointed: Pointed}} pointing */
function update({ pointed }) {
  const rest = [];
  const found = new Set();
  for (const [block, lines] of Object.entries(pointed)) {
    const code = /** @type {HTMLElement | null} */ (document.querySelector(`.st-key-code_block_${block} pre code`));
    if (!code) continue;
    found.add(code);
    const wanted = lines.join();
    if (code.getAttribute(POINTED) !== wanted) code.setAttribute(POINTED, wanted);
    paint(code, runs(lines));
    rest.push(...rangesOf(code, restOf(code.textContent, lines)));
  }
  for (const code of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[${POINTED}]`)))
    if (!found.has(code)) {
      code.removeAttribute(POINTED);
      code.style.removeProperty("background");
    }
  if (rest.length) CSS.highlights?.set(REST, new Highlight(...rest));
  else CSS.highlights?.delete(REST);
}

/** Lines that follow each other as [first, count].
 *  @param {number[]} lines in order
 *  @returns {[number, number][]} */
export function runs(lines) {
  /** @type {[number, number][]} */
  const found = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last && last[0] + last[1] === line) last[1]++;
    else found.push([line, 1]);
  }
  return found;
}

/** The parts of a text that are not in these lines, as [start, end].
 *  @param {string} text
 *  @param {number[]} lines
 *  @returns {[number, number][]} */
export function restOf(text, lines) {
  let start = 0;
  return text.split("\n").flatMap((line, k) => {
    const span = /** @type {[number, number]} */ ([start, start + line.length]);
    start += line.length + 1;
    return lines.includes(k) || !line ? [] : [span];
  });
}

/** A bar and a tint behind runs of lines. */
function paint(code, found) {
  const layers = found.flatMap(([first, count]) => {
    const [top, height] = [`calc(${first} * 1lh)`, `calc(${count} * 1lh)`];
    return [
      `linear-gradient(var(--pointed-bar) 0 0) 0 ${top} / 0.2em ${height} no-repeat`,
      `linear-gradient(var(--pointed-tint) 0 0) 0 ${top} / 100% ${height} no-repeat`,
    ];
  });
  code.style.background = layers.join(", ");
}

/** Parts of an element's text as ranges. */
function rangesOf(element, spans) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  for (let node = walker.nextNode(), start = 0; node; node = walker.nextNode()) {
    nodes.push({ node, start, end: start + node.textContent.length });
    start += node.textContent.length;
  }
  return spans.map(([start, end]) => {
    const range = new Range();
    const first = nodes.find((each) => start < each.end);
    const last = nodes.find((each) => end <= each.end);
    range.setStart(first.node, start - first.start);
    range.setEnd(last.node, end - last.start);
    return range;
  });
}
