"""The gradients of every kind of layer: NumPy against TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError
from cnnviz.arithmetic.window import Window
from cnnviz.layers.base import Layer
from cnnviz.layers.conv import Conv
from cnnviz.layers.registry import kinds
from tests.layers.test_kinds import cases, numbers, searched

WITHIN = 1e-4
"""Relative to the largest number of an array."""


def assert_near(ours: np.ndarray, theirs: Any, what: str) -> None:
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape, what
    np.testing.assert_allclose(
        ours, theirs, rtol=WITHIN, atol=WITHIN * (np.abs(theirs).max() + 1e-6), err_msg=what
    )


@pytest.mark.parametrize("kind", kinds())
@searched(6)
@given(st.data())
def test_numpy_equals_tensorflow(kind: str, data: st.DataObject) -> None:
    import tensorflow as tf

    layer, shapes, rng = data.draw(cases(kind))
    xs, weights = numbers(layer, shapes, rng)
    upstream = rng.standard_normal(layer.output_shape(*shapes)).astype(np.float32)
    ours = layer.backward(upstream, *xs, **weights)

    tensors = [tf.constant(x[np.newaxis]) for x in xs]
    built = layer.build(*shapes)
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        made: Any = tensors if len(tensors) > 1 else tensors[0]
        for each in built:
            if not each.built:
                each.build([(None, *s) for s in shapes] if len(tensors) > 1 else tuple(made.shape))
                for variable in each.weights:
                    variable.assign(weights[variable.name])
            made = each(made, training=False) if kind in ("batch_norm", "dropout") else each(made)
        target = tf.reduce_sum(made[0] * upstream)
    trained = {v.name: v.value for each in built for v in each.trainable_weights}
    found, of_weights = tape.gradient(target, (tensors, trained))
    assert len(ours.inputs) == len(xs)
    for mine, theirs in zip(ours.inputs, found, strict=True):
        assert_near(mine, theirs[0], "input")
    assert set(ours.weights) == set(trained)
    assert set(trained) == set(weights) - set(layer.non_trainable_weights)
    for name, mine in ours.weights.items():
        assert_near(mine, of_weights[name], name)


def test_a_kind_without_a_gradient_says_so() -> None:
    class Unknown(Layer):
        kind = "unknown"

    with pytest.raises(
        CnnvizError, match=r"kind whose gradient is known\. Received: layer1 \(unknown\)"
    ) as raised:
        Unknown("layer1").backward(np.zeros(1), np.zeros(1))
    assert raised.value.reason == "no_gradient"


def test_padding_by_numbers_which_keras_does_not_have() -> None:
    """Padded by numbers = "valid" over an image with a border of zeros."""
    rng = np.random.default_rng(5)
    x, kernel = rng.standard_normal((4, 4, 2)), rng.standard_normal((3, 3, 2, 2))
    upstream = rng.standard_normal((6, 4, 2))
    padded = Conv("", Window(3, padding=((2, 2), (1, 1))), 2, bias=False).backward(upstream, x, kernel=kernel)
    bordered = np.pad(x, ((2, 2), (1, 1), (0, 0)))
    plain = Conv("", Window(3), 2, bias=False).backward(upstream, bordered, kernel=kernel)
    np.testing.assert_allclose(padded.weights["kernel"], plain.weights["kernel"])
    np.testing.assert_allclose(padded.inputs[0], plain.inputs[0][2:-2, 1:-1])
