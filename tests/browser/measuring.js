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

/** The part of a box that can be seen, now or by scrolling the page, and the fixed or sticky layer that it is on. */
function shownPart(rect, element) {
  let { left, top, right, bottom } = rect;
  let layer = null;
  for (let each = element; each; each = parentOf(each)) {
    const { overflowX, overflowY, position } = getComputedStyle(each);
    const box = each.getBoundingClientRect();
    if (each.dataset.testid === "stMain") {
      [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      break; // it scrolls: what is above and below is read, too
    }
    if (each !== document.documentElement && each !== document.body) {
      if (overflowX !== "visible") [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      if (overflowY !== "visible") [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
    }
    if (position === "fixed" || position === "sticky") layer ??= each;
    if (position === "fixed") break;
  }
  return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom, layer } : null;
}

/** Pairs of texts that lie over one another by more than two pixels either way. */
export function overlaps() {
  const boxes = [];
  for (const element of elementsBelow(document)) {
    if (element.closest("style, script, noscript, [aria-hidden=true], .js-plotly-plot, .katex")) continue;
    for (const node of element.childNodes) {
      if (node.nodeType !== 3 || !node.data.trim() || !visible(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        const part = shownPart(rect, element);
        if (part) boxes.push({ ...part, text: node.data.trim().slice(0, 40), node });
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
  const pressed = "a[href], button, select, summary, input:not([type=hidden]), [role=radio], [role=button], [role=tab], [role=slider]";
  for (const element of elementsBelow(document)) {
    if (!element.matches(pressed) || !visible(element) || element.closest("p, li, [inert], .stSkipToContent")) continue;
    if (element.dataset.testid === "stSkipToContent" || element.closest("[data-collapsed=true]")) continue;
    // a press on the label is one on what is in it
    const boxes = [element.closest("label") ?? element, element].map((each) => each.getBoundingClientRect());
    // around a small sign an area that is not drawn may be pressed, too
    const around = getComputedStyle(element, "::after");
    if (around.position === "absolute") boxes.push({ width: parseFloat(around.width), height: parseFloat(around.height) });
    // of Streamlit's slider the track is pressed, which its input, out of sight, stands for
    if (element.matches(".stSlider input")) boxes.push(element.closest("[role=group]").getBoundingClientRect());
    const [width, height] = ["width", "height"].map((side) => Math.max(...boxes.map((box) => box[side])));
    if (boxes[1].width < 2 || (width >= least - 0.5 && height >= least - 0.5)) continue;
    const name = element.getAttribute("aria-label") || element.dataset.testid || element.className || element.textContent;
    found.add(`${element.tagName.toLowerCase()} ${String(name).trim().slice(0, 40)} ${Math.round(width)}x${Math.round(height)}`);
  }
  return [...found];
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
