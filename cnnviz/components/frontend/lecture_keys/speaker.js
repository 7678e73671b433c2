// The speaker's notes in a window of their own, for the speaker's screen. It follows the lecture, and outlives the
// view, which each page makes again, and a reload.

import { marked } from "./marked.js";

const NAME = "cnnviz-speaker"; // of the window: opened again, it is the same one
const GONE = 3000; // ms without a lecture after which it closes

/** @type {any} */
let speaker = null;

const isOpen = () => speaker !== null && !speaker.closed;

const since = () => Number(sessionStorage.getItem(NAME));

/** Open the window, or bring it to the front.
 *  @param {any} words
 *  @param {HTMLElement} root
 *  @param {(event: KeyboardEvent) => void} press */
export function openSpeaker(words, root, press) {
  open(words, isOpen() ? since() : Date.now(), root, press);
  speaker?.focus();
}

/** Show a step's notes in the window, if there is one; after a reload it is found again.
 *  @param {any} words
 *  @param {HTMLElement} root
 *  @param {(event: KeyboardEvent) => void} press */
export function followSpeaker(words, root, press) {
  if (since() && !speaker) open(words, since(), root, press);
  else writeNotes(words, root);
}

/** Forget a window that the visitor has closed. */
export const forgetClosed = () => isOpen() || sessionStorage.removeItem(NAME);

/** Close the window unless the lecture goes on: `goesOn` is asked a little later.
 *  @param {() => boolean} goesOn */
export function closeLater(goesOn) {
  setTimeout(() => {
    if (goesOn()) return;
    speaker?.close();
    speaker = null;
    sessionStorage.removeItem(NAME);
  }, GONE);
}

function open(words, began, root, press) {
  speaker = window.open("", NAME, "popup,width=620,height=720");
  sessionStorage.setItem(NAME, speaker ? began : "");
  if (!speaker) return; // the browser forbids it, and says so itself
  const { document: page } = speaker;
  page.head.replaceChildren(Object.assign(page.createElement("style"), { textContent: STYLE }));
  page.onkeydown = press;
  speaker.clearInterval(speaker.clock);
  speaker.clock = speaker.setInterval(() => tick(page, began), 1000);
  writeNotes(words, root);
  tick(page, began);
}

const STYLE = `
  body { margin: 1.5rem; font: 1.25rem/1.6 var(--font); word-break: keep-all; overflow-wrap: anywhere; color: var(--text); background: var(--background); }
  header { display: flex; justify-content: space-between; gap: 1rem; font-variant-numeric: tabular-nums; }
  h1 { margin: 0.75rem 0; font-size: 1.6rem; line-height: 1.3; }
  p { margin: 0.75rem 0; }
  code { font-family: ui-monospace, monospace; }
  footer { margin-top: 1.5rem; padding-top: 0.75rem; border-top: 1px solid currentColor; }
`;

function writeNotes(words, root) {
  if (!isOpen()) return;
  const { document: page } = speaker;
  const style = getComputedStyle(root);
  for (const [name, value] of [
    ["--font", style.fontFamily],
    ["--text", style.getPropertyValue("--st-text-color")],
    ["--background", style.getPropertyValue("--st-background-color")],
  ]) {
    page.documentElement.style.setProperty(name, value);
  }
  const json = JSON.stringify(words);
  if (page.documentElement.dataset.words === json) return; // where the speaker has scrolled to stays
  page.documentElement.dataset.words = json;
  page.documentElement.lang = words.language;
  page.title = words.title;
  const make = (tag, ...children) => {
    const element = page.createElement(tag);
    element.append(...children);
    return element;
  };
  const clock = page.querySelector("time") ?? make("time");
  page.body.replaceChildren(
    make("header", make("span", words.progress), clock),
    make("h1", words.title),
    // a question and its answer each begin a line: "**Ask:** ..."
    ...words.notes.split(/(?=\*\*[^*]+:\*\*)/).map((text) => make("p", ...marked(text, page))),
    ...(words.next ? [make("footer", words.next)] : []),
  );
  speaker.scrollTo(0, 0);
}

/** Write how long the window has been open. */
function tick(page, began) {
  const seconds = Math.floor((Date.now() - began) / 1000);
  page.querySelector("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
