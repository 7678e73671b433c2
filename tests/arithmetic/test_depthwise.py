"""Depthwise and separable convolution: loops == fast == Keras, and what they are in terms of `conv2d`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, conv2d, depthwise_conv2d, depthwise_conv2d_step, separable_conv2d
from cnnviz.arithmetic.ops import depthwise_conv2d_loops
from tests.arithmetic.cases import WITHIN, paddings, small


@st.composite
def depthwise(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, dict[str, Any]]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels, multiplier, kh, kw = draw(small), draw(small), draw(small), draw(small)
    x = generator.normal(size=(draw(st.integers(9, 12)), draw(st.integers(9, 12)), channels))
    kernel = generator.normal(size=(kh, kw, channels, multiplier)).astype(np.float32)
    bias = generator.normal(size=channels * multiplier).astype(np.float32) if draw(st.booleans()) else None
    options = {
        "stride": draw(st.tuples(small, small)),
        "padding": draw(paddings),
        "dilation": draw(st.tuples(small, small)),
    }
    return x.astype(np.float32), kernel, bias, options


def for_keras(draw: Any) -> dict[str, Any]:
    """Settings that Keras offers: one stride for rows and columns, and stride or dilation."""
    padding = draw(st.sampled_from(["valid", "same"]))
    if draw(st.booleans()):
        return {"stride": draw(small), "padding": padding, "dilation": 1}
    return {"stride": 1, "padding": padding, "dilation": (draw(small), draw(small))}


@given(depthwise())
def test_fast_equals_loops(case: Any) -> None:
    x, kernel, bias, options = case
    fast, loops = (
        function(x, kernel, bias, **options) for function in (depthwise_conv2d, depthwise_conv2d_loops)
    )
    np.testing.assert_allclose(fast, loops, **WITHIN)
    assert fast.dtype == loops.dtype == np.float32


@given(depthwise(), st.data())
def test_depthwise_equals_keras(case: Any, data: Any) -> None:
    import keras

    x, kernel, bias, _ = case
    options = for_keras(data.draw)
    theirs = keras.ops.depthwise_conv(
        x[np.newaxis],
        kernel,
        strides=options["stride"],
        padding=options["padding"],
        dilation_rate=options["dilation"],
    )
    theirs = np.asarray(theirs)[0] + (0 if bias is None else bias)
    np.testing.assert_allclose(depthwise_conv2d(x, kernel, bias, **options), theirs, **WITHIN)


@given(depthwise(), st.data())
def test_separable_equals_keras(case: Any, data: Any) -> None:
    import keras

    x, kernel, _, _ = case
    options = for_keras(data.draw)
    filters = data.draw(small)
    generator = np.random.default_rng(data.draw(st.integers(0, 99)))
    pointwise = generator.normal(size=(1, 1, kernel.shape[2] * kernel.shape[3], filters)).astype(np.float32)
    bias = generator.normal(size=filters).astype(np.float32)
    layer = keras.layers.SeparableConv2D(
        filters,
        kernel.shape[:2],
        strides=options["stride"],
        padding=options["padding"],
        dilation_rate=options["dilation"],
        depth_multiplier=kernel.shape[3],
    )
    layer.build((1, *x.shape))
    layer.set_weights([kernel, pointwise, bias])
    ours = separable_conv2d(x, kernel, pointwise, bias, **options)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, np.asarray(layer(x[np.newaxis]))[0], **WITHIN)


@given(depthwise(), st.data())
def test_step_matches_the_output_cell(case: Any, data: Any) -> None:
    x, kernel, bias, options = case
    out = depthwise_conv2d(x, kernel, bias, **options)
    i, j, f = (data.draw(st.integers(0, n - 1)) for n in out.shape)
    step = depthwise_conv2d_step(x, kernel, bias, i, j, f, **options)
    c, m = divmod(f, kernel.shape[3])
    np.testing.assert_allclose(step.value, out[i, j, f], **WITHIN)
    np.testing.assert_allclose(step.products[..., 0], step.patch[..., 0] * kernel[..., c, m])
    np.testing.assert_allclose(step.channel_sums.sum() + step.bias, step.value, **WITHIN)
    for a, row in enumerate(step.rows):
        for b, col in enumerate(step.cols):
            inside = 0 <= row < x.shape[0] and 0 <= col < x.shape[1]
            assert step.patch[a, b, 0] == (x[row, col, c] if inside else 0)


def test_hand_computed_case() -> None:
    x = np.array([[[1.0, 10], [2, 20]]])  # 1x2 cells, two channels
    kernel = np.array([[[[1.0, 0], [0, 1]], [[0, 1], [2, 0]]]])  # 1x2 cells, two multiples a channel
    # channel 0: 1*1, 2*1; channel 1: 20*2, 10*1
    assert depthwise_conv2d(x, kernel).tolist() == [[[1, 2, 40, 10]]]
    assert depthwise_conv2d(x, kernel, [1, 2, 3, 4]).tolist() == [[[2, 4, 43, 14]]]


@given(depthwise())
def test_depthwise_is_a_convolution_whose_filters_see_one_channel_each(case: Any) -> None:
    x, kernel, bias, options = case
    kh, kw, channels, multiplier = kernel.shape
    full = np.zeros((kh, kw, channels, channels * multiplier), np.float32)
    for c in range(channels):
        full[:, :, c, c * multiplier : (c + 1) * multiplier] = kernel[:, :, c]
    np.testing.assert_allclose(
        depthwise_conv2d(x, kernel, bias, **options), conv2d(x, full, bias, **options), **WITHIN
    )


@given(depthwise(), small)
def test_separable_is_a_convolution_with_the_product_of_its_kernels(case: Any, filters: int) -> None:
    x, kernel, _, options = case
    channels, multiplier = kernel.shape[2:]
    pointwise = np.random.default_rng(0).normal(size=(1, 1, channels * multiplier, filters))
    product = np.einsum("abcm,cmf->abcf", kernel, pointwise.reshape(channels, multiplier, filters))
    np.testing.assert_allclose(
        separable_conv2d(x, kernel, pointwise, **options), conv2d(x, product, **options), **WITHIN
    )


X, K, P = np.zeros((5, 5, 3)), np.zeros((3, 3, 3, 2)), np.zeros((1, 1, 6, 4))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: depthwise_conv2d(X, K[:, :, :2]),
            "`kernel` must have as many input channels as `x`. Received: x.shape=(5, 5, 3), "
            "kernel.shape=(3, 3, 2, 2).",
        ),
        (lambda: depthwise_conv2d_loops(X, K[0]), "`kernel` must have 4 axes."),
        (lambda: depthwise_conv2d(X * np.nan, K), "`x` must be finite."),
        *[
            (
                lambda form=form: form(X, K, [0.0, 0]),
                "`bias` must have one value for each output. Received: bias.shape=(2,), outputs=6.",
            )
            for form in (depthwise_conv2d, depthwise_conv2d_loops)
        ],
        (lambda: depthwise_conv2d(X, K, dilation=3), "`size` must fit into the padded input."),
        (
            lambda: depthwise_conv2d_step(X, K, None, 0, 0, 6),
            "`f` must be a whole number in 0..5. Received: f=6.",
        ),
        (lambda: depthwise_conv2d_step(X, K, None, 0, 3, 0), "`j` must be < 3, as the output is 3x3."),
        (
            lambda: separable_conv2d(X, K[:, :, :2], P),
            "`depthwise_kernel` must have as many input channels as `x`. Received: x.shape=(5, 5, 3), "
            "depthwise_kernel.shape=(3, 3, 2, 2).",
        ),
        (
            lambda: separable_conv2d(X, K, P[:, :, :5]),
            "`pointwise_kernel` must be 1x1 with 6 input channels. Received: "
            "pointwise_kernel.shape=(1, 1, 5, 4), depthwise_kernel.shape=(3, 3, 3, 2).",
        ),
        (lambda: separable_conv2d(X, K, np.zeros((3, 3, 6, 4))), "`pointwise_kernel` must be 1x1"),
        (lambda: separable_conv2d(X, K, P, [0.0]), "`bias` must have one value for each output."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()
