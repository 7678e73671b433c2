// Making elements, and writing into them.

/** @template {keyof HTMLElementTagNameMap} Tag
 *  @param {Tag} tag */
export function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** A word behind a name, and a pause between them for those who hear it.
 *  @param {string} words
 *  @param {string} className */
export const tag = (words, className = "") => [make("span", "spoken", ", "), make("em", className, words)];

/** Make an element of an SVG.
 *  @param {string} tag
 *  @param {Record<string, unknown>} attributes */
export function shape(tag, attributes = {}, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text) made.textContent = text;
  return made;
}

/** Set a text only if it changes: most do not, and a screen reader would read it again.
 *  @param {Node} node
 *  @param {string} text */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Switch a button off, or on again. What it does is then done already. It keeps the focus: by its own press it may be
 *  switched off, and a `disabled` one would lose it.
 *  @param {HTMLElement} button
 *  @param {boolean} off */
export const switchOff = (button, off) => button.setAttribute("aria-disabled", String(off));

/** The page's own header lies over what sticks to the top; an embedded page's is see-through. */
export function headerHeight() {
  const header = /** @type {HTMLElement | null} */ (document.querySelector('[data-testid="stHeader"]'));
  return header && getComputedStyle(header).pointerEvents !== "none" ? header.offsetHeight : 0;
}
