"""Dropout in a training pass: the rest is scaled as Keras scales it, and the mean is kept."""

from __future__ import annotations

import numpy as np
import pytest

from cnnviz.layers.dropout import Dropout


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_a_training_pass_is_keras_dropout(rate: float) -> None:
    import keras

    x = np.linspace(1, 2, 10_000, dtype=np.float32)
    own, off = Dropout("", rate).training_pass(x, np.random.default_rng(3))
    theirs = np.asarray(keras.layers.Dropout(rate, seed=3)(x, training=True))
    np.testing.assert_allclose((own / x)[~off], (theirs / x)[theirs > 0][0], rtol=1e-6)
    assert (own[off] == 0).all()
    assert own.dtype == x.dtype
    assert off.mean() == pytest.approx(rate, abs=0.02)
    assert own.mean() == pytest.approx(x.mean(), rel=0.02)
    again, _ = Dropout("", rate).training_pass(x, np.random.default_rng(3))
    np.testing.assert_array_equal(own, again)


def test_nothing_is_left_where_everything_is_dropped() -> None:
    out, off = Dropout("", 1.0).training_pass(np.ones(5), np.random.default_rng(0))
    assert not out.any()
    assert off.all()
