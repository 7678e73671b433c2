"""Batch normalisation, as Keras does it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import CnnvizError
from cnnviz.arithmetic.ops import batch_norm


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_batch_norm_equals_keras(channels: int, seed: int) -> None:
    import keras

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1, 4, 3, channels)).astype(np.float32)
    gamma, beta, mean = rng.normal(size=(3, channels)).astype(np.float32)
    variance = rng.uniform(0.1, 4, channels).astype(np.float32)
    layer = keras.layers.BatchNormalization()
    layer.build(x.shape)
    layer.set_weights([gamma, beta, mean, variance])
    expected = np.asarray(layer(x, training=False))[0]
    result = batch_norm(x[0], gamma, beta, mean, variance)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gamma", [1.0], r"`gamma` must have one value for each channel"),
        ("moving_variance", [1.0, -2.0], r"`moving_variance` must be >= 0. Received: moving_variance=-2.0"),
        ("beta", [np.nan, 0], r"`beta` must be finite"),
    ],
)
def test_batch_norm_rejects_invalid_arguments(name: str, value: list[float], message: str) -> None:
    arguments = {
        "gamma": [1.0, 1.0],
        "beta": [0.0, 0.0],
        "moving_mean": [0.0, 0.0],
        "moving_variance": [1.0, 1.0],
    }
    with pytest.raises(CnnvizError, match=message):
        batch_norm(np.zeros((2, 2, 2)), **(arguments | {name: value}))
