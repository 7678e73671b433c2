import assert from "node:assert/strict";
import test from "node:test";
import { bestZoom, isAsExpected, LIMITS, nextZoom } from "../../cnnviz/components/frontend/lecture_keys/fitting.js";

/** Try zooms until there is none to try, as the stage does. */
function settle(overflow, zoom, tries = 12) {
  const tried = [];
  for (let next = zoom; next && tried.length < tries; next = nextZoom(tried)) {
    tried.push({ zoom: next, overflow: overflow(next) });
  }
  return { tried, best: bestZoom(tried).zoom };
}

test("what grows with the zoom fills the room in a few tries and never leaves it", () => {
  for (const full of [0.5, 0.93, 1, 1.7, 3, 9]) {
    for (const start of [0.6, 1, 1.4, 2.5, 8]) {
      const { tried, best } = settle((zoom) => zoom / full, start);
      assert.ok(best <= full && best > full * 0.95, `${full} from ${start}: ${best}`);
      assert.ok(tried.length <= 5, `${full} from ${start}: ${tried.length} tries`);
    }
  }
});

test("what becomes too high at once, as lines begin to wrap, stays below that zoom", () => {
  const { best } = settle((zoom) => (zoom < 1.8 ? zoom / 2.4 : zoom / 1.1), 1.2);
  assert.ok(best < 1.8 && best > 1.61, String(best));
});

test("what fits at no zoom is drawn at the smallest, and what always fits at the largest", () => {
  assert.equal(settle(() => 3, 1).best, LIMITS.smallest);
  assert.equal(settle(() => 0.01, 1).best, LIMITS.largest);
});

test("what measures as before and fits needs no other try", () => {
  const before = { zoom: 1.5, overflow: 0.8 };
  assert.ok(isAsExpected({ zoom: 1.5, overflow: 0.803 }, before));
  assert.ok(!isAsExpected({ zoom: 1.5, overflow: 0.7 }, before));
  assert.ok(!isAsExpected({ zoom: 1.5, overflow: 1.001 }, { zoom: 1.5, overflow: 1 }));
});
