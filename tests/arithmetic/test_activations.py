"""Activations: their formulas, Keras, and numbers far from 0."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, leaky_relu, relu, relu6, sigmoid, softmax, softmax_step, swish, tanh
from tests.arithmetic.cases import WITHIN, X

ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[float], float]]] = {
    "leaky_relu": (lambda x: leaky_relu(x, 0.3), lambda v: v if v > 0 else 0.3 * v),
    "relu6": (relu6, lambda v: min(max(v, 0), 6)),
    "sigmoid": (sigmoid, lambda v: 1 / (1 + math.exp(-v))),
    "tanh": (tanh, math.tanh),
    "swish": (swish, lambda v: v / (1 + math.exp(-v))),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_equals_keras_and_its_formula(name: str) -> None:
    import keras

    ours, formula = ACTIVATIONS[name]
    x = np.concatenate([np.random.default_rng(6).normal(0, 4, 500), np.linspace(-30, 30, 121)])
    np.testing.assert_allclose(ours(x), [formula(v) for v in x.tolist()], rtol=1e-12)
    x = x.astype(np.float32)
    theirs = keras.ops.leaky_relu(x, 0.3) if name == "leaky_relu" else getattr(keras.ops, name)(x)
    assert ours(x).dtype == np.float32
    np.testing.assert_allclose(ours(x), np.asarray(theirs), **WITHIN)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_reach_their_limits_without_overflow(dtype: type) -> None:
    x = np.array([-1e4, -1e3, -90, 0, 90, 1e3, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        out = {name: ours(x) for name, (ours, _) in ACTIVATIONS.items()}
    np.testing.assert_allclose(out["sigmoid"], [0, 0, 0, 0.5, 1, 1, 1], atol=1e-30)
    np.testing.assert_allclose(out["tanh"], [-1, -1, -1, 0, 1, 1, 1])
    np.testing.assert_allclose(out["swish"], [0, 0, 0, 0, 90, 1e3, 1e4], atol=1e-30)
    np.testing.assert_allclose(out["relu6"], [0, 0, 0, 0, 6, 6, 6])
    np.testing.assert_allclose(out["leaky_relu"], [-3e3, -300, -27, 0, 90, 1e3, 1e4], rtol=1e-6)


def test_softmax_equals_keras_and_does_not_overflow() -> None:
    import keras

    logits = np.random.default_rng(3).normal(size=10)
    np.testing.assert_allclose(softmax(logits), np.asarray(keras.ops.softmax(logits)), **WITHIN)
    np.testing.assert_allclose(softmax([1000.0, 1000.0]), [0.5, 0.5])


@given(st.lists(st.floats(-60, 60), min_size=1, max_size=12), st.floats(0.1, 10))
def test_softmax_step_by_step(logits: list[float], temperature: float) -> None:
    step = softmax_step(logits, temperature)
    assert step.probabilities.sum() == pytest.approx(1)
    assert step.exponentials.max() == 1
    np.testing.assert_allclose(step.probabilities, softmax(logits, temperature))
    np.testing.assert_allclose(step.scaled, np.array(logits) / temperature)
    plain = softmax_step(logits, temperature, shift=False)  # subtracting the maximum changes nothing
    np.testing.assert_allclose(plain.probabilities, step.probabilities, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(plain.exponentials, np.exp(step.scaled))
    assert step.probabilities.argmax() == softmax(logits).argmax() or np.ptp(logits) < 1e-9


def test_softmax_with_temperature_equals_keras() -> None:
    import keras

    logits = np.random.default_rng(2).normal(0, 4, (3, 10)).astype(np.float32)
    for temperature in (0.1, 1.0, 7.5):
        theirs = np.asarray(keras.ops.softmax(logits / np.float32(temperature)))
        np.testing.assert_allclose(softmax(logits, temperature), theirs, **WITHIN)
    assert softmax(logits, 2).dtype == np.float32


def test_temperature_interpolates_between_argmax_and_uniform() -> None:
    logits = [2.0, -1.0, 0.5, 1.9]
    np.testing.assert_allclose(softmax(logits, 1e6), 0.25, atol=1e-5)
    np.testing.assert_allclose(softmax(logits, 1e-3), [1, 0, 0, 0], atol=1e-12)
    sure = [softmax(logits, temperature).max() for temperature in (0.1, 0.5, 1, 2, 10)]
    assert sure == sorted(sure, reverse=True)


def test_float32_stays_float32() -> None:
    assert relu(X.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: relu([None]), "`x` must be an array of numbers. Received: x.dtype=object."),
        (lambda: relu([[1], [1, 2]]), "`x` must be an array of numbers. Received: rows of unequal length."),
        (lambda: softmax([[1], [1, 2]]), "`logits` must be an array of numbers."),
        (lambda: softmax([]), "`logits` must not be empty. Received: logits.shape=(0,)."),
        (lambda: relu([np.nan]), "`x` must be finite."),
        *[
            (lambda ours=ours: ours([np.inf]), "`x` must be finite. Received: x[0]=inf.")
            for ours, _ in ACTIVATIONS.values()
        ],
        (lambda: leaky_relu(X, -0.1), "`slope` must be a number >= 0. Received: slope=-0.1."),
        (lambda: leaky_relu(X, [0.1]), "`slope` must be a number >= 0. Received: slope=[0.1]."),  # type: ignore[arg-type]
        (lambda: leaky_relu(X, np.nan), "`slope` must be finite."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: softmax([1.0], 0), r"`temperature` must be a number > 0"),
        (lambda: softmax([1.0], np.nan), r"`temperature` must be finite"),
        (lambda: softmax(np.float32([1, 2]), 1e-300), "`temperature` must leave logits / temperature finite"),
        (lambda: softmax([1.0, 2.0], 1e-320), "`temperature` must leave logits / temperature finite"),
        (lambda: softmax_step([1e308, 0.0], 0.1), "`temperature` must leave logits / temperature finite"),
        (lambda: softmax_step([900.0, 1.0], shift=False), r"`shift` must be True where exp\(900\)"),
    ],
)
def test_invalid_step_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        call()
