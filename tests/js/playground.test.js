// Two small networks on points of a plane: what ReLU changes, the same in every run. Their numbers are held to Keras by
// tests/components/test_playground.py.

import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS, makePoints } from "../../cnnviz/components/frontend/playground/points.js";
import {
  collapsed,
  forward,
  gridOf,
  newNetwork,
  pieces,
  train,
} from "../../cnnviz/components/frontend/playground/small_network.js";

import { zeroLine } from "../../cnnviz/components/frontend/shared/contour.js";

const RATE = 0.01;

/** A network after `steps`, with its last loss and accuracy. */
function trained(kind, linear, steps = 400, seed = 1) {
  const points = makePoints(kind, seed);
  const network = newNetwork(seed, linear);
  let last = { loss: 0, accuracy: 0 };
  for (let k = 0; k < steps; k++) last = train(network, points, RATE);
  return { network, ...last };
}

test("points are in the square, in halves, and the same for the same seed only", () => {
  for (const kind of KINDS) {
    const { x, y, count } = makePoints(kind, 5);
    assert.equal(
      y.reduce((sum, label) => sum + label, 0),
      count / 2,
    );
    assert.ok(x.every((v) => Math.abs(v) <= 1));
    assert.deepEqual(x, makePoints(kind, 5).x);
    assert.notDeepEqual(x, makePoints(kind, 6).x);
  }
});

test("with ReLU the points are told apart, without it no better than by some straight line", () => {
  for (const kind of KINDS) {
    const [bent, straight] = [trained(kind, false), trained(kind, true)];
    assert.ok(bent.accuracy >= 0.97, `${kind}: ${bent.accuracy}`);
    assert.ok(straight.accuracy <= 0.75, `${kind}: ${straight.accuracy}`);
    assert.ok(bent.loss < straight.loss / 5);
  }
});

test("a training is the same each time", () => {
  assert.deepEqual(trained("xor", false, 30), trained("xor", false, 30));
});

test("without ReLU all layers are one weighted sum", () => {
  const { network } = trained("ring", true, 50);
  const [a, b, c] = collapsed(network);
  const grid = gridOf(9);
  const logits = forward(network, grid).sums.at(-1);
  for (let n = 0; n < 81; n++)
    assert.ok(Math.abs(logits[2 * n + 1] - logits[2 * n] - (a * grid[2 * n] + b * grid[2 * n + 1] + c)) < 1e-9);
});

test("pieces are counted by the units that are on", () => {
  const pass = (rows) => ({ sums: [Float64Array.from(rows.flat()), new Float64Array(rows.flat().length), []] });
  const [on, off] = [Array(8).fill(1), Array(8).fill(-1)];
  assert.equal(pieces(pass([on, on, off, [...on.slice(1), -1], off])), 3);
  assert.ok(pieces(forward(trained("ring", false, 50).network, gridOf(40))) > 9);
});

test("the line along which a field is zero goes through where it is zero", () => {
  const side = 12;
  const field = Array.from({ length: side * side }, (_, n) => (n % side) + 0.5 - 7.25); // x − 7.25
  const segments = zeroLine(field, side);
  assert.equal(segments.length, side - 1);
  for (const [x1, , x2] of segments) for (const x of [x1, x2]) assert.ok(Math.abs(x - 7.25) < 1e-12);
  assert.deepEqual(zeroLine(Array(side * side).fill(3), side), []);
});

test("the grid lies over the square, from its upper left corner", () => {
  assert.deepEqual([...gridOf(2)], [-0.5, 0.5, 0.5, 0.5, -0.5, -0.5, 0.5, -0.5]);
});
