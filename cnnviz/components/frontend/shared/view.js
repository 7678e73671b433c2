// The life of a view: it is mounted once, lives through re-runs, and all that it listens to ends with it.

/** What Streamlit passes to a component.
 *  @typedef {{
 *    data: any,
 *    parentElement: ParentNode,
 *    setTriggerValue: (name: string, value: unknown) => void,
 *  }} Component */

/** Listens until the view ends.
 *  @typedef {(
 *    target: EventTarget, type: string, handler: (event: any) => void, options?: AddEventListenerOptions,
 *  ) => void} On */

/** What begins with a view and ends with it: `on` listens, `onResize` watches, `onEnd` is for all else.
 *  @typedef {{
 *    on: On,
 *    onResize: (handler: () => void, ...elements: Element[]) => void,
 *    onEnd: (handler: () => void) => void,
 *  }} Life */

/** A component's state: each has more of its own.
 *  @typedef {{root: HTMLElement, end: () => void} & Record<string, any>} View */

/** @type {WeakMap<ParentNode, View>} */
const VIEWS = new WeakMap();

/** The component's view on the element that `selector` finds. `mount(root, life)` makes it, once; it lives through
 *  Streamlit's re-runs, until `view.end`, the clean-up that a component returns.
 *  @param {Component} component
 *  @param {string} selector
 *  @param {(root: HTMLElement, life: Life) => any} mount
 *  @returns {View} */
export function keepView({ parentElement, setTriggerValue }, selector, mount) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(selector));
  const kept = VIEWS.get(parentElement);
  if (kept?.root === root) return Object.assign(kept, { setTriggerValue });
  kept?.end();
  const { end, ...life } = newLife();
  const view = mount(root, life);
  view.end = () => {
    end();
    cancelAnimationFrame(view.frame);
    VIEWS.delete(parentElement);
  };
  VIEWS.set(parentElement, view);
  return Object.assign(view, { setTriggerValue });
}

/** @returns {Life & {end: () => void}} */
function newLife() {
  const ending = new AbortController();
  const { signal } = ending;
  /** @type {On} */
  const on = (target, type, handler, options) => target.addEventListener(type, handler, { signal, ...options });
  const onEnd = (/** @type {() => void} */ handler) => signal.addEventListener("abort", handler);
  /** @type {Life["onResize"]} */
  const onResize = (handler, ...elements) => {
    const observer = new ResizeObserver(handler);
    elements.forEach((element) => observer.observe(element));
    onEnd(() => observer.disconnect());
    on(window, "resize", handler); // zoom changes the density, not always a width
  };
  return { on, onResize, onEnd, end: () => ending.abort() };
}

/** Paint before the next frame, once, however much happens until then.
 *  @template {{frame?: number}} Painted
 *  @param {Painted} view
 *  @param {(view: Painted) => void} paint */
export function soon(view, paint) {
  view.frame ||= requestAnimationFrame(() => {
    view.frame = 0;
    paint(view);
  });
}
