// A view within another page's frame: that page gets the height of the view whenever it changes.

/** Whether a link asks for a view without menu and sidebar: `embed=1`, or Streamlit's own `embed=true`. Python never
 *  sees it, as Streamlit keeps it to itself.
 *  @param {string} search  the address's query */
export const isEmbedded = (search) => ["1", "true"].includes(new URLSearchParams(search).get("embed") ?? "");

/** The height that a frame needs: where the lowest part of the page ends, in CSS pixels.
 *  @param {number} top  where the content begins, from the document's top
 *  @param {number} height  of the content
 *  @returns {number} */
export const neededHeight = (top, height) => Math.ceil(Math.max(0, top) + height);

/** Tell the page round this one, by {cnnviz: {height}}; it gets no other message. */
export function reportHeight() {
  if (window.parent === window) return;
  let last = 0;
  const report = () => {
    const main = document.querySelector('[data-testid="stMainBlockContainer"]');
    const scrolled = document.querySelector('[data-testid="stMain"]')?.scrollTop ?? 0;
    if (!main) return;
    const box = main.getBoundingClientRect();
    const height = neededHeight(box.top + scrolled, box.height);
    if (height === last) return;
    last = height;
    // any site may show this view, and a height is no secret
    window.parent.postMessage({ cnnviz: { height } }, "*");
  };
  const main = document.querySelector('[data-testid="stMainBlockContainer"]');
  if (main) new ResizeObserver(report).observe(main);
  report();
}
