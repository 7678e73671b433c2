"""Pooling == brute force == Keras, and a step shows how a value comes about."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, Window, average_pool, global_average_pool, max_pool, pool_step, relu
from cnnviz.arithmetic.ops import pool_winners
from tests.arithmetic.cases import WITHIN, X, small


@st.composite
def poolings(draw: st.DrawFn) -> tuple[np.ndarray, tuple[int, int], dict[str, Any]]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = generator.normal(size=(draw(st.integers(6, 9)), draw(st.integers(6, 9)), draw(small)))
    x = (x - draw(st.sampled_from([0, 5]))).astype(np.float32)  # also all negative: padding must not win
    size = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    less = st.tuples(*(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)) for n in size))
    stride = draw(st.one_of(st.none(), st.tuples(small, small)))
    return x, size, {"stride": stride, "padding": draw(st.one_of(st.sampled_from(["valid", "same"]), less))}


@given(poolings(), st.sampled_from([(max_pool, np.nanmax), (average_pool, np.nanmean)]))
def test_pooling_equals_brute_force(case: Any, pool: tuple[Callable[..., Any], Callable[..., Any]]) -> None:
    x, size, options = case
    window = Window(size, options["stride"] or size, options["padding"])
    padded = np.pad(x, (*window.pads(x.shape[:2]), (0, 0)), constant_values=np.nan)
    out = pool[0](x, size, **options)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            top, left = i * window.stride[0], j * window.stride[1]
            expected = pool[1](padded[top : top + size[0], left : left + size[1]], axis=(0, 1))
            np.testing.assert_allclose(out[i, j], expected, **WITHIN)


@given(poolings(), st.sampled_from(["max", "average"]))
def test_pooling_equals_keras(case: Any, kind: str) -> None:
    import keras

    x, size, options = case
    if not isinstance(options["padding"], str):
        options["padding"] = "same"
    ours = (max_pool if kind == "max" else average_pool)(x, size, **options)
    function = keras.ops.max_pool if kind == "max" else keras.ops.average_pool
    strides = options["stride"] or size
    theirs = np.asarray(function(x[np.newaxis], size, strides=strides, padding=options["padding"]))[0]
    np.testing.assert_allclose(ours, theirs, **WITHIN)


def test_pool_step_finds_the_winner_and_ignores_padding() -> None:
    x = np.array([[-5.0, -2], [-1, -9]])[..., np.newaxis]
    step = pool_step(x, 0, 0, 0, size=2, stride=1, padding=((0, 0), (1, 0)))
    assert (step.value, step.winner, step.count) == (-1.0, (1, 1), 2)
    assert np.isnan(step.patch[:, 0]).all()
    assert (
        pool_step(x, 0, 0, 0, operation="average", size=2, stride=1, padding=((0, 0), (1, 0))).value == -3.0
    )
    assert pool_winners(x, 2).tolist() == [[[2]]]


@given(poolings(), st.sampled_from(["max", "average"]), st.data())
def test_pool_step_matches_the_output_cell(case: Any, operation: Any, data: Any) -> None:
    x, size, options = case
    out = (max_pool if operation == "max" else average_pool)(x, size, **options)
    i, j, c = (data.draw(st.integers(0, n - 1)) for n in out.shape)
    step = pool_step(x, i, j, c, operation=operation, size=size, **options)
    np.testing.assert_allclose(step.value, out[i, j, c], **WITHIN)
    inside = np.outer(np.isin(step.rows, range(x.shape[0])), np.isin(step.cols, range(x.shape[1])))
    assert (np.isfinite(step.patch) == inside).all()
    assert step.count == inside.sum()
    assert step.patch[step.winner] == np.nanmax(step.patch)
    winner = pool_winners(x, size, **options)[i, j, c]
    assert step.winner == divmod(int(winner), size[1])


@given(poolings())
def test_winners_point_at_the_maximum(case: Any) -> None:
    x, size, options = case
    options["padding"] = "valid"
    winners, out = pool_winners(x, size, **options), max_pool(x, size, **options)
    window = Window(size, options["stride"] or size)
    for i, j, c in np.ndindex(out.shape):
        a, b = divmod(int(winners[i, j, c]), size[1])
        assert x[i * window.stride[0] + a, j * window.stride[1] + b, c] == out[i, j, c]


def test_max_pooling_and_relu_commute_and_average_pooling_does_not() -> None:
    x = np.random.default_rng(2).normal(size=(8, 8, 3))
    np.testing.assert_array_equal(max_pool(relu(x)), relu(max_pool(x)))
    assert np.abs(average_pool(relu(x)) - relu(average_pool(x))).max() > 0.1


def test_global_average_pooling_equals_keras_and_a_window_as_large_as_the_image() -> None:
    import keras

    x = np.random.default_rng(5).normal(3, 2, (1, 7, 9, 4)).astype(np.float32)
    out = global_average_pool(x[0])
    assert (out.shape, out.dtype) == ((4,), np.float32)
    np.testing.assert_allclose(out, np.asarray(keras.layers.GlobalAveragePooling2D()(x))[0], **WITHIN)
    np.testing.assert_allclose(out, average_pool(x[0], (7, 9))[0, 0], **WITHIN)


def test_float32_stays_float32() -> None:
    x = X.astype(np.float32)
    assert average_pool(x).dtype == max_pool(x).dtype == global_average_pool(x).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: max_pool(X, 2, padding=2), "`padding` must leave an input cell in every window."),
        (
            lambda: average_pool(X, 2, stride=1, padding=((0, 0), (0, 2))),
            "`padding` must leave an input cell in every window. Received: padding=((0, 0), (0, 2)), "
            "size=(2, 2), stride=(1, 1).",
        ),
        (
            lambda: pool_step(X, 0, 0, 0, operation="median"),  # type: ignore[arg-type]
            '`operation` must be "max" or "average". Received: operation=\'median\'.',
        ),
        (lambda: max_pool(X, 0), "`size` must be a whole number >= 1"),
        (lambda: pool_step(X, 0, 0, 3), "`c` must be a whole number in 0..2. Received: c=3."),
        (lambda: global_average_pool(X[0]), "`x` must have 3 axes. Received: x.shape=(5, 3)."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()
