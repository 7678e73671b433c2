"""Gradients: by hand, against explicit loops, and against differences of the operation itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnnviz import CnnvizError, Window, average_pool, conv2d, max_pool
from cnnviz.arithmetic import gradients as g
from cnnviz.arithmetic import ops
from tests.arithmetic.cases import K, X, paddings, small

STEP = 1e-6
NEAR = {"rtol": 1e-5, "atol": 1e-7}
"""Of a difference over 2 * STEP, in float64."""


def differences(function: Callable[[np.ndarray], Any], at: np.ndarray) -> np.ndarray:
    """Return the gradient of a scalar function: one central difference for each number."""
    found = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        moved = np.array(at)
        moved[index] += STEP
        above = function(moved)
        moved[index] -= 2 * STEP
        found[index] = (above - function(moved)) / (2 * STEP)
    return found


@settings(max_examples=40, deadline=None)
@given(small, small, small, small, paddings, small, st.integers(0, 99))
def test_convolution_equals_loops_and_differences(
    kh: int, kw: int, stride: int, dilation: int, padding: Any, filters: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    x, kernel = rng.standard_normal((5, 4, 2)), rng.standard_normal((kh, kw, 2, filters))
    slide: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    try:
        upstream = rng.standard_normal(conv2d(x, kernel, **slide).shape)
    except CnnvizError:
        assume(False)
    fast, loops = (
        g.conv2d_gradients(x, kernel, upstream, **slide),
        g.conv2d_gradients_loops(x, kernel, upstream, **slide),
    )
    for name in ("x", "kernel", "bias"):
        np.testing.assert_allclose(getattr(fast, name), getattr(loops, name), atol=1e-12)
    np.testing.assert_allclose(
        fast.kernel, differences(lambda k: (conv2d(x, k, **slide) * upstream).sum(), kernel), **NEAR
    )
    a, b = int(rng.integers(kh)), int(rng.integers(kw))
    one = g.weight_gradient(x[..., 1], upstream[..., 0], a, b, size=(kh, kw), **slide)
    assert one.products.shape == upstream.shape[:2]
    assert one.value == pytest.approx(fast.kernel[a, b, 1, 0])


def test_groups_equal_differences() -> None:
    rng = np.random.default_rng(1)
    x, kernel = rng.standard_normal((4, 4, 4)), rng.standard_normal((3, 3, 2, 6))
    slide: dict[str, Any] = {"stride": 2, "padding": "same", "groups": 2}
    upstream = rng.standard_normal((2, 2, 6))
    found = g.conv2d_gradients(x, kernel, upstream, **slide)
    for mine, function, at in (
        (found.kernel, lambda k: conv2d(x, k, **slide), kernel),
        (found.x, lambda image: conv2d(image, kernel, **slide), x),
        (found.bias, lambda bias: conv2d(x, kernel, bias, **slide), np.zeros(6)),
    ):
        expected = differences(lambda moved, f=function: (f(moved) * upstream).sum(), at)  # type: ignore[misc]
        np.testing.assert_allclose(mine, expected, **NEAR)


@pytest.mark.parametrize("padding", ["valid", "same", 1])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_transposed_convolution_equals_differences(stride: int, padding: Any) -> None:
    rng = np.random.default_rng(2)
    x, kernel = rng.standard_normal((3, 2, 2)), rng.standard_normal((3, 3, 3, 2))
    slide: dict[str, Any] = {"stride": stride, "padding": padding}
    upstream = rng.standard_normal(ops.conv2d_transpose(x, kernel, **slide).shape)
    found = g.conv2d_transpose_gradients(x, kernel, upstream, **slide)
    for mine, function, at in (
        (found.kernel, lambda k: ops.conv2d_transpose(x, k, **slide), kernel),
        (found.x, lambda image: ops.conv2d_transpose(image, kernel, **slide), x),
    ):
        expected = differences(lambda moved, f=function: (f(moved) * upstream).sum(), at)  # type: ignore[misc]
        np.testing.assert_allclose(mine, expected, **NEAR)


@pytest.mark.parametrize("slide", [{}, {"size": 3, "stride": 1}, {"size": 3, "stride": 2, "padding": "same"}])
@pytest.mark.parametrize(
    ("pool", "gradient"), [(max_pool, g.max_pool_gradient), (average_pool, g.average_pool_gradient)]
)
def test_pooling_equals_differences(pool: Any, gradient: Any, slide: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    x = rng.permutation(60).reshape(5, 6, 2).astype(float)  # no equal maxima
    upstream = rng.standard_normal(pool(x, **slide).shape)
    expected = differences(lambda moved: (pool(moved, **slide) * upstream).sum(), x)
    np.testing.assert_allclose(gradient(x, upstream, **slide), expected, rtol=1e-5, atol=1e-5)


def test_of_equal_maxima_the_first_gets_the_gradient() -> None:
    np.testing.assert_array_equal(
        g.max_pool_gradient(np.ones((2, 2, 1)), [[[3.0]]])[..., 0], [[3, 0], [0, 0]]
    )


def test_softmax_and_cross_entropy_equal_differences() -> None:
    logits = np.array([2.0, -1.0, 0.5])
    p = ops.softmax(logits)
    np.testing.assert_allclose(
        g.cross_entropy_gradient(p, 2), differences(lambda z: g.cross_entropy(z, 2), logits), **NEAR
    )
    np.testing.assert_allclose(
        g.softmax_gradient(p, [0, 0, -1 / p[2]]), g.cross_entropy_gradient(p, 2), atol=1e-12
    )
    assert g.cross_entropy([1000.0, 0.0], 1) == 1000  # no exponential overflows


def test_swish_equals_differences() -> None:
    x = np.linspace(-4, 4, 9)
    np.testing.assert_allclose(
        g.swish_derivative(x), differences(lambda moved: ops.swish(moved).sum(), x), **NEAR
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: g.conv2d_gradients(X, K, np.zeros((5, 5, 2))), r"output's shape \(3, 3, 2\)"),
        (lambda: g.conv2d_gradients(X, K, np.zeros((3, 3, 2)), groups=3), "`kernel` must fit the channels"),
        (lambda: g.conv2d_transpose_gradients(X, np.zeros((3, 3, 2, 3)), X), "`upstream` must have"),
        (lambda: g.max_pool_gradient(X, X), "`upstream` must have"),
        (lambda: g.average_pool_gradient(X, X), "`upstream` must have"),
        (lambda: g.softmax_gradient([1.0], [1.0, 2.0]), "`upstream` must have"),
        (lambda: g.weight_gradient(X[..., 0], np.zeros((3, 3)), 3, 0, size=3), "a cell of the window"),
        (lambda: g.cross_entropy([0.0, 1.0], 2), r"`label` must be in 0\.\.1"),
        (lambda: g.cross_entropy_gradient([0.5, 0.5], -1), "`label` must be"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        call()


def test_a_window_and_the_gradient_share_their_padding() -> None:
    """In the padding a weight meets zeros: they add nothing to its gradient."""
    x, upstream = np.ones((3, 3)), np.ones((3, 3))
    found = g.weight_gradient(x, upstream, 0, 0, size=3, padding="same")
    assert Window(3, padding="same").pads((3, 3)) == ((1, 1), (1, 1))
    assert found.inputs.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert found.value == 4
