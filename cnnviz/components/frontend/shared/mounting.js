import { markHost } from "./page_marks.js";

/** The element that Streamlit gives a component -> what it passed last.
 *  @type {WeakMap<ParentNode, object>} */
const newest = new WeakMap();

/** Return what shows a component once its styles are there, as it measures itself. Of calls that overtake each other
 *  while they wait, only the newest counts. Streamlit also cleans up after a call that the next run overtakes, before
 *  that run's own call: the view goes on then, and ends once its element is gone from the page.
 *  @param {(component: any) => (() => void) | undefined} show shows it, and returns its clean-up */
export const mounting = (show) => async (/** @type {{parentElement: ParentNode}} */ component) => {
  const { parentElement } = component;
  newest.set(parentElement, component);
  const styles = /** @type {HTMLLinkElement | null} */ (parentElement.querySelector("link[rel=stylesheet]"));
  if (styles && !styles.sheet) await loaded(parentElement);
  if (newest.get(parentElement) !== component) return undefined;
  const unseen = /** @type {HTMLElement | null} */ (parentElement.querySelector("[data-unseen]"));
  unseen?.removeAttribute("data-unseen");
  unseen?.setAttribute("style", "opacity: 0"); // it can take the focus
  markHost(parentElement);
  const end = show(component);
  if (unseen) requestAnimationFrame(() => requestAnimationFrame(() => reveal(unseen)));
  return () => parentElement.isConnected || end?.();
};

/** Show a component, which has painted and has its size, and say so: until then its height is reserved (`register`).
 *  @param {HTMLElement} element */
const reveal = (element) => {
  element.style.removeProperty("opacity");
  const { host } = /** @type {ShadowRoot} */ (element.getRootNode());
  host?.setAttribute("data-shown", "");
};

/** Wait until a style sheet in an element is loaded, or cannot be; Streamlit may put another one in its place.
 *  @param {ParentNode} element */
const loaded = (element) =>
  new Promise((resolve) => {
    for (const type of ["load", "error"]) element.addEventListener(type, resolve, { once: true, capture: true });
  });
