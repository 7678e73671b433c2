// Requests of an opened layer: its maps as pictures, the exact numbers of one map, and the inputs of a cell. A request
// carries the whole picture, as the server keeps no state of a visit.

import { unpack } from "../shared/payload.js";

const KEPT = 24; // answers of each sort

const server = () => import.meta.url.split("/_stcore/")[0];

/** The pixels of a lossless picture: {canvas, bytes: uint8 [H, W, 3]}.
 *  @param {Uint8Array} file */
export async function readPicture(file) {
  const bitmap = await createImageBitmap(new Blob([file.slice()], { type: "image/webp" }), {
    colorSpaceConversion: "none",
  });
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const bytes = new Uint8Array((data.length / 4) * 3);
  for (let k = 0; k < bytes.length / 3; k++) for (let c = 0; c < 3; c++) bytes[3 * k + c] = data[4 * k + c];
  return { canvas, bytes };
}

/** @typedef {"pictures" | "values" | "cells"} Sort */

/** Responses for one picture, and requests in progress. */
export class Answers {
  /** @param {{addresses: Record<Sort, string>, grey: boolean}} scene
   *  @param {Promise<{bytes: Uint8Array}>} picture */
  constructor(scene, picture) {
    this.scene = scene;
    this.picture = picture;
    /** @type {Map<string, any>} */
    this.known = new Map();
    /** @type {Set<string>} */
    this.asked = new Set();
  }

  /** An answer, or undefined while it is not there.
   *  @param {Sort} sort
   *  @param {string} layer
   *  @param {string} rest  of the address, such as "/3" */
  get(sort, layer, rest) {
    return this.known.get(`${sort} ${layer} ${rest}`);
  }

  /** Fetch an answer, unless it is there or on its way; true once it has arrived.
   *  @param {Sort} sort
   *  @param {string} layer
   *  @param {string} rest */
  async fetch(sort, layer, rest) {
    const key = `${sort} ${layer} ${rest}`;
    if (this.known.has(key) || this.asked.has(key)) return false;
    this.asked.add(key);
    const answer = await this.once(sort, layer, rest);
    this.asked.delete(key);
    if (!answer) return false; // the next look asks again
    this.known.set(key, answer);
    const old = [...this.known.keys()].filter((each) => each.startsWith(sort));
    if (old.length > KEPT) this.known.delete(old[0]);
    return true;
  }

  /** An answer that is not kept; null if it cannot be had.
   *  @param {Sort} sort
   *  @param {string} layer
   *  @param {string} rest */
  async once(sort, layer, rest) {
    try {
      const { bytes } = await this.picture;
      const body = this.scene.grey ? bytes.filter((_, k) => k % 3 === 0) : bytes;
      const address = `${server()}${this.scene.addresses[sort]}/${encodeURIComponent(layer)}${rest}`;
      const answer = await fetch(address, { method: "POST", body: new Uint8Array(body) });
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      return unpack(new Uint8Array(await answer.arrayBuffer()));
    } catch {
      return null;
    }
  }
}
