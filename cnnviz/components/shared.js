// What the components share: a view's life and where it comes to rest, reading the payload, colours, number
// formats, sharp canvases, pictures.

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const argmax = (values) => values.indexOf(Math.max(...values));

function make(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Set a text only if it changes: most do not, and a screen reader would read it again. */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// ---------------------------------------------------------------- life of a view

const VIEWS = new WeakMap(); // parentElement -> view

/** The component's view on the element that `selector` finds. `mount(root, life)` makes it, once; it lives through
 *  Streamlit's re-runs, until `view.end`, the clean-up that a component returns. */
function keepView({ parentElement, setStateValue, setTriggerValue }, selector, mount) {
  const root = parentElement.querySelector(selector);
  let view = VIEWS.get(parentElement);
  if (view?.root !== root) {
    view?.end();
    const { end, ...life } = newLife();
    view = mount(root, life);
    view.end = () => {
      end();
      cancelAnimationFrame(view.frame);
      view.rest?.stop();
      VIEWS.delete(parentElement);
    };
    VIEWS.set(parentElement, view);
  }
  return Object.assign(view, { setStateValue, setTriggerValue });
}

/** What begins with a view and ends with it: `on` listens, `onResize` watches, `onEnd` is for all else. */
function newLife() {
  const ending = new AbortController();
  const { signal } = ending;
  const on = (target, type, handler, options) => target.addEventListener(type, handler, { signal, ...options });
  const onEnd = (handler) => signal.addEventListener("abort", handler);
  const onResize = (handler, ...elements) => {
    const observer = new ResizeObserver(handler);
    elements.forEach((element) => observer.observe(element));
    onEnd(() => observer.disconnect());
    on(window, "resize", handler); // zoom changes the density, not always a width
  };
  return { on, onResize, onEnd, end: () => ending.abort() };
}

/** Paint before the next frame, once, however much happens until then. */
function soon(view, paint) {
  view.frame ||= requestAnimationFrame(() => {
    view.frame = 0;
    paint(view);
  });
}

const SETTLE = 500; // ms after the last move until Python hears of it

/** Where the visitor comes to rest: Python is told once that has been so for half a second, and what it passes
 *  back of this is no news. `place()` is where the visitor is; while `busy()`, that is no rest. */
class Rest {
  heard = null; // the place that Python passed last
  pending = []; // places told to Python that it has not passed back yet
  timer = 0;

  constructor({ place, tell, busy = () => false }) {
    Object.assign(this, { place, tell, busy });
  }

  /** Whether Python points elsewhere: it neither repeats itself nor passes back what it was told. */
  hear(given) {
    const { heard, pending } = this;
    this.heard = given;
    if (same(given, heard)) return false;
    const echoed = pending.findIndex((told) => same(told, given));
    this.pending = echoed < 0 ? [] : pending.slice(echoed + 1);
    if (echoed < 0) this.stop();
    return echoed < 0;
  }

  /** The visitor has moved. */
  settle() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.busy() ? this.settle() : this.flush()), SETTLE);
  }

  /** Tell it now, if there is something to tell: the visitor may be about to leave the page. */
  flush() {
    if (!this.timer || this.busy()) return;
    this.stop();
    if (!same(this.place(), this.pending.at(-1) ?? this.heard)) this.send();
  }

  /** Tell Python the place, and `more`. */
  send(more = {}) {
    this.stop();
    const place = this.place();
    this.pending.push(place);
    this.tell({ ...place, ...more });
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
  }
}

// ---------------------------------------------------------------- the payload

const ARRAY_TYPES = { float32: Float32Array, int32: Int32Array, int16: Int16Array, uint8: Uint8Array };

