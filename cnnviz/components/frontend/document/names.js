// Names that a screen reader says of Streamlit's own widgets: they are in English, and the two buttons of a number
// input say only "Increment" and "Decrement", whatever the number is.

import { fill } from "../shared/numbers.js";

/** @type {[RegExp, string][]} what Streamlit says, and the text that says it in the visitor's language */
const NAMES = [
  [/^Increment$/, "increment"],
  [/^Decrement$/, "decrement"],
  [/^Help(?: for (.+))?$/, "help"],
  [/^Fullscreen: (.+)$/, "enlarge"],
  [/^Fullscreen$/, "enlarge_chart"],
  [/^Close fullscreen\b/, "shrink"],
  [/^Open$/, "open"],
  [/^Close$/, "close"],
  [/^Clear (?:value|all)$/, "clear"],
  [/^Sidebar$/, "sidebar"],
  [/^Expand sidebar$/, "open_sidebar"],
  [/^Collapse sidebar$/, "close_sidebar"],
  [/^App pages$/, "pages"],
  [/^Main menu$/, "menu"],
  [/^Navigate to home page$/, "home"],
  [/^Show\/hide columns$/, "columns"],
  [/^Download as CSV$/, "download"],
  [/^Search$/, "search"],
  [/^Notifications\b/, "notifications"],
  [/^Running\.\.\.$/, "running"],
  [/^Stop script$/, "stop"],
  [/^file upload$/, "upload"],
  [/^Skip to main content$/, "skip"],
  [/^Copy to clipboard$/, "copy"],
];

/** A name in the visitor's language, or null if it is none of Streamlit's; `field` is what its number is called.
 *  @param {string} name
 *  @param {Record<string, string>} texts
 *  @param {string} field */
export function nameIn(name, texts, field = "") {
  for (const [said, key] of NAMES) {
    const found = name.match(said);
    if (found) return fill(texts[key], { name: found[1] ?? field }).replace(/:\s*$/, "");
  }
  return null;
}

/** @type {WeakMap<Element, {said: string, set: string}>} what Streamlit called an element, and what it is called now */
const RENAMED = new WeakMap();

/** Name everything of Streamlit's that is on the page.
 *  @param {ParentNode} page
 *  @param {Record<string, string>} texts */
export function renameAll(page, texts) {
  for (const element of page.querySelectorAll("[aria-label], [data-testid=stSkipLink], a[href='#stMain']")) {
    const labelled = element.hasAttribute("aria-label");
    const now = (labelled ? element.getAttribute("aria-label") : element.textContent) ?? "";
    const before = RENAMED.get(element);
    const said = before?.set === now ? before.said : now;
    const wanted = nameIn(said, texts, fieldOf(element));
    if (wanted === null || wanted === now) continue;
    if (labelled) element.setAttribute("aria-label", wanted);
    else if (element.firstChild) element.firstChild.nodeValue = wanted; // React keeps the node
    RENAMED.set(element, { said, set: wanted });
  }
  for (const icon of page.querySelectorAll("[role=img][aria-label$=' icon']:not([aria-hidden])"))
    icon.setAttribute("aria-hidden", "true"); // decoration: its name is that of a glyph, in English
  for (const option of page.querySelectorAll("[data-testid=stSidebar] [role=radio]")) {
    const language = { English: "en", 한국어: "ko" }[option.textContent ?? ""];
    if (language && option.getAttribute("lang") !== language) option.setAttribute("lang", language);
  }
}

/** Let code that is wider than the screen be scrolled by keyboard.
 *  @param {ParentNode} page */
export function reachCode(page) {
  for (const code of page.querySelectorAll("[data-testid=stCode] pre:not([tabindex])"))
    if (code.scrollWidth > code.clientWidth) code.setAttribute("tabindex", "0");
}

/** @param {Element} element */
const fieldOf = (element) =>
  element.closest("[data-testid=stNumberInput]")?.querySelector("input")?.getAttribute("aria-label") ?? "";
