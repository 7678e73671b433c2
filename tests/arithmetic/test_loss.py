"""Softmax cross-entropy and its gradient: against TensorFlow, differences, and where p rounds to 0 or 1."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnnviz import CnnvizError
from cnnviz.arithmetic.ops import cross_entropy_step

LOGITS = np.random.default_rng(3).normal(0, 4, (50, 10))


def test_the_loss_and_its_gradient_equal_those_of_tensorflow() -> None:
    import tensorflow as tf

    labels = np.arange(50) % 10
    scores = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
    gradients = tape.gradient(losses, scores).numpy()
    for logits, label, loss, gradient in zip(LOGITS, labels, losses.numpy(), gradients, strict=True):
        step = cross_entropy_step(logits, int(label))
        assert step.loss == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(step.gradient, gradient, atol=1e-12)


def test_the_gradient_is_the_slope_of_the_loss() -> None:
    step, small = cross_entropy_step(LOGITS[0], 4), 1e-6
    for k in range(10):
        moved = LOGITS[0] + small * np.eye(10)[k]
        slope = (cross_entropy_step(moved, 4).loss - step.loss) / small
        assert slope == pytest.approx(step.gradient[k], abs=1e-5)


@pytest.mark.parametrize(("gap", "loss"), [(800.0, 800.0), (-800.0, 0.0), (-40.0, math.exp(-40))])
def test_neither_certainty_nor_impossibility_is_lost(gap: float, loss: float) -> None:
    step = cross_entropy_step([0.0, gap], 0)
    assert step.loss == pytest.approx(loss, rel=1e-12)
    assert step.gradient.sum() == pytest.approx(0, abs=1e-15)
    assert step.gradient[0] == pytest.approx(-1 / (1 + math.exp(-gap)) if gap > -700 else 0, rel=1e-12)


@pytest.mark.parametrize(("logits", "label"), [([1.0, np.nan], 0), ([[1.0]], 0), ([1.0, 2.0], 2)])
def test_what_is_no_logits_or_no_class_is_refused(logits: list[float], label: int) -> None:
    with pytest.raises(CnnvizError, match="must"):
        cross_entropy_step(logits, label)
