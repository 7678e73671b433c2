// What a page measures itself by, in Chromium: lines of text over one another, and what is too small to press.

const visible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

/** All elements below a root, through shadow roots. */
function* elementsBelow(root) {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.shadowRoot) yield* elementsBelow(element.shadowRoot);
  }
}

const parentOf = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host ?? null;

/** What is around all and cuts nothing off. */
const EVERYWHERE = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity, layer: null };

/**
 * Where what is in an element can be seen, now or by scrolling the page, and the fixed or sticky layer that it is on.
 * `known`: what was found of others, as most texts are in the same few elements.
 */
function clipOf(element, known) {
  if (!element) return EVERYWHERE;
  const before = known.get(element);
  if (before) return before;
  const { overflowX, overflowY, position } = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const main = element.dataset.testid === "stMain"; // it scrolls: what is above and below is read, too
  const own = { ...EVERYWHERE };
  const cuts = main || (element !== document.documentElement && element !== document.body);
  if (main || (cuts && overflowX !== "visible")) [own.left, own.right] = [box.left, box.right];
  if (!main && cuts && overflowY !== "visible") [own.top, own.bottom] = [box.top, box.bottom];
  if (!main && (position === "fixed" || position === "sticky")) own.layer = element;
  const outer = main || position === "fixed" ? EVERYWHERE : clipOf(parentOf(element), known);
  const clip = { ...within(own, outer), layer: own.layer ?? outer.layer };
  known.set(element, clip);
  return clip;
}

/** The part of a box that is in another one. */
const within = (a, b) => ({
  left: Math.max(a.left, b.left),
  top: Math.max(a.top, b.top),
  right: Math.min(a.right, b.right),
  bottom: Math.min(a.bottom, b.bottom),
});

/** Pairs of texts that lie over one another by more than two pixels either way. */
export function overlaps() {
  const boxes = [];
  const known = new Map();
  for (const element of elementsBelow(document)) {
    if (element.closest("style, script, noscript, [aria-hidden=true], .js-plotly-plot, .katex")) continue;
    for (const node of element.childNodes) {
      if (node.nodeType !== 3 || !node.data.trim() || !visible(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        const clip = clipOf(element, known);
        const part = within(rect, clip);
        if (part.right - part.left <= 1 || part.bottom - part.top <= 1) continue;
        boxes.push({ ...part, layer: clip.layer, text: node.data.trim().slice(0, 40), node });
      }
    }
  }
  boxes.sort((a, b) => a.top - b.top);
  const found = new Set();
  for (let i = 0; i < boxes.length; i++) {
    const a = boxes[i];
    for (let j = i + 1; j < boxes.length && boxes[j].top < a.bottom; j++) {
      const b = boxes[j];
      if (a.node === b.node || a.layer !== b.layer) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const least = Math.min(a.bottom - a.top, b.bottom - b.top); // boxes of lines are higher than their letters
      if (wide > 2 && high > 0.35 * least) found.add(`${a.text} | ${b.text}`);
    }
  }
  return [...found];
}

/** How many pixels the page can be moved sideways. */
export function sideways() {
  const main = document.querySelector("[data-testid=stMain]");
  return Math.max(
    document.documentElement.scrollWidth - innerWidth,
    main.scrollWidth - main.clientWidth,
  );
}

/** What can be pressed and is smaller than `least` pixels either way; links in a sentence may be. */
export function smallTargets(least) {
  const found = new Set();
  const pressed = "a[href], button, select, summary, input:not([type=hidden]), [role=radio], [role=option], [role=button], [role=tab], [role=slider]";
  for (const element of elementsBelow(document)) {
    if (!element.matches(pressed) || !visible(element) || element.closest("[inert], .stSkipToContent") || element.parentElement?.closest("p, li")) continue;
    if (element.dataset.testid === "stSkipToContent" || element.closest("[data-collapsed=true]")) continue;
    // a press on the label is one on what is in it
    const boxes = [element.closest("label") ?? element, element].map((each) => each.getBoundingClientRect());
    // around a small sign an area that is not drawn may be pressed, too
    const around = getComputedStyle(element, "::after");
    const [wide, high] = [parseFloat(around.width), parseFloat(around.height)]; // of none that is shown: NaN
    if (around.position === "absolute" && wide && high) boxes.push({ width: wide, height: high });
    // of Streamlit's slider the track is pressed, which its input, out of sight, stands for
    if (element.matches(".stSlider input")) boxes.push(element.closest("[role=group]").getBoundingClientRect());
    const [width, height] = ["width", "height"].map((side) => Math.max(...boxes.map((box) => box[side])));
    if (boxes[1].width < 2 || (width >= least - 0.5 && height >= least - 0.5)) continue;
    const name = element.getAttribute("aria-label") || element.dataset.testid || element.className || element.textContent;
    found.add(`${element.tagName.toLowerCase()} ${String(name).trim().slice(0, 40)} ${Math.round(width)}x${Math.round(height)}`);
  }
  return [...found];
}

/** Fields for whose type, below 16 px, an iPhone would enlarge the page. */
export function smallFields() {
  const fields = "select, textarea, input:not([type=range], [type=radio], [type=checkbox], [type=file], [type=hidden])";
  const small = [...elementsBelow(document)].filter(
    (element) => element.matches(fields) && visible(element) && parseFloat(getComputedStyle(element).fontSize) < 16,
  );
  return small.map((element) => `${element.getAttribute("aria-label") || element.className} ${getComputedStyle(element).fontSize}`);
}

/** Tools of charts and tables that lie over what they are for. */
export function coveringTools() {
  const found = [];
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  const pairs = [
    [".js-plotly-plot", ".modebar-btn", "svg text"],
    [".stDataFrame", "[data-testid=stElementToolbarButton] button", "[data-testid=stDataFrameResizable]"],
  ];
  for (const [whole, tool, part] of pairs)
    for (const each of document.querySelectorAll(whole)) {
      const parts = [...each.querySelectorAll(part)].filter(visible);
      for (const button of [...each.querySelectorAll(tool)].filter(visible))
        for (const { textContent } of parts.filter((one) => over(button.getBoundingClientRect(), one.getBoundingClientRect())))
          found.push(`${button.ariaLabel ?? button.dataset.title} over ${textContent.slice(0, 40)}`);
    }
  return found;
}
