// The type scale of cnnviz/tokens.toml, for canvases; a style uses `var(--type-note)`.

/** A size of the scale in px, by its name.
 *  @param {Element} element
 *  @param {string} name
 *  @returns {number} */
export function typeSize(element, name) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return parseFloat(getComputedStyle(element).getPropertyValue(`--type-${name}`)) * rem;
}
