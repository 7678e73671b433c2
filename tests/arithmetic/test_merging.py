"""Adding and concatenating, as Keras does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cnnviz import CnnvizError, add, concatenate
from tests.arithmetic.cases import WITHIN, X


def test_adding_and_concatenating_equal_keras() -> None:
    import keras

    generator = np.random.default_rng(7)
    xs = [generator.normal(size=(1, 4, 5, 3)).astype(np.float32) for _ in range(3)]
    out = add(*(x[0] for x in xs))
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, np.asarray(keras.layers.Add()(xs))[0], **WITHIN)
    xs = [generator.normal(size=(1, 4, 5, channels)).astype(np.float32) for channels in (3, 1, 2)]
    out = concatenate(*(x[0] for x in xs))
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, np.asarray(keras.layers.Concatenate()(xs))[0])


def test_add_does_not_modify_its_inputs() -> None:
    x = np.ones((2, 2, 1), np.float32)
    for out in (add(x), add(x, x)):
        out[:] = 9
    assert (x == 1).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: add(), "`xs` must hold at least one array. Received: none."),
        (lambda: add(X, X[1:]), "`xs` must have one shape. Received: shapes=(5, 5, 3), (4, 5, 3)."),
        (lambda: add(X, X[..., :1]), "`xs` must have one shape."),  # nothing is broadcast,
        (lambda: add(X, X * np.nan), "`xs[1]` must be finite. Received: xs[1][0, 0, 0]=nan."),
        (lambda: concatenate(), "`xs` must hold at least one array. Received: none."),
        (
            lambda: concatenate(X, X[:, 1:]),
            "`xs` must have one shape but for their channels. Received: shapes=(5, 5, 3), (5, 4, 3).",
        ),
        (lambda: concatenate(1.0, 2.0), "`xs` must have one shape but for their channels."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()
