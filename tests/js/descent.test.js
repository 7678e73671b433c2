// Walks down a surface: the gradient of what is between the grid's points, and three update rules.

import assert from "node:assert/strict";
import { test } from "node:test";
import { after, inside, lossAt, RULES, update, walk } from "../../cnnviz/components/frontend/descent/descent_math.js";

const close = (a, b, within = 1e-9) => assert.ok(Math.abs(a - b) < within, `${a} is not ${b}`);

// loss = 3 + 2a − b + 4ab on a grid of 5 x 5 from −1 to 1: bilinear, so that all between its points is exact
const along = [-1, -0.5, 0, 0.5, 1];
const BILINEAR = { losses: along.map((b) => along.map((a) => 3 + 2 * a - b + 4 * a * b)), reach: 1 };
// a bowl: a² + 4b²
const fine = Array.from({ length: 81 }, (_, k) => k / 40 - 1);
const BOWL = { losses: fine.map((b) => fine.map((a) => a ** 2 + 4 * b ** 2)), reach: 1 };

test("loss and gradient of a bilinear surface are exact, also on its edge", () => {
  for (const [a, b] of [
    [0.1, 0.2],
    [-0.73, 0.91],
    [1, -1],
    [1, 1],
    [0.5, -0.5],
  ]) {
    const { loss, slope } = lossAt(BILINEAR, [a, b]);
    close(loss, 3 + 2 * a - b + 4 * a * b);
    close(slope[0], 2 + 4 * b);
    close(slope[1], -1 + 4 * a);
  }
});

test("updates by hand", () => {
  assert.deepEqual(update("sgd", 0.1, [2, -4], [0, 0]).change, [-0.2, 0.4]);
  const moved = update("momentum", 0.1, [2, -4], [1, 1]);
  close(moved.change[0], 0.9 - 0.2);
  close(moved.change[1], 0.9 + 0.4);
  const divided = update("rmsprop", 0.1, [2, -4], [1, 0]);
  close(divided.memory[0], 0.9 + 0.1 * 4);
  close(divided.change[0], -0.2 / Math.sqrt(1.3), 1e-6);
  close(divided.change[1], 0.4 / Math.sqrt(1.6), 1e-6);
});

test("every rule comes down, each step begins where the one before ended, and too large a rate leads out", () => {
  for (const rule of RULES) {
    const steps = walk(BOWL, rule, 0.02, [-0.8, 0.6], 200);
    assert.equal(steps.length, 201);
    assert.ok(steps.at(-1).loss < 0.02, `${rule}: ${steps.at(-1).loss}`);
    steps.slice(1).forEach(({ w }, k) => assert.deepEqual(w, after(steps[k])));
  }
  const thrown = walk(BOWL, "sgd", 2, [-0.8, 0.6], 200);
  assert.ok(thrown.length < 3);
  assert.equal(inside(BOWL, after(thrown.at(-1))), false);
});
