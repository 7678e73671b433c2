// Layers over the page, such as an open map on a phone: the browser's Back closes them instead of leaving the
// page. Each has an entry of the history.

/** @typedef {{isThere: () => boolean, close: () => void}} Layer */

/** @type {(Layer & {path: string})[]} */
const layers = [];

let leaving = ""; // the address while entries are given up whose layers were closed by other means

/** Add a history entry for an opened layer; not by `history.pushState`, which keeps to one entry a page.
 *  @param {Layer} layer */
export function layOver(layer) {
  if (!layers.length) window.addEventListener("popstate", goBack, { capture: true });
  layers.push({ ...layer, path: location.pathname });
  History.prototype.pushState.call(history, history.state, "", location.href);
}

/** Drop the entries of all layers but the first `open`.
 *  @param {number} open */
export function keepLayers(open) {
  const closed = layers.splice(open);
  if (!closed.length || closed[0].path !== location.pathname) return;
  leaving = location.href;
  history.go(-closed.length);
}

/** Before Streamlit hears of it, which would rerun the page.
 *  @param {Event} event */
function goBack(event) {
  if (leaving) {
    history.replaceState(history.state, "", leaving); // what was chosen meanwhile is still so
    leaving = "";
  } else {
    const layer = layers.pop();
    if (!layer) return;
    if (layer.path !== location.pathname || !layer.isThere()) {
      layers.length = 0; // the page was left over it
      return;
    }
    layer.close();
  }
  event.stopImmediatePropagation();
}
