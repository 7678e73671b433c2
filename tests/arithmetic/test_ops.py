"""The arithmetic: loops == fast == Keras, identities, and a case computed by hand."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import (
    CnnvizError,
    Window,
    add,
    average_pool,
    concatenate,
    conv2d,
    conv2d_step,
    dense,
    dense_step,
    global_average_pool,
    leaky_relu,
    max_pool,
    pool_step,
    relu,
    relu6,
    sigmoid,
    softmax,
    softmax_step,
    swish,
    tanh,
    zero_pad,
)
from cnnviz.arithmetic.ops import batch_norm, channel_sums, conv2d_loops, flat_index, flat_place, pool_winners

WITHIN = {"rtol": 1e-4, "atol": 1e-4}  # of Keras, in float32

small = st.integers(1, 3)
sides = st.tuples(st.integers(0, 3), st.integers(0, 3))
paddings = st.one_of(st.sampled_from(["valid", "same"]), st.integers(0, 3), sides, st.tuples(sides, sides))


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
def test_a_step_shows_how_a_value_comes_about(case: Any, data: Any) -> None:
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


def test_by_hand() -> None:
    x = np.array([[1, 2, 0], [0, 1, 3], [2, 0, 1]])[..., np.newaxis]
    kernel = np.array([[1, 0], [-1, 2]])[..., np.newaxis, np.newaxis]
    # top left: 1*1 + 2*0 + 0*-1 + 1*2 = 3; the kernel is not flipped
    assert conv2d(x, kernel)[..., 0].tolist() == [[3, 7], [-2, 3]]
    assert conv2d(x, kernel, [10])[..., 0].tolist() == [[13, 17], [8, 13]]
    assert conv2d(x, kernel, stride=2, padding=((0, 1), (0, 1)))[..., 0].tolist() == [[3, -3], [2, 1]]


def test_groups_by_hand() -> None:
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


def test_a_pooling_step_shows_the_winner_and_counts_no_padding() -> None:
    x = np.array([[-5.0, -2], [-1, -9]])[..., np.newaxis]
    step = pool_step(x, 0, 0, 0, size=2, stride=1, padding=((0, 0), (1, 0)))
    assert (step.value, step.winner, step.count) == (-1.0, (1, 1), 2)
    assert np.isnan(step.patch[:, 0]).all()
    assert (
        pool_step(x, 0, 0, 0, operation="average", size=2, stride=1, padding=((0, 0), (1, 0))).value == -3.0
    )
    assert pool_winners(x, 2).tolist() == [[[2]]]


@given(poolings(), st.sampled_from(["max", "average"]), st.data())
def test_a_pooling_step_shows_how_a_value_comes_about(case: Any, operation: Any, data: Any) -> None:
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


def test_dense_and_softmax_equal_keras() -> None:
    import keras

    generator = np.random.default_rng(3)
    x, kernel, bias = generator.normal(size=20), generator.normal(size=(20, 10)), generator.normal(size=10)
    logits = dense(x, kernel, bias)
    np.testing.assert_allclose(logits, np.asarray(keras.ops.matmul(x, kernel)) + bias, **WITHIN)
    np.testing.assert_allclose(softmax(logits), np.asarray(keras.ops.softmax(logits)), **WITHIN)
    np.testing.assert_allclose(softmax([1000.0, 1000.0]), [0.5, 0.5])  # no overflow


ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[float], float]]] = {
    "leaky_relu": (lambda x: leaky_relu(x, 0.3), lambda v: v if v > 0 else 0.3 * v),
    "relu6": (relu6, lambda v: min(max(v, 0), 6)),
    "sigmoid": (sigmoid, lambda v: 1 / (1 + math.exp(-v))),
    "tanh": (tanh, math.tanh),
    "swish": (swish, lambda v: v / (1 + math.exp(-v))),
}


X, K = np.zeros((5, 5, 3)), np.zeros((3, 3, 3, 2))


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
        (lambda: relu([None]), "`x` must be an array of numbers. Received: x.dtype=object."),
        (lambda: relu([[1], [1, 2]]), "`x` must be an array of numbers. Received: rows of unequal length."),
        (lambda: softmax([[1], [1, 2]]), "`logits` must be an array of numbers."),
        (lambda: softmax([]), "`logits` must not be empty. Received: logits.shape=(0,)."),
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
        (lambda: dense([1.0], K[0, 0]), "`kernel` must have a row for each input."),
        (lambda: relu([np.nan]), "`x` must be finite."),
        (lambda: global_average_pool(X[0]), "`x` must have 3 axes. Received: x.shape=(5, 3)."),
        *[
            (lambda ours=ours: ours([np.inf]), "`x` must be finite. Received: x[0]=inf.")
            for ours, _ in ACTIVATIONS.values()
        ],
        (lambda: leaky_relu(X, -0.1), "`slope` must be a number >= 0. Received: slope=-0.1."),
        (lambda: leaky_relu(X, [0.1]), "`slope` must be a number >= 0. Received: slope=[0.1]."),  # type: ignore[arg-type]
        (lambda: leaky_relu(X, np.nan), "`slope` must be finite."),
        (lambda: add(), "`xs` must hold at least one array. Received: none."),
        (lambda: add(X, X[1:]), "`xs` must have one shape. Received: shapes=(5, 5, 3), (4, 5, 3)."),
        (lambda: add(X, X[..., :1]), "`xs` must have one shape."),  # nothing is broadcast
        (lambda: add(X, X * np.nan), "`xs[1]` must be finite. Received: xs[1][0, 0, 0]=nan."),
        (lambda: concatenate(), "`xs` must hold at least one array. Received: none."),
        (
            lambda: concatenate(X, X[:, 1:]),
            "`xs` must have one shape but for their channels. Received: shapes=(5, 5, 3), (5, 4, 3).",
        ),
        (lambda: concatenate(1.0, 2.0), "`xs` must have one shape but for their channels."),
        (lambda: zero_pad(X, "same"), "`padding` must be p, (p_rows, p_cols) or ((top, bottom), (left"),
        (lambda: zero_pad(X, -1), "`padding` must be"),
        (lambda: zero_pad(X[0], 1), "`x` must have 3 axes."),
    ],
)
def test_impossible_configurations_are_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()


def test_float32_stays_float32() -> None:
    x, kernel = X.astype(np.float32), K.astype(np.float32)
    assert conv2d(x, kernel).dtype == np.float32
    assert average_pool(x).dtype == max_pool(x).dtype == relu(x).dtype == np.float32
    for wider in (x.astype(np.float64), x.astype(np.float16), x.astype(np.uint8), x > 0):
        assert conv2d(wider, kernel).dtype == conv2d_loops(wider, kernel).dtype == np.float64
    bias = np.zeros(2, np.float64)
    assert conv2d(x, kernel, bias).dtype == conv2d_loops(x, kernel, bias).dtype == np.float64


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_batch_norm_equals_keras(channels: int, seed: int) -> None:
    import keras

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1, 4, 3, channels)).astype(np.float32)
    gamma, beta, mean = rng.normal(size=(3, channels)).astype(np.float32)
    variance = rng.uniform(0.1, 4, channels).astype(np.float32)
    layer = keras.layers.BatchNormalization()
    layer.build(x.shape)
    layer.set_weights([gamma, beta, mean, variance])
    expected = np.asarray(layer(x, training=False))[0]
    result = batch_norm(x[0], gamma, beta, mean, variance)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("gamma", [1.0], r"`gamma` must have one value for each channel"),
        ("moving_variance", [1.0, -2.0], r"`moving_variance` must be >= 0. Received: moving_variance=-2.0"),
        ("beta", [np.nan, 0], r"`beta` must be finite"),
    ],
)
def test_batch_norm_names_what_cannot_work(name: str, value: list[float], message: str) -> None:
    arguments = {
        "gamma": [1.0, 1.0],
        "beta": [0.0, 0.0],
        "moving_mean": [0.0, 0.0],
        "moving_variance": [1.0, 1.0],
    }
    with pytest.raises(CnnvizError, match=message):
        batch_norm(np.zeros((2, 2, 2)), **(arguments | {name: value}))


def test_global_average_pooling_equals_keras_and_a_window_as_large_as_the_image() -> None:
    import keras

    x = np.random.default_rng(5).normal(3, 2, (1, 7, 9, 4)).astype(np.float32)
    out = global_average_pool(x[0])
    assert (out.shape, out.dtype) == ((4,), np.float32)
    np.testing.assert_allclose(out, np.asarray(keras.layers.GlobalAveragePooling2D()(x))[0], **WITHIN)
    np.testing.assert_allclose(out, average_pool(x[0], (7, 9))[0, 0], **WITHIN)


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
def test_far_from_0_an_activation_neither_overflows_nor_loses_its_limit(dtype: type) -> None:
    x = np.array([-1e4, -1e3, -90, 0, 90, 1e3, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        out = {name: ours(x) for name, (ours, _) in ACTIVATIONS.items()}
    np.testing.assert_allclose(out["sigmoid"], [0, 0, 0, 0.5, 1, 1, 1], atol=1e-30)
    np.testing.assert_allclose(out["tanh"], [-1, -1, -1, 0, 1, 1, 1])
    np.testing.assert_allclose(out["swish"], [0, 0, 0, 0, 90, 1e3, 1e4], atol=1e-30)
    np.testing.assert_allclose(out["relu6"], [0, 0, 0, 0, 6, 6, 6])
    np.testing.assert_allclose(out["leaky_relu"], [-3e3, -300, -27, 0, 90, 1e3, 1e4], rtol=1e-6)


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


def test_adding_leaves_its_input_as_it_is() -> None:
    x = np.ones((2, 2, 1), np.float32)
    for out in (add(x), add(x, x)):
        out[:] = 9
    assert (x == 1).all()


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
def test_a_dense_step_shows_how_a_value_comes_about(case: Any, top: int, data: Any) -> None:
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


@pytest.mark.parametrize("shape", [(16, 16, 32), (4, 4, 128), (32, 32, 3), (1, 5, 2)])
def test_flattening_is_the_order_of_keras(shape: tuple[int, int, int]) -> None:
    import keras

    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    flat = np.asarray(keras.layers.Flatten()(values[np.newaxis]))[0]
    for index in np.random.default_rng(0).integers(0, values.size, 40).tolist():
        place = flat_place(index, shape)
        assert flat_index(*place, shape) == index
        assert flat[index] == values[place]


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


def test_temperature_goes_from_one_answer_to_all_alike() -> None:
    logits = [2.0, -1.0, 0.5, 1.9]
    np.testing.assert_allclose(softmax(logits, 1e6), 0.25, atol=1e-5)
    np.testing.assert_allclose(softmax(logits, 1e-3), [1, 0, 0, 0], atol=1e-12)
    sure = [softmax(logits, temperature).max() for temperature in (0.1, 0.5, 1, 2, 10)]
    assert sure == sorted(sure, reverse=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dense_step([1.0], [[1.0]], None, 1), r"`unit` must be a whole number in 0..0"),
        (lambda: dense_step([1.0], [[1.0], [2.0]], None, 0), r"`kernel` must have a row for each input"),
        (lambda: dense_step([1.0], [[1.0]], [1.0, 2.0], 0), r"`bias` must have one value for each output"),
        (lambda: dense_step([1.0], [[1.0]], None, 0, -1), r"`top` must be a whole number >= 0"),
        (lambda: flat_index(0, 4, 0, (4, 4, 2)), r"`col` must be a whole number in 0..3"),
        (lambda: flat_place(32, (4, 4, 2)), r"`index` must be a whole number in 0..31"),
        (lambda: softmax([1.0], 0), r"`temperature` must be a number > 0"),
        (lambda: softmax([1.0], np.nan), r"`temperature` must be finite"),
        (lambda: softmax_step([900.0, 1.0], shift=False), r"`shift` must be True where exp\(900\)"),
    ],
)
def test_what_cannot_be_taken_apart_is_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=message):
        call()
