// The colours of signed numbers, and those of the theme: cnnviz/tokens.toml, which come as custom properties.

/** Red, green and blue, 0 to 255.
 *  @typedef {number[]} Rgb */

/** @typedef {{negative: Rgb, zero: Rgb, positive: Rgb, power: number}} SignedScale */

/** The scale of signed numbers that is chosen, as it is in the theme round `element`. It is defined in
 *  cnnviz/colours.py, and comes as custom properties.
 *  @param {Element} element
 *  @returns {SignedScale} */
export function signedScale(element) {
  const theme = isDark(element) ? "dark" : "light";
  const colour = (/** @type {string} */ part) => themeColour(element, `--signed-${theme}-${part}`);
  const power = Number(getComputedStyle(element).getPropertyValue("--signed-power"));
  return { negative: colour("negative"), zero: colour("zero"), positive: colour("positive"), power };
}

/** The colour of a signed number, t in [-1, 1], as [r, g, b]: `signed_colour` in cnnviz/colours.py.
 *  @param {number} t
 *  @param {SignedScale} scale
 *  @returns {Rgb} */
export function signedColour(t, { negative, zero, positive, power }) {
  return blend(zero, t < 0 ? negative : positive, Math.min(1, Math.abs(t)) ** power);
}

/** The colour between two: of a share, which has no sign. `amount` is 0 to 1.
 *  @param {Rgb} from
 *  @param {Rgb} to
 *  @param {number} amount
 *  @returns {Rgb} */
export function blend([r0, g0, b0], [r1, g1, b1], amount) {
  return [r0 + (r1 - r0) * amount, g0 + (g1 - g0) * amount, b0 + (b1 - b0) * amount];
}

/** @param {Rgb} rgb */
export const css = (rgb) => `rgb(${rgb.map(Math.round).join(",")})`;

export const BLACK = "black";
export const WHITE = "white";

/** A colour of cnnviz/tokens.toml as it is in the theme round `element`, for a canvas: `tokenColour(root,
 *  "accent")`. A style uses `var(--accent)`.
 *  @param {Element} element
 *  @param {string} name
 *  @returns {string} */
export const tokenColour = (element, name) => propertyColour(element, `--${name}`);

/** @param {Element} element
 *  @param {string} property */
function propertyColour(element, property) {
  const value = getComputedStyle(element).getPropertyValue(property).trim();
  const [, light, dark] = /^light-dark\((.+), (.+)\)$/.exec(value) ?? [];
  return light && dark ? (isDark(element) ? dark : light) : value;
}

/** A colour of the theme round `element`, by the name of its custom property.
 *  @param {Element} element
 *  @param {string} name
 *  @returns {Rgb} */
export function themeColour(element, name) {
  const probe = contextOf(document.createElement("canvas"));
  probe.fillStyle = propertyColour(element, name) || WHITE;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

/** Whether the theme round `element` is dark, judged by the brightness of Streamlit's background.
 *  @param {Element} element */
export function isDark(element) {
  const [r, g, b] = themeColour(element, "--st-background-color");
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

/** All of the theme that is drawn with, as one string to compare.
 *  @param {Element} element */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const names = ["background-color", "text-color", "primary-color", "font"].map((name) => `--st-${name}`);
  return [...names, "--signed-name"].map((name) => style.getPropertyValue(name)).join("|");
}

export const RECOLOURED = "cnnviz-recoloured"; // the window's event: signed numbers have other colours

/** Black or white, whichever has more contrast with a colour: at least 4.5:1 (WCAG's relative luminance).
 *  @param {Rgb} rgb */
export function inkOn(rgb) {
  const [r, g, b] = rgb.map((v) => (v <= 10.31475 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? BLACK : WHITE;
}

/** The context of a canvas: a browser that has none draws nothing of all this.
 *  @param {HTMLCanvasElement} canvas */
export const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
