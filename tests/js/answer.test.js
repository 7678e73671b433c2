// The answer as a question: when it is one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hearAsk, isAsking } from "../../cnnviz/components/frontend/feature_grid/answer.js";

const softmax = { answer: true, data: Float32Array.of(0.2, 0.8) };

function viewOf(ask, { layers = [softmax], names = ["cat", "dog"] } = {}) {
  const view = { layers, scene: { ask, digest: "a", class_names: names } };
  hearAsk(view);
  return view;
}

/** Run with a browser's storage that has `stored`, or that may not be used. */
function withStorage(stored, run) {
  const get = () => {
    if (stored === undefined) throw new Error("denied");
    return { getItem: () => stored };
  };
  const before = Object.getOwnPropertyDescriptor(globalThis, "localStorage");
  Object.defineProperty(globalThis, "localStorage", { get, configurable: true });
  try {
    run();
  } finally {
    delete globalThis.localStorage;
    if (before) Object.defineProperty(globalThis, "localStorage", before);
  }
}

test("a first visit is asked, one that is remembered is not, and a link decides for itself", () => {
  withStorage(null, () =>
    assert.deepEqual(
      ["first", "always", "never"].map((ask) => isAsking(viewOf(ask))),
      [true, true, false],
    ),
  );
  withStorage("shown", () =>
    assert.deepEqual(
      ["first", "always"].map((ask) => isAsking(viewOf(ask))),
      [false, true],
    ),
  );
});

test("a browser that stores nothing asks", () => {
  withStorage(undefined, () => assert.equal(isAsking(viewOf("first")), true));
});

test("an answer that has been said stays said for its picture, and what Python repeats is no news", () => {
  const view = viewOf("always");
  view.answered = "a";
  assert.equal(isAsking(view), false);
  view.scene.digest = "b";
  assert.equal(isAsking(view), true);
  view.asks = false;
  hearAsk(view);
  assert.equal(isAsking(view), false);
});

test("without probabilities, or without names, nothing is asked", () => {
  assert.equal(isAsking(viewOf("always", { layers: [] })), false);
  assert.equal(isAsking(viewOf("always", { names: [] })), false);
});
