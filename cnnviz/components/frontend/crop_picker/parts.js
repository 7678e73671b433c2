// The part of a picture in the frame: moved and scaled within the picture. Pure functions.

import { clamp } from "../shared/values.js";

/** @typedef {{left: number, top: number, height: number}} Crop  in pixels of the picture */
/** @typedef {{size: number[], ratio: number, least: number}} Picture  size: rows, columns; ratio: width / height */

/** The largest height that a part can have.
 *  @param {Picture} picture */
export const largest = ({ size: [rows, cols], ratio }) => Math.floor(Math.min(rows, cols / ratio));

/** A part, scaled and moved into the picture.
 *  @param {Picture} picture
 *  @param {Crop} crop
 *  @returns {Crop} */
export function fitted(picture, { left, top, height }) {
  const [rows, cols] = picture.size;
  const own = Math.round(clamp(height, Math.min(picture.least, largest(picture)), largest(picture)));
  const width = own * picture.ratio;
  return {
    left: Math.round(clamp(left, 0, Math.floor(cols - width))),
    top: Math.round(clamp(top, 0, rows - own)),
    height: own,
  };
}

/** @param {Picture} picture
 *  @param {Crop} crop
 *  @param {number} right
 *  @param {number} down */
export const moved = (picture, crop, right, down) =>
  fitted(picture, { ...crop, left: crop.left + right, top: crop.top + down });

/** A part of another height round the same middle.
 *  @param {Picture} picture
 *  @param {Crop} crop
 *  @param {number} height */
export function scaled(picture, crop, height) {
  const own = fitted(picture, { ...crop, height }).height;
  const more = own - crop.height;
  return fitted(picture, { left: crop.left - (more * picture.ratio) / 2, top: crop.top - more / 2, height: own });
}
