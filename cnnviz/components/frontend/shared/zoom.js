// CSS zoom: positions on the screen in an element's own pixels. The lecture's stage enlarges views with it.

/** Screen pixels in one pixel of an element.
 *  @param {Element} node
 *  @returns {number} */
export const zoomOf = (node) => /** @type {any} */ (node).currentCSSZoom ?? 1;

/** The box of an element, as `getBoundingClientRect` measures it, in the element's own pixels.
 *  @param {Element} node */
export function boxOf(node) {
  const { left, top, right, bottom, width, height } = node.getBoundingClientRect();
  const zoom = zoomOf(node);
  return {
    left: left / zoom,
    top: top / zoom,
    right: right / zoom,
    bottom: bottom / zoom,
    width: width / zoom,
    height: height / zoom,
  };
}

/** Where a pointer is from the top left corner of an element, in the element's own pixels.
 *  @param {Element} node
 *  @param {{clientX: number, clientY: number}} event
 *  @returns {[number, number]} x, y */
export function pointerOn(node, { clientX, clientY }) {
  const { left, top } = node.getBoundingClientRect();
  const zoom = zoomOf(node);
  return [(clientX - left) / zoom, (clientY - top) / zoom];
}
