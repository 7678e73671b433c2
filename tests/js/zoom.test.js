// Positions on an enlarged view, in browsers that measure in pixels of the screen, and in Safari.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

const SCREEN = { left: 120, top: 20, right: 180, bottom: 60, width: 60, height: 40 }; // at a zoom of 2
const OWN = { left: 60, top: 10, right: 90, bottom: 30, width: 30, height: 20 };

/** An element in a shadow root of one that is enlarged, and a body; `given`: of an element, by a browser. */
function page(given, box, widthOfProbe) {
  const element = (zoom, rest = {}) => ({
    zoom,
    assignedSlot: null,
    parentElement: null,
    getRootNode: () => ({}),
    ...given,
    ...rest,
  });
  const host = element("2");
  const body = element("normal", { append() {} });
  globalThis.document = {
    body,
    createElement: () => ({ style: {}, getBoundingClientRect: () => ({ width: widthOfProbe }), remove() {} }),
  };
  globalThis.getComputedStyle = ({ zoom }) => ({ zoom });
  return element("normal", { getRootNode: () => ({ host }), getBoundingClientRect: () => box });
}

afterEach(() => {
  delete globalThis.document;
  delete globalThis.getComputedStyle;
});

/** A module that has measured nothing yet. */
let loads = 0;
const load = () => import(`../../cnnviz/components/frontend/shared/zoom.js?${loads++}`);

for (const [browser, given, box, widthOfProbe] of [
  ["Chromium", { currentCSSZoom: 2 }, SCREEN, 16],
  ["Safari", {}, OWN, 8],
  ["Safari, once it measures as others do", {}, SCREEN, 16],
])
  test(`${browser}: boxes in either pixels, and where a pointer is`, async () => {
    const node = page(given, box, widthOfProbe);
    const { zoomOf, boxOf, screenBoxOf, pointerOn } = await load();
    assert.equal(zoomOf(node), 2);
    assert.deepEqual(boxOf(node), OWN);
    assert.deepEqual(screenBoxOf(node), SCREEN);
    assert.deepEqual(pointerOn(node, { clientX: 130, clientY: 30 }), [5, 5]);
  });
