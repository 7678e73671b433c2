// The marks of the page's root, on the hosts of components as well: `:host([data-stage])` in their styles.
// Firefox and Safari do not know `:host-context(html[data-stage])`.

const NAMES = ["data-stage", "data-stage-controls", "data-room"];
const HOSTS = "[data-testid=stBidiComponentIsolated]";

/** Mark the page, or with null take the mark away; at once, as what is measured next depends on it.
 *  @param {string} name one of NAMES
 *  @param {string | null} value */
export function markPage(name, value) {
  if (document.documentElement.getAttribute(name) === value) return;
  for (const element of [document.documentElement, ...document.querySelectorAll(HOSTS)]) mark(element, name, value);
}

/** Mark the host of a component that is shown now as the page is.
 *  @param {Node} inside the component */
export function markHost(inside) {
  const { host } = /** @type {ShadowRoot} */ (inside.getRootNode());
  if (host) for (const name of NAMES) mark(host, name, document.documentElement.getAttribute(name));
}

/** @param {Element} element
 *  @param {string} name
 *  @param {string | null} value */
function mark(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
