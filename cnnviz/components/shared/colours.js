// The colours of signed numbers, and those of the theme.

/** The scale of signed numbers that is chosen, as it is in the theme round `element`. It is defined in
 *  cnnviz/colours.py, and comes as custom properties. */
export function signedScale(element) {
  const theme = isDark(element) ? "dark" : "light";
  const colour = (part) => themeColour(element, `--signed-${theme}-${part}`);
  const power = Number(getComputedStyle(element).getPropertyValue("--signed-power"));
  return { negative: colour("negative"), zero: colour("zero"), positive: colour("positive"), power };
}

/** The colour of a signed number, t in [-1, 1], as [r, g, b]: `signed_colour` in cnnviz/colours.py. */
export function signedColour(t, { negative, zero, positive, power }) {
  const [r0, g0, b0] = zero;
  const [r1, g1, b1] = t < 0 ? negative : positive;
  const a = Math.min(1, Math.abs(t)) ** power;
  return [r0 + (r1 - r0) * a, g0 + (g1 - g0) * a, b0 + (b1 - b0) * a];
}

export const css = (rgb) => `rgb(${rgb.map(Math.round).join(",")})`;

/** A colour of the theme round `element` as [r, g, b]. */
export function themeColour(element, name) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(element).getPropertyValue(name).trim() || "#fff";
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

/** Whether the theme round `element` is dark, judged by the brightness of Streamlit's background. */
export function isDark(element) {
  const [r, g, b] = themeColour(element, "--st-background-color");
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

/** All of the theme that is drawn with, as one string to compare. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const names = ["background-color", "text-color", "primary-color", "violet-text-color", "font"].map(
    (name) => `--st-${name}`,
  );
  return [...names, "--signed-name"].map((name) => style.getPropertyValue(name)).join("|");
}

export const RECOLOURED = "cnnviz-recoloured"; // the window's event: signed numbers have other colours

/** Black or white, whichever is easier to read on a colour. */
export function inkOn(rgb) {
  const [r, g, b] = rgb.map((v) => (v / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? "#111" : "#fff";
}
