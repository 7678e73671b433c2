"""1-D convolution of a signal [L, C] with kernels [k, C_in, C_out]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_bias, as_index
from cnnviz.arithmetic.convolution import conv2d, conv2d_step
from cnnviz.arithmetic.window import Window, signal_window, window_arguments
from cnnviz.errors import CnnvizError, as_finite


@dataclass(frozen=True)
class Conv1dStep:
    """The computation of one output value of a 1-D convolution.

    Attributes:
        cells: int [k]. Input indices under the window; outside the signal = padding.
        patch: [k, C_in]. Input values under the window, 0 in the padding.
        products: [k, C_in]. `patch * kernel`.
        channel_sums: [C_in]. The products summed within each input channel.
        bias: the filter's bias, 0.0 if there is none.
        value: `channel_sums.sum() + bias`.
    """

    cells: np.ndarray
    patch: np.ndarray
    products: np.ndarray
    channel_sums: np.ndarray
    bias: float
    value: float


def conv1d(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """Convolve a signal with a bank of kernels.

    This is `conv2d` of an image that is one row high.

    Args:
        x: [L, C_in], finite.
        kernel: [k, C_in, C_out], finite.
        bias: [C_out] or None.
        stride, padding, dilation: as for `signal_window`; the padding also "causal" or (left, right).

    Returns:
        [OL, C_out].

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Example:
        >>> conv1d([[1.0], [2], [4]], [[[-1]], [[1]]], padding="causal")[:, 0].tolist()
        [1.0, 1.0, 2.0]
    """
    x, kernel, window = _validated(x, kernel, stride, padding, dilation)
    return conv2d(x[np.newaxis], kernel[np.newaxis], bias, **window_arguments(window))[0]


def conv1d_loops(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """Compute `conv1d` with explicit loops: the readable reference.

    Same arguments, result and errors as `conv1d`.
    """
    x, kernel, window = _validated(x, kernel, stride, padding, dilation)
    length, channels = x.shape
    size, _, filters = kernel.shape
    bias = as_bias(bias, filters, kernel.dtype)
    _, out_length = window.output_size((1, length))
    left = window.pads((1, length))[1][0]
    out = np.empty((out_length, filters), np.result_type(x, kernel, bias))
    for i in range(out_length):
        for f in range(filters):
            total = bias[f]
            for a in range(size):
                cell = i * stride + a * dilation - left
                if 0 <= cell < length:  # padding is 0: it adds nothing
                    for c in range(channels):
                        total += x[cell, c] * kernel[a, c, f]
            out[i, f] = total
    return out


def conv1d_step(
    x: Any,
    kernel: Any,
    bias: Any,
    i: int,
    f: int,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> Conv1dStep:
    """Compute `conv1d(x, kernel, bias, ...)[i, f]` and keep every intermediate value.

    Raises:
        CnnvizError: as `conv1d`, and if the output has no cell i or no filter f.
    """
    x, kernel, window = _validated(x, kernel, stride, padding, dilation)
    i = as_index("i", i, window.output_size((1, x.shape[0]))[1])
    step = conv2d_step(x[np.newaxis], kernel[np.newaxis], bias, 0, i, f, **window_arguments(window))
    return Conv1dStep(step.cols, step.patch[0], step.products[0], step.channel_sums, step.bias, step.value)


def _validated(
    x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[np.ndarray, np.ndarray, Window]:
    """Check the arguments of a 1-D convolution."""
    x, kernel = as_finite("x", x, ndim=2), as_finite("kernel", kernel, ndim=3)
    if kernel.shape[1] != x.shape[1]:
        raise CnnvizError(
            f"`kernel` must have as many input channels as `x`. Received: x.shape={x.shape}, "
            f"kernel.shape={kernel.shape}."
        )
    return x, kernel, signal_window(kernel.shape[0], stride, padding, dilation)
