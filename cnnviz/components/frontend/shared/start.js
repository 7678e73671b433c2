// What Streamlit loads of every component. It asks for files under the component's own name, but all modules are
// loaded under one, `modules`, so that a visitor's browser has each of them once, whichever component imports it.

const [, base, name] = /^(.*\/[^/.]+\.)(\w+)\/shared\/start\.js/.exec(import.meta.url) ?? [];
const { default: show } = await import(`${base}modules/${name}/${name}.js`);

/** The element that Streamlit gives a component -> what it passed last.
 *  @type {WeakMap<ParentNode, object>} */
const newest = new WeakMap();

/** Show a component once its styles are there, as it measures itself. Of calls that overtake each other while they
 *  wait, only the newest counts. Streamlit also cleans up after a call that the next run overtakes, before that run's
 *  own call: the view goes on then, and ends once its element is gone from the page.
 *  @param {{parentElement: ParentNode}} component */
export default async function (component) {
  const { parentElement } = component;
  newest.set(parentElement, component);
  const styles = /** @type {HTMLLinkElement | null} */ (parentElement.querySelector("link[rel=stylesheet]"));
  if (styles && !styles.sheet) await loaded(parentElement);
  if (newest.get(parentElement) !== component) return undefined;
  const unseen = parentElement.querySelector("[data-unseen]");
  for (const name of ["style", "data-unseen"]) unseen?.removeAttribute(name);
  const end = show(component);
  return () => parentElement.isConnected || end?.();
}

/** Wait until a style sheet in an element is loaded, or cannot be; Streamlit may put another one in its place.
 *  @param {ParentNode} element */
const loaded = (element) =>
  new Promise((resolve) => {
    for (const type of ["load", "error"]) element.addEventListener(type, resolve, { once: true, capture: true });
  });
