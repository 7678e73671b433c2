// One moment, or one step, on or back in the presenter layout.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  goingTo,
  isGoneBackTo,
  keepMoment,
  keptMoment,
  moveOf,
} from "../../cnnviz/components/frontend/lecture_keys/moves.js";

function newStorage() {
  const items = new Map();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => items.set(name, value),
    removeItem: (name) => items.delete(name),
  };
}

test("a step that is gone back to begins at its end, once", () => {
  const storage = newStorage();
  goingTo("dot", true, storage);
  assert.equal(isGoneBackTo("dot", storage), true);
  assert.equal(isGoneBackTo("dot", storage), false);
});

test("who goes back and on again before anything is shown leaves no mark for later steps", () => {
  const storage = newStorage();
  goingTo("dot", true, storage);
  goingTo("stride", false, storage);
  assert.equal(isGoneBackTo("stride", storage), false);
  assert.equal(isGoneBackTo("dot", storage), false);
});

test("a step that is reached in another way is no step that was gone back to", () => {
  const storage = newStorage();
  goingTo("dot", true, storage);
  assert.equal(isGoneBackTo("padding", storage), false);
});

const NOW = { index: 1, moments: 3, position: 4, shown: 4, steps: 6 };

test("a move leads through a step's moments, then to the next step", () => {
  assert.deepEqual(moveOf(NOW, 1), { index: 2 });
  assert.deepEqual(moveOf(NOW, -1), { index: 0 });
  assert.deepEqual(moveOf({ ...NOW, index: 2 }, 1), { step: 5 });
  assert.deepEqual(moveOf({ ...NOW, index: 0 }, -1), { step: 3 });
  assert.deepEqual(moveOf({ ...NOW, moments: 0 }, 1), { step: 5 });
});

test("there is nothing before the first step and behind the last", () => {
  assert.equal(moveOf({ ...NOW, index: 0, position: 0, shown: 0 }, -1), null);
  assert.equal(moveOf({ ...NOW, index: 2, position: 5, shown: 5 }, 1), null);
});

test("on another page a move leads back to the step or on to the next one", () => {
  const away = { ...NOW, moments: 0, position: 4.5 };
  assert.deepEqual(moveOf(away, -1), { step: 4 });
  assert.deepEqual(moveOf(away, 1), { step: 5 });
});

test("while another step is on its way a move is one of steps: the moments on the screen are not that step's", () => {
  assert.deepEqual(moveOf({ ...NOW, index: 0, position: 3 }, 1), { step: 4 });
  assert.deepEqual(moveOf({ ...NOW, index: 2, position: 5 }, -1), { step: 4 });
});

test("the moment that was shown last is that of its step alone", () => {
  const storage = newStorage();
  assert.equal(keptMoment("dot", storage), 0);
  keepMoment("dot", 2, storage);
  assert.equal(keptMoment("dot", storage), 2);
  assert.equal(keptMoment("stride", storage), 0);
});
