// The life of a view: it is mounted once, lives through re-runs, and all that it listens to ends with it.

const VIEWS = new WeakMap(); // parentElement -> view

/** The component's view on the element that `selector` finds. `mount(root, life)` makes it, once; it lives through
 *  Streamlit's re-runs, until `view.end`, the clean-up that a component returns. */
export function keepView({ parentElement, setStateValue, setTriggerValue }, selector, mount) {
  const root = parentElement.querySelector(selector);
  let view = VIEWS.get(parentElement);
  if (view?.root !== root) {
    view?.end();
    const { end, ...life } = newLife();
    view = mount(root, life);
    view.end = () => {
      end();
      cancelAnimationFrame(view.frame);
      view.rest?.stop();
      VIEWS.delete(parentElement);
    };
    VIEWS.set(parentElement, view);
  }
  return Object.assign(view, { setStateValue, setTriggerValue });
}

/** What begins with a view and ends with it: `on` listens, `onResize` watches, `onEnd` is for all else. */
function newLife() {
  const ending = new AbortController();
  const { signal } = ending;
  const on = (target, type, handler, options) => target.addEventListener(type, handler, { signal, ...options });
  const onEnd = (handler) => signal.addEventListener("abort", handler);
  const onResize = (handler, ...elements) => {
    const observer = new ResizeObserver(handler);
    elements.forEach((element) => observer.observe(element));
    onEnd(() => observer.disconnect());
    on(window, "resize", handler); // zoom changes the density, not always a width
  };
  return { on, onResize, onEnd, end: () => ending.abort() };
}

/** Paint before the next frame, once, however much happens until then. */
export function soon(view, paint) {
  view.frame ||= requestAnimationFrame(() => {
    view.frame = 0;
    paint(view);
  });
}
