// Escape where nothing in a view has the focus, as after a press on what cannot have it.

/** Close the open view on Escape; `leave` returns whether there was one.
 *  @param {{root: HTMLElement, on: import("./view.js").On}} view
 *  @param {() => boolean} leave */
export function onLooseEscape({ root, on }, leave) {
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const tree = root.getRootNode();
    const own = tree instanceof ShadowRoot ? tree.host : root;
    const focused = document.activeElement ?? document.body;
    if (focused === own || !focused.contains(own)) return; // only what is round the view leaves the key to it
    if (!leave()) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the page has keys of its own
  };
  on(document, "keydown", press, { capture: true });
}
