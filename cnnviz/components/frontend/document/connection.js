// A connection that Streamlit gives up, such as after a message that its browser side does not know: it then takes no
// press any more and says only "ERROR". All of a view is in its link, so the page is loaded again.

const LOADED = "cnnviz.loaded_anew";
const GUARD = Symbol.for("cnnviz.connection");
const PAUSE = 20_000; // ms: a fault that comes back at once is left to be seen, not tried for ever

/** Whether the page may be reloaded now; if so, note that it was.
 *  @param {number} now  ms
 *  @param {Pick<Storage, "getItem" | "setItem">} storage */
export function mayLoadAnew(now, storage = sessionStorage) {
  const before = Number(storage.getItem(LOADED) ?? Number.NEGATIVE_INFINITY);
  if (now - before < PAUSE) return false;
  storage.setItem(LOADED, String(now));
  return true;
}

/** Reload the page once its connection is given up. */
export function guardConnection() {
  window[GUARD]?.disconnect();
  const app = document.querySelector('[data-testid="stApp"]');
  if (!app) return;
  const look = () => {
    if (app.getAttribute("data-test-connection-state") === "DISCONNECTED_FOREVER" && mayLoadAnew(Date.now()))
      location.reload();
  };
  window[GUARD] = new MutationObserver(look);
  window[GUARD].observe(app, { attributeFilter: ["data-test-connection-state"] });
  look();
}