/** Read what `pack` in components/__init__.py wrote: the header, each of its arrays as {data, shape}. */
function unpack(bytes) {
  const buffer = bytes.slice().buffer; // a copy starts at offset 0, so typed arrays are aligned
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  for (const array of Object.values(header.arrays)) {
    const size = array.shape.reduce((a, b) => a * b, 1);
    const start = 4 + length + array.offset;
    array.data =
      array.dtype === "float16"
        ? fromHalf(new Uint16Array(buffer, start, size))
        : new ARRAY_TYPES[array.dtype](buffer, start, size);
  }
  return header;
}

/** float16 bits -> Float32Array. Float16Array is too new to rely on; all 65,536 values are looked up. */
function fromHalf(bits) {
  HALVES ??= Float32Array.from({ length: 65536 }, (_, k) => halfValue(k));
  const values = new Float32Array(bits.length);
  for (let k = 0; k < bits.length; k++) values[k] = HALVES[bits[k]];
  return values;
}

let HALVES = null;

function halfValue(h) {
  const exponent = (h >> 10) & 31;
  const fraction = h & 1023;
  const size =
    exponent === 0 ? fraction * 2 ** -24
    : exponent === 31 ? (fraction ? NaN : Infinity)
    : (1024 + fraction) * 2 ** (exponent - 25);
  return h & 0x8000 ? -size : size;
}

// ---------------------------------------------------------------- colours, canvases, numbers

/** The scale of signed numbers that is chosen, as it is in the theme round `element`. It is defined in
 *  cnnviz/colours.py, and comes as custom properties. */
function signedScale(element) {
  const theme = isDark(element) ? "dark" : "light";
  const colour = (part) => themeColour(element, `--signed-${theme}-${part}`);
  const power = Number(getComputedStyle(element).getPropertyValue("--signed-power"));
  return { negative: colour("negative"), zero: colour("zero"), positive: colour("positive"), power };
}

/** The colour of a signed number, t in [-1, 1], as [r, g, b]: `signed_colour` in cnnviz/colours.py. */
function signedColour(t, { negative, zero, positive, power }) {
  const [r0, g0, b0] = zero;
  const [r1, g1, b1] = t < 0 ? negative : positive;
  const a = Math.min(1, Math.abs(t)) ** power;
  return [r0 + (r1 - r0) * a, g0 + (g1 - g0) * a, b0 + (b1 - b0) * a];
}

const SIGNED_CELL = 14; // px: from this size on, a cell below zero has a minus in its corner

/** Whether cells are large enough for the second sign of what is below zero, which is left in grey too. */
const showsMinus = (width, height) => Math.min(width, height) >= SIGNED_CELL;

/** Draw the minus of a cell below zero: a stroke in its upper left corner, where no digit is. */
function paintMinus(context, x, y, width, height, rgb) {
  if (!showsMinus(width, height)) return;
  const [left, top] = [x + Math.max(3, 0.08 * width), y + Math.max(3, 0.1 * height)].map(Math.round);
  context.fillStyle = inkOn(rgb);
  context.fillRect(left, top, Math.max(5, Math.round(0.24 * width)), height < 40 ? 2 : 3);
}

const css = (rgb) => `rgb(${rgb.map(Math.round).join(",")})`;

/** A colour of the theme round `element` as [r, g, b]. */
function themeColour(element, name) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = getComputedStyle(element).getPropertyValue(name).trim() || "#fff";
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

