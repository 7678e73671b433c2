// Cross-entropy in the browser: against numbers of `tf.nn.softmax_cross_entropy_with_logits`, what dragging does, and
// that the written numbers can be checked with a pocket calculator.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  curve,
  logitsFor,
  lossStep,
  nearby,
  probabilityByKey,
  written,
} from "../../cnnviz/components/frontend/loss_view/loss_math.js";

const LOGITS = [2.5, -1.0, 0.5, 3.0, -4.0];
// tf.nn.softmax_cross_entropy_with_logits(tf.one_hot(label, 5), LOGITS) in float64, for each label
const LOSSES = [1.035231275689032, 4.535231275689032, 3.035231275689032, 0.5352312756890321, 7.535231275689032];

const close = (a, b, within) => assert.ok(Math.abs(a - b) < within, `${a} is not ${b}`);

test("the loss is TensorFlow's, and the gradient is its slope", () => {
  LOSSES.forEach((loss, label) => {
    const step = lossStep(LOGITS, label);
    close(step.loss, loss, 1e-12);
    close(
      step.gradient.reduce((a, b) => a + b),
      0,
      1e-12,
    );
    LOGITS.forEach((_, k) => {
      const moved = LOGITS.map((z, n) => (n === k ? z + 1e-6 : z));
      close((lossStep(moved, label).loss - step.loss) / 1e-6, step.gradient[k], 1e-5);
    });
  });
});

test("a probability that is dragged to is the one that softmax gives, and no other logit moves", () => {
  for (const p of [0.001, 0.01, 0.5, 0.9, 0.999]) {
    const logits = logitsFor(LOGITS, 2, p);
    close(lossStep(logits, 2).probabilities[2], p, 1e-12);
    assert.deepEqual(logits.toSpliced(2, 1), LOGITS.toSpliced(2, 1));
    close(lossStep(logits, 2).loss, -Math.log(p), 1e-12);
  }
});

test("neither certainty nor impossibility is lost", () => {
  assert.equal(lossStep([0, 800], 0).loss, 800);
  close(lossStep([0, -40], 0).loss / Math.exp(-40), 1, 1e-12);
  close(lossStep([0, -40], 0).gradient[0] / -Math.exp(-40), 1, 1e-12);
});

test("who takes −ln of the p that is written gets the loss that is written", () => {
  assert.deepEqual(written(lossStep(logitsFor(LOGITS, 2, 0.62), 2), 2), { p: "0.62", loss: "0.478", slope: "−0.38" });
  for (let k = 1; k < 2000; k++) {
    const { p, loss, slope } = written(lossStep(logitsFor(LOGITS, 1, k / 2000.3), 1), 1);
    if (p.startsWith("(")) continue; // 1 − x
    assert.equal((-Math.log(Number(p))).toFixed(3), loss);
    close(Number(slope.replace("−", "-")), Number(p) - 1, 1e-9);
  }
  assert.deepEqual(written(lossStep([20, 0], 0), 0), { p: "(1 − 2.06×10⁻⁹)", loss: "2.06×10⁻⁹", slope: "−2.06×10⁻⁹" });
  assert.equal(written(lossStep([0, 30], 0), 0).loss, "30.000");
});

test("keys move by hundredths and stay inside", () => {
  assert.equal(probabilityByKey("ArrowRight", 0.6224), 0.63);
  assert.equal(probabilityByKey("ArrowLeft", 0.015), 0.005);
  assert.equal(probabilityByKey("PageDown", 0.05), 0.001);
  assert.equal(probabilityByKey("PageUp", 0.95), 0.999);
  assert.equal(probabilityByKey("Home", 0.5), 0.001);
  assert.equal(probabilityByKey("a", 0.5), null);
  assert.equal(nearby(0.99512), 0.995);
});

test("the curve is −ln p from its upper end to 1", () => {
  const points = curve(7);
  close(points[0][1], 7, 1e-12);
  assert.deepEqual(points.at(-1), [1, 0]);
  for (const [p, loss] of points) close(-Math.log(p), loss, 1e-12);
});
