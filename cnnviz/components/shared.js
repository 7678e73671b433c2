// What both components use: reading the payload, colours, number formats, sharp canvases.

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

/** A colour-blind-safe diverging scale: blue below zero, neutral at zero, orange above. t in [-1, 1].
 *  The neutral colour is light on a light page and dark on a dark one, so zero recedes on both. */
function signedColour(t, dark) {
  const [r0, g0, b0] = dark ? [30, 34, 42] : [247, 247, 247];
  const [r1, g1, b1] = t < 0 ? (dark ? [88, 166, 255] : [33, 102, 172]) : dark ? [255, 170, 64] : [200, 80, 10];
  const a = Math.min(1, Math.abs(t)) ** 0.75; // small values stay visible
  return [r0 + (r1 - r0) * a, g0 + (g1 - g0) * a, b0 + (b1 - b0) * a];
}

/** Whether the theme round `element` is dark, judged by the brightness of Streamlit's background. */
function isDark(element) {
  const colour = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour || "#fff";
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return 0.299 * r + 0.587 * g + 0.114 * b < 128;
}

/** Size a canvas in CSS pixels and return its context, scaled for the screen's density. */
function sharpContext(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
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

/** A number as a student reads it: integers bare, else `digits` decimals, a true minus sign. */
function number(value, digits = 2) {
  const text = Number.isInteger(value) ? String(value) : value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

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
