"""Transposed convolution: loops == fast == Keras == the adjoint of `conv2d`, and cases computed by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, Window, conv2d, conv2d_transpose, conv2d_transpose_step
from cnnviz.arithmetic.ops import conv2d_transpose_loops, insert_zeros, transposed_as_convolution
from tests.arithmetic.cases import WITHIN, small

strides = st.integers(1, 4)  # also larger than the kernel
cut = st.tuples(st.integers(0, 1), st.integers(0, 1))


@st.composite
def transposed(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, dict[str, Any]]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels, filters, kh, kw = draw(small), draw(small), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    # at least 3 cells, so that something is left of every output
    x = generator.normal(size=(draw(st.integers(3, 5)), draw(st.integers(3, 5)), channels))
    kernel = generator.normal(size=(kh, kw, filters, channels)).astype(np.float32)
    bias = generator.normal(size=filters).astype(np.float32) if draw(st.booleans()) else None
    padding = draw(st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 1), cut, st.tuples(cut, cut)))
    return (
        x.astype(np.float32),
        kernel,
        bias,
        {"stride": draw(st.tuples(strides, strides)), "padding": padding},
    )


@given(transposed())
def test_fast_equals_loops(case: Any) -> None:
    x, kernel, bias, options = case
    fast, loops = (
        function(x, kernel, bias, **options) for function in (conv2d_transpose, conv2d_transpose_loops)
    )
    np.testing.assert_allclose(fast, loops, **WITHIN)
    assert fast.dtype == loops.dtype == np.float32


@given(transposed(), st.sampled_from(["valid", "same"]))
def test_transposed_convolution_equals_keras(case: Any, padding: str) -> None:
    import keras

    x, kernel, bias, options = case
    stride = options["stride"]
    theirs = keras.ops.conv_transpose(
        x[np.newaxis],
        kernel,
        strides=stride,
        padding=padding,
        output_padding=0 if padding == "valid" else None,
    )
    theirs = np.asarray(theirs)[0] + (0 if bias is None else bias)
    ours = conv2d_transpose(x, kernel, bias, stride=stride, padding=padding)
    np.testing.assert_allclose(ours, theirs, **WITHIN)


@given(transposed())
def test_keras_appends_bias_rows_if_the_stride_exceeds_the_kernel(case: Any) -> None:
    import keras

    x, kernel, _, options = case
    layer = keras.layers.Conv2DTranspose(kernel.shape[2], kernel.shape[:2], strides=options["stride"])
    layer.build((1, *x.shape))
    bias = np.arange(1.0, 1 + kernel.shape[2], dtype=np.float32)
    layer.set_weights([kernel, bias])
    ours = conv2d_transpose(x, kernel, bias, stride=options["stride"])
    theirs = np.asarray(layer(x[np.newaxis]))[0]
    height, width, _ = ours.shape
    appended = [max(by - size, 0) for by, size in zip(options["stride"], kernel.shape[:2], strict=True)]
    assert theirs.shape[:2] == (height + appended[0], width + appended[1])
    np.testing.assert_allclose(theirs[:height, :width], ours, **WITHIN)
    np.testing.assert_allclose(theirs[height:], np.broadcast_to(bias, theirs[height:].shape))
    np.testing.assert_allclose(theirs[:, width:], np.broadcast_to(bias, theirs[:, width:].shape))


@given(transposed())
def test_numeric_padding_crops_the_valid_result(case: Any) -> None:
    x, kernel, bias, options = case
    if isinstance(options["padding"], str):
        options["padding"] = ((1, 0), (0, 1))
    out = conv2d_transpose(x, kernel, bias, **options)
    valid = conv2d_transpose(x, kernel, bias, stride=options["stride"])
    (top, bottom), (left, right) = Window(1, padding=options["padding"]).pads((1, 1))
    height, width, _ = valid.shape
    np.testing.assert_array_equal(out, valid[top : height - bottom, left : width - right])


@given(transposed())
def test_transposed_convolution_is_the_adjoint_of_convolution(case: Any) -> None:
    x, kernel, _, options = case
    out = conv2d_transpose(x.astype(np.float64), kernel, **options)
    y = np.random.default_rng(0).normal(size=out.shape)
    # <x, conv(y)> == <transposed(x), y>; the same kernel reads as [.., C_in, C_out] for the convolution
    np.testing.assert_allclose((x * conv2d(y, kernel, **options)).sum(), (out * y).sum(), atol=1e-9)


@given(transposed())
def test_transposed_convolution_is_a_convolution_over_inserted_zeros(case: Any) -> None:
    x, kernel, bias, options = case
    image, rotated = transposed_as_convolution(x, kernel, **options)
    out = conv2d_transpose(x, kernel, bias, **options)
    np.testing.assert_allclose(conv2d(image, rotated, bias), out, **WITHIN)


@given(transposed(), st.data())
def test_step_pairs_input_cells_with_kernel_cells(case: Any, data: Any) -> None:
    x, kernel, bias, options = case
    out = conv2d_transpose(x, kernel, bias, **options)
    i, j, f = (data.draw(st.integers(0, n - 1)) for n in out.shape)
    step = conv2d_transpose_step(x, kernel, bias, i, j, f, **options)
    np.testing.assert_allclose(step.value, out[i, j, f], **WITHIN)
    np.testing.assert_array_equal(step.kernel, kernel[::-1, ::-1, f])
    np.testing.assert_allclose(step.products, step.patch * step.kernel)
    np.testing.assert_allclose(step.channel_sums, step.products.sum((0, 1)), **WITHIN)
    np.testing.assert_allclose(step.channel_sums.sum() + step.bias, step.value, **WITHIN)
    spread = insert_zeros(x, options["stride"])
    image, _ = transposed_as_convolution(x, kernel, **options)
    np.testing.assert_array_equal(step.patch, image[i : i + kernel.shape[0], j : j + kernel.shape[1]])
    for a, row in enumerate(step.rows):
        for b, col in enumerate(step.cols):
            inside = 0 <= row < spread.shape[0] and 0 <= col < spread.shape[1]
            np.testing.assert_array_equal(step.patch[a, b], spread[row, col] if inside else 0)


@given(transposed(), st.data())
def test_step_covers_the_input_cells_whose_stamps_reach_it(case: Any, data: Any) -> None:
    x, kernel, bias, options = case
    window = Window(kernel.shape[:2], options["stride"], options["padding"])
    size = x.shape[:2]
    i, j = (data.draw(st.integers(0, n - 1)) for n in window.transposed_size(size))
    step = conv2d_transpose_step(x, kernel, bias, i, j, 0, **options)
    met = {}  # input cell: the kernel's cell, not rotated
    for a, b in np.ndindex(*window.size):
        p, q = int(step.input_rows[a]), int(step.input_cols[b])
        if p >= 0 and q >= 0:
            met[p, q] = (window.size[0] - 1 - a, window.size[1] - 1 - b)
            np.testing.assert_array_equal(step.patch[a, b], x[p, q])
        else:
            assert not step.patch[a, b].any()
    expected = {}
    for p, q in np.ndindex(*size):
        rows, cols = window.stamp(p, q, size)
        if i in rows and j in cols:
            expected[p, q] = (rows.tolist().index(i), cols.tolist().index(j))
    assert met == expected


@given(transposed(), st.data())
def test_a_cells_stamp_is_the_kernel(case: Any, data: Any) -> None:
    x, kernel, _, options = case
    window = Window(kernel.shape[:2], options["stride"], options["padding"])
    size = x.shape[:2]
    i, j = (data.draw(st.integers(0, n - 1)) for n in size)
    one = np.zeros_like(x)
    one[i, j, 0] = 1
    out = conv2d_transpose(one, kernel, **options)
    rows, cols = window.stamp(i, j, size)
    expected = np.zeros_like(out)
    for a, b in np.ndindex(*window.size):
        if 0 <= rows[a] < out.shape[0] and 0 <= cols[b] < out.shape[1]:
            expected[rows[a], cols[b]] = kernel[a, b, :, 0]
    np.testing.assert_array_equal(out, expected)


def test_hand_computed_case() -> None:
    x = np.array([[1, 2], [3, 4]])[..., np.newaxis]
    kernel = np.array([[1, 10, 100], [0, 0, 0], [0, 0, 1000]])[..., np.newaxis, np.newaxis]

    def shown(**options: Any) -> Any:
        return conv2d_transpose(x, kernel, **options)[..., 0].tolist()

    assert shown() == [[1, 12, 120, 200], [3, 34, 340, 400], [0, 0, 1000, 2000], [0, 0, 3000, 4000]]
    stride_2 = [
        [1, 10, 102, 20, 200],
        [0, 0, 0, 0, 0],
        [3, 30, 1304, 40, 2400],
        [0, 0, 0, 0, 0],
        [0, 0, 3000, 0, 4000],
    ]
    assert shown(stride=2) == stride_2
    assert shown(stride=2, padding=1) == [row[1:-1] for row in stride_2[1:-1]]
    assert shown(stride=2, padding="same") == [row[:-1] for row in stride_2[:-1]]  # as Keras: none on top
    assert shown(stride=2, padding=((0, 2), (1, 0))) == [row[1:] for row in stride_2[:-2]]
    bias = conv2d_transpose([[[1.0]]], np.ones((1, 1, 2, 1)), [5, 7], stride=2, padding="same")
    assert bias.tolist() == [[[6, 8], [5, 7]], [[5, 7], [5, 7]]]


def test_insert_zeros() -> None:
    x = np.array([[[1], [2]], [[3], [4]]])
    assert insert_zeros(x, (2, 3))[..., 0].tolist() == [[1, 0, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4]]
    assert insert_zeros(x, 1).tolist() == x.tolist()
    assert insert_zeros(x.astype(np.float32), 2).dtype == np.float32


X, K = np.zeros((5, 5, 3)), np.zeros((3, 3, 2, 3))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: conv2d_transpose(X, K.swapaxes(2, 3)),
            "`kernel` must be [kh, kw, C_out, C_in] with as many input channels as `x`. Received: "
            "x.shape=(5, 5, 3), kernel.shape=(3, 3, 3, 2).",
        ),
        (lambda: conv2d_transpose(X[0], K), "`x` must have 3 axes."),
        (lambda: conv2d_transpose(X, K[0]), "`kernel` must have 4 axes."),
        (lambda: conv2d_transpose(X, K * np.nan), "`kernel` must be finite."),
        *[
            (
                lambda form=form: form(X, K, [0.0, 0, 0]),
                "`bias` must have one value for each output. Received: bias.shape=(3,), outputs=2.",
            )
            for form in (conv2d_transpose, conv2d_transpose_loops)
        ],
        (lambda: conv2d_transpose(X, K, stride=0), "`stride` must be a whole number >= 1, or two of them."),
        (lambda: insert_zeros(X, 0), "`stride` must be a whole number >= 1, or two of them."),
        (lambda: conv2d_transpose(X, K, padding=-1), "`padding` must be"),
        (lambda: conv2d_transpose(X, K, padding="causal"), "`padding` must be"),
        (
            lambda: conv2d_transpose(X, K, padding=((3, 4), (0, 0))),
            "`padding` must leave a row and a column of 7x7 cells. Received: padding=((3, 4), (0, 0)).",
        ),
        (
            lambda: conv2d_transpose_step(X, K, None, 7, 0, 0),
            "`i` must be a whole number in 0..6.",
        ),
        (lambda: conv2d_transpose_step(X, K, None, 0, -1, 0), "`j` must be a whole number in 0..6."),
        (
            lambda: conv2d_transpose_step(X, K, None, 0, 0, 2),
            "`f` must be a whole number in 0..1.",
        ),
        (lambda: Window(3).stamp(5, 0, (5, 5)), "`i` must be a whole number in 0..4. Received: i=5."),
        (lambda: Window(3).stamp(0, True, (5, 5)), "`j` must be a whole number in 0..4. Received: j=True."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()
