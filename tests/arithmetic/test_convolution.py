"""Convolution: loops == fast == Keras, identities, and cases computed by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, Window, conv2d, conv2d_step
from cnnviz.arithmetic.ops import channel_sums, conv2d_loops
from tests.arithmetic.cases import WITHIN, K, X, paddings, small


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, dict[str, Any]]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    height, width = draw(st.integers(9, 12)), draw(st.integers(9, 12))
    channels, filters, kh, kw, groups = draw(small), draw(small), draw(small), draw(small), draw(small)
    x = generator.normal(size=(height, width, channels * groups)).astype(np.float32)
    filters *= groups
    kernel = generator.normal(size=(kh, kw, channels, filters)).astype(np.float32)
    bias = generator.normal(size=filters).astype(np.float32) if draw(st.booleans()) else None
    options = {
        "stride": draw(st.tuples(small, small)),
        "padding": draw(paddings),
        "dilation": draw(st.tuples(small, small)),
        "groups": groups,
    }
    return x, kernel, bias, options


@given(convolutions())
def test_fast_equals_loops(case: Any) -> None:
    x, kernel, bias, options = case
    fast, loops = conv2d(x, kernel, bias, **options), conv2d_loops(x, kernel, bias, **options)
    np.testing.assert_allclose(fast, loops, **WITHIN)
    assert fast.dtype == loops.dtype == np.float32


@given(convolutions())
def test_convolution_equals_keras(case: Any) -> None:
    import keras
    import tensorflow as tf

    x, kernel, bias, options = case
    stride, dilation = options["stride"], options["dilation"]
    if max(stride) > 1 and max(dilation) > 1:  # Keras offers one or the other
        options["dilation"] = dilation = (1, 1)
    padding = options["padding"]
    inputs = x[np.newaxis]
    if not isinstance(padding, str):  # Keras pads by number in a layer of its own
        pads = Window(kernel.shape[:2], stride, padding, dilation).pads(x.shape[:2])
        inputs, padding = tf.pad(inputs, [(0, 0), *pads, (0, 0)]), "valid"
    theirs = keras.ops.conv(inputs, kernel, strides=stride, padding=padding, dilation_rate=dilation)
    theirs = np.asarray(theirs)[0] + (0 if bias is None else bias)
    np.testing.assert_allclose(conv2d(x, kernel, bias, **options), theirs, **WITHIN)


@given(convolutions(), st.data())
def test_step_matches_the_output_cell(case: Any, data: Any) -> None:
    x, kernel, bias, options = case
    out = conv2d(x, kernel, bias, **options)
    i, j, f = (data.draw(st.integers(0, n - 1)) for n in out.shape)
    step = conv2d_step(x, kernel, bias, i, j, f, **options)
    np.testing.assert_allclose(step.value, out[i, j, f], **WITHIN)
    np.testing.assert_allclose(step.products, step.patch * kernel[..., f])
    first = f * options["groups"] // kernel.shape[3] * kernel.shape[2]  # channel of the filter's group
    np.testing.assert_allclose(step.channel_sums, step.products.sum((0, 1)), **WITHIN)
    np.testing.assert_allclose(step.channel_sums.sum() + step.bias, step.value, **WITHIN)
    np.testing.assert_allclose(channel_sums(x, kernel, f, **options)[i, j], step.channel_sums, **WITHIN)
    for a, row in enumerate(step.rows):
        for b, col in enumerate(step.cols):
            inside = 0 <= row < x.shape[0] and 0 <= col < x.shape[1]
            seen = x[row, col, first : first + kernel.shape[2]] if inside else 0
            np.testing.assert_array_equal(step.patch[a, b], seen)


def test_hand_computed_case() -> None:
    x = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]])[..., np.newaxis]
    kernel = np.array([[1, 0], [-1, 2]])[..., np.newaxis, np.newaxis]
    # top left: 1*1 + 2*0 + 0*-1 + 1*2 = 3; the kernel is not flipped
    assert conv2d(x, kernel)[..., 0].tolist() == [[3, 7], [-2, 3]]
    assert conv2d(x, kernel, [10])[..., 0].tolist() == [[13, 17], [8, 13]]
    assert conv2d(x, kernel, stride=2, padding=((0, 1), (0, 1)))[..., 0].tolist() == [[3, -3], [2, 1]]


def test_hand_computed_groups() -> None:
    x = np.array([[[1.0, 10, 100, 1000]]])  # one cell, four channels
    kernel = np.array([[[[1.0, 2, 0, 1], [0, 1, 3, 1]]]])  # two input channels a group, two filters each
    assert conv2d(x, kernel, groups=2).tolist() == [[[1, 12, 3000, 1100]]]
    step = conv2d_step(x, kernel, [0.0, 0, 0, 5], 0, 0, 3, groups=2)
    assert (step.patch.tolist(), step.channel_sums.tolist(), step.value) == (
        [[[100, 1000]]],
        [100, 1000],
        1105,
    )


@given(convolutions())
def test_groups_are_convolutions_side_by_side(case: Any) -> None:
    x, kernel, bias, options = case
    groups = options.pop("groups")
    parts = zip(np.split(x, groups, axis=2), np.split(kernel, groups, axis=3), strict=True)
    alone = np.concatenate([conv2d(x, kernel, **options) for x, kernel in parts], axis=2)
    out = conv2d(x, kernel, bias, groups=groups, **options)
    np.testing.assert_allclose(out, alone + (0 if bias is None else bias), **WITHIN)


def test_a_kernel_with_one_1_shifts_the_image() -> None:
    x = np.random.default_rng(0).normal(size=(6, 7, 1))
    kernel = np.zeros((3, 3, 1, 1))
    kernel[0, 2] = 1  # each output cell is the input cell above and to the right
    np.testing.assert_array_equal(conv2d(x, kernel, padding=1)[1:, :-1], x[:-1, 1:])


def test_convolution_is_linear() -> None:
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=(2, 8, 8, 2))
    kernel = generator.normal(size=(3, 3, 2, 4))
    np.testing.assert_allclose(conv2d(2 * x - y, kernel), 2 * conv2d(x, kernel) - conv2d(y, kernel))


def test_float32_stays_float32() -> None:
    x, kernel = X.astype(np.float32), K.astype(np.float32)
    assert conv2d(x, kernel).dtype == np.float32
    for wider in (x.astype(np.float64), x.astype(np.float16), x.astype(np.uint8), x > 0):
        assert conv2d(wider, kernel).dtype == conv2d_loops(wider, kernel).dtype == np.float64
    bias = np.zeros(2, np.float64)
    assert conv2d(x, kernel, bias).dtype == conv2d_loops(x, kernel, bias).dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: conv2d(X, K[:, :, :2]),
            "`kernel` must have as many input channels as `x`. Received: x.shape=(5, 5, 3)",
        ),
        (lambda: conv2d(X * np.nan, K), "`x` must be finite. Received: x[0, 0, 0]=nan."),
        (lambda: conv2d(X, K + np.inf), "`kernel` must be finite. Received: kernel[0, 0, 0, 0]=inf."),
        (lambda: conv2d(X[..., 0], K), "`x` must have 3 axes. Received: x.shape=(5, 5)."),
        (lambda: conv2d(X[:0], K), "`x` must not be empty. Received: x.shape=(0, 5, 3)."),
        (lambda: conv2d("abc", K), "`x` must be an array of numbers. Received: x.dtype=<U3."),
        (
            lambda: conv2d(X, K * 1j),
            "`kernel` must be an array of numbers. Received: kernel.dtype=complex128.",
        ),
        (lambda: conv2d([[["1"]]], K), "`x` must be an array of numbers. Received: x.dtype=<U1."),
        (
            lambda: conv2d(X, K, [1.0]),
            "`bias` must have one value for each output. Received: bias.shape=(1,)",
        ),
        (
            lambda: conv2d(X, K, stride=0),
            "`stride` must be a whole number >= 1, or two of them. Received: stride=0.",
        ),
        (lambda: conv2d(X, K, padding=-1), "`padding` must be"),
        (lambda: conv2d(X, K, dilation=3), "`size` must fit into the padded input."),
        (lambda: conv2d_step(X, K, None, 0, 0, 2), "`f` must be a whole number in 0..1. Received: f=2."),
        (lambda: conv2d_step(X, K, None, 3, 0, 0), "`i` must be < 3, as the output is 3x3. Received: i=3."),
        (lambda: conv2d(X, K, [0.0, np.nan]), "`bias` must be finite. Received: bias[1]=nan."),
        (
            lambda: conv2d_step(X, K, None, 0, 0, True),
            "`f` must be a whole number in 0..1. Received: f=True.",
        ),
        (
            lambda: conv2d(X, K[:, :, :1], groups=2),
            "`groups` must divide the channels of `x` and of the output. Received: x.shape=(5, 5, 3), "
            "kernel.shape=(3, 3, 1, 2), groups=2.",
        ),
        (lambda: conv2d(X, K[:, :, :1], groups=3), "`groups` must divide the channels of `x`"),
        (
            lambda: conv2d_step(X[..., :2], K, None, 0, 0, 0, groups=2),
            "`kernel` must have as many input channels as a group of `x`. Received: x.shape=(5, 5, 2)",
        ),
        (lambda: conv2d(X, K, groups=0), "`groups` must be a whole number >= 1. Received: groups=0."),
        (lambda: conv2d(X, K, groups=1.0), "`groups` must be a whole number >= 1. Received: groups=1.0."),
        (lambda: channel_sums(X, K, -1), "`f` must be a whole number in 0..1. Received: f=-1."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()
