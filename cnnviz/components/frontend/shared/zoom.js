// CSS zoom: positions on the screen in an element's own pixels. The lecture's stage enlarges views with it.

/** Screen pixels in one pixel of an element.
 *  @param {Element} node
 *  @returns {number} */
export const zoomOf = (node) => /** @type {any} */ (node).currentCSSZoom ?? zoomAround(node);

/** The same in Safari, which says of each element only what its own style is.
 *  @param {Element | null} node
 *  @returns {number} */
function zoomAround(node) {
  if (!node) return 1;
  const outer = node.assignedSlot ?? node.parentElement ?? /** @type {ShadowRoot} */ (node.getRootNode()).host ?? null;
  return (Number(getComputedStyle(node).zoom) || 1) * zoomAround(outer);
}

/** @type {boolean | undefined} */
let own;

/** Whether the browser measures a box in its element's own pixels, as Safari does; others in those of the screen.
 *  @param {object} node */
function measuresOwn(node) {
  if ("currentCSSZoom" in node) return false;
  if (own === undefined) {
    const probe = document.createElement("div");
    Object.assign(probe.style, { position: "absolute", zoom: "2", width: "8px" });
    document.body.append(probe);
    own = probe.getBoundingClientRect().width < 12;
    probe.remove();
  }
  return own;
}

/** The box of an element in pixels of the screen.
 *  @param {Element} node */
export const screenBoxOf = (node) => scaled(node.getBoundingClientRect(), measuresOwn(node) ? zoomOf(node) : 1);

/** The box of an element in the element's own pixels.
 *  @param {Element} node */
export const boxOf = (node) => scaled(node.getBoundingClientRect(), measuresOwn(node) ? 1 : 1 / zoomOf(node));

/** @param {DOMRect} box
 *  @param {number} by */
const scaled = ({ left, top, right, bottom, width, height }, by) => ({
  left: left * by,
  top: top * by,
  right: right * by,
  bottom: bottom * by,
  width: width * by,
  height: height * by,
});

/** The position of a pointer on an element, as shares of its width and height: 0, 0 is the top left corner.
 *  @param {Element} node
 *  @param {{clientX: number, clientY: number}} event
 *  @returns {[number, number]} across, down */
export function shareOn(node, { clientX, clientY }) {
  const { left, top, width, height } = screenBoxOf(node);
  return [(clientX - left) / width, (clientY - top) / height];
}

/** The position of a pointer from the top left corner of an element, in the element's own pixels.
 *  @param {Element} node
 *  @param {{clientX: number, clientY: number}} event
 *  @returns {[number, number]} x, y */
export function pointerOn(node, { clientX, clientY }) {
  const { left, top } = boxOf(node);
  const zoom = zoomOf(node);
  return [clientX / zoom - left, clientY / zoom - top];
}
