// A part of the page by its heading, for the button that goes there.

import { pageIsAtRest } from "../shared/message.js";

const OPENING = 400; // ms that an expander takes to open
const AGAIN = 100; // ms until a part is looked for again that has not come yet
const DONE = ["pointerdown", "wheel", "keydown", "popstate"]; // by a visitor who does something else

let last = new AbortController();

/** Scroll to the heading, or to the expander, of that name; an expander is opened. While the page is on its way it is
 *  waited for, and followed where what comes moves it, until the visitor does something else.
 *  @param {string} name
 *  @param {() => boolean} [isWanted] whether the visitor is still where it was asked for */
export async function goTo(name, isWanted = () => true) {
  last.abort();
  const going = new AbortController();
  last = going;
  const { signal } = going;
  for (const type of DONE) addEventListener(type, () => going.abort(), { signal, capture: true, passive: true });
  let since = 0; // it has been there
  let at = "";
  while (!signal.aborted && isWanted()) {
    const found = find(name);
    if (found) {
      if (!since) open(found);
      since ||= performance.now();
      at = show(found, at);
    }
    // before it has opened, or the page has come, there may be nothing below to scroll into
    if (pageIsAtRest() && (!found || performance.now() - since > OPENING)) break;
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
  going.abort();
}

/** @param {string} name */
function find(name) {
  const hosts = [...document.querySelectorAll("[data-testid=stMain] *")].filter((each) => each.shadowRoot);
  const roots = [document, ...hosts.map((host) => host.shadowRoot)];
  const selector = "h2, h3, summary";
  const named = roots.flatMap((root) => /** @type {HTMLElement[]} */ ([...(root?.querySelectorAll(selector) ?? [])]));
  return named.find((each) => each.textContent.includes(name));
}

/** @param {HTMLElement} found */
function open(found) {
  const { parentElement: outer } = found;
  if (found.tagName === "SUMMARY" && outer instanceof HTMLDetailsElement && !outer.open) found.click();
}

/** Scroll to it, unless it is where it was on a page as long as before; return where it is.
 *  @param {HTMLElement} found
 *  @param {string} before */
function show(found, before) {
  const { scrollTop = 0, scrollHeight = 0 } = document.querySelector("[data-testid=stMain]") ?? {};
  const at = `${Math.round(found.getBoundingClientRect().top + scrollTop)} ${scrollHeight}`;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (at !== before) found.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
  return at;
}
