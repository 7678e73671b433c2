// The sizes of all type inside of elements, as it is seen: in components, in charts, and painted on canvases.

{
  // what is written on a canvas is kept with its size in the canvas' own pixels, until the canvas is emptied
  const proto = CanvasRenderingContext2D.prototype;
  const { fillText, clearRect, fillRect, drawImage } = proto;
  const written = new WeakMap();
  const on = (canvas) => {
    if (!written.has(canvas)) written.set(canvas, new Map());
    return written.get(canvas);
  };
  const { get, set } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, "width");
  Object.defineProperty(HTMLCanvasElement.prototype, "width", {
    get,
    set(value) {
      written.delete(this);
      set.call(this, value);
    },
  });
  // what is cleared or painted over as a whole holds no words any more
  const emptying = (paint) =>
    function (...box) {
      const { a, d } = this.getTransform();
      if (box[2] * a >= this.canvas.width - 2 && box[3] * d >= this.canvas.height - 2) written.delete(this.canvas);
      return paint.apply(this, box);
    };
  proto.clearRect = emptying(clearRect);
  proto.fillRect = emptying(fillRect);
  proto.fillText = function (words, ...rest) {
    const { b, d } = this.getTransform();
    on(this.canvas).set(String(words), Number(/([\d.]+)px/.exec(this.font)[1]) * Math.hypot(b, d));
    return fillText.call(this, words, ...rest);
  };
  proto.drawImage = function (image, ...rest) {
    for (const [words, size] of written.get(image) ?? []) on(this.canvas).set(words, size);
    return drawImage.call(this, image, ...rest);
  };

  const isSeen = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    for (let node = element; node; node = node.parentElement ?? node.getRootNode().host) {
      if (node.hasAttribute("data-control")) return false; // comes with the pointer
      const { width, height } = node.getBoundingClientRect();
      if (getComputedStyle(node).position === "absolute" && (width <= 2 || height <= 2)) return false; // is only heard
    }
    return true;
  };

  /** [[size in px on the screen, words]] of all type inside of `nodes`. */
  window.typeSizes = (nodes) => {
    const found = [];
    const visit = (node) => {
      if (node.nodeType === Node.TEXT_NODE) {
        const parent = node.parentElement ?? node.parentNode.host;
        if (!node.data.trim() || ["STYLE", "SCRIPT", "OPTION"].includes(parent.tagName)) return;
        const range = document.createRange();
        range.selectNodeContents(node);
        if (!range.getBoundingClientRect().width || !isSeen(parent)) return;
        const { b = 0, d = parent.currentCSSZoom } = parent.ownerSVGElement ? parent.getScreenCTM() : {};
        found.push([parseFloat(getComputedStyle(parent).fontSize) * Math.hypot(b, d), node.data.trim()]);
        return;
      }
      if (written.has(node) && isSeen(node)) {
        const scale = node.getBoundingClientRect().height / node.height;
        for (const [words, size] of written.get(node)) found.push([size * scale, words]);
      }
      if (node.shadowRoot) visit(node.shadowRoot);
      for (const child of node.childNodes) visit(child);
    };
    const outermost = nodes.filter((node) => !nodes.some((other) => other !== node && other.contains(node)));
    for (const node of outermost) visit(node);
    return found;
  };
}
