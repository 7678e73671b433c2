// The life of a view: it is mounted once, lives through re-runs, and all that it listens to ends with it.

import { unpack } from "./payload.js";

/** The argument that Streamlit passes to a component.
 *  @typedef {{
 *    data: any,
 *    parentElement: ParentNode,
 *    setTriggerValue: (name: string, value: unknown) => void,
 *  }} Component */

/** Listens until the view ends.
 *  @typedef {(
 *    target: EventTarget, type: string, handler: (event: any) => void, options?: AddEventListenerOptions,
 *  ) => void} On */

/** A view's lifetime: `on` adds listeners, `onResize` observes sizes, `onEnd` adds any other clean-up; `find` finds an
 *  element of the view.
 *  @typedef {{
 *    on: On,
 *    find: (selector: string) => any,
 *    onResize: (handler: () => void, ...elements: Element[]) => void,
 *    onEnd: (handler: () => void) => void,
 *  }} Life */

/** A component's state: each has more of its own. still.matches: nothing is to move by itself.
 *  @typedef {{
 *    root: HTMLElement, find: Life["find"], still: MediaQueryList, end: () => void,
 *  } & Record<string, any>} View */

/** @type {WeakMap<ParentNode, View>} */
const VIEWS = new WeakMap();

/** The resize handlers of all live views.
 *  @type {Set<() => void>} */
const RESIZERS = new Set();

/** Let every view follow its new size before this returns, as it would within the next frames: what changed the size
 *  may then measure what comes of it. */
export function resizeNow() {
  for (const resize of RESIZERS)
    try {
      resize();
    } catch (error) {
      reportError(error); // the others follow nevertheless
    }
}

/** A component, as its module exports it: `mount` makes its view once, as in `keepView`; `receive(view, data)` takes in
 *  what Python passes with each run, unpacked.
 *  @param {string} selector
 *  @param {(root: HTMLElement, life: Life) => any} mount
 *  @param {(view: any, data: any) => void} receive
 *  @returns {(component: Component) => () => void} */
export const defineView = (selector, mount, receive) => (component) => {
  const view = keepView(component, selector, mount);
  const { data } = component;
  receive(view, ArrayBuffer.isView(data) ? unpack(/** @type {Uint8Array} */ (data)) : data);
  return view.end;
};

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
  const { end, own, ...life } = newLife(root);
  const view = mount(root, life);
  own.view = view;
  view.end = () => {
    end();
    cancelAnimationFrame(view.frame);
    VIEWS.delete(parentElement);
  };
  VIEWS.set(parentElement, view);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  return Object.assign(view, { find: life.find, still, setTriggerValue });
}

/** @param {HTMLElement} root
 *  @returns {Life & {own: {view?: Painted}, end: () => void}} */
function newLife(root) {
  const own = /** @type {{view?: Painted}} */ ({});
  const ending = new AbortController();
  const { signal } = ending;
  /** @type {On} */
  const on = (target, type, handler, options) => target.addEventListener(type, handler, { signal, ...options });
  const onEnd = (/** @type {() => void} */ handler) => signal.addEventListener("abort", handler);
  /** @type {Life["onResize"]} */
  const onResize = (handler, ...elements) => {
    const observer = new ResizeObserver(handler);
    elements.forEach((element) => observer.observe(element));
    const resize = () => {
      handler();
      if (own.view) paintNow(own.view);
    };
    RESIZERS.add(resize);
    onEnd(() => {
      observer.disconnect();
      RESIZERS.delete(resize);
    });
    on(window, "resize", handler); // zoom changes the density, not always a width
  };
  const find = (/** @type {string} */ selector) => root.querySelector(selector);
  return { on, find, onResize, onEnd, own, end: () => ending.abort() };
}

/** An object that `soon` paints. due: the painting at the next frame.
 *  @typedef {{frame?: number | null, due?: () => void}} Painted */

/** Paint before the next frame, once, however much happens until then.
 *  @template {Painted} Any
 *  @param {Any} view
 *  @param {(view: Any) => void} paint */
export function soon(view, paint) {
  if (view.frame) return;
  view.due = () => paint(view);
  view.frame = requestAnimationFrame(() => paintNow(view));
}

/** Paint everything that waits for the next frame.
 *  @param {Painted} view */
function paintNow(view) {
  if (!view.frame) return;
  cancelAnimationFrame(view.frame);
  view.frame = 0;
  view.due?.();
}
