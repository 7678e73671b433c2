"""Depthwise and depthwise separable convolution.

Depthwise kernels are [kh, kw, C, M]: M filters for each of C channels. Output channel c * M + m is
channel c convolved with its filter m, as in Keras.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnviz.arithmetic.checks import as_bias
from cnnviz.arithmetic.convolution import ConvStep, conv2d, conv2d_step
from cnnviz.arithmetic.window import Window
from cnnviz.errors import CnnvizError, as_finite


def depthwise_conv2d(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """Convolve each channel of an image with its own filters: `conv2d` with one group per channel.

    Args:
        x: [H, W, C], finite.
        kernel: [kh, kw, C, M], finite; M is the depth multiplier.
        bias: [C * M] or None.
        stride, padding, dilation: as for `Window`.

    Returns:
        [OH, OW, C * M], multiple m of channel c at c * M + m.

    Raises:
        CnnvizError: if shapes do not fit, a value is not finite or a setting is out of range.

    Source: Howard et al., "MobileNets", 2017, https://arxiv.org/abs/1704.04861

    Example:
        >>> depthwise_conv2d([[[1.0, 10.0]]], [[[[1, 2], [3, 4]]]]).tolist()
        [[[1.0, 2.0, 30.0, 40.0]]]
    """
    x, kernel = _validated(x, kernel)
    return conv2d(
        x,
        _as_grouped_kernel(kernel),
        bias,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=x.shape[2],
    )


def depthwise_conv2d_loops(
    x: Any, kernel: Any, bias: Any = None, *, stride: Any = 1, padding: Any = "valid", dilation: Any = 1
) -> np.ndarray:
    """Compute `depthwise_conv2d` with explicit loops: the readable reference.

    Same arguments, result and errors as `depthwise_conv2d`.
    """
    x, kernel = _validated(x, kernel)
    window = Window(kernel.shape[:2], stride, padding, dilation)
    height, width, channels = x.shape
    multiplier = kernel.shape[3]
    bias = as_bias(bias, channels * multiplier, kernel.dtype)
    out_height, out_width = window.output_size((height, width))
    out = np.empty((out_height, out_width, channels * multiplier), np.result_type(x, kernel, bias))
    for i in range(out_height):
        for j in range(out_width):
            rows, cols = window.cells(i, j, (height, width))
            for c in range(channels):
                for m in range(multiplier):
                    total = bias[c * multiplier + m]
                    for a, row in enumerate(rows):
                        for b, col in enumerate(cols):
                            if 0 <= row < height and 0 <= col < width:  # padding is 0: it adds nothing
                                total += x[row, col, c] * kernel[a, b, c, m]
                    out[i, j, c * multiplier + m] = total
    return out


def depthwise_conv2d_step(
    x: Any,
    kernel: Any,
    bias: Any,
    i: int,
    j: int,
    f: int,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> ConvStep:
    """Compute `depthwise_conv2d(x, kernel, bias, ...)[i, j, f]` and keep every intermediate value.

    Returns:
        A step whose `patch`, `products` and `channel_sums` have one channel: channel f // M of `x`.

    Raises:
        CnnvizError: as `depthwise_conv2d`, and if the output has no cell (i, j) or no channel f.
    """
    x, kernel = _validated(x, kernel)
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": x.shape[2]}
    return conv2d_step(x, _as_grouped_kernel(kernel), bias, i, j, f, **settings)


def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    bias: Any = None,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
) -> np.ndarray:
    """Apply a depthwise convolution, then a 1x1 (pointwise) convolution.

    Args:
        x: [H, W, C], finite.
        depthwise_kernel: [kh, kw, C, M], finite.
        pointwise_kernel: [1, 1, C * M, C_out], finite.
        bias: [C_out] or None.
        stride, padding, dilation: of the depthwise convolution, as for `Window`.

    Returns:
        [OH, OW, C_out].

    Raises:
        CnnvizError: as `depthwise_conv2d`, and if the kernels do not fit each other.

    Source: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", 2016,
        https://arxiv.org/abs/1610.02357

    Example:
        >>> separable_conv2d([[[1.0, 10.0]]], [[[[2], [3]]]], [[[[1], [1]]]]).tolist()
        [[[32.0]]]
    """
    x, depthwise_kernel = _validated(x, depthwise_kernel, "depthwise_kernel")
    pointwise_kernel = as_finite("pointwise_kernel", pointwise_kernel, ndim=4)
    channels = depthwise_kernel.shape[2] * depthwise_kernel.shape[3]
    if pointwise_kernel.shape[:3] != (1, 1, channels):
        raise CnnvizError(
            f"`pointwise_kernel` must be 1x1 with {channels} input channels. "
            f"Received: pointwise_kernel.shape={pointwise_kernel.shape}, "
            f"depthwise_kernel.shape={depthwise_kernel.shape}."
        )
    maps = depthwise_conv2d(x, depthwise_kernel, stride=stride, padding=padding, dilation=dilation)
    return conv2d(maps, pointwise_kernel, bias)


def _validated(x: Any, kernel: Any, name: str = "kernel") -> tuple[np.ndarray, np.ndarray]:
    """Check an image and a depthwise kernel; `name` is the kernel's name in error messages."""
    x, kernel = as_finite("x", x, ndim=3), as_finite(name, kernel, ndim=4)
    if kernel.shape[2] != x.shape[2]:
        raise CnnvizError(
            f"`{name}` must have as many input channels as `x`. Received: x.shape={x.shape}, "
            f"{name}.shape={kernel.shape}."
        )
    return x, kernel


def _as_grouped_kernel(kernel: np.ndarray) -> np.ndarray:
    """Reshape a depthwise kernel [kh, kw, C, M] to that of C groups: [kh, kw, 1, C * M]."""
    return kernel.reshape(*kernel.shape[:2], 1, -1)
