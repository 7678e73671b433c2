"""Convolution along a signal: loops == fast == Keras, and cases computed by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import CnnvizError, conv1d, conv1d_step
from cnnviz.arithmetic.ops import conv1d_loops
from tests.arithmetic.cases import WITHIN, sides, small


@st.composite
def signals(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, dict[str, Any]]:
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels, filters, size = draw(small), draw(small), draw(st.integers(1, 4))
    x = generator.normal(size=(draw(st.integers(10, 20)), channels)).astype(np.float32)
    kernel = generator.normal(size=(size, channels, filters)).astype(np.float32)
    bias = generator.normal(size=filters).astype(np.float32) if draw(st.booleans()) else None
    padding = draw(st.one_of(st.sampled_from(["valid", "same", "causal"]), st.integers(0, 3), sides))
    return x, kernel, bias, {"stride": draw(small), "padding": padding, "dilation": draw(small)}


@given(signals())
def test_fast_equals_loops(case: Any) -> None:
    x, kernel, bias, options = case
    fast, loops = conv1d(x, kernel, bias, **options), conv1d_loops(x, kernel, bias, **options)
    np.testing.assert_allclose(fast, loops, **WITHIN)
    assert fast.dtype == loops.dtype == np.float32


@given(signals())
def test_convolution_equals_keras(case: Any) -> None:
    import keras

    x, kernel, bias, options = case
    if options["stride"] > 1:  # Keras offers one or the other
        options["dilation"] = 1
    padding, inputs = options["padding"], x
    if not isinstance(padding, str):  # Keras pads by number in a layer of its own
        inputs, padding = (
            np.pad(x, (padding if isinstance(padding, tuple) else (padding,) * 2, (0, 0))),
            "valid",
        )
    layer = keras.layers.Conv1D(
        kernel.shape[2],
        kernel.shape[0],
        strides=options["stride"],
        padding=padding,
        dilation_rate=options["dilation"],
        use_bias=bias is not None,
    )
    layer.build((1, *inputs.shape))
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    theirs = np.asarray(layer(inputs[np.newaxis]))[0]
    np.testing.assert_allclose(conv1d(x, kernel, bias, **options), theirs, **WITHIN)


@given(signals(), st.data())
def test_step_matches_the_output_cell(case: Any, data: Any) -> None:
    x, kernel, bias, options = case
    out = conv1d(x, kernel, bias, **options)
    i, f = (data.draw(st.integers(0, n - 1)) for n in out.shape)
    step = conv1d_step(x, kernel, bias, i, f, **options)
    np.testing.assert_allclose(step.value, out[i, f], **WITHIN)
    np.testing.assert_allclose(step.products, step.patch * kernel[..., f])
    np.testing.assert_allclose(step.channel_sums, step.products.sum(0), **WITHIN)
    np.testing.assert_allclose(step.channel_sums.sum() + step.bias, step.value, **WITHIN)
    for a, cell in enumerate(step.cells):
        np.testing.assert_array_equal(step.patch[a], x[cell] if 0 <= cell < len(x) else 0)


def test_hand_computed_case() -> None:
    x, kernel = np.array([[1], [2], [4], [8]]), np.array([[[1]], [[10]]])
    assert conv1d(x, kernel)[:, 0].tolist() == [21, 42, 84]
    assert conv1d(x, kernel, [5])[:, 0].tolist() == [26, 47, 89]
    assert conv1d(x, kernel, padding="causal")[:, 0].tolist() == [10, 21, 42, 84]
    assert conv1d(x, kernel, padding="same")[:, 0].tolist() == [21, 42, 84, 8]
    assert conv1d(x, kernel, padding=(0, 1))[:, 0].tolist() == [21, 42, 84, 8]
    assert conv1d(x, kernel, padding="causal", dilation=2)[:, 0].tolist() == [10, 20, 41, 82]
    assert conv1d(x, kernel, stride=2)[:, 0].tolist() == [21, 84]


@given(signals(), st.data())
def test_causal_outputs_do_not_depend_on_later_values(case: Any, data: Any) -> None:
    x, kernel, bias, options = case
    options |= {"padding": "causal", "stride": 1}
    now = data.draw(st.integers(0, len(x) - 1))
    out = conv1d(x, kernel, bias, **options)
    assert len(out) == len(x)
    later = x.copy()
    later[now + 1 :] += 100
    np.testing.assert_array_equal(conv1d(later, kernel, bias, **options)[: now + 1], out[: now + 1])


X, K = np.zeros((6, 3)), np.zeros((4, 3, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv1d(X[np.newaxis], K), "`x` must have 2 axes. Received: x.shape=(1, 6, 3)."),
        (lambda: conv1d(X, K[0]), "`kernel` must have 3 axes. Received: kernel.shape=(3, 2)."),
        (
            lambda: conv1d(X, K[:, :2]),
            "`kernel` must have as many input channels as `x`. Received: x.shape=(6, 3), "
            "kernel.shape=(4, 2, 2).",
        ),
        (lambda: conv1d(X * np.nan, K), "`x` must be finite."),
        *[
            (
                lambda form=form: form(X, K, [0.0]),
                "`bias` must have one value for each output. Received: bias.shape=(1,), outputs=2.",
            )
            for form in (conv1d, conv1d_loops)
        ],
        (
            lambda: conv1d(X, K, stride=(1, 2)),
            "`stride` must be a whole number >= 1.",
        ),
        (lambda: conv1d(X, K, dilation=0), "`dilation` must be a whole number >= 1. Received: dilation=0."),
        (lambda: conv1d(X, K, dilation=2), "`size` must fit into the padded input."),
        *[
            (
                lambda padding=padding: conv1d(X, K, padding=padding),
                '`padding` must be "valid", "same", "causal", p or (left, right), whole numbers >= 0. '
                f"Received: padding={padding!r}.",
            )
            for padding in ("full", -1, (1, 2, 3), ((0, 0), (1, 1)), None)
        ],
        (lambda: conv1d_step(X, K, None, 3, 0), "`i` must be a whole number in 0..2. Received: i=3."),
        (lambda: conv1d_step(X, K, None, 0, -1), "`f` must be a whole number in 0..1. Received: f=-1."),
    ],
)
def test_invalid_arguments_raise(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(CnnvizError, match=re.escape(message)):
        call()
