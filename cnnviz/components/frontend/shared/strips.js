// Thumbnails: parts of a picture that the server keeps at an address of its own, which changes with its content.

import { contextOf } from "./colours.js";

const KEPT = 8; // strips kept in memory, without asking the browser's cache

/** @typedef {{address: string, height: number, width: number}} Strip  of pictures of this size, one below the other */

/** @type {Map<string, Promise<ImageBitmap>>} */
const images = new Map();

/** @param {string} address  below the server's own, which is that of this script up to Streamlit's part */
async function fetchStrip(address) {
  // the content of an address never changes: the browser's cached copy is valid, even from an earlier visit
  const answer = await fetch(import.meta.url.split("/_stcore/")[0] + address, { cache: "force-cache" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return createImageBitmap(await answer.blob());
}

/** @param {string} address */
function load(address) {
  const known = images.get(address);
  if (known) return known;
  const loaded = fetchStrip(address);
  images.set(address, loaded);
  loaded.catch(() => images.delete(address)); // the next payload asks again
  if (images.size > KEPT) images.delete([...images.keys()][0]);
  return loaded;
}

/** Draw picture `i` of a strip on a canvas at its own size, as soon as it is there; CSS enlarges it.
 *  @param {HTMLCanvasElement} canvas
 *  @param {Strip} strip
 *  @param {number} i
 *  @returns {Promise<void>} */
export async function paintFromStrip(canvas, { address, height, width }, i) {
  const wanted = `${address} ${i}`;
  if (canvas.dataset.shown === wanted) return;
  canvas.dataset.shown = wanted;
  let image;
  try {
    image = await load(address);
  } catch {
    delete canvas.dataset.shown;
    return;
  }
  if (canvas.dataset.shown !== wanted) return; // another picture is to be there meanwhile
  Object.assign(canvas, { width, height });
  contextOf(canvas).drawImage(image, 0, i * height, width, height, 0, 0, width, height);
}
