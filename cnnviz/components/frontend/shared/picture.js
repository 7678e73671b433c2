// A component saved as a picture.

import { atDensity } from "./canvas.js";
import { contextOf } from "./colours.js";

const PICTURE_SCALE = 2;
const PICTURE_MARGIN = 12; // px

const CAMERA =
  "M7 4l-1.3 2H3v10h14V6h-2.7L13 4zM10 7.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zm0 1.6a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8z";

/** Give a component a last button that saves all of it as a PNG; again, only its words change.
 *  @param {HTMLElement} root
 *  @param {string} words
 *  @param {string} name  of the file
 *  @param {() => void} redraw */
export function setCamera(root, words, name, redraw) {
  let button = /** @type {HTMLButtonElement | null} */ (root.querySelector(":scope > .camera"));
  if (!button) {
    button = Object.assign(document.createElement("button"), { type: "button", className: "camera" });
    const space = "http://www.w3.org/2000/svg";
    const icon = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    icon.setAttribute("viewBox", "0 0 20 20");
    path.setAttribute("d", CAMERA);
    icon.append(path);
    button.append(icon);
    root.append(button);
    const layout = {
      display: "flex",
      margin: "8px 0 0 auto",
      gridColumn: "1 / -1",
      justifySelf: "end",
      padding: "7px",
    };
    const look = { border: "1px solid currentColor", borderRadius: "6px", background: "none", color: "inherit" };
    Object.assign(button.style, { ...layout, ...look, opacity: "0.75", cursor: "pointer" });
    Object.assign(icon.style, { width: "18px", height: "18px", fill: "currentColor" });
  }
  Object.assign(button, { title: words, ariaLabel: words, onclick: () => savePicture(root, null, name, redraw) });
}

/** Save `parts` of the component `root`, or all of it, as a PNG with two pixels per screen pixel.
 *  `redraw` draws all canvases again, at once. The picture is an SVG that holds a copy of the component with
 *  its styles; canvases become images, and the type is that of the page.
 *  @param {HTMLElement} root
 *  @param {HTMLElement[] | null} parts
 *  @param {string} name
 *  @param {() => void} redraw */
export async function savePicture(root, parts, name, redraw) {
  atDensity(PICTURE_SCALE, redraw);
  const copy = parts ? /** @type {HTMLElement} */ (root.cloneNode(false)) : pictureOf(root);
  copy.style.removeProperty("opacity"); // pressed in the first frames, it is not shown yet (mounting.js)
  if (parts) copy.append(...parts.map(pictureOf));
  // what sticks to the top of a page stands where it is in a picture; nothing in a picture can be pressed
  for (const part of /** @type {Iterable<HTMLElement>} */ (parts ? copy.children : []))
    Object.assign(part.style, { position: "relative", top: "0", margin: "0 0 14px" });
  if (!parts) unstick(root, copy);
  const buttons = /** @type {NodeListOf<HTMLElement>} */ (copy.querySelectorAll(parts ? "button" : ".camera"));
  for (const button of buttons) button.style.visibility = "hidden";
  const around = 2 * PICTURE_MARGIN;
  const width = root.clientWidth + around;
  const height = (parts ? parts.reduce((sum, part) => sum + part.offsetHeight + 14, 0) : root.offsetHeight) + around;
  atDensity(0, redraw);
  const host = /** @type {Document | ShadowRoot} */ (root.getRootNode());
  const styles = [...host.styleSheets].flatMap(rulesOf).join("\n");
  const computed = getComputedStyle(root);
  const frame = document.createElement("div");
  for (const property of new Set(styles.match(/(?<=var\()--[\w-]+/g)))
    frame.style.setProperty(property, computed.getPropertyValue(property));
  frame.style.colorScheme = computed.colorScheme;
  const background = computed.getPropertyValue("--st-background-color");
  Object.assign(frame.style, { background, boxSizing: "border-box", padding: `${PICTURE_MARGIN}px` });
  Object.assign(frame.style, { width: `${width}px`, height: `${height}px`, overflow: "hidden" });
  const sheet = document.createElement("style");
  sheet.textContent = `${await fontFaces(computed.fontFamily)}\n${styles}`;
  frame.append(sheet, copy);
  const inside = new XMLSerializer().serializeToString(frame);
  const size = `width="${width}" height="${height}"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}><foreignObject ${size}>${inside}</foreignObject></svg>`;
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: width * PICTURE_SCALE, height: height * PICTURE_SCALE });
  contextOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The rules of a style sheet and of those that it imports, as an image may load nothing.
 *  @param {CSSStyleSheet | null} sheet
 *  @returns {string[]} */
const rulesOf = (sheet) =>
  [...(sheet?.cssRules ?? [])].flatMap((rule) =>
    rule instanceof CSSImportRule ? rulesOf(rule.styleSheet) : [rule.cssText],
  );

/** In a copy nothing scrolls: elements that stick to the top of the page stand where they belong.
 *  @param {HTMLElement} original
 *  @param {HTMLElement} copy */
