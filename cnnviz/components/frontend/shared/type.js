// The type scale of cnnviz/tokens.toml, for canvases; a style uses `var(--type-note)`.

/** The smallest type, in CSS pixels, where the view is on the lecture's stage; 0 elsewhere. */
export const typeFloor = () =>
  parseFloat(globalThis.document?.documentElement.style.getPropertyValue("--type-floor") ?? "") || 0;

/** A size of the scale in px, by its name.
 *  @param {Element} element
 *  @param {string} name
 *  @returns {number} */
export function typeSize(element, name) {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const [, size] = /([\d.]+)rem/.exec(getComputedStyle(element).getPropertyValue(`--type-${name}`)) ?? [];
  return Math.max(Number(size) * rem, typeFloor());
}
