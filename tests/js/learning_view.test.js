// Moments of a training and mosaics of its filters.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerAt,
  chosenBy,
  decimals,
  fullOf,
  momentOf,
  plan,
  shownBy,
  sliceOf,
  tileAt,
} from "../../cnnviz/components/frontend/learning_view/moments.js";
import { atDensity } from "../../cnnviz/components/frontend/shared/canvas.js";

const SCENE = {
  moments: [{ step: 0 }, { step: 50 }, { step: 1563 }],
  chosen: 4,
  full: { maps: { training: 9, moments: [1, 2, 3] } },
  arrays: {
    kernels: { shape: [3, 2, 2, 1, 3], data: Float32Array.from({ length: 36 }, (_, k) => k) },
    probabilities: { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, k) => k) },
  },
};

/** A mosaic on a screen with so many pixels in one of CSS. */
function planAt(ratio, ...mosaic) {
  let planned;
  atDensity(ratio, () => (planned = plan(...mosaic)));
  return planned;
}

test("what belongs to a moment, a filter and a slice is looked up", () => {
  assert.deepEqual([...sliceOf(SCENE, 2, 1, 0)], [30, 31, 32]);
  assert.deepEqual([...answerAt(SCENE, 1)], [4, 5, 6, 7]);
  assert.equal(answerAt({ arrays: { probabilities: { shape: [0, 4], data: new Float32Array() } } }, 1), null);
});

test("the visitor's filter comes before Python's proposal, and the one under the pointer before both", () => {
  const view = { scene: SCENE, selection: { step: 50, filter: null, scale: "moment" }, pointed: null };
  assert.equal(momentOf(view), 1);
  assert.equal(chosenBy(view), 4);
  view.selection.filter = 0;
  assert.equal(shownBy(view), 0);
  assert.equal(shownBy({ ...view, pointed: 7 }), 7);
  assert.equal(fullOf(view, "maps", 1), 2);
  assert.equal(fullOf({ ...view, selection: { scale: "training" } }, "maps", 1), 9);
});

test("tiles fit into the width, in whole pixels of the canvas", () => {
  for (const ratio of [1, 2, 2.625])
    for (const count of [1, 32, 128, 512])
      for (const width of [300, 640, 1200])
        for (const native of [3, 5, 32]) {
          const planned = planAt(ratio, count, width, native);
          assert.ok(planned.across * planned.rows >= count);
          assert.ok(planned.width <= width + 1e-9, `${count} of ${native} in ${width}: ${planned.width}`);
          const pixels = (planned.tile * planned.ratio) / native;
          assert.ok(Math.abs(pixels - Math.round(pixels)) < 1e-9 && pixels >= 1);
        }
});

test("the filter under a pointer is the one whose tile is there; none is between tiles", () => {
  const planned = planAt(1, 32, 640, 5);
  const canvas = { currentCSSZoom: 1, getBoundingClientRect: () => ({ left: 100, top: 50 }) };
  const at = (x, y) => tileAt(planned, canvas, { clientX: 100 + x, clientY: 50 + y });
  for (let k = 0; k < 32; k++) {
    const [x, y] = [(k % planned.across) * planned.step, Math.floor(k / planned.across) * planned.step];
    assert.equal(at(x + 1, y + 1), k);
    assert.equal(at(x + planned.tile + 1, y + 1), null);
  }
  assert.equal(at(-1, 5), null);
  assert.equal(at(5, planned.rows * planned.step + 5), null);
});

test("small values get more decimals", () => {
  assert.deepEqual([250, 25, 2.5, 0.1].map(decimals), [0, 1, 2, 3]);
});
