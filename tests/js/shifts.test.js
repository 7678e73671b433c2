// What two networks say of a shifted picture.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  answerOf,
  isLost,
  missing,
  signed,
  watchedBy,
  wording,
} from "../../cnnviz/components/frontend/shifts/answers.js";
import { summary, verdict } from "../../cnnviz/components/frontend/shifts/drawing.js";

const TEXT = {
  ...{ left: "{n} left", right: "{n} right", up: "{n} up", down: "{n} down", unshifted: "in place" },
  ...{ lost: "no number", waiting: "computing", as_it_is: "as it is" },
  ...{ held: "still {name} ({share})", changed: "was {name} ({share})" },
  summary: "{plain} {first}, {cnn} {second} of {shifts}.",
  summary_right: "Right: {first}, {second}.",
};
let view;

/** Two networks, shifts of at most 1, two classes: network 0 changes its answer to the right, 1 never. */
beforeEach(() => {
  const probabilities = new Float32Array(2 * 3 * 3 * 2);
  for (let k = 0; k < 18; k++) {
    const right = k < 9 && k % 3 === 2;
    probabilities.set(right ? [0.25, 0.75] : [0.75, 0.25], 2 * k);
  }
  const scene = {
    reach: 1,
    class_names: ["cat", "ship"],
    watched: 0,
    networks: [
      { short: "MLP", shifts: 9, changed: 3, right: 6 },
      { short: "CNN", shifts: 9, changed: 0, right: 9 },
    ],
    arrays: { probabilities: { shape: [2, 3, 3, 2], data: probabilities } },
  };
  view = { scene, text: TEXT, selection: { dx: 0, dy: 0, watched: null } };
});

test("answers lie where Python puts them: network, row, column, class", () => {
  assert.deepEqual([...answerOf(view, 0, 0, 0)], [0.75, 0.25]);
  for (const dy of [-1, 0, 1]) assert.deepEqual([...answerOf(view, 0, 1, dy)], [0.25, 0.75]);
  assert.deepEqual([...answerOf(view, 1, 1, 1)], [0.75, 0.25]);
});

test("an answer that is not there yet differs from one that is no number", () => {
  const { data } = view.scene.arrays.probabilities;
  data.fill(Number.NaN, 0, 2);
  data.fill(Number.POSITIVE_INFINITY, 2, 4);
  assert.equal(answerOf(view, 0, -1, -1), null);
  assert.equal(missing(view, 0, -1, -1), "computing");
  assert.equal(isLost(view, 0, 0, -1), true);
  assert.equal(missing(view, 0, 0, -1), "no number");
});

test("a shift is said in words, and signed on the axes", () => {
  assert.equal(wording(view, 0, 0), "in place");
  assert.equal(wording(view, 2, -1), "2 right, 1 up");
  assert.equal(wording(view, -3, 0), "3 left");
  assert.equal(wording(view, 0, 4), "4 down");
  assert.deepEqual([6, -6].map(signed), ["+6", "−6"]);
});

test("the visitor's class is watched, else the one that Python proposes", () => {
  assert.equal(watchedBy(view), 0);
  view.selection.watched = 1;
  assert.equal(watchedBy(view), 1);
});

test("a verdict compares an answer with that of the picture in place", () => {
  const [middle, right] = [answerOf(view, 0, 0, 0), answerOf(view, 0, 1, 0)];
  assert.equal(verdict(view, middle, middle), "as it is");
  view.selection.dx = 1;
  assert.equal(verdict(view, right, middle), "was cat (75.0%)");
  assert.equal(verdict(view, answerOf(view, 1, 1, 0), middle), "still cat (75.0%)");
  assert.equal(verdict(view, null, middle), "");
});

test("all shifts are summed up once both networks have answered", () => {
  assert.equal(summary(view), "MLP 3, CNN 0 of 9. Right: 6, 9.");
  for (const network of view.scene.networks) network.right = null; // nobody knows the class
  assert.equal(summary(view), "MLP 3, CNN 0 of 9.");
  view.scene.networks[1].changed = null;
  assert.equal(summary(view), "");
});
