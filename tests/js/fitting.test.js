import assert from "node:assert/strict";
import test from "node:test";
import {
  bestZoom,
  isAsExpected,
  isWorthRefitting,
  LIMITS,
  nextZoom,
} from "../../cnnviz/components/frontend/lecture_keys/fitting.js";

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

test("what hardly shrinks with the zoom, as its text stays as large on the screen, is fitted in a few tries", () => {
  const { tried, best } = settle((zoom) => (zoom / 1.6) ** 0.25, 2.2);
  assert.ok(best <= 1.6 && best > 1.5, String(best));
  assert.ok(tried.length <= 4, `${tried.length} tries`);
});

test("what takes another layout once it is narrow is enlarged further in that one, not past it", () => {
  const { best } = settle((zoom) => (zoom < 1.5 ? zoom / 2.4 : zoom < 11 ? Math.max(0.5, zoom / 9.4) : 0.6), 1);
  assert.ok(best <= 9.4 && best > 8.9, String(best));
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

test("content that comes late is fitted however often it grows, what stays as it is only twice", () => {
  const seen = new Map();
  for (const share of [0.02, 0.1, 0.2, 3, 1.4, 1.2]) assert.ok(isWorthRefitting(share, 2, seen), String(share));
  for (const share of [0.7, 0.95, 1.005]) assert.ok(!isWorthRefitting(share, 2, seen), String(share));
  const often = Array.from({ length: 5 }, () => isWorthRefitting(1.3, 1.5, seen));
  assert.deepEqual(often, [true, true, false, false, false]);
});