function unstick(original, copy) {
  const copies = /** @type {NodeListOf<HTMLElement>} */ (copy.querySelectorAll("*"));
  original.querySelectorAll("*").forEach((element, k) => {
    if (getComputedStyle(element).position === "sticky")
      Object.assign(copies[k].style, { position: "relative", top: "0" });
  });
}

/** A copy of an element in which every canvas is an image, and every field and control shows what it holds.
 *  @param {HTMLElement} element */
function pictureOf(element) {
  const copy = /** @type {HTMLElement} */ (element.cloneNode(true));
  const originals = element.querySelectorAll("canvas");
  copy.querySelectorAll("canvas").forEach((canvas, k) => {
    const original = originals[k];
    const image = document.createElement("img");
    if (original.width && original.height) image.src = original.toDataURL();
    image.decoding = "sync"; // Safari draws a picture without the images in it that it decodes meanwhile
    image.className = original.className;
    image.style.cssText = `display:block;${original.style.cssText}`;
    canvas.replaceWith(image);
  });
  keepValues(element, copy);
  drawControls(element, copy);
  return copy;
}

const FIELDS = "input, select, textarea";

/** Write into a copy what the fields of an element hold: of what was typed or chosen since, markup has nothing.
 *  @param {ParentNode} element
 *  @param {ParentNode} copy */
export function keepValues(element, copy) {
  const fields = /** @type {NodeListOf<any>} */ (element.querySelectorAll(FIELDS));
  /** @type {NodeListOf<any>} */ (copy.querySelectorAll(FIELDS)).forEach((field, k) => {
    const { tagName, value, checked, options } = fields[k];
    if (tagName === "SELECT")
      [...field.options].forEach((option, n) => option.toggleAttribute("selected", options[n].selected));
    else if (tagName === "TEXTAREA") field.textContent = value;
    else {
      field.setAttribute("value", value);
      field.toggleAttribute("checked", checked);
    }
  });
}

const CONTROLS = "input:is([type=checkbox], [type=range])";
const [TRACK, THUMB] = [6, 16]; // px, of a slider

/** Draw the check boxes and sliders of a copy by styles, as Firefox draws none of its own in a picture.
 *  By gradients, as Safari may leave out images.
 *  @param {ParentNode} element
 *  @param {ParentNode} copy */
export function drawControls(element, copy) {
  const originals = /** @type {NodeListOf<HTMLInputElement>} */ (element.querySelectorAll(CONTROLS));
  /** @type {NodeListOf<HTMLInputElement>} */ (copy.querySelectorAll(CONTROLS)).forEach((control, k) => {
    const { type, checked, min, max, value, offsetWidth, offsetHeight } = originals[k];
    const computed = getComputedStyle(originals[k]);
    const [accent, page] = [computed.accentColor, computed.getPropertyValue("--st-background-color")];
    const grey = "color-mix(in srgb, currentColor 40%, transparent)";
    const from = Number(min || 0);
    const at = THUMB / 2 + ((offsetWidth - THUMB) * (Number(value) - from)) / (Number(max || 100) - from);
    const look =
      type === "range"
        ? `background: radial-gradient(circle at ${at}px 50%, ${accent} ${THUMB / 2 - 0.5}px, transparent ${THUMB / 2}px),
          linear-gradient(${accent}, ${accent}) 0 50% / ${at}px ${TRACK}px no-repeat,
          linear-gradient(${grey}, ${grey}) 0 50% / 100% ${TRACK}px no-repeat; border: 0`
        : `background: ${checked ? accent : page}; border: 1px solid ${checked ? accent : "currentColor"}; border-radius: 3px`;
    control.setAttribute("type", "button"); // one without a look of its own
    control.setAttribute("value", type === "checkbox" && checked ? "✓" : "");
    control.style.cssText += `;appearance: none; box-sizing: border-box; padding: 0; ${look};
      width: ${offsetWidth}px; height: ${offsetHeight}px; min-width: 0 !important; min-height: 0 !important;
      color: ${type === "checkbox" && checked ? page : "inherit"}; font: 700 ${0.8 * offsetHeight}px / 1 sans-serif`;
  });
}

/** The page's own fonts of these families as data, as an image may load nothing; empty where there are none.
 *  @param {string} families */
async function fontFaces(families) {
  const rules = [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules];
    } catch {
      return []; // a style sheet of another origin
    }
  });
  const used = rules.filter(
    (rule) => rule instanceof CSSFontFaceRule && families.includes(rule.style.fontFamily.replace(/["']/g, "")),
  );
  const texts = used.map(async (rule) => {
    const address = /url\("?([^")]+)"?\)/.exec(rule.cssText)?.[1];
    if (!address) return "";
    try {
      const blob = await (await fetch(new URL(address, rule.parentStyleSheet?.href ?? document.baseURI))).blob();
      const data = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.readAsDataURL(blob);
      });
      return rule.cssText.replace(address, data);
    } catch {
      return "";
    }
  });
  return (await Promise.all(texts)).join("\n");
}
