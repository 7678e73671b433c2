"""Fully connected layers: Keras, and a step whose numbers add up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, dense, dense_step, relu
from tests.arithmetic.cases import WITHIN, K


def test_dense_equals_a_matrix_product() -> None:
    import keras

    generator = np.random.default_rng(3)
    x, kernel, bias = generator.normal(size=20), generator.normal(size=(20, 10)), generator.normal(size=10)
    theirs = np.asarray(keras.ops.matmul(x, kernel)) + bias
    np.testing.assert_allclose(dense(x, kernel, bias), theirs, **WITHIN)


@st.composite
def fully_connected(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    inputs, units = draw(st.integers(1, 40)), draw(st.integers(1, 6))
    x = generator.normal(size=inputs).astype(np.float32)
    if draw(st.booleans()):
        x = relu(x)  # contributions of exactly 0, as after ReLU
    kernel = generator.normal(size=(inputs, units)).astype(np.float32)
    bias = generator.normal(size=units).astype(np.float32) if draw(st.booleans()) else None
    return x, kernel, bias


@given(fully_connected(), st.integers(0, 8), st.data())
def test_dense_step_matches_the_output(case: Any, top: int, data: Any) -> None:
    x, kernel, bias = case
    unit = data.draw(st.integers(0, kernel.shape[1] - 1))
    step = dense_step(x, kernel, bias, unit, top)
    np.testing.assert_allclose(step.value, dense(x, kernel, bias)[unit], **WITHIN)
    np.testing.assert_allclose(step.contributions, x * kernel[:, unit], rtol=1e-6)
    chosen = [*step.positive, *step.negative]
    assert len(set(chosen)) == len(chosen) == len(x) - step.rest_count
    parts = step.contributions[chosen].sum() + step.rest + (step.bias or 0)
    assert parts == pytest.approx(step.value, abs=1e-9)
    assert (step.bias is None) == (bias is None)
    # nothing left over is stronger than what was singled out, and each side has its sign
    others = np.delete(step.contributions, chosen)
    for indices, sign in ((step.positive, 1), (step.negative, -1)):
        singled = sign * step.contributions[indices]
        assert (singled > 0).all()
        assert (np.diff(singled) <= 0).all()
        assert len(indices) == min(top, (sign * step.contributions > 0).sum())
        if len(indices) and len(others):
            assert (sign * others).max() <= singled[-1]


@given(fully_connected(), st.integers(0, 6))
def test_rounded_numbers_still_add_up(case: Any, digits: int) -> None:
    step = dense_step(*case, 0, 3)
    shown = step.rounded(digits)
    assert sum(shown.largest) + shown.rest + (shown.bias or 0) == shown.value
    unit = 10.0**-digits
    assert shown.value * unit == pytest.approx(step.value, abs=0.51 * unit)
    for whole, exact in zip(shown.largest, step.contributions[[*step.positive, *step.negative]], strict=True):
        assert whole * unit == pytest.approx(exact, abs=0.51 * unit)
    assert shown.rest * unit == pytest.approx(step.rest, abs=(len(shown.largest) + 2) * 0.51 * unit)


def test_dense_equals_keras() -> None:
    import keras

    rng = np.random.default_rng(3)
    x = rng.normal(size=(1, 50)).astype(np.float32)
    layer = keras.layers.Dense(7)
    theirs = np.asarray(layer(x))[0]
    kernel, bias = (np.asarray(weight) for weight in layer.get_weights())
    for unit in range(7):
        np.testing.assert_allclose(dense_step(x[0], kernel, bias, unit).value, theirs[unit], **WITHIN)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dense([1.0], K[0, 0]), "`kernel` must have a row for each input."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dense_step([1.0], [[1.0]], None, 1), r"`unit` must be a whole number in 0..0"),
        (lambda: dense_step([1.0], [[1.0], [2.0]], None, 0), r"`kernel` must have a row for each input"),
        (lambda: dense_step([1.0], [[1.0]], [1.0, 2.0], 0), r"`bias` must have one value for each output"),
        (lambda: dense_step([1.0], [[1.0]], None, 0, -1), r"`top` must be a whole number >= 0"),
    ],
)
def test_invalid_step_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        call()
