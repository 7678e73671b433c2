// The door to a drill-down: it is there from the start, and fetches the rest for those who open a map.

import { onLooseEscape } from "../shared/escape.js";

/** Older browsers keep that an address has failed, so each further try has one of its own.
 *  @param {number} failed  tries so far
 *  @returns {Promise<typeof import("./drill.js")>} */
const load = (failed) => (failed ? import(`./drill.js?again=${failed}`) : import("./drill.js"));

/** Opens, renews and closes the drill-downs of all views; immediately once its module is loaded.
 *  @param {(failed: number) => Promise<typeof import("./drill.js")>} load */
export function doorTo(load) {
  /** @type {typeof import("./drill.js") | null} */
  let drill = null;
  /** @type {Promise<boolean> | null} */
  let coming = null;
  let failed = 0;

  /** Fetch the module once; whether it is there then. */
  const arrive = () => {
    coming ??= load(failed).then(
      (module) => {
        drill = module;
        return true;
      },
      () => {
        failed += 1;
        coming = null; // the next press tries again
        return false;
      },
    );
    return coming;
  };

  return {
    /** Get ready to put a drill-down over a view.
     *  @param {any} view
     *  @param {import("./drill_host.js").Host} host */
    watch(view, host) {
      view.root.querySelector(".drill")?.remove(); // of a view before
      view.host = host;
      view.arrived = () => view.drill && drill.refill(view);
      const giveUp = () => {
        if (!view.opening) return false;
        view.opening = null;
        return true;
      };
      onLooseEscape(view, () => {
        if (!view.drill) return giveUp();
        drill.back(view);
        return true;
      });
      view.on(view.root, "keydown", (event) => {
        if (event.key !== "Escape" || view.drill || !giveUp()) return;
        event.preventDefault();
        event.stopPropagation(); // the page has keys of its own
      });
    },

    /** Fetch what opening needs, once the visitor turns to the maps.
     *  @param {any} view */
    ahead(view) {
      if (view.turnedTo || !view.scene?.drill) return;
      view.turnedTo = true;
      arrive();
    },

    /** Open the drill-down of a position; one level deeper if one is open. Of several that are on their way the last opens.
     *  @param {any} view
     *  @param {import("./drill_host.js").Position | null} position
     *  @param {{grow?: boolean}} options */
    async open(view, position, options = {}) {
      if (!position || !view.scene.drill) return;
      if (!drill) {
        const opening = {};
        view.opening = opening;
        view.host.showMessage("");
        const there = await arrive();
        if (view.opening !== opening) return;
        view.opening = null;
        if (!there) return view.host.showMessage(view.scene.drill.text.missing_view);
      }
      await drill.openDrill(view, position, options);
    },

    /** Close what is open, or on its way.
     *  @param {any} view */
    close(view) {
      view.opening = null;
      if (view.drill) drill.closeDrill(view);
    },

    /** Draw an open drill-down again in the current size and colours.
     *  @param {any} view */
    renew: (view) => view.drill && drill.renewDrill(view),

    /** More of what is drawn has arrived: pictures, or the open map.
     *  @param {any} view */
    repaint: (view) => view.drill && drill.repaintDrill(view),
  };
}

export const drillDown = doorTo(load);
