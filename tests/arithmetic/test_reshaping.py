"""Flattening and zero padding, as Keras does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, conv2d, zero_pad
from cnnviz.arithmetic.ops import flat_index, unflatten_index
from tests.arithmetic.cases import X, sides


@pytest.mark.parametrize("shape", [(16, 16, 32), (4, 4, 128), (32, 32, 3), (1, 5, 2)])
def test_flat_index_follows_keras_order(shape: tuple[int, int, int]) -> None:
    import keras

    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    flat = np.asarray(keras.layers.Flatten()(values[np.newaxis]))[0]
    for index in np.random.default_rng(0).integers(0, values.size, 40).tolist():
        cell = unflatten_index(index, shape)
        assert flat_index(*cell, shape) == index
        assert flat[index] == values[cell]


@given(st.one_of(st.integers(0, 3), sides, st.tuples(sides, sides)))
def test_zero_padding_equals_keras(padding: Any) -> None:
    import keras

    x = np.random.default_rng(8).normal(size=(1, 3, 4, 2)).astype(np.float32)
    theirs = np.asarray(keras.layers.ZeroPadding2D(padding)(x))[0]
    np.testing.assert_array_equal(zero_pad(x[0], padding), theirs)


def test_convolving_a_padded_image_is_convolving_with_padding() -> None:
    generator = np.random.default_rng(9)
    x, kernel = generator.normal(size=(5, 6, 2)), generator.normal(size=(3, 2, 2, 3))
    sides = (1, 2), (0, 1)
    np.testing.assert_allclose(conv2d(zero_pad(x, sides), kernel), conv2d(x, kernel, padding=sides))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zero_pad(X, "same"), "`padding` must be p, (p_rows, p_cols) or ((top, bottom), (left"),
        (lambda: zero_pad(X, -1), "`padding` must be"),
        (lambda: zero_pad(X[0], 1), "`x` must have 3 axes."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flat_index(0, 4, 0, (4, 4, 2)), r"`col` must be a whole number in 0..3"),
        (lambda: unflatten_index(32, (4, 4, 2)), r"`index` must be a whole number in 0..31"),
    ],
)
def test_invalid_step_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        call()