/** Whether the theme round `element` is dark, judged by the brightness of Streamlit's background. */
function isDark(element) {
  const [r, g, b] = themeColour(element, "--st-background-color");
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

/** All of the theme that is drawn with, as one string to compare. */
function themeOf(element) {
  const style = getComputedStyle(element);
  const names = ["background-color", "text-color", "primary-color", "violet-text-color", "font"].map((name) => `--st-${name}`);
  return [...names, "--signed-name"].map((name) => style.getPropertyValue(name)).join("|");
}

const RECOLOURED = "cnnviz-recoloured"; // the window's event: signed numbers have other colours

let forced = 0; // while a picture is taken, canvases are drawn finer than the screen shows them

/** Canvas pixels in a CSS pixel. */
const density = () => forced || window.devicePixelRatio || 1;

/** Size a canvas in CSS pixels and return its context, scaled for the screen's density. */
function sharpContext(canvas, width, height) {
  const ratio = density();
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** The page's own header lies over what sticks to the top; an embedded page's is see-through. */
function headerHeight() {
  const header = document.querySelector('[data-testid="stHeader"]');
  return header && getComputedStyle(header).pointerEvents !== "none" ? header.offsetHeight : 0;
}

/**
 * A number as a student reads it: integers bare, else `digits` decimals, a true minus sign. What is not zero
 * is never written as zero: it gets the decimals that it needs, at most `most`, or reads "≈0". The same rule
 * as in text/numbers.py.
 */
function number(value, digits = 2, most = 6) {
  if (Number.isInteger(value)) return String(value).replace("-", "−"); // −0 is "0"
  let text = value.toFixed(digits);
  if (Number(text) === 0) {
    const places = Math.max(digits, -Number(value.toExponential(0).split("e")[1])); // its first digit that is not 0
    text = places <= most ? value.toFixed(places) : value < 0 ? "≈-0" : "≈0";
  }
  return text.replace("-", "−");
}

/** A number for a cell, whose width allows no more than `digits` decimals. */
const cellNumber = (value, digits = 2) => number(value, digits, digits);

/** The number that a text of `number` says. */
const readNumber = (text) => Number(text.replace("−", "-").replace("≈", ""));

/** "=" where what was computed with the numbers as they are shown gives `result` as it is shown, else "≈". */
function equalsSign(shown, result) {
  const decimals = result.split(".")[1]?.length ?? 3; // a whole number is exact
  return !result.startsWith("≈") && Math.abs(shown - readNumber(result)) < 0.5 * 10 ** -decimals * (1 - 1e-9) ? "=" : "≈";
}

/** A result behind its sign: "≈0" needs no second one. */
const behindSign = (result) => result.replace("≈", "");

const grouped = (value) => value.toLocaleString("en-US");

/** A share as a percentage, as text/rounding.py writes it: only none reads "0%" and only all of it "100%". */
function percent(share) {
  if (share === 0 || share === 1) return `${100 * share}%`;
  const digits = (100 * share).toFixed(1);
  if (digits === "0.0") return "<\u00a00.1%";
  return digits === "100.0" ? (share < 1 ? ">\u00a099.9%" : "<\u00a0100.1%") : `${digits}%`;
}

/** A probability from softmax: never quite 0 or 1, even where a float has no number between. */
const chance = (probability) => percent(Math.min(Math.max(probability, Number.MIN_VALUE), 1 - Number.EPSILON));

/** Put values into a sentence: fill("row {row}", {row: 3}). */
function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
}

/** Draw picture `i` of uint8 [N, H, W, 3] on a canvas at its own size; CSS enlarges it. */
function paintThumbnail(canvas, { data, shape }, i) {
  const [, height, width] = shape;
  Object.assign(canvas, { width, height });
  const pixels = new ImageData(width, height);
  for (let k = 0; k < width * height; k++) {
    for (let c = 0; c < 3; c++) pixels.data[4 * k + c] = data[3 * (i * width * height + k) + c];
    pixels.data[4 * k + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

/** Black or white, whichever is easier to read on a colour. */
function inkOn(rgb) {
  const [r, g, b] = rgb.map((v) => (v / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? "#111" : "#fff";
}

// ---------------------------------------------------------------- a component as a picture

const PICTURE_SCALE = 2;
const PICTURE_MARGIN = 12; // px

const CAMERA =
  "M7 4l-1.3 2H3v10h14V6h-2.7L13 4zM10 7.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zm0 1.6a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8z";

/** Give a component a last button that saves all of it as a PNG; again, only its words change. */
function setCamera(root, words, name, redraw) {
  let button = root.querySelector(":scope > .camera");
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
    const place = { display: "flex", margin: "8px 0 0 auto", gridColumn: "1 / -1", justifySelf: "end", padding: "7px" };
    const look = { border: "1px solid currentColor", borderRadius: "6px", background: "none", color: "inherit" };
    Object.assign(button.style, { ...place, ...look, opacity: "0.75", cursor: "pointer" });
    Object.assign(icon.style, { width: "18px", height: "18px", fill: "currentColor" });
  }
  Object.assign(button, { title: words, ariaLabel: words, onclick: () => savePicture(root, null, name, redraw) });
}

/** Save what `parts` of the component `root`, or all of it, show as a PNG, two pixels to each of the screen.
 *  `redraw` draws all canvases again, at once. The picture is an SVG that holds a copy of the component with
 *  its styles; canvases become images, and the type is that of the page. */
async function savePicture(root, parts, name, redraw) {
  forced = PICTURE_SCALE;
  redraw();
  const copy = parts ? root.cloneNode(false) : pictureOf(root);
  if (parts) copy.append(...parts.map(pictureOf));
  // what sticks to the top of a page stands where it is in a picture; nothing in a picture can be pressed
  for (const part of parts ? copy.children : []) Object.assign(part.style, { position: "relative", top: "0", margin: "0 0 14px" });
  if (!parts) unstick(root, copy);
  for (const button of copy.querySelectorAll(parts ? "button" : ".camera")) button.style.visibility = "hidden";
  const around = 2 * PICTURE_MARGIN;
  const width = root.clientWidth + around;
  const height = (parts ? parts.reduce((sum, part) => sum + part.offsetHeight + 14, 0) : root.offsetHeight) + around;
  forced = 0;
  redraw();
  const host = root.getRootNode();
  const styles = [...host.querySelectorAll("style")].map((style) => style.textContent).join("\n");
  const computed = getComputedStyle(root);
  const frame = document.createElement("div");
  for (const property of new Set(styles.match(/--(?:st|signed)-[\w-]+/g)))
    frame.style.setProperty(property, computed.getPropertyValue(property));
  const background = computed.getPropertyValue("--st-background-color") || "#fff";
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
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** In a copy nothing scrolls: what sticks to the top of the page stands in its place. */
function unstick(original, copy) {
  const copies = copy.querySelectorAll("*");
  original.querySelectorAll("*").forEach((element, k) => {
    if (getComputedStyle(element).position === "sticky") Object.assign(copies[k].style, { position: "relative", top: "0" });
  });
}

/** A copy of an element in which every canvas is an image, and every field shows what it holds. */
function pictureOf(element) {
  const copy = element.cloneNode(true);
  const originals = element.querySelectorAll("canvas");
  copy.querySelectorAll("canvas").forEach((canvas, k) => {
    const original = originals[k];
    const image = document.createElement("img");
    if (original.width && original.height) image.src = original.toDataURL();
    image.className = original.className;
    image.style.cssText = `display:block;${original.style.cssText}`;
    canvas.replaceWith(image);
  });
  const fields = element.querySelectorAll("input");
  copy.querySelectorAll("input").forEach((field, k) => field.setAttribute("value", fields[k].value));
  return copy;
}

/** The page's own fonts of these families as data, as an image may load nothing; empty where there are none. */
async function fontFaces(families) {
  const rules = [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules];
    } catch {
      return []; // a style sheet of another origin
    }
  });
  const used = rules.filter((rule) => rule instanceof CSSFontFaceRule && families.includes(rule.style.fontFamily.replace(/["']/g, "")));
  const texts = used.map(async (rule) => {
    const address = /url\("?([^")]+)"?\)/.exec(rule.cssText)?.[1];
    if (!address) return "";
    try {
      const blob = await (await fetch(new URL(address, rule.parentStyleSheet.href ?? document.baseURI))).blob();
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
