// −ln p as a curve, on which the right class's probability is dragged. The logits come from Python; of them only the
// right class's moves, and all else follows by softmax.

import { isDark, RECOLOURED } from "../shared/colours.js";
import { syncSelection } from "../shared/message.js";
import { setCamera } from "../shared/picture.js";
import { defineView, soon } from "../shared/view.js";
import { pointerOn } from "../shared/zoom.js";
import { paint, probabilityAt } from "./drawing.js";
import { logitsFor, lossStep, nearby, probabilityByKey } from "./loss_math.js";

export default defineView(".cross", mount, receive);

function mount(root, life) {
  const { on, onResize } = life;
  const svg = root.querySelector("svg");
  const view = { root, svg, plot: null, p: null, held: false };
  view.sync = syncSelection(view, life, { current: () => ({ p: view.p }), busy: () => view.held });
  const drag = (event) => go(view, nearby(probabilityAt(view, pointerOn(svg, event)[0])));
  on(svg, "pointerdown", (event) => {
    if (event.button !== 0) return;
    view.held = true;
    svg.setPointerCapture(event.pointerId);
    root.classList.add("held");
    drag(event);
    event.preventDefault(); // nothing is selected
    svg.querySelector(".point")?.focus({ focusVisible: false, preventScroll: true });
  });
  on(svg, "pointermove", (event) => view.held && drag(event));
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"])
    on(svg, type, () => {
      view.held = false;
      root.classList.remove("held");
    });
  on(svg, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const p = probabilityByKey(event.key, view.step.probabilities[view.scene.label]);
    if (p === null) return;
    event.preventDefault();
    go(view, p);
  });
  on(root.querySelector(".set"), "click", (event) => {
    const set = event.target.closest("button")?.dataset.p;
    if (set !== undefined) go(view, set === "" ? null : Number(set));
  });
  on(window, RECOLOURED, () => soon(view, repaint));
  onResize(() => soon(view, repaint), root);
  return view;
}

function receive(view, scene) {
  Object.assign(view, { scene, text: scene.text });
  Object.assign(view, view.sync.receive({ p: scene.p }));
  setCamera(view.root, scene.text.save_picture, "cnnviz_loss.png", () => repaint(view));
  soon(view, repaint);
}

/** Give the right class a probability; null: the network's own. */
function go(view, p) {
  if (p === view.p) return;
  view.p = p;
  view.sync.changed();
  soon(view, repaint);
}

function repaint(view) {
  if (!view.scene || !view.root.clientWidth) return;
  const { logits, label } = view.scene;
  view.own = lossStep(logits, label);
  view.logits = view.p === null ? logits : logitsFor(logits, label, view.p);
  view.step = lossStep(view.logits, label);
  view.root.classList.toggle("dark", isDark(view.root));
  paint(view);
}
